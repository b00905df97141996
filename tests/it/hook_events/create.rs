//! A client wants a worktree.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{claude, command, event_json, feed};
use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::{names, put, text};

fn create(scratch: &Scratch, cwd: &Path, name: &str) -> Run {
    claude(scratch, cwd, "WorktreeCreate", &json!({ "name": name }))
}

/// The worktree that was made.
#[track_caller]
fn made(scratch: &Scratch, name: &str) -> PathBuf {
    let run = create(scratch, &scratch.root(), name).ok();
    assert_eq!(run.out.lines().count(), 1, "the path alone: {}", run.out);
    PathBuf::from(run.line())
}

#[test]
fn a_whole_spawn_of_which_only_the_path_is_printed() {
    let scratch = Scratch::project();
    let run = create(&scratch, &scratch.root().join("dir"), "feat/x").ok().says(&[".gitignore"]);
    let path = scratch.tree("feat/x");
    assert_eq!(run.out, format!("{}\n", path.display()));
    assert_eq!(text(&path.join("a")), "alpha\n");
    let row = scratch.row("feat/x");
    assert_eq!(
        (&row["branch"], &row["base"]["name"], &row["foreign"]),
        (&json!("feat/x"), &json!("origin/main"), &json!(false))
    );
    assert_eq!(scratch.git(&["status", "--porcelain"]), "?? .gitignore");
    // The upstream is right from birth.
    scratch.commit_in(&path, "new", "1\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    assert_eq!(scratch.git_in(&path, &["rev-parse", "--abbrev-ref", "@{u}"]), "origin/feat/x");
}

#[test]
fn a_name_that_the_client_takes_is_taken() {
    let scratch = Scratch::project();
    scratch.spawn("sibling");
    let long = "x".repeat(64);
    for (name, agent) in [
        ("plain", "plain"),
        ("a.b_c-d", "a.b_c-d"),
        ("UPPER", "UPPER"),
        ("one/two/three", "one/two/three"),
        (&*long, &*long),
        // A branch of this name is checked out, cannot be, or would hide something of git's.
        ("main", "worktree-main"),
        ("HEAD", "worktree-HEAD"),
        ("heads/x", "worktree-heads+x"),
        ("origin/x", "worktree-origin+x"),
        (".hidden", "worktree-.hidden"),
        ("con", "worktree-con"),
        ("a..b", "worktree-a-b"),
        ("x.lock", "worktree-x-lock"),
        ("end.", "worktree-end"),
        ("-dash", "worktree--dash"),
        ("sibling/y", "worktree-sibling+y"),
        ("0123456789012345678901234567890123456789", "worktree-0123456789012345678901234567890123456789"),
    ] {
        let path = made(&scratch, name);
        assert_eq!(path, scratch.tree(agent), "{name}");
        assert_eq!(scratch.git_in(&path, &["branch", "--show-current"]), agent);
        assert_eq!(made(&scratch, name), path, "the second time it is the same: {name}");
    }
}

#[test]
fn what_is_there_is_taken_as_it_is() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let commit = scratch.commit_in(&path, "mine", "1\n");
    put(&path.join("a"), "changed\n");
    assert_eq!(made(&scratch, "x"), path);
    assert_eq!((scratch.commit_of("x"), text(&path.join("a")).as_str()), (Some(commit), "changed\n"));

    // As the client makes them by itself.
    let native = scratch.tree("n");
    scratch.git(&["worktree", "add", "--quiet", "-b", "worktree-n", native.to_str().unwrap()]);
    assert_eq!(made(&scratch, "n"), native);
    assert_eq!(scratch.git_in(&native, &["branch", "--show-current"]), "worktree-n");

    scratch.git(&["branch", "old"]);
    scratch.git(&["commit", "--quiet", "--allow-empty", "-m", "later"]);
    let old = scratch.commit_of("old");
    let path = made(&scratch, "old");
    assert_eq!(
        (scratch.commit_of("old"), scratch.git_in(&path, &["branch", "--show-current"])),
        (old, "old".to_owned())
    );
}

#[test]
fn the_name_of_a_removed_agent_is_free_for_a_client() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    put(&path.join("precious"), "1\n");
    scratch.agent(&["rm", "--force", "x"]).ok();
    assert_eq!(made(&scratch, "x"), path);
    assert!(!path.join("precious").exists());
    let removed = scratch.agent(&["restore", "--json"]).ok().json();
    assert_eq!(removed["removed"].as_array().map(Vec::len), Some(1));
}

#[test]
fn from_a_linked_worktree_it_lands_beside_it() {
    let scratch = Scratch::project();
    let from = scratch.spawn("from");
    let run = create(&scratch, &from, "x").ok();
    assert_eq!(run.line(), scratch.tree("x").to_str().unwrap());
    assert_eq!(scratch.row("x")["base"]["name"], "origin/main");
}

#[test]
fn settings_hold_here_as_well() {
    let scratch = Scratch::project();
    scratch.config("agent.worktreeDir", "../{repo}-{name}");
    scratch.config("agent.branchPrefix", "bot/");
    let path = made(&scratch, "x");
    assert_eq!(path, scratch.beside("repo-x"));
    assert_eq!(scratch.git_in(&path, &["branch", "--show-current"]), "bot/x");
    assert_eq!(made(&scratch, "x"), path);
}

#[test]
fn a_failure_says_why_and_leaves_nothing() {
    let scratch = Scratch::project();
    scratch.config("agent.base", "nowhere");
    let run = create(&scratch, &scratch.root(), "x");
    assert_eq!((run.code, run.out.as_str()), (1, ""), "not 2, and no path");
    run.says(&["error: 'nowhere' names no commit", "hint: "]);
    scratch.assert_no_trace();

    let outside = scratch.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    let run = create(&scratch, &outside, "x");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    run.says(&["error: no git repository"]);
    assert_eq!(names(&outside), Vec::<String>::new());

    let empty = Scratch::new();
    let run = create(&empty, &empty.root(), "x");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    run.says(&["error: nothing to start from"]);
}

#[test]
fn a_worktree_whose_folder_is_gone_is_told() {
    let scratch = Scratch::project();
    std::fs::remove_dir_all(scratch.spawn("x")).unwrap();
    let run = create(&scratch, &scratch.root(), "x");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    run.says(&["error: ", "folder is gone", "hint: git -C "]);
}

#[test]
fn many_at_once() {
    let scratch = Scratch::project();
    let root = scratch.root();
    let all: Vec<(usize, Run)> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                // Two of each name.
                let input = event_json("s", &root, "WorktreeCreate", &json!({ "name": format!("x{}", number / 2) }));
                let mut hook = command(&scratch, &root, &["claude"]);
                scope.spawn(move || (number / 2, feed(&mut hook, &input)))
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    for (number, run) in all {
        let run = run.ok();
        assert_eq!(run.out, format!("{}\n", scratch.tree(&format!("x{number}")).display()), "{}", run.err);
        assert!(Path::new(run.line()).join("a").is_file());
    }
}

//! `git agent rm`

use std::path::Path;
use std::process::Command;

use crate::support::Scratch;
use crate::support::hermetic;
use crate::support::listing::{assert_same, listing};
use crate::support::program::sleeper;
use crate::support::project::put;
use crate::support::state::State;
use crate::work;

#[test]
fn an_agent_without_work_goes_with_its_branch() {
    let scratch = Scratch::project();
    let path = scratch.spawn("feat/x");
    let run = scratch.agent(&["rm", "feat/x"]).ok().says(&["git agent restore feat/x"]);
    assert_eq!(run.line(), "removed 'feat/x' with its branch feat/x");
    assert!(!path.exists());
    scratch.assert_no_trace();
    scratch.agent(&["rm", "feat/x"]).fails(4).says(&["it is in the trash", "hint: git agent restore feat/x"]);
    scratch.agent(&["rm", "nobody"]).fails(4);
}

#[test]
fn work_is_refused_by_kind_and_count_and_left_alone() {
    for case in work::ALL.iter().filter(|(name, ..)| *name != "intent to add") {
        let (name, said, _) = case;
        let scratch = work::agent_with(case);
        let path = scratch.tree("x");
        let (before, git) = (State::of(&scratch, &path), listing(&scratch.root().join(".git/agent")));
        let run = scratch.agent(&["rm", "x"]);
        assert_eq!(run.code, 3, "{name}: {}", run.err);
        let run = run.fails(3).says(&["git agent rm --force x"]);
        for text in *said {
            assert!(run.err.contains(text), "{name}: {text:?} is not in {}", run.err);
        }
        before.assert_is(&State::of(&scratch, &path), name);
        assert_same(&git, &listing(&scratch.root().join(".git/agent")), name);
    }
}

#[test]
fn a_file_that_is_only_intended_is_work() {
    let case = work::ALL.iter().find(|(name, ..)| *name == "intent to add").expect("it is there");
    work::agent_with(case).agent(&["rm", "x"]).fails(3);
}

#[test]
fn what_can_be_made_again_is_no_work() {
    let scratch = Scratch::project();
    scratch.write(".gitignore", "node_modules/\n__pycache__/\n*.pyc\n.env\nmine/\ncache/\n/.claude/\n");
    scratch.write("package.json", "{}\n");
    scratch.commit("ignore");
    scratch.git(&["push", "--quiet"]);
    scratch.write(".env", "SECRET=1\n");
    scratch.config("agent.reproducible", "mine");
    let path = scratch.spawn("x");
    for file in ["node_modules/m/index.js", "__pycache__/a.pyc", "dir/b.pyc", "mine/x", "cache/CACHEDIR.TAG"] {
        put(&path.join(file), "x\n");
    }
    // The same bytes as in the main checkout.
    put(&path.join(".env"), "SECRET=1\n");
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert!(path.join("node_modules/m/index.js").exists());
    put(&path.join(".env"), "SECRET=2\n");
    scratch.agent(&["rm", "x"]).fails(3).says(&["1 ignored path"]);
}

#[test]
fn pushed_commits_are_no_work() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "one", "1\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    scratch.commit_in(&path, "two", "2\n");
    scratch.agent(&["rm", "x"]).fails(3).says(&["1 commit neither in the base nor pushed"]);
    scratch.git_in(&path, &["push", "--quiet"]);
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(scratch.git(&["rev-parse", "--abbrev-ref", "x@{upstream}"]), "origin/x");
}

#[test]
fn merged_commits_are_no_work() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "one", "1\n");
    scratch.git(&["merge", "--quiet", "--squash", "x"]);
    scratch.git(&["commit", "--quiet", "-m", "squashed"]);
    scratch.git(&["push", "--quiet"]);
    scratch.agent(&["rm", "x"]).ok();
}

#[test]
fn one_refusal_leaves_all() {
    let scratch = Scratch::project();
    for name in ["x", "y", "z"] {
        scratch.spawn(name);
    }
    put(&scratch.tree("y").join("new"), "x\n");
    scratch.agent(&["rm", "x", "y", "z"]).fails(3).says(&["'y' holds 1 untracked path"]);
    assert_eq!(scratch.rows().len(), 3);
    scratch.agent(&["rm", "x", "nobody"]).fails(4);
    assert_eq!(scratch.rows().len(), 3);
    let run = scratch.agent(&["rm", "x", "x", "y", "z", "--force", "--json"]).ok();
    assert_eq!(run.json()["removed"].as_array().map(Vec::len), Some(3));
    scratch.assert_no_trace();
}

#[test]
fn a_dry_run_changes_nothing() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.git_in(&scratch.tree("x"), &["status"]);
    let before = listing(&scratch.root());
    scratch.agent(&["rm", "x", "--dry-run"]).ok().prints(&["would remove 'x' with its branch x"]);
    let run = scratch.agent(&["rm", "x", "--dry-run", "--json", "--keep-branch"]).ok();
    assert_eq!(run.json()["removed"][0]["branchDeleted"], false);
    assert_same(&before, &listing(&scratch.root()), "a dry run");
    put(&scratch.tree("x").join("new"), "x\n");
    scratch.agent(&["rm", "x", "--dry-run"]).fails(3);
}

#[test]
fn json() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let json = scratch.agent(&["rm", "x", "--json"]).ok().json();
    assert_eq!((&json["schema"], &json["version"]), (&"git-agent/rm".into(), &1.into()));
    let item = &json["removed"][0];
    assert_eq!((&item["name"], &item["branch"], &item["branchDeleted"]), (&"x".into(), &"x".into(), &true.into()));
    assert_eq!(item["path"], scratch.tree("x").to_str().expect("Unicode"));
    assert!(scratch.root().join(".git/agent/trash").join(item["trash"].as_str().expect("an id")).exists());
}

#[test]
fn the_branch_can_stay() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let commit = scratch.commit_of("x");
    scratch.agent(&["rm", "x", "--keep-branch"]).ok().prints(&["branch x stays"]);
    assert_eq!(scratch.commit_of("x"), commit);
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(scratch.git_in(&scratch.tree("x"), &["status", "--porcelain"]), "");
}

#[test]
fn a_locked_worktree_is_refused_and_named() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.git(&["worktree", "lock", "--reason", "on a stick", path.to_str().expect("Unicode")]);
    for force in [&["rm", "x"][..], &["rm", "x", "--force"]] {
        let run = scratch.agent(force).fails(3).says(&["'x' is locked: on a stick"]);
        assert!(run.err.contains(&format!("git worktree unlock {}", path.display())), "{}", run.err);
    }
    let before = State::of(&scratch, &path);
    scratch.agent(&["rm", "x", "-ff"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    before.assert_is(&State::of(&scratch, &path), "locked");
}

#[test]
fn a_running_program_is_refused_and_named() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let process = sleeper(&path.join("dir"));
    let pid = process.0.id();
    for force in [&["rm", "x"][..], &["rm", "x", "--force"]] {
        scratch.agent(force).fails(3).says(&[&format!("sleep (process {pid})"), &format!("hint: kill {pid}")]);
    }
    // A program in another folder whose name begins alike is not meant.
    let other = scratch.spawn("x2");
    let _bystander = sleeper(&other);
    drop(process);
    scratch.agent(&["rm", "x"]).ok();
}

#[test]
fn the_users_own_place_is_refused() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let program = env!("CARGO_BIN_EXE_git-agent");
    let in_shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(path.join("dir"));
        scratch.run(hermetic(&mut shell, scratch.home()))
    };
    let run = in_shell(&format!("'{program}' rm x; exit $?")).fails(3).says(&["your shell stands in 'x'"]);
    assert!(run.err.contains(&format!("hint: cd {}", scratch.root().display())), "{}", run.err);
    in_shell(&format!("'{program}' rm x --force; exit $?")).fails(3);
    assert!(path.exists());
    in_shell(&format!("cd '{}' && '{program}' rm x; exit $?", scratch.root().display())).ok();
    assert!(!path.exists());
}

#[test]
fn on_a_terminal_it_asks() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    put(&path.join("new"), "x\n");
    for answer in ["n\n", "\n", "\u{4}"] {
        let run = scratch.agent_on_terminal(&scratch.root(), &["rm", "x"], "80", answer);
        assert_eq!(run.code, 3, "{}", run.out);
        assert!(run.out.contains("1 untracked path") && run.out.contains("[y/N]"), "{}", run.out);
        assert!(path.join("new").exists(), "{answer:?}");
    }
    let run = scratch.agent_on_terminal(&scratch.root(), &["rm", "x"], "80", "y\n");
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!path.exists());
    scratch.agent(&["restore", "x"]).ok();
    assert!(path.join("new").exists());
}

#[test]
fn a_folder_that_was_deleted_by_hand() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let commit = scratch.commit_in(&path, "one", "1\n");
    std::fs::remove_dir_all(&path).expect("it can be removed");
    scratch.agent(&["rm", "x"]).fails(3).says(&["its folder is gone", "git agent rm --force x"]);
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.assert_no_trace();
    // The commits are not lost.
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(scratch.commit_of("x"), Some(commit));
    assert!(scratch.git_in(&path, &["status", "--porcelain"]).contains(" D one"));
}

#[test]
fn a_folder_that_belongs_to_somebody_else_by_now_is_left_alone() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    std::fs::remove_dir_all(&path).expect("it can be removed");
    put(&path.join("precious"), "mine\n");
    for force in [&["rm", "x"][..], &["rm", "x", "--force"]] {
        scratch.agent(force).fails(3);
        assert!(path.join("precious").exists());
    }
}

#[test]
fn foreign_worktrees_can_be_removed_and_keep_their_branch() {
    let scratch = Scratch::project();
    let path = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", path.to_str().expect("Unicode")]);
    let before = State::of(&scratch, &path);
    scratch.agent(&["rm", "theirs"]).ok().prints(&["branch theirs stays"]);
    assert!(!path.exists());
    scratch.agent(&["restore", "foreign"]).ok();
    before.assert_is(&State::of(&scratch, &path), "foreign");
}

#[test]
fn the_users_folder_around_a_worktree_stays() {
    let scratch = Scratch::project();
    scratch.config("agent.worktreeDir", "../trees/{name}");
    put(&scratch.beside("trees/mine"), "x\n");
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    assert!(scratch.beside("trees/mine").exists());
    assert!(!Path::new(&scratch.beside("trees/x")).exists());
}

#[test]
fn from_inside_the_repository_anywhere() {
    let scratch = Scratch::project();
    let (x, _) = (scratch.spawn("x"), scratch.spawn("y"));
    scratch.agent_in(&x, &["rm", "y"]).ok();
    assert!(!scratch.tree("y").exists());
    scratch.agent_in(&x, &["restore", "y"]).ok();
    assert!(scratch.tree("y").join("a").exists());
}

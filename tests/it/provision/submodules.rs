//! Submodules of a new worktree: nothing that they say is done, nothing that a kill left stays half, no work is touched.

use std::path::Path;
use std::time::Duration;

use crate::kills::{Victim, killed_after};
use crate::places::submodules::{ALLOW, library, project};
use crate::support::Scratch;
use crate::support::dice::Dice;
use crate::support::project::{put, put_program};
use crate::support::state::State;

/// The paths that `git submodule status` lists, each with its mark unless that is a space.
fn marks(scratch: &Scratch, dir: &Path) -> String {
    let output = scratch.try_git_in(dir, &["submodule", "status", "--recursive"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = |line: &str| line[1..].split(' ').nth(1).unwrap_or_default().to_owned();
    let lines = text.lines().map(|line| format!("{}{}", line[..1].trim(), path(line)));
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_gitmodules_says_beside_names_and_paths_does_nothing() {
    let scratch = project();
    let pwned = scratch.beside("pwned");
    let touch = format!("touch {}", pwned.display());
    let evil = scratch.root().join(".git/modules").join(format!("sub.update=!{touch}; id >&2;"));
    for gitmodules in [
        format!(
            "[submodule \"sub.update=!{touch}; id >&2;\"]\n\tpath = sub\n\tpath = q\n\turl = ../unused\n[submodule \"sub\"]\n\tpath = sub\n"
        ),
        format!("[submodule \"sub.update=!{touch}; id >&2;\"]\n\tpath = sub\n\turl = ../unused\n"),
        format!(
            "[submodule \"sub\"]\n\tpath = sub\n\turl = ext::sh -c {touch}\n\tupdate = !{touch}\n\tbranch = --upload-pack={touch}\n"
        ),
        format!("[submodule \"sub\"]\n\tpath = sub\n\turl = --upload-pack={touch}\n\tshallow = true\n"),
        format!("[submodule \"../../hooks\"]\n\tpath = sub\n[include]\n\tpath = {}\n", pwned.display()),
    ] {
        scratch.write(".gitmodules", gitmodules.replace('\\', "/"));
        scratch.git(&["add", ".gitmodules"]);
        scratch.git(&["commit", "--quiet", "--allow-empty", "-m", "evil"]);
        scratch.agent(&["spawn", "x", "--base", "head"]).ok();
        scratch.agent(&["provision", "x"]).ok();
        assert!(!pwned.exists(), "{gitmodules}");
        assert!(!evil.exists());
        scratch.agent(&["rm", "x", "--force"]).ok();
        scratch.agent(&["gc", "--purge", "x"]).ok();
        scratch.try_git_in(&scratch.root(), &["branch", "-D", "x"]);
    }
}

#[test]
fn no_hook_of_a_repository_runs() {
    let scratch = project();
    let pwned = scratch.beside("pwned");
    let hook = format!("#!/bin/sh\ntouch {}\n", pwned.display());
    // Those that the main checkout's copies have, and those that a relative core.hooksPath finds in what is checked out.
    for name in ["post-checkout", "reference-transaction", "post-index-change"] {
        put_program(&scratch.root().join(".git/modules/sub/hooks").join(name), &hook);
        put_program(&scratch.root().join("sub/.hooks").join(name), &hook);
    }
    let sub = scratch.root().join("sub");
    scratch.git_in(&sub, &["add", ".hooks"]);
    scratch.git_in(&sub, &["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "hooks"]);
    scratch.git(&["add", "sub"]);
    scratch.git(&["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "hooks"]);
    let _ = std::fs::remove_file(&pwned);
    scratch.git(&["config", "--global", "core.hooksPath", ".hooks"]);
    scratch.agent(&["spawn", "x", "--base", "head"]).ok();
    assert!(scratch.tree("x").join("sub/.hooks/post-checkout").exists());
    assert!(!pwned.exists());
}

#[test]
fn the_remote_of_the_project_stays() {
    type Change = (&'static str, fn(&Scratch));
    let changes: [Change; 4] = [
        ("update = none", |s| s.config("submodule.sub.update", "none")),
        ("not active", |s| s.config("submodule.sub.active", "false")),
        ("the path of the project", |s| {
            s.git(&["config", "--file", ".gitmodules", "submodule.sub.path", "."]);
            s.git(&["commit", "--quiet", "-am", "dot"]);
        }),
        ("plain files", |s| {
            s.git(&["rm", "--quiet", "--cached", "sub"]);
            std::fs::rename(s.root().join("sub"), s.beside("sub.kept")).expect("it can be moved");
            s.write("sub/plain", "plain\n");
            s.git(&["add", "sub/plain", ".gitmodules"]);
            s.git(&["commit", "--quiet", "-m", "plain"]);
            s.git(&["branch", "plain"]);
            s.git(&["reset", "--quiet", "--hard", "origin/main"]);
            std::fs::remove_dir_all(s.root().join("sub")).expect("it is there");
            std::fs::rename(s.beside("sub.kept"), s.root().join("sub")).expect("it can be moved");
        }),
    ];
    for (what, change) in changes {
        let scratch = project();
        change(&scratch);
        let base = if what == "plain files" { "plain" } else { "head" };
        scratch.agent(&["spawn", "x", "--base", base]).ok();
        let path = scratch.tree("x");
        let origin = scratch.origin();
        assert_eq!(scratch.git(&["config", "remote.origin.url"]), origin.to_str().expect("Unicode"), "{what}");
        assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "", "{what}");
        assert!(!path.join("sub/file").exists(), "{what}");
    }
}

#[test]
fn a_commit_that_the_main_checkout_lacks_is_told_with_a_command_that_brings_it() {
    let scratch = project();
    let (away, back) = (scratch.beside("sub.away"), scratch.beside("sub"));
    let before = scratch.git_in(&scratch.root().join("sub"), &["rev-parse", "HEAD"]);
    let new = scratch.commit_in(&away, "new", "x\n");
    scratch.git(&["update-index", "--cacheinfo", &format!("160000,{new},sub")]);
    scratch.git(&["commit", "--quiet", "-m", "bump"]);
    scratch.git(&["branch", "bump"]);
    scratch.git(&["reset", "--quiet", "--hard", "origin/main"]);
    let run = scratch.agent(&["spawn", "x", "--base", "bump"]).ok();
    let path = scratch.tree("x");
    let run =
        run.says(&["submodule 'sub' was not initialised (the main checkout does not have its commit", &new[..10]]);
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_dir(path.join("sub")).expect("git makes its folder").count(), 0);
    // The command that it names, once the library can be reached.
    let remedy = run.err.split_once("; try: git ").expect("a command").1.lines().next().expect("a line");
    std::fs::rename(away, back).expect("it can be moved");
    let words: Vec<&str> = ALLOW.into_iter().chain(remedy.split(' ')).collect();
    scratch.git(&words);
    assert_eq!(std::fs::read_to_string(path.join("sub/new")).expect("it is there"), "x\n");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    let url = scratch.git_in(&path.join("sub"), &["config", "remote.origin.url"]);
    assert_eq!(url, scratch.beside("sub").to_str().expect("Unicode"));
    scratch.agent(&["provision", "x"]).ok().does_not_say("was not initialised");
    assert!(path.join("sub/inner/file").exists(), "what is in it can be had from the main checkout");
    assert_eq!(scratch.git_in(&scratch.root().join("sub"), &["rev-parse", "HEAD"]), before);
}

#[test]
fn a_copy_that_has_no_remote_gets_no_push() {
    let scratch = project();
    let sub = scratch.root().join("sub");
    scratch.git_in(&sub, &["remote", "rename", "origin", "upstream"]);
    let path = scratch.spawn("x");
    let url = scratch.git_in(&path.join("sub"), &["config", "remote.upstream.url"]);
    assert_eq!(url, scratch.beside("sub").to_str().expect("Unicode"));
    scratch.git_in(&sub, &["remote", "remove", "upstream"]);
    scratch.git(&["config", "--unset", "submodule.sub.url"]);
    let path = scratch.spawn("y");
    assert!(path.join("sub/file").exists());
    assert_eq!(scratch.git_in(&path.join("sub"), &["remote"]), "");
}

#[test]
fn one_with_its_repository_inside_is_cloned_from_there() {
    let scratch = Scratch::project();
    library(&scratch, "sub", None);
    let sub = scratch.root().join("sub");
    std::fs::rename(scratch.beside("sub"), &sub).expect("it can be moved");
    scratch.git_in(&sub, &["remote", "add", "origin", "https://example.invalid/sub"]);
    scratch.git(&["submodule", "--quiet", "add", "https://example.invalid/sub", "sub"]);
    scratch.git(&["commit", "--quiet", "-m", "embedded"]);
    scratch.git(&["config", "--remove-section", "submodule.sub"]);
    assert!(sub.join(".git").is_dir());
    scratch.agent(&["spawn", "x", "--base", "head"]).ok().does_not_say("warning");
    let path = scratch.tree("x");
    assert_eq!(std::fs::read_to_string(path.join("sub/file")).expect("it is there"), "sub\n");
    assert_eq!(scratch.git_in(&path.join("sub"), &["config", "remote.origin.url"]), "https://example.invalid/sub");
    assert_eq!(marks(&scratch, &path), "sub");
}

#[test]
fn what_a_kill_left_is_completed_and_work_is_not_touched() {
    type Cut = (&'static str, fn(&Path, &Path));
    let cuts: [Cut; 7] = [
        ("nothing was cloned", |tree, git| {
            std::fs::remove_dir_all(git).expect("it is there");
            empty(&tree.join("sub"));
        }),
        ("a clone grows", |tree, git| {
            let stage = git.ancestors().nth(2).expect("a folder").join("agent-submodule");
            std::fs::rename(git, stage).expect("it can be moved");
            empty(&tree.join("sub"));
        }),
        ("no folder was linked", |tree, git| {
            std::fs::remove_file(git.join("index")).expect("it is there");
            std::fs::remove_dir_all(git.join("modules")).expect("it is there");
            empty(&tree.join("sub"));
        }),
        ("no file was written", |tree, git| {
            std::fs::remove_file(git.join("index")).expect("it is there");
            std::fs::remove_dir_all(git.join("modules")).expect("it is there");
            put(&git.join("index.lock"), "");
            empty(&tree.join("sub"));
            put(&tree.join("sub/.git"), format!("gitdir: {}\n", git.display()));
            put(&tree.join("sub/file"), "s");
        }),
        ("somebody wrote a file", |tree, git| {
            std::fs::remove_file(git.join("index")).expect("it is there");
            put(&tree.join("sub/mine"), "mine\n");
        }),
        ("somebody changed a file", |tree, git| {
            std::fs::remove_file(git.join("index")).expect("it is there");
            put(&tree.join("sub/file"), "mine\n");
        }),
        ("the inner one was not begun", |tree, git| {
            std::fs::remove_dir_all(git.join("modules/inner")).expect("it is there");
            empty(&tree.join("sub/inner"));
        }),
    ];
    for (what, cut) in cuts {
        let scratch = project();
        let path = scratch.spawn("x");
        let admin = scratch.admin("x");
        cut(&path, &admin.join("modules/sub"));
        std::fs::remove_file(admin.join("agent-provision.json")).expect("it is there");
        scratch.agent(&["provision", "x"]).ok().does_not_say("warning");
        let is_changed = what == "somebody changed a file";
        let file = std::fs::read_to_string(path.join("sub/file")).expect(what);
        assert_eq!(file, if is_changed { "mine\n" } else { "sub\n" }, "{what}");
        assert_eq!(std::fs::read_to_string(path.join("sub/inner/file")).expect(what), "inner\n", "{what}");
        assert_eq!(marks(&scratch, &path), "sub sub/inner -unused", "{what}");
        let mine = path.join("sub/mine").exists();
        assert_eq!(mine, what == "somebody wrote a file");
        let status = scratch.git_in(&path.join("sub"), &["status", "--porcelain"]);
        let expected = if mine { "?? mine" } else { "" };
        assert_eq!(status.trim(), if is_changed { "M file" } else { expected }, "{what}");
        assert!(!admin.join("agent-submodule").exists(), "{what}");
    }
}

/// Leaves of a folder nothing but itself.
fn empty(folder: &Path) {
    std::fs::remove_dir_all(folder).expect("it is there");
    std::fs::create_dir(folder).expect("it can be made");
}

#[test]
fn work_stays_when_the_worktree_is_completed() {
    let scratch = project();
    let path = scratch.spawn("x");
    let sub = path.join("sub");
    scratch.git_in(&sub, &["checkout", "--quiet", "-b", "work"]);
    scratch.commit_in(&sub, "new", "x\n");
    put(&sub.join("file"), "changed\n");
    std::fs::remove_file(sub.join("inner/file")).expect("it is there");
    let (before, inner) = (State::of(&scratch, &sub), State::of(&scratch, &sub.join("inner")));
    scratch.agent(&["provision", "x", "--again"]).ok();
    before.assert_is(&State::of(&scratch, &sub), "the submodule");
    inner.assert_is(&State::of(&scratch, &sub.join("inner")), "the inner one");
    // Taken out on purpose: told, and left alone.
    scratch.git_in(&sub, &["checkout", "--quiet", "--force", "HEAD"]);
    empty(&sub);
    scratch.agent(&["provision", "x"]).ok().says(&["submodule 'sub' was not initialised", "was taken out"]);
    assert!(!sub.join("file").exists());
}

#[test]
fn killed_at_any_moment_it_is_completed() {
    let scratch = project();
    let mut dice = Dice::new(4);
    for round in 0..6 {
        let name = format!("x{round}");
        let delay = Duration::from_millis(u64::try_from(dice.roll(700)).expect("a few") + 100);
        killed_after(&mut scratch.program(&scratch.root(), &["spawn", &name, "--quiet"]), delay, Victim::Group);
        if scratch.rows().iter().any(|row| row["name"] == name.as_str()) {
            scratch.agent(&["provision", &name]).ok().does_not_say("was not initialised");
        } else {
            scratch.spawn(&name);
        }
        assert_eq!(marks(&scratch, &scratch.tree(&name)), "sub sub/inner -unused", "{delay:?}");
        assert_eq!(scratch.git_in(&scratch.tree(&name), &["status", "--porcelain"]), "", "{delay:?}");
    }
}

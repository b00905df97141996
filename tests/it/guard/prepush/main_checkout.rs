//! An agent that goes into the main checkout: its environment brings the hooks along, and nobody else's does.

use std::path::Path;
use std::process::Command;

use super::{agent, agent_in, remote, sh};
use crate::support::program::Run;
use crate::support::project::{put, put_program, text};
use crate::support::{Scratch, hermetic};

/// A line of shell that agent `x` runs in `root`.
fn as_agent(scratch: &Scratch, root: &Path, line: &str) -> Run {
    let line = format!("cd '{}' && {line}", root.display());
    scratch.agent(&["run", "x", "--", "sh", "-c", &line])
}

#[test]
fn a_script_that_pushes_main_from_there_is_refused() {
    let (scratch, _) = agent();
    let root = scratch.root();
    scratch.write("Makefile", "release:\n\t@git push origin main\n");
    scratch.commit("release");
    let before = remote(&scratch);
    for line in ["git push", "git push origin main", "git -c x.y=z push origin main", "sh -c 'cd dir; git push -q'"] {
        let run = as_agent(&scratch, &root, line);
        assert_ne!(run.code, 0, "{line}");
        run.says(&["'main' on origin"]);
    }
    assert_eq!(remote(&scratch), before);
    as_agent(&scratch, &root, "git push -q origin HEAD:refs/heads/other").ok();
    // The user, in the same place.
    sh(&scratch, &root, "git push -q origin main").ok();
    assert!(scratch.try_git_in(&root, &["config", "core.hooksPath"]).stdout.is_empty());
}

#[test]
fn hooks_of_the_main_checkout_run_as_they_do_without_us() {
    let log = "#!/bin/sh\necho \"${0##*/} $# $GIT_INDEX_FILE\" >>\"$(git rev-parse --git-common-dir)/log\"\n";
    for place in [".git/hooks", ".husky/_"] {
        let scratch = Scratch::project();
        let root = scratch.root();
        for event in ["pre-commit", "commit-msg", "post-commit", "pre-push", "post-checkout"] {
            put_program(&root.join(place).join(event), log);
        }
        if place != ".git/hooks" {
            scratch.config("core.hooksPath", place);
        }
        let (scratch, _) = agent_in(scratch);
        let file = root.join(".git/log");
        let work = "git commit -q --allow-empty -m more && git checkout -q -b NAME && git push -q origin HEAD && git checkout -q main";
        std::fs::remove_file(&file).ok();
        sh(&scratch, &root, &work.replace("NAME", "one")).ok();
        let without = text(&file);
        std::fs::remove_file(&file).expect("hooks ran");
        as_agent(&scratch, &root, &work.replace("NAME", "two")).ok();
        assert_eq!(text(&file), without, "{place}");
        put_program(&root.join(place).join("pre-commit"), "#!/bin/sh\nexit 3\n");
        assert_ne!(as_agent(&scratch, &root, "git commit -q --allow-empty -m more").code, 0);
    }
}

#[test]
fn other_repositories_are_not_touched() {
    let (scratch, tree) = agent();
    let clone = scratch.colleague();
    put_program(&clone.join(".git/hooks/pre-commit"), "#!/bin/sh\ntouch ran\n");
    let config = scratch.agent_in(
        &tree,
        &["run", "x", "--", "git", "-C", clone.to_str().expect("Unicode"), "config", "--show-origin", "core.hooksPath"],
    );
    assert_eq!(config.out, "");
    as_agent(&scratch, &clone, "git commit -q --allow-empty -m theirs && git push -q origin HEAD:main").ok();
    assert!(clone.join("ran").exists());
    // One that is made, and one whose place is gone.
    as_agent(&scratch, &scratch.beside("."), "git init -q fresh && git -C fresh config --list").ok();
    scratch.agent(&["init", "--undo"]).ok();
    as_agent(&scratch, &scratch.root(), "git status").ok();
}

#[test]
fn a_path_with_letters_that_mean_something() {
    let scratch = Scratch::project();
    let odd = scratch.beside("it's \"an\" [odd] *=path.x!");
    std::fs::rename(scratch.root(), &odd).expect("it can be moved");
    scratch.agent_in(&odd, &["spawn", "x", "--quiet"]).ok();
    let line = "cd ../../.. && git commit -q --allow-empty -m more && git push origin main";
    let before = remote(&scratch);
    let run = scratch.agent_in(&odd, &["run", "x", "--", "sh", "-c", line]);
    assert_ne!(run.code, 0);
    run.says(&["'main' on origin"]);
    assert_eq!(remote(&scratch), before);
}

#[test]
fn what_the_user_gave_stays() {
    let (scratch, _) = agent();
    scratch.commit("more");
    let mut command = scratch.program(&scratch.root(), &["run", "x", "--", "sh", "-c"]);
    command.arg("git config a.b; cd ../../.. && git config a.b; git push origin main");
    command.env("GIT_CONFIG_PARAMETERS", "'a.b'='it'\\''s'");
    let run = scratch.run(&mut command);
    assert_eq!(run.out, "it's\nit's\n");
    run.says(&["'main' on origin"]);
    // An agent of an agent carries it once.
    let count = "git config --get-regexp ^includeif | grep -c main.gitconfig";
    let run = scratch.agent(&["run", "x", "--", env!("CARGO_BIN_EXE_git-agent"), "run", "x", "--", "sh", "-c", count]);
    assert_eq!(run.ok().out, "1\n");
}

#[test]
fn programs_that_spawn_starts_have_it() {
    let scratch = Scratch::project();
    let script = scratch.beside("bin/mine");
    put_program(
        &script,
        "#!/bin/sh\ncd ../../.. && git commit -q --allow-empty -m more; git push origin main 2>pushed\n",
    );
    scratch.config("agent.mine.command", script.to_str().expect("Unicode"));
    scratch.agent(&["spawn", "x", "--agent", "mine"]);
    assert!(text(&scratch.root().join("pushed")).contains("'main' on origin"));
}

#[test]
fn the_layer_above_is_not_confused_by_it() {
    let (scratch, tree) = agent();
    let check = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_git-agent"));
        command.args(["run", "x", "--", env!("CARGO_BIN_EXE_git-agent"), "guard", "check", "--json", line]);
        let run = scratch.run(hermetic(command.current_dir(&tree), scratch.home())).ok();
        run.json()["decision"].as_str().expect("a decision").to_owned()
    };
    scratch.git_in(&tree, &["push", "--quiet"]);
    assert_eq!(check("git push"), "allow");
    assert_eq!(check("git status"), "allow");
    assert_eq!(check("git push origin HEAD:main"), "deny");
    put(&scratch.root().join("x"), "x\n");
    assert_eq!(check("cd ../../.. && git push origin main"), "deny");
}

//! Programs that manage hooks, installed for real: in a linked worktree their hooks run with our folder as without it.
//!
//! They are looked for in `GIT_AGENT_TEST_TOOLS`, folders as in PATH, and on PATH: husky and lefthook from npm, pre-commit
//! from PyPI. A test without its program says so and passes.

use crate::support::skip::skipped;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{remote, sh};
use crate::support::program::Run;
use crate::support::project::{names, put, text};
use crate::support::{Scratch, hermetic};

/// The folders in which programs are looked for.
fn path() -> std::ffi::OsString {
    let tools = std::env::var_os("GIT_AGENT_TEST_TOOLS").unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&tools).chain(std::env::split_paths(&path)).collect::<Vec<PathBuf>>();
    std::env::join_paths(folders).expect("folders of PATH")
}

/// Whether the program is there; if not, how to get it.
fn there_is(program: &str, how: &str) -> bool {
    let found = std::env::split_paths(&path()).any(|folder| folder.join(program).exists());
    if !found {
        skipped(&format!("there is no {program}: {how}, and name its folder in GIT_AGENT_TEST_TOOLS"));
    }
    found
}

/// Runs a line of shell with the programs.
fn tools(scratch: &Scratch, dir: &Path, line: &str) -> Run {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(dir).stdin(std::process::Stdio::null());
    hermetic(&mut command, scratch.home()).env("PATH", path()).env("HUSKY", "1").env_remove("CI");
    command.env("PRE_COMMIT_HOME", scratch.beside("pre-commit-home"));
    scratch.run(&mut command)
}

/// What a hook of the user does: a line in the log, with its name, and what git told it.
const LOG: &str = "\"$(git rev-parse --git-common-dir)/log\"";

/// Commits, checks out and pushes in a worktree of the branch `name`, and fails to commit in the end. Returns what the
/// hooks wrote.
fn work(scratch: &Scratch, tree: &Path, name: &str) -> String {
    let log = scratch.root().join(".git/log");
    put(&log, "");
    for line in [
        format!("echo {name} >{name} && git add {name} && git commit -qm 'ok {name}'"),
        format!("git checkout -q -b {name}-2 && git checkout -q {name}"),
        format!("git push -q origin HEAD:refs/heads/{name}"),
    ] {
        tools(scratch, tree, &line).ok();
    }
    assert_ne!(tools(scratch, tree, "git commit -q --allow-empty -m bad").code, 0, "their commit-msg refuses it");
    text(&log).replace(name, "NAME").replace(tree.to_str().expect("Unicode"), "TREE")
}

/// Works in a worktree before we are there, then in one with our hooks, then after `install` in that one.
fn as_without_us(scratch: &Scratch, install: &str) -> PathBuf {
    let before = scratch.beside("one");
    scratch.git(&["worktree", "add", "--quiet", "-b", "one", before.to_str().expect("Unicode")]);
    if install == "husky" {
        // Its folder is generated, and missing in every fresh worktree.
        tools(scratch, &before, install).ok();
    }
    let without = work(scratch, &before, "one");
    assert!(without.contains("pre-commit") && without.contains("pre-push"), "{without}");

    scratch.agent(&["init"]).ok();
    let tree = scratch.beside("two");
    scratch.git(&["worktree", "add", "--quiet", "-b", "two", tree.to_str().expect("Unicode"), "main"]);
    if install == "husky" {
        tools(scratch, &tree, install).ok();
    }
    assert_eq!(work(scratch, &tree, "two"), without);
    refuses(scratch, &tree);
    tree
}

fn refuses(scratch: &Scratch, tree: &Path) {
    let before = remote(scratch);
    tools(scratch, tree, "git push origin HEAD:main").says(&["'main' on origin"]);
    assert_eq!(remote(scratch), before);
}

#[test]
fn husky() {
    if !there_is("husky", "npm install husky") {
        return;
    }
    let scratch = Scratch::project();
    scratch.write("package.json", "{\"name\":\"x\"}\n");
    scratch.write(".husky/pre-commit", format!("echo pre-commit $# >>{LOG}\n"));
    scratch.write(".husky/commit-msg", format!("echo commit-msg $# >>{LOG}\ngrep -q ^ok \"$1\"\n"));
    scratch.write(".husky/post-checkout", format!("echo post-checkout $3 >>{LOG}\n"));
    scratch.write(".husky/pre-push", format!("{{ echo pre-push $1; cut -d' ' -f1,3; }} >>{LOG}\n"));
    scratch.commit("husky");
    scratch.git(&["push", "--quiet"]);
    tools(&scratch, &scratch.root(), "husky").ok();
    assert_eq!(scratch.git(&["config", "core.hooksPath"]), ".husky/_");
    let tree = as_without_us(&scratch, "husky");
    tools(&scratch, &tree, "husky").ok();
    refuses(&scratch, &tree);
    assert_eq!(scratch.git(&["config", "core.hooksPath"]), ".husky/_", "the main checkout has what it had");
}

#[test]
fn lefthook() {
    if !there_is("lefthook", "npm install lefthook") {
        return;
    }
    let scratch = Scratch::project();
    let job = |event: &str, run: &str| format!("{event}:\n  commands:\n    log:\n      run: {run}\n");
    let config = [
        job("pre-commit", &format!("'echo pre-commit >>{LOG}'")),
        job("commit-msg", &format!("'echo commit-msg >>{LOG}; grep -q ^ok {{1}}'")),
        job("post-checkout", &format!("'echo post-checkout {{3}} >>{LOG}'")),
        job("pre-push", &format!("'echo pre-push {{1}} >>{LOG}'")),
    ];
    scratch.write("lefthook.yml", config.concat());
    scratch.commit("lefthook");
    scratch.git(&["push", "--quiet"]);
    tools(&scratch, &scratch.root(), "lefthook install").ok();
    let tree = as_without_us(&scratch, "lefthook install");

    // It writes into the folder that git names, which is ours there. The next hook of ours that git runs puts all back.
    for heal in ["git commit -q --allow-empty -m 'ok more'", "git-agent list", "git-agent doctor --fix"] {
        tools(&scratch, &tree, "lefthook install --force").ok();
        assert!(!text(&super::ours(&scratch).join("pre-push")).contains("git-agent"), "it is in our place");
        let bin = Path::new(env!("CARGO_BIN_EXE_git-agent")).parent().expect("a folder").display().to_string();
        tools(&scratch, &tree, &format!("PATH='{bin}':$PATH; {heal}")).ok();
        refuses(&scratch, &tree);
        for name in names(&super::ours(&scratch)) {
            assert!(text(&super::ours(&scratch).join(&name)).contains("# Written by git-agent"), "{heal}: {name}");
            assert!(!name.ends_with(".old"), "{heal}: {name}");
        }
    }
    assert!(text(&scratch.root().join(".git/hooks/pre-push")).contains("lefthook"));
    scratch.agent(&["init", "--undo"]).ok();
    let log = work(&scratch, &tree, "other");
    assert!(log.contains("pre-commit") && log.contains("pre-push"), "{log}");
}

#[test]
fn the_pre_commit_framework() {
    if !there_is("pre-commit", "python3 -m venv V && V/bin/pip install pre-commit") {
        return;
    }
    let scratch = Scratch::project();
    let mut config = String::from(
        "default_install_hook_types: [pre-commit, commit-msg, pre-push, post-checkout]\nrepos:\n- repo: local\n  hooks:\n",
    );
    for (event, then, names) in [
        ("pre-commit", "", "false"),
        ("commit-msg", "; grep -q ^ok \"$0\"", "true"),
        ("pre-push", " \"$PRE_COMMIT_REMOTE_BRANCH\"", "false"),
        ("post-checkout", " \"$PRE_COMMIT_CHECKOUT_TYPE\"", "false"),
    ] {
        let line = if event == "commit-msg" {
            format!("echo {event} >>{LOG}{then}")
        } else {
            format!("echo {event}{then} >>{LOG}")
        };
        config.push_str(&format!(
            "  - {{id: {event}, name: {event}, language: system, stages: [{event}], always_run: true, pass_filenames: {names}, verbose: true,\n     entry: sh -c '{line}'}}\n"
        ));
    }
    scratch.write(".pre-commit-config.yaml", config);
    scratch.commit("pre-commit");
    scratch.git(&["push", "--quiet"]);
    tools(&scratch, &scratch.root(), "pre-commit install").ok();
    let tree = as_without_us(&scratch, "pre-commit install");
    let run = tools(&scratch, &tree, "pre-commit install");
    assert_ne!(run.code, 0);
    assert!(run.out.contains("core.hooksPath") || run.err.contains("core.hooksPath"), "{}{}", run.out, run.err);
    refuses(&scratch, &tree);
    tools(&scratch, &scratch.root(), "pre-commit install").ok();
    sh(&scratch, &scratch.root(), "git status").ok();
}

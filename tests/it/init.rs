//! `git agent init` of a repository, and its way back.

use std::path::Path;

use crate::support::Scratch;
use crate::support::listing::{assert_same, contents};
use crate::support::project::{put, put_program, text};

/// What is in the repository, without the times of folders and files.
fn all(scratch: &Scratch) -> Vec<String> {
    contents(&scratch.root())
}

fn refused(scratch: &Scratch, dir: &Path, refspec: &str) {
    let output = scratch.try_git_in(dir, &["push", "origin", refspec]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("this push would update"), "{err}");
}

#[test]
fn it_sets_everything_up_once() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok().prints(&[
        "created hooks in .git/agent/hooks",
        "created .git/agent/worktree.gitconfig",
        "changed .git/config",
        "created .gitignore",
    ]);
    let before = all(&scratch);
    scratch.agent(&["init"]).ok().prints(&["already set up"]);
    assert_same(&before, &all(&scratch), "a second one changes nothing");
    assert!(text(&scratch.root().join(".git/agent/protected")).ends_with("\nmain\n"));

    // A worktree that nobody of ours made.
    let tree = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "foreign", tree.to_str().expect("Unicode")]);
    scratch.commit_in(&tree, "work", "work\n");
    refused(&scratch, &tree, "HEAD:main");
    scratch.git_in(&tree, &["push", "--quiet"]);
    assert_eq!(scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/foreign");
    // And a spawn finds nothing left to do.
    let before = text(&scratch.root().join(".git/config"));
    scratch.spawn("x");
    assert_eq!(text(&scratch.root().join(".git/config")), before);
}

#[test]
fn a_dry_run_prints_the_difference_and_changes_nothing() {
    let scratch = Scratch::project();
    put(&scratch.root().join(".gitignore"), "target\n");
    let before = all(&scratch);
    let run = scratch.agent(&["init", "--dry-run"]).ok();
    // What a repository has anyway, `git agent` may make: its own locks.
    let ours =
        |lines: Vec<String>| lines.into_iter().filter(|line| !line.starts_with(".git/agent\t")).collect::<Vec<_>>();
    assert_same(&ours(before), &ours(all(&scratch)), "a dry run");
    run.prints(&[
        "--- a/.gitignore\n+++ b/.gitignore\n@@ -1 +1,2 @@\n target\n+/.claude/worktrees/\n",
        "+[includeIf \"gitdir:./worktrees/\"]\n+\tpath = agent/worktree.gitconfig\n",
        "+++ b/.git/agent/hooks/",
        "and the same for ",
    ]);
    scratch.agent(&["init"]).ok();
    let before = all(&scratch);
    scratch.agent(&["init", "--undo", "--dry-run"]).ok().prints(&["-/.claude/worktrees/\n", "-[includeIf "]);
    assert_same(&before, &all(&scratch), "a dry run of the way back");
}

#[test]
fn the_way_back_leads_to_the_byte() {
    for (ignore, config) in [
        (None, "\n"),
        (Some("target"), "\n"),
        (Some("target\n"), "\n[x]\n\ty = z"),
        (Some("a\r\nb\r\n"), "\n# the end\n\n"),
        (Some(""), "\n[x]\r\n\ty = z\r\n"),
    ] {
        let scratch = Scratch::project();
        if let Some(text) = ignore {
            put(&scratch.root().join(".gitignore"), text);
        }
        let git_config = scratch.root().join(".git/config");
        put(&git_config, format!("{}{config}", text(&git_config)));
        put_program(&scratch.root().join(".git/hooks/pre-push"), "#!/bin/sh\nexit 0\n");
        let before = all(&scratch);
        scratch.agent(&["init"]).ok();
        assert_ne!(all(&scratch), before);
        scratch.agent(&["init", "--undo"]).ok();
        assert_same(&before, &all(&scratch), "as it was");
        scratch.agent(&["init", "--undo"]).ok().prints(&["nothing to undo"]);
        assert_same(&before, &all(&scratch), "and again");
    }
}

#[test]
fn the_exclude_file_is_restored_as_well() {
    let scratch = Scratch::project();
    scratch.config("agent.ignoreIn", "exclude");
    let before = all(&scratch);
    scratch.agent(&["init"]).ok().prints(&["info/exclude"]);
    scratch.agent(&["init", "--undo"]).ok();
    assert_same(&before, &all(&scratch), "as it was");
}

#[test]
fn what_a_spawn_has_set_up_is_undone_and_agents_stay() {
    let scratch = Scratch::project();
    put_program(
        &scratch.root().join(".git/hooks/pre-commit"),
        "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/ran\"\n",
    );
    let config = text(&scratch.root().join(".git/config"));
    let tree = scratch.spawn("x");
    let run = scratch.agent(&["init", "--undo"]).ok();
    run.prints(&["left /.claude/worktrees/ in ", "left 1 agent with its worktrees"]);
    assert_eq!(text(&scratch.root().join(".git/config")), config);
    assert!(!scratch.root().join(".git/agent/hooks").exists());
    assert!(scratch.try_git_in(&tree, &["config", "core.hooksPath"]).stdout.is_empty());
    scratch.commit_in(&tree, "work", "work\n");
    assert!(tree.join("ran").exists(), "hooks of the user run as before");
    assert_eq!(scratch.row("x")["foreign"], false);
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(text(&scratch.root().join(".git/config")), config, "no other verb sets it up again");
    assert!(text(&scratch.root().join(".gitignore")).contains("/.claude/worktrees/"));

    // With the agent gone for good the entry can go.
    scratch.agent(&["rm", "x", "--force"]).ok();
    let run = scratch.agent(&["init", "--undo"]).ok();
    run.prints(&["removed .gitignore", "left the trash, with 1 removed agent"]);
    scratch.agent(&["gc", "--purge", "x"]).ok();

    scratch.spawn("y");
    scratch.commit_in(&scratch.tree("y"), "work", "work\n");
    refused(&scratch, &scratch.tree("y"), "HEAD:main");
}

#[test]
fn the_remote_is_asked_for_its_default_branch() {
    for how in ["init", "spawn"] {
        let scratch = Scratch::project();
        scratch.git(&["push", "--quiet", "origin", "main:develop"]);
        scratch.git_in(&scratch.origin(), &["symbolic-ref", "HEAD", "refs/heads/develop"]);
        scratch.git(&["remote", "set-head", "origin", "--delete"]);
        match how {
            "init" => drop(scratch.agent(&["init"]).ok()),
            _ => drop(scratch.spawn("x")),
        }
        let protected = text(&scratch.root().join(".git/agent/protected"));
        assert!(protected.lines().any(|line| line == "develop"), "{protected}");
        // What the remote says later does not take it away, nor what the refs here say.
        scratch.git_in(&scratch.origin(), &["symbolic-ref", "HEAD", "refs/heads/main"]);
        let tree = scratch.beside("foreign");
        scratch.git(&["worktree", "add", "--quiet", "-b", "foreign", tree.to_str().expect("Unicode")]);
        scratch.commit_in(&tree, "work", "work\n");
        refused(&scratch, &tree, "HEAD:develop");
    }
}

#[test]
fn a_remote_that_cannot_be_reached_is_a_warning() {
    let scratch = Scratch::local();
    scratch.git(&["remote", "add", "origin", scratch.beside("nowhere.git").to_str().expect("Unicode")]);
    scratch.agent(&["init"]).ok().says(&["cannot ask 'origin' for its default branch"]);
    assert!(!scratch.root().join(".git/agent/protected").exists());
    let json = scratch.agent(&["init", "--json"]).ok().json();
    assert_eq!(json["schema"], "git-agent/init");
    assert_eq!(json["changes"].as_array().map(Vec::len), Some(0));
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_people_wrote_stays() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok();
    let protected = scratch.root().join(".git/agent/protected");
    put(&protected, format!("{}release/*\n", text(&protected)));
    let tree = scratch.spawn("x");
    scratch.commit_in(&tree, "work", "work\n");
    refused(&scratch, &tree, "HEAD:release/1");
    put(&scratch.root().join(".gitignore"), "/.claude/worktrees/ # mine\nother\n");
    let config = scratch.root().join(".git/config");
    put(&config, text(&config).replace("[includeIf", "[alias]\n\tp = push\n[includeIf"));
    scratch.agent(&["init", "--undo"]).ok().prints(&["names that git-agent did not write"]);
    assert_eq!(text(&protected), "release/*\n");
    assert_eq!(text(&scratch.root().join(".gitignore")), "/.claude/worktrees/ # mine\nother\n");
    assert!(text(&config).ends_with("[alias]\n\tp = push\n"));
}

#[test]
fn from_a_worktree_and_in_a_bare_repository() {
    let scratch = Scratch::project();
    let tree = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "foreign", tree.to_str().expect("Unicode")]);
    scratch.agent_in(&tree, &["init"]).ok();
    assert!(scratch.root().join(".git/agent/hooks/pre-push").exists());
    assert!(text(&scratch.root().join(".gitignore")).contains("/.claude/worktrees/"));

    let bare = scratch.beside("bare.git");
    scratch.git(&[
        "clone",
        "--quiet",
        "--bare",
        scratch.origin().to_str().expect("Unicode"),
        bare.to_str().expect("Unicode"),
    ]);
    let before = contents(&bare);
    scratch.agent_in(&bare, &["init"]).ok();
    assert!(bare.join("agent/hooks/pre-push").exists());
    scratch.agent_in(&bare, &["init", "--undo"]).ok();
    assert_same(&before, &contents(&bare), "as it was");
}

#[test]
fn it_is_undone_while_others_spawn() {
    let scratch = Scratch::project();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let scratch = &scratch;
            scope.spawn(move || scratch.agent(&["spawn", &format!("x{number}"), "--quiet"]).ok());
            scope.spawn(move || scratch.agent(&["init", "--undo"]).ok());
        }
    });
    assert_eq!(scratch.rows().len(), 4);
    scratch.git(&["fsck"]);
}

#[test]
fn a_lock_of_gits_is_waited_for_and_named() {
    let scratch = Scratch::project();
    put(&scratch.root().join(".git/config.lock"), "");
    scratch.agent(&["init"]).fails(1).says(&["config.lock is in the way", "rm '"]);
    std::fs::remove_file(scratch.root().join(".git/config.lock")).expect("it is there");
    scratch.agent(&["init"]).ok();
}

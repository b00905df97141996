//! When our hooks are there, and what they leave alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{agent, ours, remote, sh};
use crate::support::Scratch;
use crate::support::project::{copy_program, names, put, put_program, text};

/// A folder with git-agent alone, as an installation that went half way.
fn lone_program(scratch: &Scratch, with_hook: bool) -> std::path::PathBuf {
    let folder = scratch.beside("bin");
    std::fs::create_dir_all(&folder).expect("it can be made");
    copy_program(env!("CARGO_BIN_EXE_git-agent").as_ref(), &folder.join("git-agent"));
    if with_hook {
        copy_program(env!("CARGO_BIN_EXE_git-agent-hook").as_ref(), &folder.join("git-agent-hook"));
    }
    folder.join("git-agent")
}

fn spawn_with(scratch: &Scratch, program: &Path, name: &str) -> crate::support::program::Run {
    let mut command = std::process::Command::new(program);
    command.args(["spawn", name, "--quiet"]).current_dir(scratch.root()).stdin(std::process::Stdio::null());
    scratch.run(crate::support::hermetic(&mut command, scratch.home()))
}

#[test]
fn the_folder_holds_what_git_may_find_there() {
    let (scratch, tree) = agent();
    let folder = ours(&scratch);
    let found = names(&folder);
    assert_eq!(found.len(), 23, "{found:?}");
    for event in ["pre-push", "pre-commit", "post-checkout"] {
        let mode = folder.join(event).metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{event}");
    }
    assert_eq!(scratch.git_in(&tree, &["config", "core.hooksPath"]), folder.to_str().expect("Unicode"));
    let main = scratch.try_git_in(&scratch.root(), &["config", "core.hooksPath"]);
    assert!(main.stdout.is_empty(), "the main checkout is not touched");
    // Tools that are built on go-git refuse a repository with this extension.
    let extension = scratch.try_git_in(&scratch.root(), &["config", "extensions.worktreeConfig"]);
    assert!(extension.stdout.is_empty());
}

#[test]
fn a_second_spawn_changes_nothing_and_mends_what_was_changed() {
    let (scratch, _) = agent();
    let folder = ours(&scratch);
    let time = |event: &str| folder.join(event).metadata().expect("it is there").modified().expect("it has a time");
    let (before, script) = (time("pre-push"), text(&folder.join("pre-push")));
    scratch.spawn("y");
    assert_eq!(time("pre-push"), before);
    put(&folder.join("pre-push"), "#!/bin/sh\n");
    std::fs::remove_file(folder.join("commit-msg")).expect("it can be removed");
    std::fs::set_permissions(folder.join("pre-commit"), std::fs::Permissions::from_mode(0o644)).expect("it can");
    scratch.spawn("z");
    for event in ["pre-push", "commit-msg", "pre-commit"] {
        assert_eq!(text(&folder.join(event)), script);
        assert_ne!(folder.join(event).metadata().expect("it is there").permissions().mode() & 0o111, 0, "{event}");
    }
}

#[test]
fn chatty_events_are_there_while_the_user_has_them() {
    let scratch = Scratch::project();
    let users = scratch.root().join(".git/hooks/post-index-change");
    put_program(&users, "#!/bin/sh\ntouch \"$(git rev-parse --git-dir)/ran\"\n");
    let tree = scratch.spawn("x");
    assert!(ours(&scratch).join("post-index-change").exists());
    sh(&scratch, &tree, "touch a && git update-index --refresh; touch new && git add new").ok();
    assert!(scratch.admin("x").join("ran").exists());
    std::fs::remove_file(users).expect("it can be removed");
    scratch.spawn("y");
    assert!(!ours(&scratch).join("post-index-change").exists());
    assert!(!ours(&scratch).join("push-to-checkout").exists());
}

#[test]
fn the_user_can_switch_it_off_and_the_team_cannot() {
    let scratch = Scratch::project();
    scratch.write(".gitagent", "[agent]\n\tguard = off\n");
    let tree = scratch.spawn("x");
    assert_ne!(scratch.git_in(&tree, &["config", "core.hooksPath"]), "");
    scratch.config("agent.guard", "off");
    scratch.commit_in(&tree, "work", "work\n");
    sh(&scratch, &tree, "git push origin HEAD:main").ok();
    scratch.spawn("y");
    assert!(scratch.try_git_in(&tree, &["config", "core.hooksPath"]).stdout.is_empty());
    assert_eq!(scratch.git_in(&tree, &["config", "push.default"]), "current");
    scratch.git(&["config", "--unset", "agent.guard"]);
    scratch.spawn("z");
    assert_ne!(scratch.git_in(&tree, &["config", "core.hooksPath"]), "");
}

#[test]
fn without_the_program_it_is_left_out_with_one_warning() {
    let scratch = Scratch::project();
    let program = lone_program(&scratch, false);
    let run = spawn_with(&scratch, &program, "x").ok();
    assert!(run.err.contains("the guard is not active: install git-agent-hook"), "{}", run.err);
    let tree = scratch.tree("x");
    assert!(scratch.try_git_in(&tree, &["config", "core.hooksPath"]).stdout.is_empty());
    assert_eq!(scratch.git_in(&tree, &["config", "push.default"]), "current");
    spawn_with(&scratch, &program, "y").ok().does_not_say("guard");
}

#[test]
fn a_program_that_went_away_refuses_pushes_and_nothing_else() {
    let scratch = Scratch::project();
    let program = lone_program(&scratch, true);
    spawn_with(&scratch, &program, "x").ok();
    let tree = scratch.tree("x");
    put_program(&scratch.root().join(".git/hooks/pre-commit"), "#!/bin/sh\ntouch ran\n");
    std::fs::remove_file(program.with_file_name("git-agent-hook")).expect("it can be removed");
    scratch.commit_in(&tree, "work", "work\n");
    assert!(tree.join("ran").exists());
    let before = remote(&scratch);
    let run = sh(&scratch, &tree, "git push");
    assert_ne!(run.code, 0);
    run.says(&["git-agent-hook is missing", "Install git-agent-hook"]);
    assert_eq!(remote(&scratch), before);

    // Found on PATH, it works again.
    let folder = Path::new(env!("CARGO_BIN_EXE_git-agent-hook")).parent().expect("a folder").display().to_string();
    sh(&scratch, &tree, &format!("PATH='{folder}':$PATH git push")).ok();
    let run = sh(&scratch, &tree, &format!("PATH='{folder}':$PATH git push origin HEAD:main"));
    run.says(&["'main' on origin"]);

    // A program that judges nothing, as one of an older version, is not taken for one that agrees.
    put_program(&program.with_file_name("git-agent-hook"), "#!/bin/sh\nexit 0\n");
    sh(&scratch, &tree, "git push origin HEAD:other").says(&["did not judge it"]);
    spawn_with(&scratch, Path::new(env!("CARGO_BIN_EXE_git-agent")), "y").ok();
    sh(&scratch, &tree, "git push origin HEAD:other").ok();
}

#[test]
fn a_path_with_letters_that_mean_something() {
    let scratch = Scratch::project();
    let odd = scratch.beside("it's \"an\" odd $HOME `x`");
    std::fs::rename(scratch.root(), &odd).expect("it can be moved");
    let program = lone_program(&scratch, true);
    let moved = odd.join("bin");
    std::fs::rename(program.parent().expect("a folder"), &moved).expect("it can be moved");
    put_program(&odd.join(".git/hooks/pre-push"), "#!/bin/sh\ncat >seen\n");
    let mut command = std::process::Command::new(moved.join("git-agent"));
    command.args(["spawn", "x", "--quiet"]).current_dir(&odd);
    scratch.run(crate::support::hermetic(&mut command, scratch.home())).ok();
    let tree = odd.join(".claude/worktrees/x");
    scratch.commit_in(&tree, "work", "work\n");
    sh(&scratch, &tree, "git push origin HEAD:main").says(&["'main' on origin"]);
    sh(&scratch, &tree, "git push").ok();
    assert!(text(&tree.join("seen")).contains("refs/heads/x "));
}

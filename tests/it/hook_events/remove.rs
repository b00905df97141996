//! A client is done with a worktree.

use std::path::Path;

use serde_json::json;

use super::claude;
use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::{put, text};

fn remove(scratch: &Scratch, cwd: &Path, path: &Path) -> Run {
    claude(scratch, cwd, "WorktreeRemove", &json!({ "worktree_path": path }))
}

#[test]
fn it_goes_into_the_trash_whatever_it_holds() {
    let scratch = Scratch::project();
    let made = claude(&scratch, &scratch.root(), "WorktreeCreate", &json!({ "name": "x" })).ok();
    let path = Path::new(made.line());
    let commit = scratch.commit_in(path, "mine", "1\n");
    put(&path.join("untracked"), "2\n");
    put(&path.join("a"), "changed\n");
    let run = remove(&scratch, path, path).ok().says(&["git agent restore x"]);
    assert_eq!(run.out, "");
    assert!(!path.exists());
    assert_eq!(scratch.commit_of("x"), None);
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!((scratch.commit_of("x"), text(&path.join("untracked")).as_str()), (Some(commit), "2\n"));
    assert_eq!(text(&path.join("a")), "changed\n");
}

#[test]
fn one_that_is_worked_in_goes_too() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let _inside = crate::support::program::sleeper(&path);
    remove(&scratch, &path.join("dir"), &path).ok();
    assert!(!path.exists());
}

#[test]
fn a_persons_lock_is_respected_and_that_of_a_client_which_is_gone_is_not() {
    let scratch = Scratch::project();
    let other = crate::support::program::sleeper(&scratch.beside(""));
    let live = format!("claude session x (pid {})", other.0.id());
    for (name, reason, kept) in [
        ("a", "", true),
        ("b", "mine", true),
        ("c", "claude code must not touch this (pid 1)", true),
        ("d", live.as_str(), true),
        ("e", "claude session x (pid 3999999999)", false),
        ("f", "claude agent a b (pid 3999999999 start 17)", false),
    ] {
        let path = scratch.spawn(name);
        scratch.git(&["worktree", "lock", "--reason", reason, path.to_str().unwrap()]);
        let run = remove(&scratch, &scratch.root(), &path);
        assert_eq!((run.code, path.exists()), (i32::from(kept), kept), "{reason}: {}", run.err);
        if kept {
            run.says(&[&format!("'{name}' is locked"), reason, "git worktree unlock"]);
        }
    }
}

#[test]
fn a_branch_that_was_there_before_stays() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "old"]);
    let old = scratch.commit_of("old");
    let path = claude(&scratch, &scratch.root(), "WorktreeCreate", &json!({ "name": "old" })).ok();
    remove(&scratch, &scratch.root(), Path::new(path.line())).ok();
    assert_eq!(scratch.commit_of("old"), old);
}

#[test]
fn nothing_else_is_removed_and_nobody_is_blocked() {
    let scratch = Scratch::project();
    let holder = scratch.spawn("holder");
    let inner = holder.join("inner");
    scratch.git(&["worktree", "add", "--quiet", "-b", "inner", inner.to_str().unwrap()]);
    for (path, said) in [
        (scratch.root(), "is no linked worktree"),
        (scratch.root().join("dir"), "is no linked worktree"),
        (holder.join("dir"), "is no linked worktree"),
        (holder.clone(), "other worktrees lie in"),
        (scratch.home().to_owned(), "no git repository"),
        ("relative".into(), "is no absolute path"),
    ] {
        let run = remove(&scratch, &scratch.root(), &path);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", path.display());
        run.says(&[said]);
    }
    assert!(inner.join("a").is_file() && scratch.root().join("dir/b").is_file());
    let gone = remove(&scratch, &scratch.root(), &scratch.beside("gone")).ok();
    assert_eq!((gone.out.as_str(), gone.err.as_str()), ("", ""));
}

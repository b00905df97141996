//! Worktrees that a client had made for its subagents.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::claude;
use crate::support::Scratch;
use crate::support::project::put;

const ID: &str = "a0123456789abcdef";

fn name() -> String {
    format!("agent-{ID}")
}

fn begin(scratch: &Scratch) -> PathBuf {
    let made = claude(scratch, &scratch.root(), "WorktreeCreate", &json!({ "name": name() })).ok();
    let path = PathBuf::from(made.line());
    claude(scratch, &path, "SubagentStart", &json!({ "agent_id": ID, "agent_type": "general-purpose" })).ok();
    assert_eq!(scratch.row(&name())["state"], "working");
    path
}

fn stop(scratch: &Scratch, path: &Path, id: &str) {
    let fields = json!({ "agent_id": id, "agent_type": "x", "last_assistant_message": "Looked around" });
    let run = claude(scratch, path, "SubagentStop", &fields).ok();
    assert_eq!(run.out, "");
}

#[test]
fn one_without_changes_goes_when_it_has_ended() {
    let scratch = Scratch::project();
    let path = begin(&scratch);
    stop(&scratch, &path, ID);
    assert!(!path.exists());
    assert_eq!(scratch.commit_of(&name()), None, "its branch goes with it");
    scratch.agent(&["restore", &name()]).ok();
    assert!(path.join("a").is_file());
}

/// Something that somebody may miss.
type Deed = (&'static str, fn(&Scratch, &Path));

#[test]
fn one_that_holds_anything_stays() {
    let deeds: [Deed; 6] = [
        ("an untracked file", |_, path| put(&path.join("new"), "1\n")),
        ("a change", |_, path| put(&path.join("a"), "1\n")),
        ("a commit", |scratch, path| drop(scratch.commit_in(path, "new", "1\n"))),
        ("a commit that was pushed", |scratch, path| {
            scratch.commit_in(path, "new", "1\n");
            scratch.git_in(path, &["push", "--quiet"]);
        }),
        ("an ignored file that no tool makes again", |_, path| {
            put(&path.join(".gitignore"), "*.key\n.gitignore\n");
            put(&path.join("my.key"), "1\n");
        }),
        ("a lock", |scratch, path| drop(scratch.git(&["worktree", "lock", path.to_str().unwrap()]))),
    ];
    for (what, deed) in deeds {
        let scratch = Scratch::project();
        let path = begin(&scratch);
        deed(&scratch, &path);
        stop(&scratch, &path, ID);
        assert!(path.join("a").is_file(), "{what}");
        let row = scratch.row(&name());
        assert_eq!((&row["state"], &row["message"]), (&json!("done"), &json!("Looked around")), "{what}");
        scratch.agent(&["gc"]).ok();
        assert!(path.join("a").is_file(), "{what}, after gc");
    }
}

#[test]
fn no_other_worktree_goes() {
    let scratch = Scratch::project();
    let path = begin(&scratch);
    // A subagent of the subagent, in its worktree.
    stop(&scratch, &path, "afedcba9876543210");
    assert!(path.exists());
    // Worktrees of sessions and of people, whatever they are called.
    let session = claude(&scratch, &scratch.root(), "WorktreeCreate", &json!({ "name": "agent-x" })).ok();
    stop(&scratch, Path::new(session.line()), "x");
    let spawned = scratch.spawn("agent-a1111111");
    stop(&scratch, &spawned, "a1111111");
    stop(&scratch, &scratch.root(), "x");
    assert!(Path::new(session.line()).exists() && spawned.exists());
}

#[test]
fn one_that_a_program_runs_in_waits_for_gc() {
    let scratch = Scratch::project();
    let path = begin(&scratch);
    let inside = crate::support::program::sleeper(&path);
    stop(&scratch, &path, ID);
    assert!(path.exists());
    drop(inside);
    let run = scratch.agent(&["gc", "--json"]).ok().json();
    assert_eq!(run["removed"][0]["merged"], "unused", "{run}");
    assert!(!path.exists());
}

#[test]
fn one_that_still_works_is_not_collected() {
    let scratch = Scratch::project();
    let path = begin(&scratch);
    scratch.agent(&["gc"]).ok().prints(&["left"]);
    assert!(path.exists());
}

//! `git agent gc`: what it proves, what it leaves, and what expires.

use std::path::Path;

use serde_json::Value;

use crate::support::Scratch;
use crate::support::listing::{assert_same, listing};
use crate::support::program::sleeper;
use crate::support::project::{names, put};

/// The entry for `name` in the answer of `gc --json`.
fn verdict(scratch: &Scratch, name: &str) -> Value {
    let json = scratch.agent(&["gc", "--dry-run", "--json"]).ok().json();
    assert_eq!(json["schema"], "git-agent/gc");
    let all = ["removed", "purged", "left"].iter().flat_map(|list| json[list].as_array().expect("a list").clone());
    let all: Vec<Value> = all.collect();
    all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {json}")).clone()
}

/// An agent `x` with two commits.
fn worked() -> Scratch {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "one", "1\n");
    scratch.commit_in(&path, "two", "2\n");
    scratch
}

type Landing = (&'static str, &'static str, fn(&Scratch));

const LANDINGS: &[Landing] = &[
    ("merged without fast-forward", "ancestor", |s| drop(s.git(&["merge", "--quiet", "--no-ff", "--no-edit", "x"]))),
    ("merged by fast-forward", "ancestor", |s| drop(s.git(&["merge", "--quiet", "--ff-only", "x"]))),
    ("squashed", "squash", |s| {
        s.git(&["merge", "--quiet", "--squash", "x"]);
        s.git(&["commit", "--quiet", "-m", "squashed"]);
    }),
    ("squashed, then edited beside it", "squash", |s| {
        s.git(&["merge", "--quiet", "--squash", "x"]);
        s.git(&["commit", "--quiet", "-m", "squashed"]);
        s.commit_in(&s.root(), "later", "later\n");
    }),
    ("cherry-picked, then edited", "patch-id", |s| {
        s.git(&["cherry-pick", "x~1", "x"]);
        s.commit_in(&s.root(), "one", "1\nand more\n");
        s.commit_in(&s.root(), "two", "not two any more\n");
    }),
    ("rebased onto a base that moved on", "patch-id", |s| {
        s.commit_in(&s.root(), "before", "before\n");
        s.git(&["cherry-pick", "x~1", "x"]);
        s.git(&["rm", "--quiet", "two"]);
        s.git(&["commit", "--quiet", "-m", "away with it"]);
    }),
];

#[test]
fn what_is_merged_goes_and_the_proof_is_printed() {
    for (what, proof, land) in LANDINGS {
        let scratch = worked();
        land(&scratch);
        scratch.git(&["push", "--quiet"]);
        let found = verdict(&scratch, "x");
        assert_eq!(found["merged"], *proof, "{what}: {found}");
        assert!(scratch.tree("x").exists(), "a dry run removes nothing");
        let run = scratch.agent(&["gc"]).ok();
        let sentence = found["proof"].as_str().expect("a sentence");
        assert_eq!(run.line(), format!("removed 'x': {sentence}"), "{what}");
        scratch.assert_no_trace();
        scratch.agent(&["restore", "x"]).ok();
        assert!(scratch.tree("x").join("two").exists());
    }
}

type Left = (&'static str, &'static str, fn(&Scratch, &Path));

const LEFT: &[Left] = &[
    ("not merged", "2 commits neither in the base nor pushed", |_, _| {}),
    ("merged and dirty", "1 untracked path", |s, path| {
        s.git(&["merge", "--quiet", "x"]);
        put(&path.join("new"), "x\n");
    }),
    ("merged, with a secret", "1 ignored path", |s, path| {
        s.git(&["merge", "--quiet", "x"]);
        s.write(".git/info/exclude", ".env\n");
        put(&path.join(".env"), "x\n");
    }),
    ("half of it cherry-picked", "neither in the base nor pushed", |s, _| drop(s.git(&["cherry-pick", "x"]))),
    ("merged, and worked on since", "1 commit neither in the base nor pushed", |s, path| {
        s.git(&["merge", "--quiet", "--no-ff", "--no-edit", "x"]);
        s.commit_in(path, "three", "3\n");
    }),
    ("merged and reverted, then committed again", "neither in the base nor pushed", |s, path| {
        s.git(&["merge", "--quiet", "--squash", "x"]);
        s.git(&["commit", "--quiet", "-m", "squashed"]);
        s.git(&["revert", "--no-edit", "HEAD"]);
        s.commit_in(path, "three", "3\n");
    }),
    ("squashed with a part left out", "neither in the base nor pushed", |s, _| {
        s.git(&["merge", "--quiet", "--squash", "x"]);
        s.git(&["reset", "--quiet", "two"]);
        s.git(&["commit", "--quiet", "-m", "half"]);
        s.git(&["clean", "-fdq"]);
    }),
    ("pushed but not merged", "not merged, but pushed", |s, path| drop(s.git_in(path, &["push", "--quiet"]))),
    ("merged and locked", "locked", |s, path| {
        s.git(&["merge", "--quiet", "x"]);
        s.git(&["worktree", "lock", path.to_str().expect("Unicode")]);
    }),
];

#[test]
fn what_is_not_proved_stays_with_the_reason() {
    for (what, reason, prepare) in LEFT {
        let scratch = worked();
        prepare(&scratch, &scratch.tree("x"));
        scratch.git(&["push", "--quiet"]);
        let found = verdict(&scratch, "x");
        assert!(found["reason"].as_str().is_some_and(|text| text.contains(reason)), "{what}: {found}");
        scratch.agent(&["gc"]).ok().prints(&["left 'x': ", reason]);
        assert!(scratch.tree("x").exists(), "{what}");
    }
}

#[test]
fn a_fresh_branch_is_not_merged() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.agent(&["gc"]).ok().prints(&["left 'x': no commits yet"]);
    // Nor is one that only followed the base.
    scratch.colleague_pushes("main", "new");
    scratch.git(&["fetch", "--quiet"]);
    scratch.git_in(&path, &["merge", "--quiet", "--ff-only", "origin/main"]);
    scratch.agent(&["gc"]).ok().prints(&["left 'x': no commits yet"]);
    scratch.git_in(&path, &["pull", "--quiet", "--rebase", "origin", "main"]);
    scratch.agent(&["gc"]).ok().prints(&["left 'x': no commits yet"]);
}

#[test]
fn a_branch_that_was_there_before_stays_when_its_agent_goes() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "topic"]);
    let path = scratch.spawn("topic");
    let commit = scratch.commit_in(&path, "one", "1\n");
    scratch.git(&["merge", "--quiet", "topic"]);
    scratch.git(&["push", "--quiet"]);
    scratch.agent(&["gc"]).ok().prints(&["removed 'topic'"]);
    assert_eq!(scratch.commit_of("refs/heads/topic"), Some(commit));
}

#[test]
fn foreign_and_inhabited_worktrees_stay() {
    let scratch = worked();
    let foreign = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", foreign.to_str().expect("Unicode"), "x~1"]);
    scratch.git(&["merge", "--quiet", "x"]);
    scratch.git(&["push", "--quiet"]);
    let process = sleeper(&scratch.tree("x"));
    let run = scratch.agent(&["gc"]).ok().prints(&["left 'foreign': not made by git agent"]);
    assert!(run.out.contains(&format!("left 'x': a program runs in it: sleep (process {})", process.0.id())));
    drop(process);
    scratch.agent(&["gc"]).ok().prints(&["removed 'x'"]);
    assert!(foreign.exists());
}

#[test]
fn a_dry_run_changes_nothing() {
    let scratch = worked();
    scratch.git(&["merge", "--quiet", "x"]);
    scratch.git(&["push", "--quiet"]);
    scratch.spawn("y");
    scratch.agent(&["rm", "y"]).ok();
    scratch.config("agent.trashExpire", "now");
    let before = listing(&scratch.root());
    let run = scratch.agent(&["gc", "--dry-run"]).ok();
    assert!(run.out.contains("would have removed 'x'") && run.out.contains("would have deleted 'y'"), "{}", run.out);
    assert_same(&before, &listing(&scratch.root()), "a dry run");
}

#[test]
fn only_what_is_older() {
    let scratch = worked();
    scratch.git(&["merge", "--quiet", "x"]);
    scratch.git(&["push", "--quiet"]);
    scratch.agent(&["gc", "--older", "1d"]).ok().prints(&["left 'x': merged, but younger than"]);
    for age in ["soon", "-1d", "3 fortnights"] {
        let run = scratch.agent(&["gc", &format!("--older={age}")]);
        assert_eq!(run.code, 2, "{age}");
    }
    scratch.agent(&["gc", "--older", "0"]).ok().prints(&["removed 'x'"]);
}

#[test]
fn the_trash_expires() {
    for (setting, kept) in
        [(None, true), (Some("1h"), true), (Some("never"), true), (Some("now"), false), (Some("0"), false)]
    {
        let scratch = Scratch::project();
        scratch.spawn("x");
        scratch.agent(&["rm", "x"]).ok();
        if let Some(setting) = setting {
            scratch.config("agent.trashExpire", setting);
        }
        scratch.agent(&["gc"]).ok();
        let left = names(&scratch.root().join(".git/agent/trash"));
        assert_eq!(!left.is_empty(), kept, "{setting:?}: {left:?}");
        assert_eq!(!scratch.git(&["for-each-ref", "refs/agent"]).is_empty(), kept, "{setting:?}");
    }
    let scratch = Scratch::project();
    scratch.config("agent.trashExpire", "whenever");
    let run = scratch.agent(&["gc"]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn what_goes_with_gc_is_not_deleted_by_the_same_gc() {
    let scratch = worked();
    scratch.config("agent.trashExpire", "now");
    scratch.git(&["merge", "--quiet", "x"]);
    scratch.git(&["push", "--quiet"]);
    scratch.agent(&["gc"]).ok().prints(&["removed 'x'"]);
    scratch.agent(&["restore", "x"]).ok();
}

#[test]
fn one_can_be_deleted_for_good() {
    let scratch = Scratch::project();
    for name in ["x", "y"] {
        scratch.spawn(name);
        put(&scratch.tree(name).join("locked/deep/file"), "x\n");
        // A folder that forbids the removal of what is in it, as a Go module cache does.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o555);
        std::fs::set_permissions(scratch.tree(name).join("locked/deep"), mode).expect("its mode can be set");
        scratch.agent(&["rm", name, "--force"]).ok();
    }
    scratch.agent(&["gc", "--purge", "nobody"]).fails(4);
    scratch.agent(&["gc", "--purge", "x"]).ok().prints(&["deleted 'x' from the trash"]);
    scratch.agent(&["restore", "x"]).fails(4);
    scratch.agent(&["restore", "y"]).ok();
    assert_eq!(names(&scratch.root().join(".git/agent/trash")), Vec::<String>::new());
}

//! What a spawn prints, and that a dry run changes nothing.

use serde_json::json;

use crate::support::Scratch;
use crate::support::listing::{assert_same, listing};
use crate::support::project::put_program;

#[test]
fn a_dry_run_changes_nothing_at_all() {
    let scratch = Scratch::project();
    scratch.colleague_pushes("main", "new");
    put_program(&scratch.root().join(".git/hooks/post-checkout"), "#!/bin/sh\ntouch pwned\n");
    scratch.git(&["status"]);
    let before = listing(&scratch.root());
    for args in [
        &["spawn", "x", "--dry-run"][..],
        &["spawn", "x", "-n", "3", "--dry-run", "--json"],
        &["spawn", "x", "--base", "head", "--dry-run", "--agent", "shell", "--", "-c", "touch pwned"],
    ] {
        let run = scratch.agent(args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        assert!(run.out.contains(scratch.tree("x").to_str().expect("Unicode")), "{}", run.out);
        assert_same(&before, &listing(&scratch.root()), &format!("{args:?}"));
    }
}

#[test]
fn a_dry_run_plans_the_commit_that_a_spawn_would_use() {
    let scratch = Scratch::project();
    let newest = scratch.colleague_pushes("main", "new");
    scratch.agent(&["spawn", "x", "--dry-run"]).ok().prints(&[&newest]);
}

#[test]
fn a_dry_run_plans_a_branch_that_was_not_fetched() {
    let scratch = Scratch::project();
    let theirs = scratch.colleague_pushes("theirs", "theirs");
    let before = listing(&scratch.root());
    scratch.agent(&["spawn", "theirs", "--dry-run"]).ok().prints(&[&theirs]);
    assert_same(&before, &listing(&scratch.root()), "nothing changes");
}

#[test]
fn json() {
    let scratch = Scratch::project();
    let commit = scratch.commit_of("main").expect("a commit");
    let run = scratch.agent(&["spawn", "feat/x", "--json", "--task", "Do it\u{7}"]).ok();
    let expected = json!({
        "schema": "git-agent/spawn",
        "version": 1,
        "agents": [{
            "name": "feat/x",
            "path": scratch.tree("feat/x"),
            "branch": "feat/x",
            "branchCreated": true,
            "base": { "branch": "origin/main", "reference": "refs/remotes/origin/main", "commit": commit },
            "task": "Do it\u{7}",
            "profile": null,
            "warnings": [],
            "provision": { "state": "done", "steps": [], "warnings": [] },
        }],
        "warnings": [],
    });
    assert_eq!(run.json(), expected);

    let run = scratch.agent(&["spawn", "y", "--json", "--dry-run"]).ok();
    let json = run.json();
    assert_eq!(json["dryRun"], true);
    assert_eq!(json["agents"][0]["name"], "y");
}

#[test]
fn results_go_to_stdout_and_the_rest_to_stderr() {
    let scratch = Scratch::project();
    let run = scratch.agent(&["spawn", "x"]).ok();
    assert_eq!(run.line(), scratch.tree("x").to_str().expect("Unicode"));
    assert!(run.err.contains("note: 'x' is ready"), "{}", run.err);
    assert!(!run.err.contains('\u{1b}') && !run.err.contains("checking out"), "{}", run.err);
    let run = scratch.agent(&["spawn", "y", "-q"]).ok();
    assert_eq!(run.err, "");
}

#[test]
fn it_works_from_anywhere_in_the_repository() {
    let scratch = Scratch::project();
    scratch.agent_in(&scratch.root().join("dir"), &["spawn", "from-folder"]).ok();
    let linked = scratch.tree("from-folder");
    scratch.agent_in(&linked.join("dir"), &["spawn", "from-linked"]).ok();
    scratch.agent_in(&scratch.beside("."), &["-C", "repo/dir", "spawn", "from-outside"]).ok();
    for name in ["from-folder", "from-linked", "from-outside"] {
        assert!(scratch.tree(name).join("dir/b").exists(), "{name}");
    }
    scratch.agent_in(&scratch.beside("."), &["-C", "nowhere", "list"]).fails(4);
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let scratch = Scratch::project();
    // A filter that fails makes the checkout fail, after branch and worktree are registered.
    scratch.write(".gitattributes", "a filter=broken\n");
    scratch.commit("attributes");
    scratch.git(&["push", "--quiet"]);
    scratch.config("filter.broken.smudge", "false");
    scratch.config("filter.broken.required", "true");
    let run = scratch.agent(&["spawn", "x"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.starts_with("error: "), "{}", run.err);
    scratch.assert_no_trace();
    let run = scratch.agent(&["spawn", "x", "-n", "3"]);
    assert_eq!(run.code, 1, "{}", run.err);
    scratch.assert_no_trace();
}

//! What a removal must never take away, and what must not count as merged.

use std::path::Path;

use crate::support::Scratch;

/// What `gc` says of the only agent.
fn verdict(scratch: &Scratch) -> String {
    let json = scratch.agent(&["gc", "--dry-run", "--json"]).ok().json();
    let left = &json["left"][0];
    if left.is_null() { "removed".to_owned() } else { left["reason"].as_str().expect("a reason").to_owned() }
}

/// An agent that committed `theirs` as `file`, while main got `ours` instead.
fn diverged(file: &str, start: &str, theirs: &str, ours: &str) -> Scratch {
    let scratch = Scratch::local();
    scratch.write(file, start);
    scratch.commit("start");
    let place = scratch.spawn("x");
    scratch.commit_in(&place, file, theirs);
    scratch.write(file, ours);
    scratch.commit("ours");
    scratch
}

#[test]
fn white_space_is_content() {
    let scratch = diverged("p.py", "", "if x:\n    a\n    b\n", "if x:\n    a\nb\n");
    assert!(verdict(&scratch).contains("neither in the base nor pushed"), "{}", verdict(&scratch));
    let same = diverged("p.py", "", "if x:\n    a\n", "if x:\n    a\n");
    assert_eq!(verdict(&same), "removed");
}

#[test]
fn a_merge_driver_proves_nothing() {
    let lines = |first: &str, last: &str| format!("{first}\n{}{last}\n", "same\n".repeat(20));
    let scratch = diverged("f", &lines("a", "z"), &lines("agent", "z"), &lines("a", "main"));
    std::fs::write(scratch.root().join(".git/info/attributes"), "f merge=ours\n").expect("it can be written");
    scratch.config("merge.ours.driver", "true");
    assert!(verdict(&scratch).contains("neither in the base nor pushed"), "{}", verdict(&scratch));
}

#[test]
fn nobody_is_merged_into_himself() {
    let scratch = Scratch::local();
    scratch.git(&["branch", "topic"]);
    let run = scratch.agent(&["spawn", "topic", "--base", "topic", "--quiet"]).ok();
    scratch.commit_in(Path::new(run.line()), "own", "own\n");
    assert!(verdict(&scratch).contains("1 commit"), "{}", verdict(&scratch));
}

#[test]
fn a_branch_that_the_agent_switched_to_stays() {
    let scratch = Scratch::local();
    scratch.git(&["branch", "old"]);
    let place = scratch.spawn("x");
    scratch.git_in(&place, &["switch", "--quiet", "old"]);
    scratch.agent(&["rm", "x"]).ok();
    assert!(scratch.commit_of("refs/heads/old").is_some() && scratch.commit_of("refs/heads/x").is_some());
}

#[test]
fn a_branch_that_another_worktree_holds_stays() {
    let scratch = Scratch::local();
    scratch.spawn("x");
    scratch.git(&["switch", "--quiet", "--ignore-other-worktrees", "x"]);
    scratch.agent(&["rm", "x"]).ok().says(&["another worktree has it checked out"]);
    assert!(scratch.commit_of("refs/heads/x").is_some());
}

#[test]
fn a_prefix_names_no_file() {
    let scratch = Scratch::local();
    scratch.write("yarn.lock", "mine\n");
    scratch.write(".gitagent", "[agent]\n\tbranchPrefix = ../../../\n");
    scratch.agent(&["spawn", "yarn"]).fails(2).says(&["agent.branchPrefix"]);
    assert_eq!(std::fs::read_to_string(scratch.root().join("yarn.lock")).ok().as_deref(), Some("mine\n"));
}

#[test]
fn a_committed_file_neither_leads_out_nor_empties_the_trash() {
    let scratch = Scratch::local();
    for template in ["../.config", "../../x", "/tmp/x", "~/x", ".git/x", ".."] {
        scratch.write(".gitagent", format!("[agent]\n\tworktreeDir = {template}\n"));
        scratch.agent(&["spawn", "x"]).fails(3).says(&["away from this repository"]);
    }
    scratch.write(".gitagent", "[agent]\n\ttrashExpire = now\n\treproducible = *\n");
    scratch.write(".gitignore", ".env\n/.claude/\n");
    scratch.commit("ignore");
    let place = scratch.spawn("x");
    std::fs::write(place.join(".env"), "SECRET=1\n").expect("it can be written");
    scratch.agent(&["rm", "x"]).fails(3).says(&["1 ignored path", ".env"]);
    scratch.agent(&["rm", "--force", "x"]).ok();
    scratch.agent(&["gc"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert!(place.join(".env").exists());
}

#[test]
fn the_staged_content_of_a_sparse_index_breaks_no_repository() {
    let scratch = Scratch::local();
    scratch.write("kept/a", "a\n");
    scratch.write("out/b", "b\n");
    scratch.commit("two folders");
    let place = scratch.spawn("x");
    scratch.git_in(&place, &["sparse-checkout", "set", "--cone", "--sparse-index", "kept"]);
    std::fs::write(place.join("kept/a"), "staged\n").expect("it can be written");
    scratch.git_in(&place, &["add", "kept/a"]);
    scratch.agent(&["rm", "--force", "x"]).ok();
    scratch.git(&["gc", "--quiet", "--prune=now"]);
    scratch.git(&["fsck", "--no-dangling"]);
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(scratch.git_in(&place, &["show", ":kept/a"]), "staged");
}

#[test]
fn a_moved_repository_keeps_its_trash() {
    let scratch = Scratch::local();
    let place = scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    let moved = scratch.beside("moved");
    std::fs::rename(scratch.root(), &moved).expect("it can be moved");
    let run = scratch.agent_in(&moved, &["restore", "x"]).ok();
    assert_eq!(Path::new(run.line()), moved.join(place.strip_prefix(scratch.root()).expect("it was inside")));
    assert_eq!(scratch.git_in(Path::new(run.line()), &["status", "--porcelain"]), "");
}

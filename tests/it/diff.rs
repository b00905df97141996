//! `git agent diff`: what an agent changed since its base.

use std::path::PathBuf;

use crate::support::Scratch;
use crate::support::listing::{assert_same, listing};
use crate::support::project::put;

/// An agent with a commit, a staged, an unstaged and an untracked change.
fn changed() -> (Scratch, PathBuf) {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "committed", "committed\n");
    put(&path.join("a"), "staged\n");
    scratch.git_in(&path, &["add", "a"]);
    put(&path.join("dir/b"), "unstaged\n");
    put(&path.join("untracked"), "untracked\n");
    put(&path.join("dir/deep/untracked"), "deep\n");
    (scratch, path)
}

fn names(scratch: &Scratch) -> Vec<String> {
    let run = scratch.agent(&["diff", "x", "--", "--name-only"]).ok();
    run.out.lines().map(str::to_owned).collect()
}

#[test]
fn everything_since_the_base() {
    let (scratch, _) = changed();
    assert_eq!(names(&scratch), ["a", "committed", "dir/b", "dir/deep/untracked", "untracked"]);
    let run = scratch.agent(&["diff", "x"]).ok();
    for line in ["+committed", "-alpha", "+staged", "-beta", "+unstaged", "+untracked", "+deep"] {
        assert!(run.out.lines().any(|found| found == line), "{line}: {}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    scratch.agent(&["diff", "x", "--stat"]).ok().prints(&["5 files changed"]);
    assert_eq!(scratch.agent(&["diff", "x", "--", "--name-only", "dir"]).ok().out, "dir/b\ndir/deep/untracked\n");
    assert_eq!(scratch.agent(&["diff", "x", "--", "--name-only", "--", "a"]).ok().out, "a\n");
    assert_eq!(scratch.agent(&["diff", "x", "--", "--quiet"]).code, 1);
}

#[test]
fn the_worktree_is_not_touched() {
    let (scratch, path) = changed();
    let (before, git) = (listing(&path), listing(&scratch.root().join(".git")));
    scratch.agent(&["diff", "x"]).ok();
    scratch.agent(&["diff", "x", "--", "--no-such-option"]).code.ne(&0).then_some(()).expect("git refuses it");
    assert_same(&before, &listing(&path), "the worktree");
    let without_times = |lines: Vec<String>| -> Vec<String> {
        // A file that came and went leaves its trace in the time of its folder.
        let folder = |line: &String| line.split('\t').nth(1).is_some_and(|mode| mode.starts_with('4'));
        // git writes the empty blob for every `add --intent-to-add`.
        let empty = |line: &String| line.starts_with("objects/e6/9de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        lines.into_iter().filter(|line| !folder(line) && !empty(line)).collect()
    };
    assert_same(&without_times(git), &without_times(listing(&scratch.root().join(".git"))), "git's directory");
}

#[test]
fn what_the_base_did_meanwhile_does_not_count() {
    let (scratch, path) = changed();
    let expected = names(&scratch);
    scratch.colleague_pushes("main", "theirs");
    scratch.git(&["fetch", "--quiet"]);
    assert_eq!(names(&scratch), expected, "the base moved on");

    scratch.git_in(&path, &["add", "--all"]);
    scratch.git_in(&path, &["commit", "--quiet", "-m", "all"]);
    scratch.git_in(&path, &["rebase", "--quiet", "origin/main"]);
    assert_eq!(names(&scratch), expected, "after a rebase");

    scratch.colleague_pushes("main", "more");
    scratch.git(&["fetch", "--quiet"]);
    scratch.git_in(&path, &["merge", "--quiet", "--no-edit", "origin/main"]);
    assert_eq!(names(&scratch), expected, "after a merge of the base");
}

#[test]
fn after_the_branch_was_merged_its_work_still_shows() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "one", "1\n");
    scratch.git(&["merge", "--quiet", "--ff-only", "x"]);
    scratch.git(&["push", "--quiet"]);
    assert_eq!(names(&scratch), ["one"]);
}

#[test]
fn nothing_changed() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    assert_eq!(scratch.agent(&["diff", "x"]).ok().out, "");
}

#[test]
fn ignored_files_do_not_show() {
    let scratch = Scratch::project();
    scratch.write(".git/info/exclude", "*.log\n");
    let path = scratch.spawn("x");
    put(&path.join("x.log"), "x\n");
    assert_eq!(names(&scratch), Vec::<String>::new());
}

#[test]
fn foreign_worktrees_are_compared_with_the_default_branch() {
    let scratch = Scratch::project();
    let path = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", path.to_str().expect("Unicode")]);
    scratch.commit_in(&path, "one", "1\n");
    put(&path.join("two"), "2\n");
    assert_eq!(scratch.agent(&["diff", "theirs", "--", "--name-only"]).ok().out, "one\ntwo\n");
}

#[test]
fn from_another_place_and_with_odd_names() {
    let (scratch, path) = changed();
    for name in ["with blank", "-dash", "new\nline", "\u{fc}"] {
        put(&path.join(name), "x\n");
    }
    let run = scratch.agent_in(&scratch.root().join("dir"), &["diff", "x", "--", "--name-only", "-z"]).ok();
    for name in ["with blank", "-dash", "new\nline", "\u{fc}"] {
        assert!(run.out.split('\0').any(|found| found == name), "{name:?}: {:?}", run.out);
    }
}

#[test]
fn nothing_is_written_and_nothing_else_is_read() {
    let (scratch, path) = changed();
    let file = scratch.beside("written");
    put(&scratch.beside("secret"), "secret\n");
    let shown = file.to_str().expect("Unicode");
    for option in ["--output", "--outpu", "--o"] {
        scratch.agent(&["diff", "x", "--", &format!("{option}={shown}")]).fails(2).says(&["'--output' is not for"]);
        scratch.agent(&["diff", "x", "--", "-p", option, shown, "--", "a"]).fails(2);
    }
    for option in ["--no-index", "--no-ind"] {
        scratch.agent_in(&path, &["diff", "x", "--", option, "a", "../secret"]).fails(2);
    }
    assert!(!file.exists());
    scratch.agent(&["diff", "x", "--", "--output-indicator-new=>", "--", "--output"]).ok();
    scratch.agent(&["diff", "x", "--", "--output-indicator-new=>"]).ok().prints(&[">staged"]);
}

//! Index entries that differ from the commit, and conflicts.

use super::By::Us;
use super::{Situation, run};
use crate::support::Scratch;

fn conflict(scratch: &Scratch) {
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write("a", "other\n");
    scratch.remove("b");
    scratch.commit("other");
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.write("a", "main\n");
    scratch.write("b", "main\n");
    scratch.commit("main");
    let merged = scratch.try_git_in(&scratch.root(), &["merge", "--quiet", "other"]);
    assert!(!merged.status.success());
}

const STAGED: &[Situation] = &[
    ("staged", Us, |s| {
        s.write("a", "staged\n");
        s.git(&["add", "a"]);
    }),
    ("staged and edited", Us, |s| {
        s.write("dir/sub/d", "staged\n");
        s.git(&["add", "."]);
        s.write("dir/sub/d", "edited again\n");
    }),
    ("staged and reverted in the file only", Us, |s| {
        s.write("a", "staged\n");
        s.git(&["add", "a"]);
        s.write("a", "alpha\n");
    }),
    ("added", Us, |s| {
        s.write("dir/new", "x");
        s.write("new/new", "x");
        s.git(&["add", "."]);
    }),
    ("removed", Us, |s| {
        s.git(&["rm", "-r", "--quiet", "dir", "a"]);
    }),
    ("removed from the index only", Us, |s| {
        s.git(&["rm", "-r", "--quiet", "--cached", "dir", "a"]);
    }),
    ("renamed", Us, |s| {
        s.git(&["mv", "a", "z"]);
        s.git(&["mv", "dir", "folder"]);
    }),
    ("mode staged", Us, |s| {
        s.git(&["update-index", "--chmod=+x", "a"]);
    }),
    ("file staged as a folder", Us, |s| {
        s.remove("a");
        s.write("a/b/c", "x");
        s.git(&["add", "--all"]);
    }),
    ("folder staged as a file", Us, |s| {
        s.remove("dir");
        s.write("dir", "x");
        s.git(&["add", "--all"]);
    }),
    ("link staged as a file", Us, |s| {
        s.remove("link");
        s.write("link", "a");
        s.git(&["add", "--all"]);
    }),
    ("everything removed from the index", Us, |s| {
        s.git(&["read-tree", "--empty"]);
    }),
    ("no index", Us, |s| s.remove(".git/index")),
    ("index without cached trees", Us, |s| {
        s.remove(".git/index");
        s.git(&["read-tree", "HEAD"]);
        s.git(&["update-index", "--force-remove", "a"]);
    }),
    ("index read without looking at files", Us, |s| {
        s.git(&["read-tree", "HEAD"]);
    }),
    ("intended", Us, |s| {
        s.write("new", "x");
        s.write("dir/new", "x");
        s.git(&["add", "-N", "new", "dir/new"]);
    }),
    ("intended and deleted", Us, |s| {
        s.write("new", "x");
        s.git(&["add", "-N", "new"]);
        s.remove("new");
    }),
    ("intended in place of a committed file", Us, |s| {
        s.git(&["rm", "--quiet", "--cached", "a"]);
        s.git(&["add", "-N", "a"]);
    }),
    ("conflict", Us, conflict),
    ("conflict with the file deleted", Us, |s| {
        conflict(s);
        s.remove("a");
    }),
    ("half of a conflict resolved", Us, |s| {
        conflict(s);
        s.git(&["add", "a"]);
        s.write("c", "untracked");
    }),
    ("conflict between a file and a folder", Us, |s| {
        let blob = s.git(&["rev-parse", "HEAD:a"]);
        let info = format!("0 {} 0\ta\n100644 {blob} 1\tdir\n100644 {blob} 2\tdir\n", "0".repeat(blob.len()));
        assert!(s.try_git_with(&["update-index", "--index-info"], &info).status.success());
    }),
    ("merge of a file and a folder", Us, |s| {
        s.git(&["checkout", "--quiet", "-b", "other"]);
        s.remove("dir");
        s.write("dir", "a file");
        s.commit("other");
        s.git(&["checkout", "--quiet", "main"]);
        s.write("dir/c", "edited");
        s.commit("main");
        assert!(!s.try_git_in(&s.root(), &["merge", "--quiet", "other"]).status.success());
    }),
    ("detached", Us, |s| {
        s.git(&["checkout", "--quiet", "--detach"]);
        s.write("a", "edited");
    }),
    ("packed references", Us, |s| {
        s.git(&["pack-refs", "--all"]);
        s.write("a", "staged");
        s.git(&["add", "a"]);
    }),
    ("packed objects", Us, |s| {
        s.git(&["gc", "--quiet"]);
        s.write("a", "staged");
        s.git(&["add", "a"]);
    }),
    ("unborn branch with files", Us, |s| {
        s.git(&["checkout", "--quiet", "--orphan", "fresh"]);
        s.write("new", "x");
    }),
    ("HEAD moved back", Us, |s| {
        s.write("dir/c", "next");
        s.commit("next");
        s.git(&["reset", "--soft", "HEAD~1"]);
    }),
    ("replaced commit", Us, |s| {
        s.write("a", "next");
        s.commit("next");
        s.git(&["replace", "HEAD", "HEAD~1"]);
    }),
];

#[test]
fn staged_files() {
    run("status::staged::staged_files", STAGED, &[]);
}

//! Untracked and ignored files.

use std::os::unix::fs::symlink;

use super::By::{Git, Us};
use super::{Situation, run};

const UNTRACKED: &[Situation] = &[
    ("untracked file", Us, |s| s.write("new", "x")),
    ("untracked file in a tracked folder", Us, |s| s.write("dir/sub/new", "x")),
    ("untracked folder", Us, |s| {
        s.write("new/1", "x");
        s.write("new/deep/er/2", "x");
    }),
    ("empty folders", Us, |s| s.folder("new/deep/er")),
    ("link to a folder", Us, |s| symlink("dir", s.root().join("new")).expect("a link can be made")),
    ("names that need quoting", Us, |s| {
        s.write("new\n\"line", "x");
        s.write("dir/\u{e9}\t", "x");
    }),
    ("ignored", Us, |s| {
        s.write(".gitignore", "*.o\n/target/\n");
        s.write("dir/x.o", "x");
        s.write("target/debug/x", "x");
        s.write("dir/target/x", "x");
    }),
    ("negated", Us, |s| {
        s.write(".gitignore", "*.o\n!keep.o\nlogs/*\n!logs/keep/\n");
        s.write("keep.o", "x");
        s.write("logs/a", "x");
        s.write("logs/keep/b", "x");
    }),
    ("negated below an ignored folder", Us, |s| {
        s.write(".gitignore", "logs/\n!logs/keep\n");
        s.write("logs/keep", "x");
        s.write("logs/.gitignore", "!keep\n");
    }),
    ("rules at every level", Us, |s| {
        s.write(".gitignore", "*.tmp\n");
        s.write("dir/.gitignore", "!*.tmp\n/only\n");
        s.write("dir/sub/.gitignore", "a.tmp\n");
        for path in ["1.tmp", "dir/1.tmp", "dir/only", "dir/sub/only", "dir/sub/a.tmp", "dir/sub/b.tmp"] {
            s.write(path, "x");
        }
    }),
    ("rules that ignore themselves", Us, |s| s.write("new/.gitignore", "*\n")),
    ("rules with CRLF", Us, |s| {
        s.write(".gitignore", "*.o\r\n*.tmp\r");
        s.write("a.o", "x");
        s.write("a.tmp", "x");
    }),
    ("rules behind a link", Us, |s| {
        s.write("rules", "*.o\n");
        symlink("rules", s.root().join(".gitignore")).expect("a link can be made");
        s.write("a.o", "x");
    }),
    ("a folder called .gitignore", Us, |s| {
        s.write(".gitignore/x", "x");
        s.write("new", "x");
    }),
    ("ignored folder with tracked files", Us, |s| {
        s.write("build/kept", "x");
        s.commit("build");
        s.write(".gitignore", "build/\n");
        s.write("build/new", "x");
        s.write("build/deep/new", "x");
        s.write("build/kept", "edited");
    }),
    ("untracked folder with ignored files", Us, |s| {
        s.write(".gitignore", "*.o\n");
        s.write("mixed/a.o", "x");
        s.write("mixed/sub/b.o", "x");
        s.write("mixed/sub/c", "x");
        s.write("all/a.o", "x");
        s.write("all/sub/b.o", "x");
        s.folder("all/empty");
    }),
    ("ignored and empty", Us, |s| {
        s.write(".gitignore", "out/\n");
        s.folder("out/deep");
    }),
    ("info/exclude", Us, |s| {
        s.write(".git/info/exclude", "*.o\n!c.o\n");
        s.write("a.o", "x");
        s.write("c.o", "x");
    }),
    ("no info/exclude", Us, |s| {
        s.remove(".git/info");
        s.write("a.o", "x");
    }),
    ("core.excludesFile", Us, |s| {
        std::fs::write(s.beside("rules"), "*.o\n*.x\n").expect("it can be written");
        s.config("core.excludesFile", s.beside("rules").to_str().expect("a plain path"));
        s.write(".git/info/exclude", "!b.x\n");
        s.write("a.o", "x");
        s.write("a.x", "x");
        s.write("b.x", "x");
    }),
    ("the default core.excludesFile", Us, |s| {
        let folder = s.home().join(".config/git");
        std::fs::create_dir_all(&folder).expect("it can be made");
        std::fs::write(folder.join("ignore"), "*.default\n").expect("it can be written");
        s.write("a.default", "x");
    }),
    ("nested repository", Us, |s| {
        s.git(&["init", "--quiet", "inner"]);
        s.git(&["init", "--quiet", "deep/er"]);
    }),
    ("nested repository, ignored", Us, |s| {
        s.write(".gitignore", "inner\nouter/\n");
        s.git(&["init", "--quiet", "inner"]);
        s.git(&["init", "--quiet", "outer/inner"]);
    }),
    ("nested worktree", Us, |s| {
        s.git(&["worktree", "add", "--quiet", ".claude/worktrees/one"]);
    }),
    ("nested worktree beside an ignored file", Us, |s| {
        s.git(&["worktree", "add", "--quiet", ".claude/worktrees/one"]);
        s.write(".gitignore", ".claude/settings\n");
        s.write(".claude/settings", "x");
    }),
    ("a .git that is none", Us, |s| {
        s.write("1/.git", "gitdir: nowhere\n");
        s.write("2/.git", "nonsense");
        s.folder("3/.git");
        s.write("4/.git/HEAD", "ref: refs/heads/main\n");
        s.write("5/.git", "gitdir: nowhere\n");
        s.write("5/x", "x");
    }),
    ("a repository in a tracked folder", Us, |s| {
        s.git(&["init", "--quiet", "dir"]);
        s.write("dir/new", "x");
    }),
    ("upper-case names", Us, |s| {
        s.write("A", "x");
        s.write("new/.GIT", "x");
        s.write("Dir/c", "x");
    }),
    ("core.ignoreCase", Git, |s| {
        s.config("core.ignoreCase", "true");
        s.write(".gitignore", "*.O\n");
        s.write("a.o", "x");
        s.write("A", "x");
    }),
    ("core.ignoreCase with nothing alike", Us, |s| {
        s.config("core.ignoreCase", "true");
        s.write(".gitignore", "*.O\n");
        s.write("a.o", "x");
        s.write("new", "x");
        s.remove("b");
    }),
    ("status.showUntrackedFiles=no", Us, |s| {
        s.config("status.showUntrackedFiles", "no");
        s.write("new", "x");
    }),
    ("status.showUntrackedFiles=all", Git, |s| {
        s.config("status.showUntrackedFiles", "all");
        s.write("new/1", "x");
        s.write("new/2", "x");
    }),
    ("status.renames", Us, |s| {
        s.config("status.renames", "copies");
        s.git(&["mv", "a", "z"]);
    }),
];

#[test]
fn untracked_and_ignored_files() {
    run("status::untracked::untracked_and_ignored_files", UNTRACKED, &[]);
}

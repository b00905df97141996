//! Worktrees that hold work of every kind: what `rm` and `restore` are tried on.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::Scratch;
use crate::support::project::put;

/// A kind of work: its name, what a refusal says of it, and how it comes about in the worktree at the path.
pub type Work = (&'static str, &'static [&'static str], fn(&Scratch, &Path));

/// Every kind of work.
pub const ALL: &[Work] = &[
    ("staged", &["2 staged changes"], |s, path| {
        put(&path.join("a"), "staged\n");
        put(&path.join("new"), "staged\n");
        s.git_in(path, &["add", "a", "new"]);
    }),
    ("staged and then changed again", &["1 staged change", "1 unstaged change"], |s, path| {
        put(&path.join("a"), "staged\n");
        s.git_in(path, &["add", "a"]);
        put(&path.join("a"), "changed\n");
    }),
    ("changed", &["1 unstaged change"], |_, path| put(&path.join("a"), "changed\n")),
    ("deleted", &["1 unstaged change"], |_, path| std::fs::remove_file(path.join("a")).expect("it is there")),
    ("made executable", &["1 unstaged change"], |_, path| {
        std::fs::set_permissions(path.join("a"), std::fs::Permissions::from_mode(0o755)).expect("it is there");
    }),
    ("untracked", &["2 untracked paths"], |_, path| {
        put(&path.join("new"), "new\n");
        put(&path.join("folder/deep/new"), "new\n");
        std::fs::create_dir(path.join("empty")).expect("it can be made");
        symlink("/nowhere", path.join("folder/link")).expect("a link can be made");
        std::fs::set_permissions(path.join("folder/deep/new"), std::fs::Permissions::from_mode(0o400)).expect("mode");
        let old = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
        let file = std::fs::File::options().append(true).open(path.join("new")).expect("just written");
        file.set_modified(old).expect("its time can be set");
    }),
    ("an ignored file", &["1 ignored path that no tool makes again"], |_, path| put(&path.join(".env"), "SECRET=1\n")),
    ("an ignored folder", &["1 ignored path that no tool makes again"], |_, path| {
        for number in 0..50 {
            put(&path.join(format!("node_modules/m{number}/index.js")), "x\n");
        }
    }),
    ("a conflict", &["1 conflict", "an unfinished merge", "1 commit neither"], |s, path| {
        s.commit_in(path, "a", "ours\n");
        s.git_in(path, &["checkout", "--quiet", "-b", "side", "HEAD~1"]);
        s.commit_in(path, "a", "theirs\n");
        s.git_in(path, &["checkout", "--quiet", "-"]);
        assert!(!s.try_git_in(path, &["merge", "side"]).status.success());
    }),
    ("commits", &["2 commits neither in the base nor pushed"], |s, path| {
        s.commit_in(path, "one", "1\n");
        s.commit_in(path, "two", "2\n");
    }),
    ("a rebase in progress", &["an unfinished merge, rebase or bisect"], |s, path| {
        s.commit_in(path, "a", "ours\n");
        s.git_in(path, &["branch", "side", "HEAD~1"]);
        s.git_in(path, &["checkout", "--quiet", "side"]);
        s.commit_in(path, "a", "theirs\n");
        s.git_in(path, &["checkout", "--quiet", "-"]);
        assert!(!s.try_git_in(path, &["rebase", "side"]).status.success());
    }),
    ("a bisect in progress", &["an unfinished merge, rebase or bisect"], |s, path| {
        for name in ["one", "two", "three"] {
            s.commit_in(path, name, "x\n");
        }
        s.git_in(path, &["bisect", "start", "HEAD", "HEAD~3"]);
    }),
    ("a nested repository", &["1 nested repository"], |s, path| {
        s.git_in(path, &["init", "--quiet", "inner"]);
        put(&path.join("inner/file"), "x\n");
        s.git_in(&path.join("inner"), &["add", "file"]);
    }),
    ("intent to add", &["new"], |s, path| {
        put(&path.join("new"), "new\n");
        s.git_in(path, &["add", "--intent-to-add", "new"]);
    }),
];

/// A project that ignores what some kinds of work need ignored.
pub fn project() -> Scratch {
    let scratch = Scratch::project();
    scratch.write(".gitignore", ".env\nnode_modules/\n/.claude/\n");
    scratch.commit("ignore");
    scratch.git(&["push", "--quiet"]);
    scratch
}

/// Such a project whose agent `x` holds this work.
pub fn agent_with(work: &Work) -> Scratch {
    let scratch = project();
    let path = scratch.spawn("x");
    (work.2)(&scratch, &path);
    scratch
}

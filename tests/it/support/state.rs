//! All that belongs to an agent, so that two moments can be compared.

use std::path::Path;

use super::Scratch;
use super::listing::{assert_same, listing};

/// What an agent is: its files, git's own directory of it, and what git says of it.
#[derive(Clone, Debug)]
pub struct State {
    tree: Vec<String>,
    admin: Vec<String>,
    says: Vec<String>,
}

impl State {
    /// Looks at the worktree at `path` without changing anything there.
    #[track_caller]
    pub fn of(scratch: &Scratch, path: &Path) -> Self {
        let git = |args: &[&str]| {
            let output = scratch.try_git_in(path, &[&["--no-optional-locks"], args].concat());
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            format!("{args:?}: {out}{err}")
        };
        let admin = scratch.git_in(path, &["rev-parse", "--absolute-git-dir"]);
        let says = vec![
            git(&["status", "--porcelain=v2", "--branch", "--ignored"]),
            git(&["stash", "list"]),
            git(&["reflog", "show", "HEAD"]),
            git(&["log", "--walk-reflogs", "--format=%H %gs", "--branches"]),
            git(&["config", "--local", "--get-regexp", r"^branch\."]),
            git(&["for-each-ref"]),
            git(&["ls-files", "--stage"]),
            git(&["worktree", "list", "--porcelain"]),
        ];
        Self { tree: listing(path), admin: listing(Path::new(&admin)), says }
    }

    /// Asserts that it is the same at another moment.
    #[track_caller]
    pub fn assert_is(&self, other: &Self, what: &str) {
        assert_same(&self.tree, &other.tree, &format!("{what}: its files"));
        assert_same(&self.says, &other.says, &format!("{what}: what git says"));
        assert_same(&self.admin, &other.admin, &format!("{what}: git's directory"));
    }
}

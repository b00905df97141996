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
    logs: Vec<String>,
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
        // Their order in the file means nothing.
        let settings = git(&["config", "--local", "--get-regexp", r"^branch\."]);
        let mut settings: Vec<_> = settings.lines().collect();
        settings.sort_unstable();
        let settings = settings.join("\n");
        let says = vec![
            git(&["status", "--porcelain=v2", "--branch", "--ignored"]),
            git(&["stash", "list"]),
            git(&["reflog", "show", "HEAD"]),
            settings,
            git(&["for-each-ref"]),
            git(&["ls-files", "--stage"]),
            git(&["worktree", "list", "--porcelain"]),
        ];
        let logs = vec![git(&["log", "--walk-reflogs", "--format=%H %gs", "--branches"])];
        Self { tree: listing(path), admin: listing(Path::new(&admin)), says, logs }
    }

    /// All of it but the reflogs of branches.
    #[must_use]
    pub fn without_logs(self) -> Self {
        Self { logs: Vec::new(), ..self }
    }

    /// Asserts that it is the same at another moment.
    #[track_caller]
    pub fn assert_is(&self, other: &Self, what: &str) {
        assert_same(&self.tree, &other.tree, &format!("{what}: its files"));
        assert_same(&self.says, &other.says, &format!("{what}: what git says"));
        assert_same(&self.logs, &other.logs, &format!("{what}: the branches' reflogs"));
        assert_same(&self.admin, &other.admin, &format!("{what}: git's directory"));
    }
}

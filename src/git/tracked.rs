//! The paths that a worktree tracks, whether they are checked out or not.

use std::path::Path;

use gix::bstr::{BStr, ByteSlice};

use crate::error::{Context, Result};
use crate::git::repo::Repo;

/// The index of a worktree.
pub struct Tracked(gix::index::File);

impl Tracked {
    /// Reads the index of the worktree with the git directory `admin`; one that has none tracks nothing.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(repo: &Repo, admin: &Path) -> Result<Self> {
        let options = gix::index::decode::Options::default();
        let path = admin.join("index");
        let hash = repo.gix().object_hash();
        let file = gix::index::File::at_or_default(&path, hash, true, options);
        file.context(|| format!("cannot read {}", path.display())).map(Self)
    }

    /// Whether `path` is tracked, or a folder that holds something tracked.
    pub fn holds(&self, path: &[u8]) -> bool {
        let below = [path, b"/"].concat();
        self.0.entry_by_path(path.as_bstr()).is_some() || self.0.prefixed_entries(below.as_bstr()).is_some()
    }

    /// Every tracked path.
    pub fn paths(&self) -> impl Iterator<Item = &BStr> {
        self.0.entries().iter().map(|entry| entry.path(&self.0))
    }
}

//! The paths that a worktree tracks, whether they are checked out or not.

use std::path::Path;

use gix::ObjectId;
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

    /// Every path at which a commit of another repository is tracked: a submodule. Not one that is in conflict.
    pub fn gitlinks(&self) -> impl Iterator<Item = (&BStr, ObjectId)> {
        let links = self.0.entries().iter().filter(|entry| {
            entry.mode == gix::index::entry::Mode::COMMIT && entry.stage() == gix::index::entry::Stage::Unconflicted
        });
        links.map(|entry| (entry.path(&self.0), entry.id))
    }
}

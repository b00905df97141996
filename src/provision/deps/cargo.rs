//! cargo's `target`, without what cargo would take for the worktree's own work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::policy::provision::cargo;
use crate::store;

/// A `target` of the main checkout.
#[derive(Debug)]
pub struct Target {
    top: PathBuf,
    fetched: BTreeSet<String>,
}

impl Target {
    /// The folder `top`. By the lockfile beside it packages are told from those of the workspace; without one nothing is
    /// fresh.
    pub fn at(top: &Path) -> Self {
        let lock = store::read_limited(&top.with_file_name("Cargo.lock"), 1 << 28).ok().flatten().unwrap_or_default();
        Self { top: top.to_owned(), fetched: cargo::fetched(&String::from_utf8_lossy(&lock)) }
    }

    /// The one that `path` in the main checkout is, or lies in, if it looks as cargo makes them.
    pub fn around(main: &Path, path: &Path) -> Option<Self> {
        let marks = [".rustc_info.json", "debug/.fingerprint", "release/.fingerprint"];
        let is_target = |folder: &&Path| marks.iter().any(|mark| folder.join(mark).symlink_metadata().is_ok());
        path.ancestors().take_while(|folder| *folder != main).find(is_target).map(Self::at)
    }

    /// Whether a path in it stays behind.
    pub fn leaves(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.top) else { return false };
        let parts: Vec<String> =
            relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let is_profile = |length: usize| {
            let folder = self.top.join(parts[..length].iter().collect::<PathBuf>());
            [".fingerprint", ".cargo-lock"].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
        };
        cargo::stays(&parts, &self.fetched, &is_profile)
    }
}

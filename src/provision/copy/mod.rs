//! Copying files and trees on all cores: blocks are shared where the file system can (FICLONE, ioctl_ficlonerange(2)), else
//! copied. Modes, times, symlinks, holes, extended attributes of the user and hard links within a tree are kept; nothing is
//! followed, nothing that exists is touched.
//!
//! Times are kept because tools decide by them: a `target` with new times would be built again.

#[cfg(unix)]
mod file;
#[cfg(unix)]
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Context, Result};

/// What has been copied so far; many threads add to it.
#[derive(Debug, Default)]
pub struct Counter {
    files: AtomicU64,
    bytes: AtomicU64,
    shared: AtomicU64,
    /// Files whose blocks could not be shared although the file system can.
    unshared: AtomicU64,
    /// The file system said that it cannot share blocks.
    cannot_share: AtomicBool,
    left: Mutex<Vec<String>>,
}

impl Counter {
    /// Files, symlinks included.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Their size in bytes, as it reads; shared blocks and holes count.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether every file that has blocks shares them with its original.
    pub fn is_shared(&self) -> bool {
        let none = self.unshared.load(Ordering::Relaxed) == 0 && !self.cannot_share.load(Ordering::Relaxed);
        none && self.shared.load(Ordering::Relaxed) > 0
    }

    /// What was not copied, with the reason.
    pub fn left(&self) -> Vec<String> {
        self.left.lock().map(|left| left.clone()).unwrap_or_default()
    }

    fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Tells of what is not copied.
    pub fn leave(&self, path: &Path, why: impl std::fmt::Display) {
        if let Ok(mut left) = self.left.lock() {
            left.push(format!("{}: {why}", path.display()));
        }
    }
}

/// Says of a path below a folder that is copied whether it stays behind.
pub type Without<'a> = &'a (dyn Fn(&Path) -> bool + Sync);

/// Nothing stays behind.
pub const ALL: Without<'static> = &|_| false;

/// A copy that can still be moved.
#[derive(Debug)]
#[must_use = "it has not got its mode yet"]
pub struct Draft {
    #[cfg(unix)]
    mode: Option<rustix::fs::Mode>,
}

impl Draft {
    /// Gives the copy, which is at `path` by now, the mode of its original.
    ///
    /// # Errors
    /// When it cannot be set.
    pub fn seal(self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        if let Some(mode) = self.mode {
            tree::seal(path, mode).context(|| format!("cannot set the mode of {}", path.display()))?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }
}

/// Copies the file, symlink or folder `from` to `to`, which must not exist and whose parent must. What may not be read, and
/// what is no file at all (a socket, a device), is left out and counted in `counter`.
///
/// # Errors
/// When something cannot be written. What was copied until then stays: the caller removes it.
pub fn copy(from: &Path, to: &Path, counter: &Counter) -> Result<()> {
    draft(from, to, ALL, counter)?.seal(to)
}

/// As [`copy`], without some of it, and so that the copy can be moved: a folder that its owner may not write to cannot be.
///
/// # Errors
/// As [`copy`].
pub fn draft(from: &Path, to: &Path, without: Without<'_>, counter: &Counter) -> Result<Draft> {
    let what = || format!("cannot copy {} to {}", from.display(), to.display());
    #[cfg(unix)]
    return tree::copy(from, to, without, counter).map(|mode| Draft { mode }).context(what);
    #[cfg(not(unix))]
    {
        let _ = without;
        crate::trash::transfer::copy_tree(from, to).context(what)?;
        counter.add(from.metadata().map(|metadata| metadata.len()).unwrap_or_default());
        Ok(Draft {})
    }
}

/// Whether files can be copied from `from` to the folder `to` without their blocks. Tried with an empty file's worth of
/// nothing: the answer of the file system, not a guess by its name.
pub fn can_share(from: &Path, to: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        let probe = to.join(format!(".{}.probe.tmp-git-agent", crate::store::random_hex()));
        let Some(source) = sample(from, 3) else { return false };
        let counter = Counter::default();
        let copied = tree::copy(&source, &probe, ALL, &counter).is_ok();
        crate::store::remove_file(&probe).ok();
        copied && counter.is_shared()
    }
    #[cfg(not(target_os = "linux"))]
    {
        // The standard library's copy shares blocks on APFS by itself.
        let _ = (from, to);
        cfg!(target_vendor = "apple")
    }
}

/// A small file with content, at most `depth` folders below `folder`.
#[cfg(target_os = "linux")]
fn sample(folder: &Path, depth: u32) -> Option<PathBuf> {
    let paths: Vec<PathBuf> =
        crate::store::names(folder).ok()?.into_iter().take(200).map(|name| folder.join(name)).collect();
    let is_fit = |path: &&PathBuf| {
        path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && (1..1 << 16).contains(&metadata.len()))
    };
    if let Some(path) = paths.iter().find(is_fit) {
        return Some(path.clone());
    }
    let folders = paths.iter().filter(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
    folders.take(if depth > 0 { 20 } else { 0 }).find_map(|path| sample(path, depth - 1))
}

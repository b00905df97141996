//! Locks between our own processes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::create_folder;
use crate::error::{Context, Result};

/// A lock that is held until this value is dropped, or the process and every process that got the file from it ended.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Waits until the lock is ours.
    ///
    /// # Errors
    /// When the file cannot be created or the file system knows no locks.
    pub fn wait(path: &Path) -> Result<Self> {
        loop {
            let file = open_lock(path)?;
            file.lock().context(|| format!("cannot lock {}", path.display()))?;
            if is_at(&file, path) {
                return Ok(Self { file, path: path.to_owned() });
            }
        }
    }

    /// Takes the lock, or returns `None` when somebody else holds it.
    ///
    /// # Errors
    /// As [`Lock::wait`].
    pub fn attempt(path: &Path) -> Result<Option<Self>> {
        let file = open_lock(path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path) => Ok(Some(Self { file, path: path.to_owned() })),
            Ok(()) => Self::attempt(path),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(cause).context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// The open file, to be handed to child processes that belong to the operation.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where the lock file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the file at `path` is still this one: whoever held the lock may have removed it with its folder.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), fs::metadata(path)), (Ok(held), Ok(there)) if id(&held) == id(&there))
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

fn open_lock(path: &Path) -> Result<File> {
    let open = || OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    let mut opened = open();
    // Somebody may have removed the folder a moment ago, and again.
    for _ in 0..8 {
        let (Err(cause), Some(folder)) = (&opened, path.parent()) else { break };
        if cause.kind() != ErrorKind::NotFound {
            break;
        }
        create_folder(folder)?;
        opened = open();
    }
    opened.context(|| format!("cannot open the lock {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_dropped() {
        let dir = assert_fs::TempDir::new().unwrap();
        let path = dir.path().join("lock");
        let held = Lock::wait(&path).unwrap();
        assert!(Lock::attempt(&path).unwrap().is_none());
        drop(held);
        assert!(Lock::attempt(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_whose_folder_went_is_made_anew() {
        let dir = assert_fs::TempDir::new().unwrap();
        let path = dir.path().join("house/lock");
        let held = Lock::wait(&path).unwrap();
        fs::remove_dir_all(dir.path().join("house")).unwrap();
        let other = Lock::attempt(&path).unwrap();
        assert!(other.is_some(), "the file that is held is nobody's lock any more");
        drop(held);
        assert!(Lock::attempt(&path).unwrap().is_none());
    }
}

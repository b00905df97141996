//! What belongs to the user on this machine rather than to one repository: port leases, and which commands are trusted.
//!
//! The folder is `git-agent` in `$XDG_STATE_HOME` or `~/.local/state` (XDG base directories); on macOS in
//! `~/Library/Application Support` and on Windows in `%LOCALAPPDATA%`, which have no place for state alone. Nobody but the
//! user can read it. What is in it is written under a lock file beside it, and replaced as a whole.

use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::store::{self, Lock};

/// The folder, made if it is missing.
///
/// # Errors
/// When the user has no home, or the folder cannot be made.
pub fn folder() -> Result<PathBuf> {
    let state = dirs::state_dir().or_else(dirs::data_local_dir).ok_or_else(|| {
        Error::new(Kind::Unsupported, "there is no folder for git-agent's state: HOME is not set")
            .hint("env XDG_STATE_HOME=DIR git agent …")
    })?;
    let folder = state.join("git-agent");
    if !folder.is_dir() {
        store::create_folder(&state)?;
        store::create_private_folder(&folder)?;
    }
    Ok(folder)
}

/// A file of that folder, with the lock that guards it.
#[derive(Debug)]
pub struct Guarded {
    /// Where it is.
    pub path: PathBuf,
    /// Held until this value is dropped.
    _lock: Lock,
}

/// Locks the file `name` (`ports.json`); waits while another process has it.
///
/// # Errors
/// As [`folder`], or when the lock cannot be taken.
pub fn locked(name: &str) -> Result<Guarded> {
    let path = folder()?.join(name);
    let lock = Lock::wait(&lock_of(&path))?;
    Ok(Guarded { path, _lock: lock })
}

fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

//! Files of our own: replaced as a whole, and locked between our own processes.
//!
//! A reader sees the old content or the new one, never a half of either. Locks are `flock`s (through the standard
//! library), so the kernel releases them however a process ends, and a killed process never leaves one behind.

mod lock;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Context, Result};
pub use lock::Lock;

/// Marks our temporary files, so that [`sweep`] knows them.
const TEMPORARY: &str = ".tmp-git-agent";

/// Writes `bytes` to `path` in one step; the permissions of an existing file are kept.
///
/// # Errors
/// When the folder is missing or cannot be written to.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, Mode::Usual)
}

/// As [`write_atomic`], for a file that nobody but the user can read: it may hold a password.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, Mode::Private)
}

/// As [`write_atomic`], for a file that can be executed by all who can read it.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_program(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, Mode::Program)
}

/// Who may do what with a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Usual,
    Program,
    Private,
}

fn replace(path: &Path, bytes: &[u8], mode: Mode) -> Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unique = format!(".{name}.{}.{}{TEMPORARY}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let temporary = path.with_file_name(unique);
    let write = || -> std::io::Result<()> {
        let mut file = create(&temporary, mode)?;
        file.write_all(bytes)?;
        if let Ok(old) = fs::metadata(path)
            && mode != Mode::Private
        {
            file.set_permissions(old.permissions())?;
        }
        if mode == Mode::Program {
            allow_execution(&file)?;
        }
        drop(file);
        fs::rename(&temporary, path)
    };
    write().map_err(|cause| {
        // The write has failed already; that its leftover may stay behind as well adds nothing for the user.
        fs::remove_file(&temporary).ok();
        crate::error::Error::failed(format!("cannot write {}", path.display())).because(cause)
    })
}

fn create(path: &Path, mode: Mode) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if mode == Mode::Private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

/// Changes one of git's own files as git does: under its lock `<path>.lock`, which is then renamed. `change` gets what is
/// there and says what shall be, or `None` for nothing to do. A symlink is followed, as git follows it.
///
/// # Errors
/// When the lock stays taken, or the file cannot be read or written.
pub fn edit_locked(path: &Path, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let lock = path.with_file_name(name);
    let mut file = create_lock(&lock)?;
    let mut edit = || -> Result<bool> {
        let Some(new) = change(&read(&path)?.unwrap_or_default()) else { return Ok(false) };
        let mut write = || -> std::io::Result<()> {
            file.write_all(&new)?;
            if let Ok(old) = fs::metadata(&path) {
                file.set_permissions(old.permissions())?;
            }
            fs::rename(&lock, &path)
        };
        write().context(|| format!("cannot write {}", path.display())).map(|()| true)
    };
    let done = edit();
    if !matches!(done, Ok(true)) {
        remove_file(&lock)?;
    }
    done.map(drop)
}

/// git holds such a lock for a moment, and fails where it meets one; we wait a while.
fn create_lock(lock: &Path) -> Result<File> {
    let mut pause = std::time::Duration::from_millis(8);
    for _ in 0..14 {
        match OpenOptions::new().write(true).create_new(true).open(lock) {
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => std::thread::sleep(pause),
            other => return other.context(|| format!("cannot create {}", lock.display())),
        }
        pause = (pause * 2).min(std::time::Duration::from_millis(250));
    }
    Err(crate::error::Error::failed(format!("{} is in the way", lock.display()))
        .because("another git holds this lock, or one was killed and left it")
        .hint(format!("if no git runs any more: rm '{}'", lock.display())))
}

/// Waits until a file that was written is on the disk: for what must survive a power cut together with a rename.
///
/// # Errors
/// When the disk fails.
pub fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).context(|| format!("cannot write {}", path.display()))
}

#[cfg(unix)]
fn allow_execution(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn allow_execution(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// Whether the file is there and may be executed; where modes mean nothing, whether it is there.
pub fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}

/// Writes `value` as one line of JSON in one step.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_vec(value).context(|| format!("cannot encode {}", path.display()))?;
    text.push(b'\n');
    write_atomic(path, &text)
}

/// Reads a value that [`write_json`] wrote; `None` when there is no such file.
///
/// # Errors
/// When the file exists and cannot be read or is not what we write.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).context(|| format!("{} is damaged", path.display())).map(Some)
}

/// The bytes of a file; `None` when there is none.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(cause) => Err(cause).context(|| format!("cannot read {}", path.display())),
    }
}

/// As [`read`], for a file that comes with a repository: it may lead to anything, such as a device without an end.
///
/// # Errors
/// When it is there and is no regular file, has more than `most` bytes, or cannot be read.
pub fn read_limited(path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    use std::io::Read;
    let what = || format!("cannot read {}", path.display());
    let metadata = match fs::metadata(path) {
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        metadata => metadata.context(what)?,
    };
    if !metadata.is_file() {
        return Err("it is no regular file").context(what);
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).context(what)?;
    if bytes.len() as u64 > most {
        return Err(format!("it has more than {most} bytes")).context(what);
    }
    Ok(Some(bytes))
}

/// Creates a folder and its parents.
///
/// # Errors
/// When something of that name is in the way or the parent cannot be written to.
pub fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).context(|| format!("cannot create {}", path.display()))
}

/// Creates a folder that nobody but the user can read, if it is not there; its parent must be.
///
/// # Errors
/// As [`create_folder`].
pub fn create_private_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(path) {
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other.context(|| format!("cannot create {}", path.display())),
    }
}

/// Opens a file for appending, created if missing: for logs. Nobody else may read it: programs print secrets.
///
/// # Errors
/// When it cannot be opened.
pub fn append(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).context(|| format!("cannot open {}", path.display()))
}

/// Removes a file if it is there.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => {
            Err(cause).context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a folder with all that is in it, if it is there. Symlinks are removed, not followed.
///
/// # Errors
/// When a part of it cannot be removed.
pub fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(cause)
            if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
                && path.symlink_metadata().is_err() =>
        {
            Ok(())
        }
        // Read-only folders (a Go module cache, for one) refuse the removal of what is in them.
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
            make_writable(path);
            fs::remove_dir_all(path).context(|| format!("cannot remove {}", path.display()))
        }
        other => other.context(|| format!("cannot remove {}", path.display())),
    }
}

/// Removes a folder if it is there and nothing is in it.
///
/// # Errors
/// When it is empty and cannot be removed.
pub fn remove_empty_folder(path: &Path) -> Result<()> {
    use ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
    match fs::remove_dir(path) {
        Err(cause) if !matches!(cause.kind(), DirectoryNotEmpty | NotADirectory | NotFound) => {
            Err(cause).context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn make_writable(folder: &Path) {
    let Ok(metadata) = fs::symlink_metadata(folder) else { return };
    if !metadata.is_dir() {
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A folder that stays unwritable is reported by the removal that follows.
        fs::set_permissions(folder, fs::Permissions::from_mode(metadata.permissions().mode() | 0o700)).ok();
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        make_writable(&entry.path());
    }
}

/// 128 bits that nobody can guess, in hexadecimal: the standard library seeds its hashers from the system's source.
pub fn random_hex() -> String {
    use std::hash::{BuildHasher, RandomState};
    let moment = std::time::SystemTime::now();
    let half = || RandomState::new().hash_one((moment, std::process::id()));
    format!("{:016x}{:016x}", half(), half())
}

/// A path for JSON, which knows only Unicode: other bytes become U+FFFD.
pub fn json_path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The names in a folder, sorted; empty when there is no such folder.
///
/// # Errors
/// When it is there and cannot be read.
pub fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(cause) => return Err(cause).context(|| format!("cannot read {}", folder.display())),
    };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    Ok(names)
}

/// What tells a file or folder from a copy of it, wherever it is moved on its file system; `None` where it cannot be told.
pub fn stamp(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let number = 0;
    let born = metadata.created().ok().and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
    Some(format!("{number}-{}", born.unwrap_or_default().as_nanos()))
}

/// Removes temporary files that a killed process left in `folder`. Call it under a lock that every writer there takes.
///
/// # Errors
/// When one cannot be removed.
pub fn sweep(folder: &Path) -> Result<()> {
    for name in names(folder)? {
        if name.to_string_lossy().ends_with(TEMPORARY) {
            remove_file(&folder.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweep_removes_only_our_leftovers() {
        let dir = assert_fs::TempDir::new().unwrap();
        write_atomic(&dir.path().join("kept"), b"x").unwrap();
        write_atomic(&dir.path().join(".kept.1.1.tmp-git-agent"), b"x").unwrap();
        sweep(dir.path()).unwrap();
        assert_eq!(names(dir.path()).unwrap(), ["kept"]);
    }
}

//! Moving a tree whole: one rename, or across file systems a copy that keeps modes, times, symlinks and hard links.

use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::error::{Context, Result};
use crate::store;

/// Moves the folder `from` to `to`, which must not exist. Across file systems `partial` (beside `to`) holds the copy
/// until it is complete, and `leftover` (beside `from`) the original until it is deleted: a tree is never half at a
/// name that counts.
///
/// # Errors
/// When the move fails; then `from` is untouched.
pub fn move_tree(from: &Path, to: &Path, partial: &Path, leftover: &Path) -> Result<()> {
    let what = || format!("cannot move {} to {}", from.display(), to.display());
    if to.symlink_metadata().is_ok() {
        return Err("the target exists").context(what);
    }
    match fs::rename(from, to) {
        Err(cause) if cause.kind() == ErrorKind::CrossesDevices => {}
        other => return other.context(what),
    }
    store::remove_folder(partial)?;
    let copied = copy_tree(from, partial).and_then(|()| fs::rename(partial, to));
    if let Err(cause) = copied {
        // The copy is of no use; that it could not be removed is told by the next removal of the same name.
        store::remove_folder(partial).ok();
        return Err(cause).context(what);
    }
    fs::rename(from, leftover).context(what)?;
    store::remove_folder(leftover)
}

/// Copies a tree with modes, times, symlinks, hard links and named pipes. Sockets are left out: they mean nothing
/// without the process that made them.
///
/// # Errors
/// At the first entry that cannot be copied.
pub fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    copy_entry(from, to, &mut Links::default())
}

#[cfg(unix)]
type Links = std::collections::HashMap<(u64, u64), std::path::PathBuf>;
#[cfg(not(unix))]
type Links = ();

fn copy_entry(from: &Path, to: &Path, links: &mut Links) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    let kind = metadata.file_type();
    if kind.is_symlink() {
        return copy_symlink(from, to, &metadata);
    }
    if kind.is_dir() {
        fs::create_dir(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy_entry(&from.join(&name), &to.join(&name), links)?;
        }
        own(to, &metadata);
        // Times before permissions: a folder that may not be read cannot be opened afterwards.
        set_times(to, &metadata)?;
        return fs::set_permissions(to, metadata.permissions());
    }
    if !kind.is_file() {
        return special(to, &metadata);
    }
    if linked(to, &metadata, links)? {
        return Ok(());
    }
    fs::copy(from, to)?;
    own(to, &metadata);
    if metadata.permissions().readonly() {
        make_writable(to)?;
    }
    set_times(to, &metadata)?;
    fs::set_permissions(to, metadata.permissions())
}

#[cfg(unix)]
fn make_writable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_writable(path: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions)
}

fn set_times(path: &Path, metadata: &Metadata) -> io::Result<()> {
    let times = FileTimes::new().set_modified(metadata.modified()?).set_accessed(metadata.accessed()?);
    let file = if metadata.is_dir() { File::open(path)? } else { File::options().write(true).open(path)? };
    file.set_times(times)
}

/// Hands the copy to the original's owner where we may (as root).
#[cfg(unix)]
fn own(path: &Path, metadata: &Metadata) {
    use std::os::unix::fs::MetadataExt;
    // Without the right to do so the copy belongs to whoever removes the worktree, as with `cp -a`.
    std::os::unix::fs::lchown(path, Some(metadata.uid()), Some(metadata.gid())).ok();
}

#[cfg(not(unix))]
fn own(_path: &Path, _metadata: &Metadata) {}

#[cfg(unix)]
fn linked(to: &Path, metadata: &Metadata, links: &mut Links) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    if metadata.nlink() < 2 {
        return Ok(false);
    }
    match links.get(&(metadata.dev(), metadata.ino())) {
        Some(first) => fs::hard_link(first, to).map(|()| true),
        None => {
            links.insert((metadata.dev(), metadata.ino()), to.to_owned());
            Ok(false)
        }
    }
}

#[cfg(not(unix))]
fn linked(_to: &Path, _metadata: &Metadata, _links: &mut Links) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn copy_symlink(from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    use std::os::unix::fs::MetadataExt;
    std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
    own(to, metadata);
    let times = Timestamps {
        last_access: Timespec { tv_sec: metadata.atime(), tv_nsec: metadata.atime_nsec() as _ },
        last_modification: Timespec { tv_sec: metadata.mtime(), tv_nsec: metadata.mtime_nsec() as _ },
    };
    utimensat(CWD, to, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from)
}

#[cfg(windows)]
fn copy_symlink(from: &Path, to: &Path, _metadata: &Metadata) -> io::Result<()> {
    let target = fs::read_link(from)?;
    if from.is_dir() {
        std::os::windows::fs::symlink_dir(target, to)
    } else {
        std::os::windows::fs::symlink_file(target, to)
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn special(to: &Path, metadata: &Metadata) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    if metadata.file_type().is_fifo() {
        return mknodat(CWD, to, FileType::Fifo, Mode::from_raw_mode(metadata.mode() & 0o7777), 0)
            .map_err(io::Error::from);
    }
    if metadata.file_type().is_socket() {
        Ok(())
    } else {
        Err(io::Error::new(ErrorKind::Unsupported, "a device file cannot be copied"))
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn special(_to: &Path, _metadata: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn a_copy_keeps_everything() {
        let dir = assert_fs::TempDir::new().unwrap();
        let from = dir.path().join("from");
        fs::create_dir_all(from.join("a/empty")).unwrap();
        for (name, mode) in [("a/run", 0o755), ("a/secret", 0o400), ("plain", 0o644)] {
            store::write_atomic(&from.join(name), name.as_bytes()).unwrap();
            fs::set_permissions(from.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::hard_link(from.join("plain"), from.join("twin")).unwrap();
        std::os::unix::fs::symlink("/nowhere", from.join("link")).unwrap();
        let old = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
        File::options()
            .write(true)
            .open(from.join("plain"))
            .unwrap()
            .set_times(FileTimes::new().set_modified(old))
            .unwrap();
        fs::set_permissions(from.join("a"), fs::Permissions::from_mode(0o500)).unwrap();

        let to = dir.path().join("to");
        copy_tree(&from, &to).unwrap();
        for name in ["", "a", "a/empty", "a/run", "a/secret", "plain", "twin", "link"] {
            let (left, right) =
                (from.join(name).symlink_metadata().unwrap(), to.join(name).symlink_metadata().unwrap());
            let of = |m: &Metadata| (m.mode(), m.mtime(), m.mtime_nsec(), m.file_type().is_dir() || m.len() > 0);
            assert_eq!(of(&left), of(&right), "{name}");
        }
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("/nowhere"));
        assert_eq!(to.join("plain").metadata().unwrap().ino(), to.join("twin").metadata().unwrap().ino());
        for tree in [from, to] {
            fs::set_permissions(tree.join("a"), fs::Permissions::from_mode(0o700)).unwrap();
        }
    }
}

//! One file.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::Ordering;

use rustix::fs::{Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use super::Counter;

/// Files up to this size are read and written in one go, which costs less than asking the kernel to copy.
const SMALL: usize = 1 << 16;

/// Opens an original.
pub(super) fn open(from: BorrowedFd<'_>, name: &std::ffi::OsStr) -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(from, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

/// Copies an open file into an open folder under the name `as_name`. Returns its size.
pub(super) fn copy(
    source: &OwnedFd,
    to: BorrowedFd<'_>,
    as_name: &std::ffi::OsStr,
    counter: &Counter,
    buffer: &mut Vec<u8>,
) -> io::Result<u64> {
    let stat = rustix::fs::fstat(source)?;
    // EXCL: never over anything, and never through a symlink.
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let target = rustix::fs::openat(to, as_name, flags, Mode::RUSR | Mode::WUSR)?;
    fill(source, &target, &stat, counter, buffer)?;
    attributes(source.as_fd(), target.as_fd());
    own(target.as_fd(), &stat);
    rustix::fs::fchmod(&target, mode_of(&stat))?;
    rustix::fs::futimens(&target, &times_of(&stat))?;
    Ok(size_of(&stat))
}

pub(super) fn size_of(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or_default()
}

pub(super) fn mode_of(stat: &Stat) -> Mode {
    // Not the bits that lend the owner's rights: a copy is nobody's installed program.
    Mode::from_raw_mode(stat.st_mode & 0o1777)
}

pub(super) fn times_of(stat: &Stat) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: stat.st_atime as _, tv_nsec: stat.st_atime_nsec as _ },
        last_modification: Timespec { tv_sec: stat.st_mtime as _, tv_nsec: stat.st_mtime_nsec as _ },
    }
}

/// Hands the copy to the original's owner where we may (as root).
pub(super) fn own(file: BorrowedFd<'_>, stat: &Stat) {
    if stat.st_uid != rustix::process::geteuid().as_raw() {
        let (user, group) = (rustix::fs::Uid::from_raw(stat.st_uid), rustix::fs::Gid::from_raw(stat.st_gid));
        // Without the right to do so the copy belongs to whoever copies, as with `cp -a`.
        rustix::fs::fchown(file, Some(user), Some(group)).ok();
    }
}

fn fill(source: &OwnedFd, target: &OwnedFd, stat: &Stat, counter: &Counter, buffer: &mut Vec<u8>) -> io::Result<()> {
    let size = size_of(stat);
    if size == 0 {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    if !counter.cannot_share.load(Ordering::Relaxed) {
        match rustix::fs::ioctl_ficlone(target, source) {
            Ok(()) => {
                counter.shared.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            // This file only: it is open as swap, or its attributes differ.
            Err(Errno::INVAL | Errno::TXTBSY) => {
                counter.unshared.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => counter.cannot_share.store(true, Ordering::Relaxed),
        }
    }
    #[cfg(not(target_os = "linux"))]
    counter.cannot_share.store(true, Ordering::Relaxed);
    let has_holes = u64::try_from(stat.st_blocks).unwrap_or_default() * 512 < size;
    if has_holes && size > SMALL as u64 {
        sparse(source, target, size, buffer)
    } else {
        dense(source, target, size, buffer)
    }
}

fn dense(source: &OwnedFd, target: &OwnedFd, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if size > SMALL as u64 {
        let mut copied = 0;
        loop {
            match rustix::fs::copy_file_range(source, None, target, None, 1 << 30) {
                Ok(0) => return Ok(()),
                Ok(count) => copied += count,
                // An old kernel, or two file systems that do not know each other.
                Err(_) if copied == 0 => break,
                Err(cause) => return Err(cause.into()),
            }
        }
    }
    buffer.resize(SMALL, 0);
    loop {
        let count = rustix::io::retry_on_intr(|| rustix::io::read(source, &mut buffer[..]))?;
        if count == 0 {
            return Ok(());
        }
        write_all(target, &buffer[..count])?;
        // A short read of a small file is its end.
        if count < SMALL && size <= count as u64 {
            return Ok(());
        }
    }
}

/// Copies the parts that hold data; between them nothing is written.
fn sparse(source: &OwnedFd, target: &OwnedFd, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::SeekFrom;
        rustix::fs::ftruncate(target, size)?;
        buffer.resize(SMALL, 0);
        let mut at = 0;
        loop {
            let data = match rustix::fs::seek(source, SeekFrom::Data(at)) {
                Ok(data) => data,
                // Only a hole is left.
                Err(Errno::NXIO) => return Ok(()),
                Err(cause) => return Err(cause.into()),
            };
            let end = rustix::fs::seek(source, SeekFrom::Hole(data))?;
            at = data;
            while at < end {
                let wanted = usize::try_from(end - at).unwrap_or(SMALL).min(SMALL);
                let count = rustix::io::retry_on_intr(|| rustix::io::pread(source, &mut buffer[..wanted], at))?;
                if count == 0 {
                    return Ok(());
                }
                let mut written = 0;
                while written < count {
                    written += rustix::io::pwrite(target, &buffer[written..count], at + written as u64)?;
                }
                at += count as u64;
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    dense(source, target, size, buffer)
}

fn write_all(target: &OwnedFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = rustix::io::retry_on_intr(|| rustix::io::write(target, bytes))?;
        bytes = &bytes[count..];
    }
    Ok(())
}

/// Copies extended attributes of the user. One that cannot be written is left out: the other file system may know none.
pub(super) fn attributes(source: BorrowedFd<'_>, target: BorrowedFd<'_>) {
    #[cfg(target_os = "linux")]
    {
        let mut few = [0u8; 4096];
        let mut many = Vec::new();
        let names = match rustix::fs::flistxattr(source, &mut few) {
            Ok(count) => &few[..count],
            Err(Errno::RANGE) => {
                // The most that the kernel hands out.
                many.resize(1 << 16, 0);
                let Ok(count) = rustix::fs::flistxattr(source, &mut many[..]) else { return };
                &many[..count]
            }
            Err(_) => return,
        };
        for name in names.split(|&byte| byte == 0).filter(|name| name.starts_with(b"user.")) {
            let mut value = vec![0u8; 1 << 16];
            if let Ok(length) = rustix::fs::fgetxattr(source, name, &mut value[..]) {
                rustix::fs::fsetxattr(target, name, &value[..length], rustix::fs::XattrFlags::empty()).ok();
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (source, target);
}

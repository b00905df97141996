//! Whether what lstat says of a file can differ from what the index remembers.

use gix::index::Entry;
use gix::index::entry::Mode;
use rustix::fs::{FileType, Stat};

use super::settings::Settings;

/// When the index was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub seconds: u32,
    pub nanoseconds: u32,
}

/// What the times and sizes alone tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    /// The same as far as nanoseconds tell; git would read the content again.
    SameByNanoseconds,
    Changed,
    /// Only the content tells.
    Unsure,
}

/// The fields of lstat in the widths of the index.
#[derive(Clone, Copy, Debug)]
struct Seen {
    mtime: (u32, u32),
    ctime: (u32, u32),
    uid: u32,
    gid: u32,
    ino: u32,
    size: u32,
}

/// Compares `entry`, which is no submodule, with its file.
pub(super) fn compare(entry: &Entry, file: &Stat, written: Written, settings: &Settings) -> Verdict {
    let kind = FileType::from_raw_mode(file.st_mode);
    if entry.mode == Mode::SYMLINK {
        if kind != FileType::Symlink && (settings.symlinks || kind != FileType::RegularFile) {
            return Verdict::Changed;
        }
    } else {
        let executable = file.st_mode & 0o100 != 0;
        let mode_differs = settings.file_mode && executable != (entry.mode == Mode::FILE_EXECUTABLE);
        if kind != FileType::RegularFile || mode_differs {
            return Verdict::Changed;
        }
    }
    compare_stat(entry, seen(file), written, settings)
}

fn compare_stat(entry: &Entry, seen: Seen, written: Written, settings: &Settings) -> Verdict {
    let known = &entry.stat;
    // git writes a size of 0 over entries that it could not tell from files changed later.
    let smudged = known.size == 0 && !entry.id.is_empty_blob();
    let size_differs = known.size != seen.size;
    let touched = known.mtime.secs != seen.mtime.0
        || (settings.trust_ctime && settings.check_stat && known.ctime.secs != seen.ctime.0)
        || (settings.check_stat && (known.uid != seen.uid || known.gid != seen.gid || known.ino != seen.ino));
    if size_differs && known.size != 0 {
        return Verdict::Changed;
    }
    if touched || size_differs || smudged {
        return Verdict::Unsure;
    }
    let racy = written.seconds != 0 && written.seconds <= known.mtime.secs;
    match racy {
        false => Verdict::Same,
        true if told_apart(entry, seen, written, settings) => Verdict::SameByNanoseconds,
        true => Verdict::Unsure,
    }
}

/// Whether a file written in the same second as the index was surely written before it. git, built as usual, compares
/// whole seconds and reads such files again; after a checkout that is many of them. The nanoseconds are trusted only
/// where both sides have some, so a file system with coarse times falls back to git's rule.
fn told_apart(entry: &Entry, seen: Seen, written: Written, settings: &Settings) -> bool {
    let (mtime, ctime) = (entry.stat.mtime, entry.stat.ctime);
    settings.check_stat
        && mtime.nsecs != 0
        && written.nanoseconds != 0
        && (mtime.secs, mtime.nsecs) < (written.seconds, written.nanoseconds)
        && mtime.nsecs == seen.mtime.1
        && (!settings.trust_ctime || ctime.nsecs == seen.ctime.1)
}

/// The index keeps the low 32 bits of everything; a size that would become 0 is kept as 2 GiB.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "fields differ in width between systems, and the index keeps 32 bits"
)]
fn seen(file: &Stat) -> Seen {
    let size = match (file.st_size as u64, file.st_size as u32) {
        (1.., 0) => 0x8000_0000,
        (_, size) => size,
    };
    Seen {
        mtime: (file.st_mtime as u32, file.st_mtime_nsec as u32),
        ctime: (file.st_ctime as u32, file.st_ctime_nsec as u32),
        uid: file.st_uid as u32,
        gid: file.st_gid as u32,
        ino: file.st_ino as u32,
        size,
    }
}

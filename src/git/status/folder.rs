//! Reading folders and links relative to an open folder: no path is resolved twice.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::Beyond;

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    Folder,
    /// A pipe, socket or device: git sees none of them.
    Other,
}

/// What the index knows of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Unknown,
    /// A folder has the name of a tracked file.
    Usurper,
    Tracked,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    /// The first bytes of the name, so that most comparisons need not follow `start`.
    key: u64,
    start: u32,
    /// Without the final NUL.
    len: u32,
    kind: Kind,
    standing: Standing,
}

/// The names in one folder, sorted, without `.`, `..` and `.git`.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: Vec<u8>,
    items: Vec<Item>,
    /// Whether there is a `.git` of any kind.
    pub has_git: bool,
}

impl Listing {
    /// The number of names.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The name at position `at`.
    pub(super) fn name(&self, at: usize) -> &[u8] {
        let item = self.items[at];
        &self.names[item.start as usize..][..item.len as usize]
    }

    /// The name at position `at` for system calls.
    pub(super) fn c_name(&self, at: usize) -> &CStr {
        let item = self.items[at];
        CStr::from_bytes_with_nul(&self.names[item.start as usize..][..=item.len as usize]).unwrap_or_default()
    }

    /// What stands at position `at`.
    pub(super) fn kind(&self, at: usize) -> Kind {
        self.items[at].kind
    }

    /// What [`Listing::mark`] said of position `at`.
    pub(super) fn standing(&self, at: usize) -> Standing {
        self.items[at].standing
    }

    /// Notes what the index knows of the name at position `at`; in a conflict it may be a file and a folder.
    pub(super) fn mark(&mut self, at: usize, standing: Standing) {
        self.items[at].standing = standing.max(self.items[at].standing);
    }

    /// The position of `name`.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let key = key(name);
        let order = |at: &Item| at.key.cmp(&key).then_with(|| self.of(at).cmp(name));
        self.items.binary_search_by(order).ok()
    }

    fn of(&self, item: &Item) -> &[u8] {
        &self.names[item.start as usize..][..item.len as usize]
    }

    fn add(&mut self, name: &CStr, kind: Option<Kind>, folder: BorrowedFd<'_>) {
        let bytes = name.to_bytes();
        if bytes == b"." || bytes == b".." {
            return;
        }
        if bytes.eq_ignore_ascii_case(b".git") {
            self.has_git |= bytes == b".git";
            // On a file system that folds case git takes `.GIT` for `.git`; elsewhere it is an ordinary name.
            if bytes == b".git" {
                return;
            }
        }
        let kind = kind.unwrap_or_else(|| match lstat(folder, name) {
            Ok(Some(stat)) => from_type(FileType::from_raw_mode(stat.st_mode)).unwrap_or(Kind::Other),
            _ => Kind::Other,
        });
        let start = self.names.len();
        self.names.extend_from_slice(name.to_bytes_with_nul());
        #[allow(clippy::cast_possible_truncation, reason = "a folder's names never add up to 4 GiB")]
        self.items.push(Item {
            key: key(bytes),
            start: start as u32,
            len: bytes.len() as u32,
            kind,
            standing: Standing::Unknown,
        });
    }

    fn sort(&mut self) {
        let Self { names, items, .. } = self;
        let of = |item: &Item| &names[item.start as usize..][..item.len as usize];
        items.sort_unstable_by(|a, b| a.key.cmp(&b.key).then_with(|| of(a).cmp(of(b))));
    }
}

fn key(name: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = name.len().min(8);
    bytes[..len].copy_from_slice(&name[..len]);
    u64::from_be_bytes(bytes)
}

fn from_type(kind: FileType) -> Option<Kind> {
    match kind {
        FileType::RegularFile => Some(Kind::File),
        FileType::Symlink => Some(Kind::Link),
        FileType::Directory => Some(Kind::Folder),
        FileType::Unknown => None,
        _ => Some(Kind::Other),
    }
}

/// Listings and the kernel's buffer, kept from folder to folder and from worktree to worktree.
#[derive(Debug, Default)]
pub(super) struct Pool {
    free: Vec<Listing>,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    buffer: Vec<u8>,
}

impl Pool {
    /// The names in `folder`; give the listing back when done.
    pub(super) fn list(&mut self, folder: BorrowedFd<'_>) -> Result<Listing, Beyond> {
        let mut listing = self.free.pop().unwrap_or_default();
        listing.names.clear();
        listing.items.clear();
        listing.has_git = false;
        self.fill(folder, &mut listing).map_err(|_| Beyond("a folder cannot be listed"))?;
        listing.sort();
        Ok(listing)
    }

    /// Keeps the memory of `listing` for the next folder.
    pub(super) fn give_back(&mut self, listing: Listing) {
        self.free.push(listing);
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn fill(&mut self, folder: BorrowedFd<'_>, listing: &mut Listing) -> Result<(), Errno> {
        self.buffer.reserve(32 * 1024);
        let mut names = rustix::fs::RawDir::new(folder, self.buffer.spare_capacity_mut());
        while let Some(entry) = names.next() {
            let entry = entry?;
            listing.add(entry.file_name(), from_type(entry.file_type()), folder);
        }
        Ok(())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn fill(&mut self, folder: BorrowedFd<'_>, listing: &mut Listing) -> Result<(), Errno> {
        for entry in rustix::fs::Dir::read_from(folder)? {
            let entry = entry?;
            listing.add(entry.file_name(), from_type(entry.file_type()), folder);
        }
        Ok(())
    }
}

/// Opens the folder `name` in `at`; `None` if it is none, or a link to one.
pub(super) fn open(at: BorrowedFd<'_>, name: &CStr) -> Result<Option<OwnedFd>, Beyond> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(at, name, flags, Mode::empty()) {
        Ok(folder) => Ok(Some(folder)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
        Err(_) => Err(Beyond("a folder cannot be opened")),
    }
}

/// What `name` in `at` is, links not followed; `None` if there is nothing.
pub(super) fn lstat(at: BorrowedFd<'_>, name: &CStr) -> Result<Option<Stat>, Beyond> {
    match rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(_) => Err(Beyond("a file cannot be looked at")),
    }
}

/// The file `path` below `at`, if it is a regular one and no link.
pub(super) fn open_file(at: BorrowedFd<'_>, path: &[u8]) -> Result<Option<std::fs::File>, Beyond> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::openat(at, path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(_) => return Err(Beyond("a file cannot be opened")),
    };
    let stat = rustix::fs::fstat(file.as_fd()).map_err(|_| Beyond("a file cannot be looked at"))?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    Ok(is_file.then(|| std::fs::File::from(file)))
}

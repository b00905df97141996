//! A tree: folders are tasks that the threads take from a common heap.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::{Counter, Without, file};

/// So many files of one folder are one task: a folder of many thousand must not keep one thread busy alone.
const BATCH: usize = 500;

/// Copies whatever `from` is to `to`, but what `without` names below it. A folder can still be written to and moved: the mode
/// that it is to have in the end is returned.
pub(super) fn copy(from: &Path, to: &Path, without: Without<'_>, counter: &Counter) -> io::Result<Option<Mode>> {
    let (Some(parent), Some(name)) = (from.parent(), from.file_name()) else { return Err(Errno::INVAL.into()) };
    let (Some(to_parent), Some(to_name)) = (to.parent(), to.file_name()) else { return Err(Errno::INVAL.into()) };
    let crew = Crew::new(counter, without);
    let stat = match rustix::fs::statat(CWD, from, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(cause) => return crew.lost(from, &cause.into()).map(|()| None),
    };
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        crew.push(Task::Folder(from.to_owned(), to.to_owned()));
        return crew.work(to);
    }
    let (source, target) = (open_folder(parent)?, open_folder(to_parent)?);
    let pair = Pair { from: source, to: target, path: parent.to_owned(), to_path: to_parent.to_owned() };
    crew.entry(&pair, name, to_name, &mut Vec::new()).map(|()| None)
}

/// Gives a folder the mode that [`copy`] has kept back.
pub(super) fn seal(folder: &Path, mode: Mode) -> io::Result<()> {
    Ok(rustix::fs::fchmod(open_folder(folder)?, mode)?)
}

enum Task {
    /// A folder, and where it goes.
    Folder(PathBuf, PathBuf),
    /// Some files of an open folder.
    Files(Arc<Pair>, Vec<OsString>),
}

/// A folder and its copy, both open.
struct Pair {
    from: OwnedFd,
    to: OwnedFd,
    path: PathBuf,
    to_path: PathBuf,
}

/// What is to be done.
#[derive(Default)]
struct Heap {
    tasks: Vec<Task>,
    /// Threads that are at a task, which may bring new ones.
    busy: usize,
}

/// The threads and what they share.
struct Crew<'a> {
    counter: &'a Counter,
    without: Without<'a>,
    heap: Mutex<Heap>,
    changed: Condvar,
    failure: Mutex<Option<io::Error>>,
    /// Folders to be given their modes and times when all is in them.
    folders: Mutex<Vec<(PathBuf, Stat)>>,
    /// Copies of files that have several names; `None` while the first is being made.
    links: Mutex<HashMap<(u64, u64), Option<PathBuf>>>,
    /// Further names of files whose first copy was being made: the two folders, and the name.
    later: Mutex<Vec<(PathBuf, PathBuf, OsString)>>,
}

/// What is known of the copy of a file that has several names.
enum Claim {
    /// Nobody has begun it: it is the caller's to make.
    Mine,
    /// Another thread is at it.
    Busy,
    /// It is there.
    Done(PathBuf),
}

impl<'a> Crew<'a> {
    fn new(counter: &'a Counter, without: Without<'a>) -> Self {
        Self {
            counter,
            without,
            heap: Mutex::default(),
            changed: Condvar::new(),
            failure: Mutex::default(),
            folders: Mutex::default(),
            links: Mutex::default(),
            later: Mutex::default(),
        }
    }

    /// Does all that is on the heap. Returns the mode that the folder `top` is to have in the end.
    fn work(self, top: &Path) -> io::Result<Option<Mode>> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.labour());
            }
            self.labour();
        });
        if let Some(cause) = self.failure.lock().ok().and_then(|mut failure| failure.take()) {
            return Err(cause);
        }
        let later = self.later.lock().map(|mut later| std::mem::take(&mut *later)).unwrap_or_default();
        for (path, to_path, name) in later {
            let pair = Pair { from: open_folder(&path)?, to: open_folder(&to_path)?, path, to_path };
            self.entry(&pair, &name, &name, &mut Vec::new())?;
        }
        let mut folders = self.folders.into_inner().unwrap_or_default();
        // The innermost first: what is done in a folder changes its time.
        folders.sort_by_key(|(path, _)| std::cmp::Reverse(path.as_os_str().len()));
        let mut kept_back = None;
        for (path, stat) in folders {
            let folder = open_folder(&path)?;
            let mode = file::mode_of(&stat);
            file::own(folder.as_fd(), &stat);
            // Who may not write to a folder may not move it either.
            rustix::fs::fchmod(&folder, if path == top { mode | Mode::RWXU } else { mode })?;
            rustix::fs::futimens(&folder, &file::times_of(&stat))?;
            if path == top {
                kept_back = Some(mode);
            }
        }
        Ok(kept_back)
    }

    /// Tells of an original that cannot be read, and goes on; fails where something else is wrong.
    fn lost(&self, path: &Path, cause: &io::Error) -> io::Result<()> {
        match Errno::from_io_error(cause) {
            Some(Errno::ACCESS | Errno::PERM) => self.counter.leave(path, "permission denied"),
            // Somebody works in the main checkout while we copy.
            Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::STALE) => {
                self.counter.leave(path, "it has gone meanwhile");
            }
            Some(Errno::IO) => self.counter.leave(path, "it cannot be read"),
            _ => return Err(named(path, cause)),
        }
        Ok(())
    }

    /// Takes tasks until there are none and nobody can bring any.
    fn labour(&self) {
        let mut buffer = Vec::new();
        while let Some(task) = self.next() {
            let result = match task {
                Task::Folder(from, to) => self.folder(&from, &to, &mut buffer),
                Task::Files(pair, names) => self.files(&pair, names, &mut buffer),
            };
            if let (Err(cause), Ok(mut failure)) = (result, self.failure.lock()) {
                failure.get_or_insert(cause);
            }
            if let Ok(mut heap) = self.heap.lock() {
                heap.busy -= 1;
            }
            self.changed.notify_all();
        }
    }

    fn next(&self) -> Option<Task> {
        let mut heap = self.heap.lock().ok()?;
        loop {
            if self.failure.lock().ok()?.is_some() {
                return None;
            }
            if let Some(task) = heap.tasks.pop() {
                heap.busy += 1;
                return Some(task);
            }
            if heap.busy == 0 {
                return None;
            }
            heap = self.changed.wait(heap).ok()?;
        }
    }

    fn push(&self, task: Task) {
        if let Ok(mut heap) = self.heap.lock() {
            heap.tasks.push(task);
        }
        self.changed.notify_one();
    }

    fn folder(&self, from: &Path, to: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
        // Reading begins with another look at the folder, for which it must be searchable.
        let opened = open_folder(from).and_then(|source| Ok((Dir::read_from(&source)?, source)));
        let (entries, source) = match opened {
            Ok(opened) => opened,
            Err(cause) => return self.lost(from, &cause),
        };
        let stat = rustix::fs::fstat(&source)?;
        rustix::fs::mkdirat(CWD, to, Mode::RWXU).map_err(|cause| named(to, &cause.into()))?;
        if let Ok(mut folders) = self.folders.lock() {
            folders.push((to.to_owned(), stat));
        }
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|cause| named(from, &cause.into()))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." || (self.without)(&from.join(name)) {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => match rustix::fs::statat(&source, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(cause) => {
                        self.lost(&from.join(name), &cause.into())?;
                        continue;
                    }
                },
                kind => kind,
            };
            if kind == FileType::Directory {
                // Another worktree, or a submodule: its `.git` is a file that leads to what belongs to it alone.
                if from.join(name).join(".git").is_file() {
                    self.counter.leave(&from.join(name), "a worktree or a submodule");
                } else {
                    self.push(Task::Folder(from.join(name), to.join(name)));
                }
            } else {
                files.push(name.to_owned());
            }
        }
        let target = open_folder(to)?;
        file::attributes(source.as_fd(), target.as_fd());
        let pair = Arc::new(Pair { from: source, to: target, path: from.to_owned(), to_path: to.to_owned() });
        while files.len() > BATCH {
            let batch = files.split_off(files.len() - BATCH);
            self.push(Task::Files(Arc::clone(&pair), batch));
        }
        self.files(&pair, files, buffer)
    }

    fn files(&self, pair: &Pair, names: Vec<OsString>, buffer: &mut Vec<u8>) -> io::Result<()> {
        for name in names {
            self.entry(pair, &name, &name, buffer)?;
        }
        Ok(())
    }

    /// Copies what is no folder.
    fn entry(&self, pair: &Pair, name: &OsStr, as_name: &OsStr, buffer: &mut Vec<u8>) -> io::Result<()> {
        let path = || pair.path.join(name);
        let fatal = |cause: io::Error| named(&path(), &cause);
        let Pair { from, to, .. } = pair;
        let stat = match rustix::fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(cause) => return self.lost(&path(), &cause.into()),
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Symlink => {
                let target = match rustix::fs::readlinkat(from, name, Vec::new()) {
                    Ok(target) => target,
                    Err(cause) => return self.lost(&path(), &cause.into()),
                };
                rustix::fs::symlinkat(target.as_c_str(), to, as_name).map_err(|cause| fatal(cause.into()))?;
                rustix::fs::utimensat(to, as_name, &file::times_of(&stat), AtFlags::SYMLINK_NOFOLLOW)?;
                self.counter.add(0);
                return Ok(());
            }
            other => {
                self.counter.leave(&path(), format!("not a file ({other:?})"));
                return Ok(());
            }
        }
        let key = (stat.st_nlink > 1).then_some((stat.st_dev as u64, stat.st_ino as u64));
        match key.map_or(Claim::Mine, |key| self.claim(key)) {
            Claim::Mine => {}
            Claim::Busy => {
                if let Ok(mut later) = self.later.lock() {
                    later.push((pair.path.clone(), pair.to_path.clone(), name.to_owned()));
                }
                return Ok(());
            }
            Claim::Done(first) => {
                if rustix::fs::linkat(CWD, &first, to, as_name, AtFlags::empty()).is_ok() {
                    self.counter.add(file::size_of(&stat));
                    return Ok(());
                }
            }
        }
        let source = match file::open(from.as_fd(), name) {
            Ok(source) => source,
            Err(cause) => {
                key.into_iter().for_each(|key| self.settle(key, None));
                return self.lost(&path(), &cause);
            }
        };
        let size = file::copy(&source, to.as_fd(), as_name, self.counter, buffer).map_err(fatal)?;
        self.counter.add(size);
        key.into_iter().for_each(|key| self.settle(key, Some(pair.to_path.join(as_name))));
        Ok(())
    }

    /// Asks who makes the first copy of a file that has several names.
    fn claim(&self, key: (u64, u64)) -> Claim {
        let Ok(mut links) = self.links.lock() else { return Claim::Mine };
        match links.get(&key) {
            Some(Some(first)) => Claim::Done(first.clone()),
            Some(None) => Claim::Busy,
            None => {
                links.insert(key, None);
                Claim::Mine
            }
        }
    }

    /// Says where the first copy is, or that there is none.
    fn settle(&self, key: (u64, u64), first: Option<PathBuf>) {
        if let Ok(mut links) = self.links.lock() {
            if first.is_some() {
                links.insert(key, first);
            } else {
                links.remove(&key);
            }
        }
    }
}

/// The error, with the path that it is about.
fn named(path: &Path, cause: &io::Error) -> io::Error {
    io::Error::new(cause.kind(), format!("{}: {cause}", path.display()))
}

fn open_folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

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

use super::{Counter, file};

/// So many files of one folder are one task: a folder of many thousand must not keep one thread busy alone.
const BATCH: usize = 500;

/// Copies whatever `from` is to `to`.
pub(super) fn copy(from: &Path, to: &Path, counter: &Counter) -> io::Result<()> {
    let stat = rustix::fs::statat(CWD, from, AtFlags::SYMLINK_NOFOLLOW)?;
    let (Some(parent), Some(name)) = (from.parent(), from.file_name()) else { return Err(Errno::INVAL.into()) };
    let (Some(to_parent), Some(to_name)) = (to.parent(), to.file_name()) else { return Err(Errno::INVAL.into()) };
    let crew = Crew::new(counter);
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        crew.push(Task::Folder(from.to_owned(), to.to_owned()));
        return crew.work();
    }
    let (source, target) = (open_folder(parent)?, open_folder(to_parent)?);
    let pair = Pair { from: source, to: target, path: parent.to_owned(), to_path: to_parent.to_owned() };
    crew.entry(&pair, name, to_name, &mut Vec::new())
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
    heap: Mutex<Heap>,
    changed: Condvar,
    failure: Mutex<Option<io::Error>>,
    /// Folders to be given their modes and times when all is in them.
    folders: Mutex<Vec<(PathBuf, Stat)>>,
    /// Copies of files that have several names.
    links: Mutex<HashMap<(u64, u64), PathBuf>>,
}

impl<'a> Crew<'a> {
    fn new(counter: &'a Counter) -> Self {
        Self {
            counter,
            heap: Mutex::default(),
            changed: Condvar::new(),
            failure: Mutex::default(),
            folders: Mutex::default(),
            links: Mutex::default(),
        }
    }

    fn work(self) -> io::Result<()> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.labour());
            }
            self.labour();
        });
        if let Some(cause) = self.failure.into_inner().ok().flatten() {
            return Err(cause);
        }
        let mut folders = self.folders.into_inner().unwrap_or_default();
        // The innermost first: what is done in a folder changes its time.
        folders.sort_by_key(|(path, _)| std::cmp::Reverse(path.as_os_str().len()));
        for (path, stat) in folders {
            let folder = open_folder(&path)?;
            file::own(folder.as_fd(), &stat);
            rustix::fs::futimens(&folder, &file::times_of(&stat))?;
            rustix::fs::fchmod(&folder, file::mode_of(&stat))?;
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
        let source = match open_folder(from) {
            Ok(source) => source,
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                self.counter.leave(from, "permission denied");
                return Ok(());
            }
            Err(cause) => return Err(cause),
        };
        let stat = rustix::fs::fstat(&source)?;
        rustix::fs::mkdirat(CWD, to, Mode::RWXU)?;
        if let Ok(mut folders) = self.folders.lock() {
            folders.push((to.to_owned(), stat));
        }
        let mut files = Vec::new();
        for entry in Dir::read_from(&source)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    let stat = rustix::fs::statat(&source, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    FileType::from_raw_mode(stat.st_mode)
                }
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
        let Pair { from, to, path: folder, to_path } = pair;
        let stat = rustix::fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(from, name, Vec::new())?;
                rustix::fs::symlinkat(target.as_c_str(), to, as_name)?;
                rustix::fs::utimensat(to, as_name, &file::times_of(&stat), AtFlags::SYMLINK_NOFOLLOW)?;
                self.counter.add(0);
                return Ok(());
            }
            other => {
                self.counter.leave(&folder.join(name), format!("not a file ({other:?})"));
                return Ok(());
            }
        }
        let key = (stat.st_dev as u64, stat.st_ino as u64);
        if stat.st_nlink > 1 && self.linked(key, to, as_name) {
            self.counter.add(file::size_of(&stat));
            return Ok(());
        }
        match file::copy(from.as_fd(), to.as_fd(), name, as_name, self.counter, buffer) {
            Ok(size) => self.counter.add(size),
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
                self.counter.leave(&folder.join(name), "permission denied");
                return Ok(());
            }
            Err(cause) => return Err(cause),
        }
        if stat.st_nlink > 1
            && let Ok(mut links) = self.links.lock()
        {
            links.insert(key, to_path.join(as_name));
        }
        Ok(())
    }

    /// Gives a file that was copied already this name as well.
    fn linked(&self, key: (u64, u64), to: &OwnedFd, name: &OsStr) -> bool {
        let first = self.links.lock().ok().and_then(|links| links.get(&key).cloned());
        first.is_some_and(|first| rustix::fs::linkat(CWD, &first, to, name, AtFlags::empty()).is_ok())
    }
}

fn open_folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

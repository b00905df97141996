//! Copies grow beside the worktree and are moved into it when they are complete: whoever looks into the worktree, or kills
//! us, never finds half a folder there.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gix::bstr::{BString, ByteSlice};

use crate::error::{Context, Result};
use crate::git::tracked::Tracked;
use crate::git::worktrees::Worktree;
use crate::provision::copy::{self, Counter, Without};
use crate::store;

/// The folder in `.git/worktrees/<id>/`.
const FOLDER: &str = "agent-staging";

/// The same for the copy of a database, which is made by commands of its own as well: each has its own lock.
const DATABASE: &str = "agent-db-draft";

/// Where copies of one worktree grow.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    count: AtomicU32,
}

impl Staging {
    /// The place for the worktree: in its git directory, or beside it if that is on another file system.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(tree: &Worktree) -> Result<Self> {
        clear(tree)?;
        let folder = place(tree, FOLDER);
        store::create_folder(&folder)?;
        Ok(Self { folder, count: AtomicU32::new(0) })
    }

    /// No place, for whoever copies nothing.
    pub fn none() -> Self {
        Self { folder: PathBuf::new(), count: AtomicU32::new(0) }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn next(&self) -> PathBuf {
        self.folder.join(self.count.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

/// Where the draft of a database grows: on the worktree's file system, and where git does not see it.
pub fn draft_place(tree: &Worktree) -> PathBuf {
    place(tree, DATABASE)
}

/// Makes that an empty folder, readable by nobody else. Call it with the right to the agent's databases.
///
/// # Errors
/// When it cannot be made.
pub fn open_draft(tree: &Worktree) -> Result<PathBuf> {
    clear_draft(tree)?;
    let folder = draft_place(tree);
    store::create_private_folder(&folder)?;
    Ok(folder)
}

/// Removes the draft of a worktree that is gone, which stood beside it.
///
/// # Errors
/// When it cannot be removed.
pub fn clear_lone_draft(folder: &Path) -> Result<()> {
    let is_ours = folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(DATABASE));
    if is_ours { store::remove_folder(folder) } else { Ok(()) }
}

/// Removes the draft of a database, and what a killed one left. Call it with the right to the agent's databases.
///
/// # Errors
/// When it cannot be removed.
pub fn clear_draft(tree: &Worktree) -> Result<()> {
    places(tree, DATABASE).iter().try_for_each(|place| store::remove_folder(place))
}

/// Removes what a killed copy left.
///
/// # Errors
/// When it cannot be removed.
pub fn clear(tree: &Worktree) -> Result<()> {
    places(tree, FOLDER).iter().try_for_each(|place| store::remove_folder(place))
}

fn place(tree: &Worktree, name: &str) -> PathBuf {
    let [inside, beside] = places(tree, name);
    if same_device(&tree.admin, &tree.path) { inside } else { beside }
}

fn places(tree: &Worktree, name: &str) -> [PathBuf; 2] {
    [tree.admin.join(name), tree.path.with_file_name(format!(".{}.git-{name}", tree.folder()))]
}

/// Why a path was not brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It is there now.
    Yes,
    /// Something was there, or the counter has been told why it does not come.
    There,
    /// It was left out, for this reason.
    Left(String),
}

/// Who brings paths of the main checkout into a worktree.
pub struct Courier<'a> {
    /// The main checkout.
    pub main: &'a Path,
    /// The top of the worktree.
    pub tree: &'a Path,
    /// What the worktree tracks.
    pub tracked: &'a Tracked,
    /// Where copies grow.
    pub staging: &'a Staging,
    /// Counts what is copied, and is told what is not.
    pub counter: &'a Counter,
    /// What stays behind.
    pub without: Without<'a>,
}

impl Courier<'_> {
    /// Brings `inside` (a path from the top, with slashes). What is there already is left as it is: of a folder that both
    /// have, only what is missing is brought.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn bring(&self, inside: &BString) -> Result<Brought> {
        let Ok(relative) = gix::path::from_bstr(inside.as_bstr()) else {
            return Ok(Brought::Left("its name is not Unicode".to_owned()));
        };
        let (from, to) = (self.main.join(&relative), self.tree.join(&relative));
        if let Some(why) = stands_in_the_way(self.tree, &to) {
            return Ok(Brought::Left(why));
        }
        let Ok(metadata) = from.symlink_metadata() else { return Ok(Brought::Left("it is gone".to_owned())) };
        let there = to.symlink_metadata().ok();
        if metadata.is_dir() && from.join(".git").is_file() {
            return Ok(Brought::Left("it is a worktree or a submodule".to_owned()));
        }
        let is_tracked = self.tracked.holds(inside);
        if metadata.is_dir() && (there.as_ref().is_some_and(std::fs::Metadata::is_dir) || is_tracked) {
            // Tracked paths that a sparse checkout leaves out are not there, and are to stay away.
            store::create_folder(&to)?;
            self.complete(inside, &from)?;
            return Ok(Brought::There);
        }
        if metadata.is_dir() && there.is_some() {
            return Ok(Brought::Left(format!("{} is no folder here", to.display())));
        }
        if there.is_some() || is_tracked {
            return Ok(Brought::There);
        }
        if let Some(parent) = to.parent() {
            store::create_folder(parent)?;
        }
        let place = self.staging.next();
        let draft = copy::draft(&from, &place, self.without, self.counter)?;
        if place.symlink_metadata().is_err() {
            return Ok(Brought::There);
        }
        match move_in(&place, &to) {
            Ok(()) => draft.seal(&to).map(|()| Brought::Yes),
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {
                remove(&place)?;
                Ok(Brought::There)
            }
            Err(cause) => {
                remove(&place)?;
                Err(cause).context(|| format!("cannot move {} into the worktree", to.display()))
            }
        }
    }

    /// Brings what the folder has and the worktree's lacks.
    fn complete(&self, inside: &BString, from: &Path) -> Result<()> {
        let names = match store::names(from) {
            Ok(names) => names,
            Err(error) => {
                self.counter.leave(from, error);
                return Ok(());
            }
        };
        for name in names {
            let below = gix::path::os_str_into_bstr(&name).map(|name| [inside, b"/".as_slice(), name].concat());
            let (Ok(below), false) = (below, (self.without)(&from.join(&name))) else { continue };
            if let Brought::Left(why) = self.bring(&below.into())? {
                self.counter.leave(&from.join(&name), why);
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return store::remove_folder(path);
    }
    store::remove_file(path)
}

/// What on the way from `top` to `path` is no folder: a symlink could lead out of the worktree.
pub fn stands_in_the_way(top: &Path, path: &Path) -> Option<String> {
    let mut current = top.to_owned();
    let parts: Vec<_> = path.strip_prefix(top).ok()?.components().collect();
    for part in &parts[..parts.len().saturating_sub(1)] {
        current.push(part);
        match current.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.is_symlink() => return Some(format!("{} is a symlink", current.display())),
            Ok(_) => return Some(format!("{} is no folder", current.display())),
            Err(_) => return None,
        }
    }
    None
}

/// Renames without ever replacing anything.
///
/// # Errors
/// `AlreadyExists` when something is there, and what the system says.
#[cfg(unix)]
pub fn move_in(from: &Path, to: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // A file system that does not know the flag: looked first, a moment before.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => look_and_rename(from, to),
        Err(Errno::EXIST | Errno::NOTEMPTY) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(cause) => Err(cause.into()),
    }
}

#[cfg(not(unix))]
/// Renames without ever replacing anything.
///
/// # Errors
/// `AlreadyExists` when something is there, and what the system says.
pub fn move_in(from: &Path, to: &Path) -> std::io::Result<()> {
    look_and_rename(from, to)
}

fn look_and_rename(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

#[cfg(unix)]
fn same_device(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    device(left) == device(right)
}

#[cfg(not(unix))]
fn same_device(left: &Path, right: &Path) -> bool {
    left.components().next() == right.components().next()
}

//! What is under way: one entry per operation in `.git/agent/ops/`, so that whatever a killed process left behind is
//! found and mended by the next command.
//!
//! An entry is two files: `<id>.lock`, locked for as long as the operation's process or a git that it started lives
//! (see [`crate::git::program::Git::holding`]), and `<id>.json`, which says what is being done. An entry whose lock can
//! be taken belongs to a dead operation.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::agent::record::Record;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::store::{self, Lock};

/// What an operation does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "camelCase")]
pub enum Entry {
    /// A worktree is being made.
    Spawn(Box<Spawn>),
    /// A worktree is on its way into the trash.
    Remove(Transfer),
    /// A worktree is on its way out of the trash.
    Restore(Transfer),
    /// A worktree is made ready for work.
    Provision(Provision),
}

/// A worktree that is made ready for work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provision {
    /// The agent.
    pub name: String,
    /// Its place.
    pub path: PathBuf,
    /// Its git directory.
    pub admin: PathBuf,
}

/// A worktree that is being made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spawn {
    /// Where it goes.
    pub path: PathBuf,
    /// Folders that had to be made for it, innermost first.
    pub made_folders: Vec<PathBuf>,
    /// The commit of its branch at birth.
    pub commit: String,
    /// Whether the upstream of the branch is written for it.
    pub sets_upstream: bool,
    /// The record that the worktree gets.
    pub record: Record,
}

/// A worktree that is moved between its place and the trash.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// Its folder in the trash.
    pub trash: PathBuf,
    /// Its place among the worktrees.
    pub path: PathBuf,
    /// Its git directory when it is not in the trash.
    pub admin: PathBuf,
}

/// An operation of this process.
#[derive(Debug)]
pub struct Operation {
    id: String,
    lock: Lock,
    file: PathBuf,
}

impl Operation {
    /// Writes down what is about to be done. Call it with the repository's lock held.
    ///
    /// # Errors
    /// When `.git/agent` cannot be written to.
    pub fn begin(repo: &Repo, entry: &Entry) -> Result<Self> {
        let folder = folder(repo);
        store::create_folder(&folder)?;
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let id = format!("{}-{moment:x}", std::process::id());
        let lock = Lock::wait(&folder.join(format!("{id}.lock")))?;
        let file = folder.join(format!("{id}.json"));
        if let Err(error) = store::write_json(&file, entry) {
            store::remove_file(lock.path())?;
            return Err(error);
        }
        Ok(Self { id, lock, file })
    }

    /// The lock that says that this operation lives.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The operation's name, unique in the repository: it marks what was made for it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes down that all is done, or undone.
    ///
    /// # Errors
    /// When the entry cannot be removed.
    pub fn finish(self) -> Result<()> {
        store::remove_file(&self.file)?;
        store::remove_file(self.lock.path())
    }
}

/// An operation whose processes are gone.
#[derive(Debug)]
pub struct Dead {
    /// Its name.
    pub id: String,
    /// What it was doing.
    pub entry: Entry,
    file: PathBuf,
    lock: Lock,
}

impl Dead {
    /// Strikes the entry out.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn settle(self) -> Result<()> {
        store::remove_file(&self.file)?;
        store::remove_file(self.lock.path())
    }
}

/// Whether anything is written down at all: the cheap question that every command asks.
pub fn is_empty(repo: &Repo) -> bool {
    store::names(&folder(repo)).is_ok_and(|names| names.is_empty())
}

/// The operations that died. Call it with the repository's lock held.
///
/// # Errors
/// When the entries cannot be read.
pub fn dead(repo: &Repo) -> Result<Vec<Dead>> {
    let folder = folder(repo);
    let mut found = Vec::new();
    for name in store::names(&folder)? {
        let name = name.to_string_lossy().into_owned();
        let Some(id) = name.strip_suffix(".lock") else { continue };
        let Some(lock) = Lock::attempt(&folder.join(&name))? else { continue };
        let file = folder.join(format!("{id}.json"));
        match store::read_json(&file)? {
            Some(entry) => found.push(Dead { id: id.to_owned(), entry, file, lock }),
            // Killed before it had written down, and so before it had done, anything; or after it was all done.
            None => store::remove_file(lock.path())?,
        }
    }
    store::sweep(&folder)?;
    Ok(found)
}

/// The paths of worktrees that a living operation is making or moving.
pub fn busy_paths(repo: &Repo) -> Vec<PathBuf> {
    let folder = folder(repo);
    let names = store::names(&folder).unwrap_or_default();
    let files = names.iter().filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "json"));
    files
        .filter_map(|name| store::read_json::<Entry>(&folder.join(name)).ok().flatten())
        .filter_map(|entry| match entry {
            Entry::Spawn(spawn) => Some(spawn.path),
            Entry::Remove(transfer) | Entry::Restore(transfer) => Some(transfer.path),
            // It is at its place, and can be worked in.
            Entry::Provision(_) => None,
        })
        .collect()
}

/// Whether a provisioning of the worktree with the git directory `admin` lives, of which there is no other sign: its process
/// was killed, and a command that it had started goes on. Those of which nothing lives are struck out: call it with the lock
/// of the worktree's provisioning held, as the one who goes on with it.
///
/// # Errors
/// When the entries cannot be read.
pub fn is_provisioned(repo: &Repo, admin: &Path) -> Result<bool> {
    let folder = folder(repo);
    for name in store::names(&folder)? {
        let name = name.to_string_lossy().into_owned();
        let Some(id) = name.strip_suffix(".json") else { continue };
        let Some(Entry::Provision(entry)) = store::read_json(&folder.join(&name)).ok().flatten() else { continue };
        if entry.admin != admin {
            continue;
        }
        let Some(lock) = Lock::attempt(&folder.join(format!("{id}.lock")))? else { return Ok(true) };
        store::remove_file(&folder.join(&name))?;
        store::remove_file(lock.path())?;
    }
    Ok(false)
}

fn folder(repo: &Repo) -> PathBuf {
    repo.house().join("ops")
}

/// The lock under which worktrees are registered, moved and mended: one git-agent process of a repository at a time.
///
/// # Errors
/// When `.git/agent` cannot be written to.
pub fn repository_lock(repo: &Repo) -> Result<Lock> {
    store::create_folder(&repo.house())?;
    Lock::wait(&repo.house().join("lock"))
}

/// As [`repository_lock`], without waiting: `None` while another process holds it.
///
/// # Errors
/// When `.git/agent` cannot be written to.
pub fn try_repository_lock(repo: &Repo) -> Result<Option<Lock>> {
    store::create_folder(&repo.house())?;
    Lock::attempt(&repo.house().join("lock"))
}

/// Now, in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

//! What was made for worktrees outside of them, written down before it is made: one file for each worktree in
//! `.git/agent/made/`.
//!
//! It is kept apart from the worktree's own git directory, because `git worktree remove` and `git worktree prune` delete
//! that without asking us; what a vanished worktree leaves here is taken back by `git agent gc`. The file's name is a token
//! that is also in the worktree's record: git gives the name of a deleted worktree to the next one.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent::{Agent, shell_word};
use crate::error::{Context, Error, Result};
use crate::git::repo::Repo;
use crate::provision::db::record::Held;
use crate::provision::record::{Record, new_token};
use crate::store::Lock;
use crate::{store, trash};

/// The worktree's token, in its git directory: a file of its own, so that it outlives a record that is damaged or deleted.
const TOKEN_FILE: &str = "agent-token";

/// Endings of the locks that stand beside a list.
pub const LOCKS: [&str; 2] = ["lock", "tools"];

/// Something outside of the worktree that a step has made, or was about to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "camelCase")]
pub enum Made {
    /// A database; the value is what drops it. It stays while the agent can be restored.
    Database(Value),
}

impl Made {
    /// What it is, in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
        }
    }
}

/// All that was made for one worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List {
    /// The format of this file: 1.
    pub version: u32,
    /// The worktree's token.
    pub token: String,
    /// The repository's git directory: a copy of the repository must not drop what the original uses.
    pub repository: PathBuf,
    /// What tells that directory from a copy, also where it is moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// The agent's name, for people.
    pub name: String,
    /// By step.
    pub made: Vec<(String, Made)>,
}

/// The list of one worktree, open for changes by the steps that run at once.
#[derive(Debug)]
pub struct Book {
    file: PathBuf,
    list: Mutex<List>,
}

impl Book {
    /// The list of the worktree with this token.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(repo: &Repo, token: &str, name: &str) -> Result<Self> {
        let file = place(repo, token);
        let list = store::read_json::<List>(&file)?.unwrap_or_else(|| List {
            version: 1,
            token: token.to_owned(),
            repository: repo.common().to_owned(),
            stamp: store::stamp(repo.common()),
            name: name.to_owned(),
            made: Vec::new(),
        });
        Ok(Self { file, list: Mutex::new(list) })
    }

    /// What `step` has made, or was about to make when it was killed.
    pub fn of(&self, step: &str) -> Option<Made> {
        let list = self.list.lock().ok()?;
        list.made.iter().find(|(other, _)| other == step).map(|(_, made)| made.clone())
    }

    /// Writes down what `step` makes, in the place of what was written before. Call it before anything is made, and again
    /// when more is known: what stands here is what an undo gets.
    ///
    /// # Errors
    /// When it cannot be written; then nothing may be made.
    pub fn write(&self, step: &str, made: Made) -> Result<()> {
        self.change(|list| {
            list.made.retain(|(other, _)| other != step);
            list.made.push((step.to_owned(), made));
        })
    }

    /// Strikes out what `step` made: it is gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn strike(&self, step: &str) -> Result<()> {
        self.change(|list| list.made.retain(|(other, _)| other != step))
    }

    /// Everything on the list.
    pub fn all(&self) -> Vec<(String, Made)> {
        self.list.lock().map(|list| list.made.clone()).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut List)) -> Result<()> {
        let mut list = self.list.lock().map_err(|_| Error::failed("a step of the provisioning panicked"))?;
        change(&mut list);
        if list.made.is_empty() {
            return store::remove_file(&self.file);
        }
        if let Some(folder) = self.file.parent() {
            store::create_folder(folder)?;
        }
        let text = serde_json::to_vec(&*list).context(|| "cannot encode a list of what was made".to_owned())?;
        // What drops a database may hold a password.
        store::write_private(&self.file, &text)?;
        // Before something is made in another program: it must be on the disk even if the power fails.
        store::sync(&self.file)
    }
}

/// Writes down which databases an agent has, for one that is changed by hand.
///
/// # Errors
/// When it cannot be written.
pub fn note_databases(repo: &Repo, agent: &Agent, held: &[Held]) -> Result<()> {
    let token = require_token(&agent.tree.admin)?;
    let book = Book::open(repo, &token, &agent.name())?;
    if held.is_empty() {
        return book.strike("database");
    }
    let value = serde_json::to_value(held).context(|| "cannot encode the record of databases".to_owned())?;
    book.write("database", Made::Database(value))
}

/// The databases on the list of the worktree with this token.
///
/// # Errors
/// When the list cannot be read.
pub fn databases(repo: &Repo, token: &str, name: &str) -> Result<Vec<Held>> {
    let mut found = Vec::new();
    for (_, made) in Book::open(repo, token, name)?.all() {
        let Made::Database(value) = made;
        let held = serde_json::from_value::<Vec<Held>>(value);
        found.extend(held.context(|| "a list of what was made is damaged".to_owned())?);
    }
    Ok(found)
}

fn folder(repo: &Repo) -> PathBuf {
    repo.house().join("made")
}

/// The list of the worktree with this token. Locks that must outlive the worktree stand beside it.
pub fn place(repo: &Repo, token: &str) -> PathBuf {
    folder(repo).join(format!("{token}.json"))
}

/// Whose list it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A worktree that is there.
    Worktree,
    /// A removed agent that can be restored.
    Trash,
    /// Nobody: the worktree was deleted behind our back.
    Nobody,
    /// It cannot be told, for this reason: it may be in use.
    Unknown(String),
}

/// Every list of this repository with its owner. Call it with the repository's lock held, so that none is on its way.
///
/// # Errors
/// When a folder cannot be read.
pub fn all(repo: &Repo) -> Result<Vec<(List, Owner)>> {
    let folder = folder(repo);
    let names = store::names(&folder)?;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let worktrees = repo.common().join("worktrees");
    let living = tokens(&worktrees, "")?;
    // What is being purged counts: its list is struck out by the purge itself, or by the next one after a kill.
    let removed = tokens(&trash::folder(repo), "admin")?;
    let unreadable = living.unreadable.or(removed.unreadable);
    let mut found = Vec::new();
    for name in names.iter().filter(|name| name.to_string_lossy().ends_with(".json")) {
        let file = folder.join(name);
        let Some(list) = store::read_json::<List>(&file).ok().flatten() else { continue };
        let is_here = list.repository == repo.common();
        if !is_here && list.repository.join("agent/made").join(name).exists() {
            continue;
        }
        let is_moved = list.stamp.is_some() && list.stamp == store::stamp(repo.common());
        let owner = match () {
            () if living.all.contains(&list.token) => Owner::Worktree,
            () if removed.all.contains(&list.token) => Owner::Trash,
            () if !is_here && !is_moved => Owner::Unknown(format!(
                "it was made for {}, of which this may be a copy; if it is gone: rm {}",
                list.repository.display(),
                shell_word(&file.to_string_lossy())
            )),
            () => unreadable.clone().map_or(Owner::Nobody, Owner::Unknown),
        };
        found.push((list, owner));
    }
    store::sweep(&folder)?;
    Ok(found)
}

/// Removes locks beside lists that are gone, unless somebody holds them. Call it with the repository's lock held.
///
/// # Errors
/// When one cannot be removed.
pub fn sweep_locks(repo: &Repo) -> Result<()> {
    let folder = folder(repo);
    for name in store::names(&folder)? {
        let path = folder.join(name);
        let is_lock = path.extension().is_some_and(|ending| LOCKS.iter().any(|lock| ending == *lock));
        if is_lock
            && !path.with_extension("json").exists()
            && let Some(lock) = Lock::attempt(&path)?
        {
            store::remove_file(lock.path())?;
        }
    }
    Ok(())
}

/// The tokens of git directories.
#[derive(Default)]
struct Tokens {
    all: Vec<String>,
    /// Why the token of one is not known.
    unreadable: Option<String>,
}

/// The tokens of the git directories `<top>/*/<inside>`.
fn tokens(top: &Path, inside: &str) -> Result<Tokens> {
    let mut found = Tokens::default();
    for name in store::names(top)? {
        match token(&top.join(name).join(inside)) {
            Ok(token) => found.all.extend(token),
            Err(error) => found.unreadable = Some(error.to_string().replace('\n', ": ")),
        }
    }
    Ok(found)
}

/// The token of the worktree with the git directory `admin`; `None` if nothing was ever made for it.
///
/// # Errors
/// When it cannot be read.
pub fn token(admin: &Path) -> Result<Option<String>> {
    let file = admin.join(TOKEN_FILE);
    let Some(bytes) = store::read(&file)? else { return Ok(Record::load(admin)?.map(|record| record.token)) };
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    if token.is_empty() { Err(Error::failed(format!("{} is damaged", file.display()))) } else { Ok(Some(token)) }
}

/// As [`token`], made if there is none.
///
/// # Errors
/// When it can be neither read nor written.
pub fn require_token(admin: &Path) -> Result<String> {
    let file = admin.join(TOKEN_FILE);
    // Two that make one at once would each have a list of their own, and one of those would be nobody's.
    let _alone = if file.exists() { None } else { Some(Lock::wait(&file.with_extension("lock"))?) };
    let token = token(admin)?.unwrap_or_else(new_token);
    if !file.exists() {
        store::write_atomic(&file, format!("{token}\n").as_bytes())?;
    }
    Ok(token)
}

//! What databases an agent has: `agent-db.json` in its git directory, readable by nobody else, for a connection string may
//! hold a password. Written before a database is made and again when more is known, so that nothing is made that is not on
//! record, and nothing dropped that is not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::error::{Context, Result};
use crate::store;

/// The file in `.git/worktrees/<id>/`.
const FILE: &str = "agent-db.json";

/// One database of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Which one among several; empty for the only one.
    pub label: String,
    /// Whether it is complete; if not, it was being made when its maker died.
    pub complete: bool,
    /// Where it is.
    pub place: Place,
    /// What a reset has made beside it, or was about to: ours as well, and to be dropped with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Place>,
}

impl Held {
    /// One that is about to be made.
    pub fn begun(label: &str, place: Place) -> Self {
        Self { label: label.to_owned(), complete: false, place, beside: None }
    }
}

/// Where a database is, by its provider: all that is needed to drop it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "camelCase")]
pub enum Place {
    /// A file in the worktree.
    #[serde(rename_all = "camelCase")]
    Sqlite {
        /// From the top of the worktree: a restored one may be elsewhere.
        path: PathBuf,
        /// What tells the copy from a file that somebody else puts there; written down before it is moved in.
        #[serde(default)]
        copy: Option<Identity>,
        /// The folder in which a copy grows, while one does: it may be beside the worktree, and outlive it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<PathBuf>,
    },
    /// A database of a server.
    #[serde(rename_all = "camelCase")]
    Postgres {
        /// Its name.
        name: String,
        /// The server, as a connection string without a password.
        server: String,
        /// Its comment, which proves that it is ours.
        mark: String,
        /// What the server calls itself, if it told: the same string may lead to another one day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        system: Option<String>,
    },
    /// A branch at Neon.
    #[serde(rename_all = "camelCase")]
    Neon {
        /// Its name.
        name: String,
        /// The id that Neon gave it; `None` while that is not known.
        branch: Option<String>,
        /// The project, as configured or as Neon named it.
        project: Option<String>,
        /// Its connection string.
        url: Option<String>,
    },
    /// Made by a command.
    #[serde(rename_all = "camelCase")]
    Command {
        /// The name that the commands got.
        name: String,
        /// What its `url` printed.
        url: Option<String>,
        /// The words of its `drop`, as they were when it was made.
        drop: Vec<String>,
    },
}

/// What a file is recognized by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its number in the file system; 0 where there is none.
    pub number: u64,
    /// When it was made, in nanoseconds; `None` where nobody notes that.
    pub born: Option<u64>,
    /// Its size.
    pub size: u64,
    /// When it was last written to, in nanoseconds.
    pub written: Option<u64>,
}

impl Place {
    /// The provider's word in settings and JSON.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
            Self::Neon { .. } => "neon",
            Self::Command { .. } => "command",
        }
    }

    /// What a server of Postgres is asked for.
    pub fn recorded(&self) -> Option<Recorded<'_>> {
        match self {
            Self::Postgres { name, mark, system, .. } => Some(Recorded { name, mark, system: system.as_deref() }),
            _ => None,
        }
    }
}

/// A database of a server as it is on record.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its comment.
    pub mark: &'a str,
    /// What its server calls itself, if that is known.
    pub system: Option<&'a str>,
}

/// The databases of an agent.
///
/// # Errors
/// When the record is there and cannot be read.
pub fn load(agent: &Agent) -> Result<Vec<Held>> {
    Ok(store::read_json(&agent.tree.admin.join(FILE))?.unwrap_or_default())
}

/// Writes down what an agent has.
///
/// # Errors
/// When its git directory cannot be written to.
pub fn save(agent: &Agent, held: &[Held]) -> Result<()> {
    let path = agent.tree.admin.join(FILE);
    if held.is_empty() {
        return store::remove_file(&path);
    }
    let text = serde_json::to_vec(held).context(|| format!("cannot encode {}", path.display()))?;
    store::write_private(&path, &text)?;
    // Before a server is asked to make something: it must be known even after a power cut.
    store::sync(&path)
}

/// The files of an agent's databases that are complete, from the top of its worktree, with what SQLite keeps beside them.
pub fn files(agent: &Agent) -> Vec<String> {
    let held = load(agent).unwrap_or_default();
    let paths = held.iter().filter(|held| held.complete).filter_map(|held| match &held.place {
        Place::Sqlite { path, .. } => path.to_str().map(|path| path.replace('\\', "/")),
        _ => None,
    });
    paths.flat_map(|path| ["", "-wal", "-shm", "-journal"].map(|ending| format!("{path}{ending}"))).collect()
}

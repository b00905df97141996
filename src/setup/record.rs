//! What was set up, so that it can be taken away to the byte: `.git/agent/setup.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::git::repo::Repo;
use crate::setup::change::Change;
use crate::store;

/// What git-agent has put into files that are not its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// The format of this record: 1.
    pub version: u32,
    /// Whether the last line of `.git/config` had to be ended first.
    pub config_newline: bool,
    /// Ignore entries.
    pub ignored: Vec<Ignored>,
    /// Names in `.git/agent/protected`.
    pub protected: Vec<String>,
}

/// One ignore entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ignored {
    /// The file.
    pub file: PathBuf,
    /// The line.
    pub entry: String,
    /// Whether the line before it had to be ended first.
    pub newline: bool,
    /// Whether the file was made for it.
    pub created: bool,
}

/// Where the record is.
pub fn path(repo: &Repo) -> PathBuf {
    repo.house().join("setup.json")
}

impl Record {
    /// The record of a repository; an empty one where nothing was set up.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(repo: &Repo) -> Result<Self> {
        Ok(store::read_json(&path(repo))?.unwrap_or_default())
    }

    /// Writing it, as a change; `None` when it is on disk already.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn change(&self, repo: &Repo) -> Result<Option<Change>> {
        let record = Self { version: 1, ..self.clone() };
        let mut text = serde_json::to_vec(&record).context(|| "cannot encode what was set up".to_owned())?;
        text.push(b'\n');
        Change::file(&path(repo), Some(&text))
    }
}

//! The record of an agent: `agent.json` in the worktree's own git directory, so that it dies with the worktree.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::store;

/// The file in `.git/worktrees/<id>/`.
pub const FILE: &str = "agent.json";

/// What git-agent knows of one agent. `docs/json.md` describes the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The format of this record: 1.
    pub version: u32,
    /// The agent's name.
    pub name: String,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// Whether the branch was created for the agent; one that was there before is never deleted with it.
    pub branch_created: bool,
    /// What it started from.
    pub base: Base,
    /// Branches of the remote that no agent may update: the default branch as it was known at birth.
    #[serde(default)]
    pub protected: Vec<String>,
    /// When it was made: seconds since 1970.
    pub created: u64,
    /// What it is to do, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The profile of the program that works in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Who had it made; `None` for `git agent spawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Who had a worktree made, where it was not `git agent spawn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// A client, for a session of its own.
    Session,
    /// A client, for a part of a session: it may go when it holds nothing.
    Subagent,
    /// Somebody else: we took it in when a client began to work in it.
    Adopted,
}

/// Where an agent started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// The branch as people call it (`main`, `origin/main`); `None` when the agent started from a bare commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The full name of the ref that moves on while the agent works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The commit, in hexadecimal.
    pub commit: String,
}

impl Record {
    /// Reads the record of the worktree with the git directory `admin`; `None` for a foreign worktree.
    ///
    /// # Errors
    /// When there is one and it cannot be read.
    pub fn load(admin: &Path) -> Result<Option<Self>> {
        store::read_json(&admin.join(FILE))
    }

    /// Writes the record.
    ///
    /// # Errors
    /// When the git directory cannot be written to.
    pub fn save(&self, admin: &Path) -> Result<()> {
        store::write_json(&admin.join(FILE), self)
    }
}

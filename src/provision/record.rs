//! How far a worktree is ready: `agent-provision.json` in its git directory, so that it dies with it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agent::shell_word;
use crate::error::Result;
use crate::launch::process::Identity;
use crate::{journal, store};

/// The file in `.git/worktrees/<id>/`.
pub const FILE: &str = "agent-provision.json";
/// What the commands of the steps printed, beside it.
pub const LOG_FILE: &str = "agent-provision.log";

/// Held while somebody works at it, beside it.
pub const LOCK_FILE: &str = "agent-provision.lock";

/// How far a worktree is ready. `docs/json.md` describes the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The format of this file: 1.
    pub version: u32,
    /// Ties the worktree to what was made for it elsewhere: see [`crate::provision::made`].
    pub token: String,
    /// As a whole.
    pub state: State,
    /// The process that works at it, or did last.
    pub runner: Identity,
    /// When that began: seconds since 1970.
    pub started: u64,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
    /// Each step of the plan.
    pub steps: Vec<Progress>,
}

/// The state of a worktree's provisioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It is going on.
    Running,
    /// All is there.
    Done,
    /// A step failed.
    Failed,
    /// Whoever worked at it is gone.
    Interrupted,
}

/// The state of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// It has not begun.
    #[default]
    Waiting,
    /// It is going on.
    Running,
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was left out, because a step failed that it needs.
    Skipped,
}

/// One step, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Its name.
    pub step: String,
    /// How far it is.
    pub state: Stage,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    /// What it did, or why it failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What the user should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// It left something out that nobody has trusted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_trust: bool,
    /// Stands for what it was done from: while that is the same, it need not be done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,
    /// More about it, for programs.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

impl Record {
    /// The record of a worktree that was made a moment ago and is to be made ready by this process: if that is killed, the
    /// worktree is known to be unready.
    pub fn pending() -> Self {
        Self {
            version: 1,
            token: new_token(),
            state: State::Running,
            runner: Identity::own(),
            started: journal::now(),
            ended: None,
            steps: Vec::new(),
        }
    }

    /// Whether nobody has begun with it.
    pub fn is_pending(&self) -> bool {
        self.steps.is_empty() && matches!(self.state, State::Running | State::Interrupted)
    }

    /// The record of the worktree with the git directory `admin`; `None` if it was never provisioned.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(admin: &Path) -> Result<Option<Self>> {
        let path = admin.join(FILE);
        store::read_json(&path).map_err(|error| {
            let file = shell_word(&path.to_string_lossy());
            error
                .because("without it, 'git agent provision' looks at everything again")
                .hint(format!("mv {file} {file}.damaged"))
        })
    }

    /// Writes the record.
    ///
    /// # Errors
    /// When the git directory cannot be written to.
    pub fn save(&self, admin: &Path) -> Result<()> {
        store::write_json(&admin.join(FILE), self)
    }

    /// Strikes the record out: the worktree needs nothing.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(admin: &Path) -> Result<()> {
        store::remove_file(&admin.join(FILE))
    }

    /// The state now: what is said to go on does so only while its process lives.
    pub fn now(&self) -> State {
        if self.state == State::Running && !self.runner.is_alive() { State::Interrupted } else { self.state }
    }

    /// The step called `name`.
    pub fn step(&self, name: &str) -> Option<&Progress> {
        self.steps.iter().find(|step| step.step == name)
    }

    /// The step called `name`, to be changed; added if it is not there.
    pub fn step_mut(&mut self, name: &str) -> &mut Progress {
        let at = self.steps.iter().position(|step| step.step == name).unwrap_or_else(|| {
            self.steps.push(Progress { step: name.to_owned(), ..Progress::default() });
            self.steps.len() - 1
        });
        &mut self.steps[at]
    }

    /// Whether steps of the plan wait for another run.
    pub fn is_left(&self) -> bool {
        let is_open = |step: &Progress| matches!(step.state, Stage::Waiting | Stage::Running);
        self.failed().is_none() && self.steps.iter().any(is_open)
    }

    /// The first step that failed.
    pub fn failed(&self) -> Option<&Progress> {
        self.steps.iter().find(|step| step.state == Stage::Failed)
    }
}

/// A token that no other worktree has.
pub fn new_token() -> String {
    format!("{:x}-{}", journal::now(), store::random_hex().get(..16).unwrap_or_default())
}

impl Progress {
    /// Whether it was begun and did not come to its end.
    pub fn is_half_done(&self) -> bool {
        matches!(self.state, Stage::Running | Stage::Failed)
    }
}

impl State {
    /// The word for JSON and for the list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

//! What an agent is doing: the process that git-agent started for it, and what its client's hooks report.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::agent::sessions::{self, Report};
use crate::error::Result;
use crate::launch::process;
use crate::store;

/// The file that tells of the process, in `.git/worktrees/<id>/`.
pub const RUN_FILE: &str = "agent-run.json";
/// The output of a detached program, in `.git/worktrees/<id>/`.
pub const LOG_FILE: &str = "agent.log";

/// A program that was started in the worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The format of this file: 1.
    pub version: u32,
    /// The process that waits for the program and writes its end down.
    pub supervisor: process::Identity,
    /// The program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<process::Identity>,
    /// The command line, without the prompt.
    pub command: Vec<String>,
    /// When it was started: seconds since 1970.
    pub started: u64,
    /// How it ended; `None` while it runs, or when nobody was left to write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// When it ended: seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
}

/// The state of an agent as `git agent list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was started and no client reported.
    None,
    /// A program that we started runs.
    Running,
    /// It ended with this exit code (128 and the signal's number if a signal ended it).
    Exited(i32),
    /// It is gone and nobody saw how it ended.
    Lost,
    /// A client reported this word.
    Reported(String),
}

impl State {
    /// The state in one word, or with the exit code.
    pub fn text(&self) -> String {
        match self {
            Self::None => "-".to_owned(),
            Self::Running => "running".to_owned(),
            Self::Exited(code) => format!("exited {code}"),
            Self::Lost => "lost".to_owned(),
            Self::Reported(word) => word.clone(),
        }
    }
}

/// The state of the agent with the git directory `admin`, and the first line of its client's last message. Damaged files
/// count as absent: they are only reports.
pub fn state(admin: &Path) -> (State, Option<String>) {
    let run: Option<Run> = store::read_json(&admin.join(RUN_FILE)).ok().flatten();
    let report = sessions::read(admin);
    let reported = report.as_ref().and_then(Report::current);
    let alive = run.as_ref().is_some_and(is_alive);
    let own = run.as_ref().map(|run| match run.exit {
        Some(code) => State::Exited(code),
        None if alive => State::Running,
        None => State::Lost,
    });
    let counts = |at: u64| run.as_ref().is_none_or(|run| alive || at > run.ended.unwrap_or(run.started));
    match (own, reported) {
        (_, Some((state, at, message))) if counts(at) => (State::Reported(state), message),
        (Some(own), _) => (own, None),
        (None, _) if report.is_some() => (State::Lost, None),
        (None, _) => (State::None, None),
    }
}

/// Whether the program of `run` still runs.
pub fn is_alive(run: &Run) -> bool {
    run.exit.is_none() && (run.supervisor.is_alive() || run.program.as_ref().is_some_and(process::Identity::is_alive))
}

/// The program that was last started in the worktree with the git directory `admin`.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn run(admin: &Path) -> Result<Option<Run>> {
    store::read_json(&admin.join(RUN_FILE))
}

//! Whether a provisioning would bring something that a worktree lacks: asked when a session begins in it.

use crate::agent::Agent;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::provision::record::{Record, Stage, State};
use crate::provision::{run, trust};

/// Whether it was never made ready, was interrupted, failed, was made ready before a setting or a lockfile asked for another
/// step, or left something out that is trusted by now. Not while somebody is at it. What is on record as done is taken for
/// done: nothing is looked for in the worktree.
///
/// # Errors
/// When a setting is wrong or a file cannot be read.
pub fn is_due(repo: &Repo, config: &Config, agent: &Agent) -> Result<bool> {
    if agent.tree.problem.is_some() {
        return Ok(false);
    }
    let steps = run::steps(repo, config, agent)?;
    let Some(record) = Record::load(&agent.tree.admin)? else { return Ok(!steps.is_empty()) };
    match record.now() {
        State::Running => Ok(false),
        State::Interrupted | State::Failed => Ok(true),
        State::Done => {
            let is_done = |name: &str| record.step(name).is_some_and(|step| step.state == Stage::Done);
            let is_missing = steps.iter().any(|step| !is_done(&step.kind.name()));
            let waits = steps.iter().filter_map(|step| record.step(&step.kind.name())).any(|step| step.waits_for_trust);
            Ok(is_missing || waits && trust::is_given(repo, config)?)
        }
    }
}

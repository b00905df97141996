//! What must be done before a worktree is removed, and after it is back.

use std::sync::Mutex;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::provision::made::{self, Book};
use crate::provision::record::{Record, Stage, State};
use crate::provision::scene::{Said, Scene};
use crate::provision::setup;
use crate::provision::stage::Staging;

/// Runs the teardown commands in the worktree, the undo of the setup. Returns what the user should know.
///
/// # Errors
/// When one fails.
pub fn tear_down(repo: &Repo, config: &Config, agent: &Agent, say: &(dyn Fn(Said<'_>) + Sync)) -> Result<Vec<String>> {
    if !setup::has_teardown(config) || agent.tree.problem.is_some() {
        return Ok(Vec::new());
    }
    let record = Record::load(&agent.tree.admin)?;
    let token = made::require_token(&agent.tree.admin)?;
    let scene = Scene {
        repo,
        agent,
        book: &Book::open(repo, &token, &agent.name())?,
        before: record.as_ref(),
        again: false,
        hold: None,
        staging: Staging::none(),
        say,
        commands: Mutex::default(),
        ignored: Mutex::default(),
    };
    // Before the first command: if one fails, or the agent stays or comes back, the setup is due again.
    let undo = |scene: &Scene<'_>| -> Result<()> {
        let Some(mut record) = scene.before.cloned() else { return Ok(()) };
        let Some(step) = record.steps.iter_mut().find(|step| step.step == "setup") else { return Ok(()) };
        step.state = Stage::Waiting;
        step.inputs = None;
        record.state = State::Interrupted;
        record.save(&agent.tree.admin)
    };
    setup::tear_down(&scene, &undo)
}

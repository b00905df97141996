//! What must be done before a worktree is removed, and after it is back.

use std::sync::Mutex;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::provision::made::{self, Book};
use crate::provision::record::{Record, Stage};
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
    let token = made::token(&agent.tree.admin).unwrap_or_else(made::new_token);
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
    let warnings = setup::tear_down(&scene)?;
    if let Some(mut record) = record.filter(|_| warnings.is_empty()) {
        // If the agent stays after all, or comes back, the setup is due again.
        if let Some(step) = record.steps.iter_mut().find(|step| step.step == "setup") {
            step.state = Stage::Waiting;
            step.inputs = None;
            record.save(&agent.tree.admin)?;
        }
    }
    Ok(warnings)
}

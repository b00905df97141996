//! A part of a session has ended. The client leaves a worktree that was made for it where it is: one that holds nothing goes
//! into the trash, with its branch.

use std::path::Path;
use std::time::Duration;

use super::turn;
use super::wire::{Host, Session};
use crate::agent::record::{Origin, Record};
use crate::agent::sessions::Activity;
use crate::agent::{Agent, work};
use crate::config::Config;
use crate::error::Result;
use crate::git::worktrees;
use crate::{journal, trash};

/// How often is looked whether other hooks that the client started in the worktree have ended, 20 ms apart.
const ATTEMPTS: u32 = 15;

/// Notes that the subagent is done, and takes its worktree away if nothing is in it.
pub fn stopped(host: Host, session: &Session, message: Option<&str>) {
    let Some(id) = &session.subagent else { return };
    let Some(admin) = turn::admin(host, session) else { return };
    let record = Record::load(&admin).ok().flatten();
    // One that works in the worktree of its session, or of another subagent, is none of ours.
    if !record.is_some_and(|record| record.origin == Some(Origin::Subagent) && record.name == format!("agent-{id}")) {
        return;
    }
    turn::tell_in(&admin, host, session, Some(Activity::Done), message);
    if let Err(error) = clean_up(&admin) {
        super::warn(&error.to_string());
    }
}

fn clean_up(admin: &Path) -> Result<()> {
    let worktree = worktrees::top_of(admin);
    let repo = super::open(worktree.as_deref().and_then(Path::to_str))?;
    let agent = Agent::of(worktrees::read(repo.common(), admin));
    super::stand_in(repo.root());
    let config = Config::load(&repo)?;
    for _ in 0..ATTEMPTS {
        let findings = work::examine(&repo, &config, &agent)?;
        if findings.holds_something() {
            return Ok(());
        }
        if !findings.is_occupied() {
            let held = journal::repository_lock(&repo)?;
            return trash::remove::remove(&repo, &agent, findings.tip, agent.owns_branch(), &held).map(drop);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

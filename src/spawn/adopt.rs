//! Taking in a worktree that somebody else made: a client by itself, or `git worktree add`.

use std::path::Path;

use crate::agent::record::{Base, Origin, Record};
use crate::agent::{self, Agent};
use crate::config::Config;
use crate::error::Result;
use crate::git::history::History;
use crate::git::repo::Repo;
use crate::git::{remote, worktrees};
use crate::journal;
use crate::policy::{name, spawn as policy};
use crate::spawn::{apply, base, birth, facts};

/// How often the repository's lock is tried for, 5 ms apart: somebody waits for us, and the next session tries again.
const ATTEMPTS: u32 = 20;

/// A worktree that is an agent's.
#[derive(Debug)]
pub struct Adopted {
    /// The agent.
    pub agent: Agent,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Gives the linked worktree with the git directory `admin` what an agent's has: a record, the include and the hooks of
/// all linked worktrees, an ignore entry, a fit upstream. Each is done only where it is missing; no network is used and no
/// branch is moved. What cannot be done is a warning: the worktree works without.
///
/// # Errors
/// When git's list of worktrees cannot be read.
pub fn adopt(repo: &Repo, config: &Config, admin: &Path) -> Result<Adopted> {
    let mut agent = Agent::of(worktrees::read(repo.common(), admin));
    let mut warnings = Vec::new();
    if agent.tree.problem.is_some() {
        return Ok(Adopted { agent, warnings });
    }
    match lock(repo) {
        Ok(Some(_held)) => {
            match birth::ensure_include(repo, config) {
                Ok(warning) => warnings.extend(warning),
                Err(error) => warnings.push(error.to_string()),
            }
            if let Err(error) = birth::ensure_ignored(repo, config, &agent.tree.path) {
                warnings.push(error.to_string());
            }
        }
        Ok(None) => {
            warnings.push("another git-agent is at work in this repository: not everything was set up".to_owned());
        }
        Err(error) => warnings.push(error.to_string()),
    }
    if agent.record.is_none() && agent.damage.is_none() {
        match take_in(repo, config, &agent, &mut warnings) {
            Ok(record) => agent.record = Some(record),
            Err(error) => warnings.push(error.to_string()),
        }
    }
    Ok(Adopted { agent, warnings })
}

fn lock(repo: &Repo) -> Result<Option<crate::store::Lock>> {
    for _ in 0..ATTEMPTS {
        if let Some(held) = journal::try_repository_lock(repo)? {
            return Ok(Some(held));
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok(None)
}

fn take_in(repo: &Repo, config: &Config, agent: &Agent, warnings: &mut Vec<String>) -> Result<Record> {
    let found = base::known(repo, config)?;
    let local = repo.gix();
    let tip = agent.tree.head.commit(&local);
    let fork = tip.and_then(|tip| History::new(&local).distance(tip, found.commit).ok()?.merge_base);
    let branch = agent.tree.branch().map(str::to_owned);
    if let Some(branch) = &branch {
        let tracked = found.remote.as_ref().map(|remote| remote::tracking_ref(repo, remote, branch));
        let tracked = tracked.is_some_and(|reference| repo.ref_commit(&reference).is_some());
        let upstream = policy::mended(branch, facts::upstream(repo, branch).as_ref(), tracked);
        match apply::mend_upstream(repo, branch, &upstream, None) {
            Ok(said) => warnings.extend(said),
            Err(error) => warnings.push(error.to_string()),
        }
    }
    let record = Record {
        version: 1,
        name: free_name(repo, agent)?,
        // None at all where HEAD is detached: nothing is deleted by it, for it was not created for the agent.
        branch: branch.unwrap_or_default(),
        branch_created: false,
        base: Base { commit: fork.or(tip).unwrap_or(found.commit).to_string(), ..found.base },
        protected: found.protected,
        created: journal::now(),
        task: None,
        profile: None,
        origin: Some(Origin::Adopted),
    };
    record.save(&agent.tree.admin)?;
    Ok(record)
}

/// The folder's name, or what can be a name of it, with a number where another agent has it.
fn free_name(repo: &Repo, agent: &Agent) -> Result<String> {
    let folder = agent.tree.folder();
    let stem = if name::check(&folder).is_ok() { Some(folder) } else { name::from_task(&folder) };
    let stem = stem.unwrap_or_else(|| "agent".to_owned());
    let names: Vec<String> = agent::all(repo)?
        .into_iter()
        .filter(|other| other.tree.id != agent.tree.id)
        .filter_map(|other| Some(other.record?.name))
        .collect();
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let mut candidates = std::iter::once(stem.clone()).chain(numbered);
    let free = candidates.find(|name| !names.iter().any(|other| name::collision(name, other).is_some()));
    Ok(free.unwrap_or(stem))
}

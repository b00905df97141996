//! What a worktree holds that a removal would take away, and the proof that its branch is merged.

use std::path::Path;

use gix::ObjectId;

use crate::agent::{Agent, activity, contents};
use crate::config::Config;
use crate::environment;
use crate::error::Result;
use crate::git::history::History;
use crate::git::merged::{self, Proof};
use crate::git::program::Git;
use crate::git::repo::{Repo, ref_commit};
use crate::git::worktrees;
use crate::launch::process;
use crate::policy::removal::{Facts, Kind};

/// What was found in a worktree.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What [`crate::policy::removal::obstacle`] decides by.
    pub facts: Facts,
    /// The commit that was looked at: what holds of it holds of no other. `None` if no commit was looked at.
    pub tip: Option<ObjectId>,
    /// The first few ignored paths and nested repositories that stand in the way, which no diff shows.
    pub examples: Vec<String>,
    /// Commits that are not in the base, merged or not.
    pub own_commits: usize,
    /// The proof that the branch is merged.
    pub merged: Option<Proof>,
    /// When its HEAD was committed: seconds since 1970.
    pub last_commit: Option<i64>,
}

impl Findings {
    /// Whether anything would be missed: work of any kind, commits of its own, merged or not, a lock.
    pub fn holds_something(&self) -> bool {
        self.own_commits > 0 || self.facts.locked.is_some() || self.facts.work.iter().any(|(_, count)| *count > 0)
    }

    /// Whether somebody is in it: a process, a shell, another worktree.
    pub fn is_occupied(&self) -> bool {
        self.facts.standing || !self.facts.running.is_empty() || !self.facts.holding.is_empty()
    }
}

/// Looks at everything that matters for a removal: files, commits, operations under way, processes, locks.
///
/// # Errors
/// When the worktree or its objects cannot be read.
pub fn examine(repo: &Repo, config: &Config, agent: &Agent) -> Result<Findings> {
    let mut found = occupation(repo, agent)?;
    if agent.tree.path.exists() {
        let contents = contents::look(repo, config, agent)?;
        found.facts.work.extend(contents.work);
        found.examples = contents.examples;
    }
    commits(repo, agent, &mut found)?;
    Ok(found)
}

/// Only who holds the worktree: locks, processes, and other worktrees in its folder. Takes the same time whatever is in
/// it.
///
/// # Errors
/// When git's list of worktrees cannot be read.
pub fn occupation(repo: &Repo, agent: &Agent) -> Result<Findings> {
    let mut found = Findings::default();
    found.facts.locked.clone_from(&agent.tree.locked);
    inhabitants(agent, &mut found.facts);
    let inside = worktrees::holders(repo)?
        .into_iter()
        .filter(|tree| tree.path != agent.tree.path && tree.path.starts_with(&agent.tree.path));
    found.facts.holding = inside.map(|tree| tree.path.display().to_string()).collect();
    Ok(found)
}

fn inhabitants(agent: &Agent, facts: &mut Facts) {
    let (ancestors, others): (Vec<_>, Vec<_>) = settled(&agent.tree.path).into_iter().partition(|one| one.ancestor);
    let here =
        !cfg!(target_os = "linux") && environment::current_dir().is_ok_and(|here| here.starts_with(&agent.tree.path));
    facts.standing = !ancestors.is_empty() || here;
    facts.running = others.into_iter().map(|one| (one.name, one.pid)).collect();
    if let Ok(Some(run)) = activity::run(&agent.tree.admin) {
        let alive = [Some(&run.supervisor), run.program.as_ref()]
            .into_iter()
            .flatten()
            .find(|one| one.is_alive() && run.exit.is_none());
        if let Some(alive) = alive.filter(|alive| !facts.running.iter().any(|(_, pid)| *pid == alive.pid)) {
            let name = run.command.first().and_then(|program| Path::new(program).file_name()).unwrap_or_default();
            facts.running.push((name.to_string_lossy().into_owned(), alive.pid));
        }
    }
}

/// Who is in the folder once git has ended: after a commit its housekeeping goes on for a moment.
fn settled(folder: &Path) -> Vec<process::Inhabitant> {
    for _ in 0..20 {
        let found = process::inhabitants(folder);
        if found.is_empty() || found.iter().any(|one| one.name != "git") {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    process::inhabitants(folder)
}

fn commits(repo: &Repo, agent: &Agent, found: &mut Findings) -> Result<()> {
    let local = repo.gix();
    let tip = agent.tree.head.commit(&local);
    let Some(tip) = tip else { return Ok(()) };
    found.tip = Some(tip);
    let mut history = History::new(&local);
    found.last_commit = history.time(tip).ok();
    let Some(base) = base_tip(repo, &local, agent) else {
        found.facts.work.push((Kind::Unpushed, unpushed(repo, tip, None)?));
        return Ok(());
    };
    let distance = history.distance(tip, base)?;
    found.own_commits = distance.ahead;
    let worked = merged::has_worked(repo, &agent.tree.admin, agent.tree.branch());
    found.merged = merged::by_content(repo, &local, tip, base, &distance, worked)?;
    if found.merged.is_none() && distance.ahead > 0 {
        found.merged = merged::by_patch_id(repo, tip, base)?;
    }
    if found.merged.is_none() && distance.ahead > 0 {
        found.facts.work.push((Kind::Unpushed, unpushed(repo, tip, Some(base))?));
    }
    Ok(())
}

/// The base as it is now: the recorded ref, else the recorded commit; for a foreign worktree the default branch.
pub fn base_tip(repo: &Repo, local: &gix::Repository, agent: &Agent) -> Option<ObjectId> {
    let Some(record) = &agent.record else { return default_tip(repo, local) };
    // An agent on the branch that it started from has no moving base: against itself everything is merged.
    let own = |reference: &str| {
        [agent.tree.branch(), Some(&record.branch)].into_iter().flatten().any(|branch| is_ref_of(reference, branch))
    };
    let reference = record.base.reference.as_deref().filter(|reference| !own(reference));
    let now = reference.and_then(|reference| ref_commit(local, reference));
    now.or_else(|| ObjectId::from_hex(record.base.commit.as_bytes()).ok())
}

/// Whether a ref is the branch itself, or follows it on a remote.
fn is_ref_of(reference: &str, branch: &str) -> bool {
    let remote = reference.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/'));
    reference.strip_prefix("refs/heads/") == Some(branch) || remote.is_some_and(|(_, name)| name == branch)
}

/// The default branch as it is known here.
pub fn default_tip(repo: &Repo, local: &gix::Repository) -> Option<ObjectId> {
    let remote =
        crate::git::remote::choose(repo).and_then(|remote| ref_commit(local, &format!("refs/remotes/{remote}/HEAD")));
    let names = ["main", "master", "trunk"];
    remote.or_else(|| names.iter().find_map(|name| ref_commit(local, &format!("refs/heads/{name}"))))
}

/// Commits that neither the base nor any remote has, as far as is known here.
fn unpushed(repo: &Repo, tip: ObjectId, base: Option<ObjectId>) -> Result<usize> {
    let mut git = Git::at(repo.common()).args(["rev-list", "--count", &tip.to_string(), "--not"]);
    if let Some(base) = base {
        git = git.arg(base.to_string());
    }
    Ok(git.args(["--remotes", "--"]).text()?.parse().unwrap_or(usize::MAX))
}

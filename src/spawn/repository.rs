//! All that a repository needs for agents, as one plan: what a spawn makes sure of on its way, made ahead or mended.

use crate::config::Config;
use crate::error::Result;
use crate::git::remote;
use crate::git::repo::Repo;
use crate::policy::place;
use crate::setup::change::Change;
use crate::setup::record::Record;
use crate::spawn::{base, birth};

/// What must be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files to change, in the order in which they must change.
    pub changes: Vec<Change>,
    /// The remote's default branch, which is to be recorded as protected.
    pub protected: Option<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What must be done to the repository. The remote is asked for its default branch if it is not known here, so call this
/// without the repository's lock, and [`carry_out`] with it.
///
/// # Errors
/// When a file or a setting cannot be read.
pub fn plan(repo: &Repo, config: &Config) -> Result<Plan> {
    let (protected, warning) = match remote::choose(repo) {
        Some(remote) => base::default_branch(repo, config, &remote),
        None => (None, None),
    };
    let (changes, about_setup) = changes(repo, config, protected.as_slice())?;
    Ok(Plan { changes, protected, warnings: warning.into_iter().chain(about_setup).collect() })
}

/// The changes, and what the user should know of them.
fn changes(repo: &Repo, config: &Config, protected: &[String]) -> Result<(Vec<Change>, Vec<String>)> {
    let mut record = Record::load(repo)?;
    let setup = birth::plan_include(repo, config, protected, &mut record)?;
    let mut changes = setup.changes;
    changes.extend(plan_ignored(repo, config, &mut record)?);
    if !changes.is_empty() {
        // First the record: what nobody remembers is taken for the user's.
        changes.splice(0..0, record.change(repo)?);
    }
    Ok((changes, setup.warnings))
}

/// The ignore entry for the folder that agents' worktrees go to, as long as it is one folder for all of them.
///
/// # Errors
/// When a file or a setting cannot be read.
pub fn plan_ignored(repo: &Repo, config: &Config, record: &mut Record) -> Result<Option<Change>> {
    let template = config.worktree_template(repo.is_bare())?;
    let path = |name: &str| place::worktree_path(&template, repo.root(), &repo.name(), name);
    // Names that no ignore rule is about.
    let (one, other) = (path("git-agent-some-name"), path("git-agent-another-name"));
    if one.parent() != other.parent() || one.parent() == Some(repo.root()) {
        return Ok(None);
    }
    birth::plan_ignored(repo, config, &one, record)
}

/// Makes the plan anew under the repository's lock, which `_held` proves, and carries it out: what changed since counts.
///
/// # Errors
/// When a file cannot be written.
pub fn carry_out(repo: &Repo, config: &Config, plan: Plan, _held: &crate::store::Lock) -> Result<Plan> {
    let (changes, _) = changes(repo, config, plan.protected.as_slice())?;
    birth::carry_out(repo, &changes)?;
    Ok(Plan { changes, ..plan })
}

//! A provisioning whose process was killed.

use crate::agent::shell_word;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::journal::Provision;
use crate::provision::db;
use crate::provision::record::{Record, State};
use crate::provision::stage;

/// Removes half copies and says on record that nobody is at it any more. What the worktree has already, and what was made
/// for it elsewhere, stays: the next provisioning goes on from there. Returns what was done, for the user. Call it with the
/// repository's lock held.
///
/// # Errors
/// When a half copy cannot be removed; the next command tries again.
pub fn mend(repo: &Repo, entry: &Provision) -> Result<String> {
    let name = &entry.name;
    if !entry.admin.exists() {
        return Ok(format!("'{name}' was removed while it was made ready"));
    }
    let tree = worktrees::read(repo.common(), &entry.admin);
    stage::clear(&tree)?;
    db::clear_draft(repo, name, &tree)?;
    if let Some(mut record) = Record::load(&entry.admin)?
        && record.state == State::Running
        && !record.runner.is_alive()
    {
        record.state = State::Interrupted;
        record.save(&entry.admin)?;
    }
    Ok(format!("'{name}' was being made ready and is not: git agent provision {} goes on with it", shell_word(name)))
}

//! A provisioning whose process was killed.

use crate::agent::shell_word;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::journal::Provision;
use crate::provision::db;
use crate::provision::record::{LOCK_FILE, Record, State};
use crate::provision::stage;
use crate::store::Lock;

/// Removes half copies and says on record that nobody is at it any more. What the worktree has already, and what was made
/// for it elsewhere, stays: the next provisioning goes on from there. Returns what was done, for the user; nothing if
/// somebody goes on with it at this moment, or has. Call it with the repository's lock held.
///
/// # Errors
/// When a half copy cannot be removed; the next command tries again.
pub fn mend(repo: &Repo, entry: &Provision) -> Result<Option<String>> {
    let name = &entry.name;
    if !entry.admin.exists() || worktrees::remove_husk(&entry.admin)? {
        return Ok(Some(format!("'{name}' was removed while it was made ready")));
    }
    let Some(_lock) = Lock::attempt(&entry.admin.join(LOCK_FILE))? else { return Ok(None) };
    let tree = worktrees::read(repo.common(), &entry.admin);
    stage::clear(&tree)?;
    db::clear_draft(repo, name, &tree)?;
    let Some(mut record) = Record::load(&entry.admin)? else { return Ok(None) };
    if record.now() != State::Interrupted {
        return Ok(None);
    }
    record.state = State::Interrupted;
    record.save(&entry.admin)?;
    let remedy = format!("git agent provision {}", shell_word(name));
    Ok(Some(format!("'{name}' was being made ready and is not: {remedy} goes on with it")))
}

//! What every command does first: finish or undo what a killed process of ours left behind.

use crate::error::{Context, Result};
use crate::git::repo::Repo;
use crate::journal::{self, Entry};
use crate::{spawn, trash};

/// Mends every dead operation. Returns a sentence for each, for the user. Costs one look into a folder when there is
/// none.
///
/// # Errors
/// When something cannot be mended: the error says what it was and the next command tries again.
pub fn heal(repo: &Repo) -> Result<Vec<String>> {
    if journal::is_empty(repo) {
        return Ok(Vec::new());
    }
    let _held = journal::repository_lock(repo)?;
    let mut done = Vec::new();
    for dead in journal::dead(repo)? {
        let said = match &dead.entry {
            Entry::Spawn(entry) => spawn::recover::mend(repo, entry, &dead.id),
            Entry::Remove(entry) => trash::recover::mend_removal(repo, entry),
            Entry::Restore(entry) => trash::recover::mend_restore(repo, entry),
        };
        done.push(said.context(|| "an interrupted operation could not be mended".to_owned())?);
        dead.settle()?;
    }
    Ok(done)
}

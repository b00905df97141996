//! What every command does first: finish or undo what a killed process of ours left behind.

use std::path::PathBuf;

use crate::error::Result;
use crate::git::repo::Repo;
use crate::journal::{self, Entry};
use crate::policy::hooks;
use crate::{provision, spawn, store, trash};

/// What became of the dead operations.
#[derive(Debug, Default)]
pub struct Healed {
    /// What was finished or undone, a sentence each.
    pub done: Vec<String>,
    /// What could not be, and why. The next command tries again; the rest of the repository works meanwhile.
    pub left: Vec<String>,
}

/// Mends every dead operation. Costs one look into a folder when there is none.
///
/// # Errors
/// When the journal cannot be read.
pub fn heal(repo: &Repo) -> Result<Healed> {
    let mut healed = Healed::default();
    if journal::is_empty(repo) {
        return Ok(healed);
    }
    // Whoever holds the lock is at work, and a copy between file systems may take long: healing can wait, the user not.
    let Some(_held) = journal::try_repository_lock(repo)? else { return Ok(healed) };
    for dead in journal::dead(repo)? {
        let said = match &dead.entry {
            Entry::Spawn(entry) => spawn::recover::mend(repo, entry, &dead.id).map(Some),
            // The repository was copied with its journal: what is under way is under way in the original.
            Entry::Remove(entry) | Entry::Restore(entry) if !entry.trash.starts_with(repo.house()) => {
                Ok(Some(format!("{} belongs to another copy of this repository", entry.trash.display())))
            }
            Entry::Provision(entry) if !entry.admin.starts_with(repo.common()) => {
                Ok(Some(format!("'{}' belongs to another copy of this repository", entry.name)))
            }
            Entry::Provision(entry) => provision::interrupted::mend(repo, entry),
            Entry::Remove(entry) => trash::recover::mend_removal(repo, entry).map(Some),
            Entry::Restore(entry) => trash::recover::mend_restore(repo, entry).map(Some),
        };
        match said.and_then(|said| dead.settle().map(|()| said)) {
            Ok(said) => healed.done.extend(said),
            Err(error) => healed.left.push(format!("an interrupted operation could not be mended: {error}")),
        }
    }
    sweep(repo)?;
    Ok(healed)
}

/// Temporary files that a killed process left where only holders of the repository's lock write.
fn sweep(repo: &Repo) -> Result<()> {
    let logs = repo.common().join("logs/refs/heads");
    let ours = [repo.house(), repo.common().join(hooks::PATH), repo.common().join("info"), logs.clone()];
    for folder in ours.iter().map(PathBuf::as_path).chain(repo.main()) {
        store::sweep(folder)?;
    }
    // Branches with a slash in their name have their logs further down.
    for folder in store::names(&logs)?.into_iter().map(|name| logs.join(name)).filter(|path| path.is_dir()) {
        store::sweep(&folder)?;
    }
    Ok(())
}

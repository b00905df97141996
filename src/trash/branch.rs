//! The branch of a removed worktree: its configuration, its reflog, its deletion.

use std::path::PathBuf;

use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::retry;
use crate::trash::Meta;

/// The key and value pairs of `branch.<name>.*` in the repository's own configuration.
///
/// # Errors
/// When git cannot be started.
pub fn config(repo: &Repo, branch: &str) -> Result<Vec<(String, String)>> {
    let output = repo.git().args(["config", "--local", "--null", "--list"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let prefix = format!("branch.{branch}.");
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('\n'));
    // A branch `a` and the key `b.remote` of a branch `a.b` look alike: what follows must be one word.
    let own = pairs.filter(|(key, _)| key.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('.')));
    Ok(own.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// The reflog of a branch.
pub fn log(repo: &Repo, branch: &str) -> PathBuf {
    repo.common().join("logs/refs/heads").join(branch)
}

/// Deletes the branch of a removed worktree, with its configuration. Does nothing if it has moved since.
///
/// # Errors
/// When git fails.
pub fn delete(repo: &Repo, meta: &Meta) -> Result<()> {
    let (Some(branch), Some(tip), true) = (&meta.branch, &meta.tip, meta.branch_deleted) else { return Ok(()) };
    let reference = format!("refs/heads/{branch}");
    if repo.ref_commit(&reference).map(|commit| commit.to_string()).as_ref() == Some(tip) {
        retry::run(|| repo.git().args(["update-ref", "-d", &reference, tip]))?;
    }
    let gone = repo.ref_commit(&reference).is_none();
    if gone && !config(repo, branch)?.is_empty() {
        let section = format!("branch.{branch}");
        retry::run(|| repo.git().args(["config", "--local", "--remove-section", &section]))?;
    }
    Ok(())
}

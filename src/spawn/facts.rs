//! What must be known before a worktree is made.

use std::path::{Path, PathBuf};

use crate::agent;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::policy::spawn::{Taken, Worktree};
use crate::{journal, trash};

/// The part of the facts that is the same for all agents of one spawn.
#[derive(Clone, Debug)]
pub struct Known {
    /// Names of agents, trashed agents and local branches.
    pub taken: Vec<Taken>,
    /// Every worktree, the main checkout included.
    pub worktrees: Vec<Worktree>,
}

/// Looks at names, branches and worktrees. Call it with the repository's lock held.
///
/// # Errors
/// When git's files cannot be read.
pub fn known(repo: &Repo) -> Result<Known> {
    let busy = journal::busy_paths(repo);
    let worktrees = worktrees::holders(repo)?.into_iter().map(|holder| {
        let exists = holder.path.exists() || busy.contains(&holder.path);
        Worktree { branch: holder.branch, path: holder.path, exists }
    });
    let worktrees = worktrees.collect();
    let mut taken: Vec<Taken> =
        agent::all(repo)?.into_iter().filter_map(|agent| Some(Taken::Agent(agent.record?.name))).collect();
    taken.extend(trash::all(repo)?.into_iter().map(|item| Taken::Trashed(item.meta.name)));
    taken.extend(repo.ref_names("refs/heads/")?.into_iter().map(Taken::Branch));
    Ok(Known { taken, worktrees })
}

/// The first symlink on the way from `root` to `path`, with its target, if the path lies below the root.
pub fn symlink_below(root: &Path, path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut current = root.to_owned();
    for part in path.strip_prefix(root).ok()?.components() {
        current.push(part);
        if let Ok(target) = std::fs::read_link(&current) {
            return Some((current, target));
        }
    }
    None
}

/// The nearest thing above `path` that exists, if it is no folder.
pub fn blocked_by(path: &Path) -> Option<PathBuf> {
    let nearest = path.ancestors().skip(1).find(|parent| parent.symlink_metadata().is_ok())?;
    (!nearest.is_dir()).then(|| nearest.to_owned())
}

/// The upstream of a local branch as git has it configured: the remote and the full name of the ref there.
pub fn upstream(repo: &Repo, branch: &str) -> Option<(String, String)> {
    let local = repo.gix();
    let snapshot = local.config_snapshot();
    let config = snapshot.plumbing();
    let value = |key: &str| config.string_by("branch", Some(branch.into()), key).map(|value| value.to_string());
    Some((value("remote")?, value("merge")?))
}

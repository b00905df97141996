//! A client is done with a worktree: it goes into the trash, whatever it holds. The client has asked its user; what it would
//! have deleted can be restored here. A worktree that a person has locked is left.

use std::path::Path;

use super::wire::{Answer, locked_by};
use crate::agent::{self, shell_word, work};
use crate::error::{Error, Kind, Result};
use crate::git::repo::real;
use crate::launch::process::{self, Identity};
use crate::{journal, trash};

/// Moves the worktree into the trash. A failure is told, and stops nobody.
pub fn answer(path: &str) -> Answer {
    match remove(Path::new(path)) {
        Ok(Some(said)) => {
            super::warn(&said);
            Answer::Nothing
        }
        Ok(None) => Answer::Nothing,
        Err(error) => Answer::Failed(format!("error: {error}")),
    }
}

fn remove(path: &Path) -> Result<Option<String>> {
    let Some(text) = path.to_str().filter(|_| path.is_absolute()) else {
        return Err(Error::new(Kind::Usage, format!("{} is no absolute path", path.display())).hint("git agent list"));
    };
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let repo = super::open(Some(text))?;
    let place = real(path);
    let agent = agent::all(&repo)?.into_iter().find(|agent| agent.tree.path == place);
    let Some(agent) = agent else {
        return Err(
            Error::new(Kind::NotFound, format!("{} is no linked worktree", path.display())).hint("git agent list")
        );
    };
    if let Some(reason) = agent.tree.locked.as_ref().filter(|reason| !is_over(reason)) {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let place = shell_word(text);
        return Err(Error::new(Kind::Refused, format!("'{}' is locked{reason}", agent.name()))
            .hint(format!("git worktree unlock {place} && git agent rm {}", agent.shown_name())));
    }
    let inside = work::occupation(&repo, &agent)?.facts.holding;
    if !inside.is_empty() {
        return Err(Error::new(Kind::Refused, format!("other worktrees lie in '{}'", agent.name()))
            .because(inside.join("\n"))
            .hint(format!("git agent rm --force --force {}", agent.shown_name())));
    }
    // We stand in it, for the client does: on some systems that alone would keep it where it is.
    super::stand_in(repo.root());
    let held = journal::repository_lock(&repo)?;
    let item = trash::remove::remove(&repo, &agent, None, agent.owns_branch(), &held)?;
    Ok(Some(format!("removed '{}'; to undo: git agent restore {}", item.meta.name, agent.shown_name())))
}

/// Whether a lock is that of the client which asks, or of one that is gone. Any other is somebody's will.
fn is_over(reason: &str) -> bool {
    locked_by(reason)
        .is_some_and(|pid| !Identity::of(pid).is_alive() || process::client().is_some_and(|client| client.pid == pid))
}

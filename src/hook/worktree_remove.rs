//! A client is done with a worktree: it goes into the trash, whatever it holds. The client has asked its user; what it would
//! have deleted can be restored here.

use std::path::Path;

use super::wire::Answer;
use crate::agent::{self, work};
use crate::error::{Error, Kind, Result};
use crate::git::repo::real;
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

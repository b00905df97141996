//! What a session does, for `git agent list`: a look for the worktree's git directory, and one small file written. No
//! repository is opened and no git started: this runs many times in a session.

use std::path::{Path, PathBuf};

use super::wire::{Host, Session};
use crate::agent::sessions::{self, Activity, Word};
use crate::git::worktrees;
use crate::journal::now;
use crate::launch::process;
use crate::{environment, error};

/// The git directory of the linked worktree that the session belongs to: the one it was started in, for it may have gone
/// elsewhere with `cd` since, unless it has told of itself where it is; a subagent is where it is. `None` in a main
/// checkout and outside of repositories.
pub fn admin(host: Host, session: &Session) -> Option<PathBuf> {
    let here = session.cwd.as_deref().map(Path::new).and_then(worktrees::git_dir_around);
    let home = home(host).filter(|_| session.subagent.is_none());
    match (home, here) {
        (Some(home), Some(here)) if home != here && sessions::knows(&here, &session.id) => Some(here),
        (home, here) => home.or(here),
    }
}

/// The git directory of the linked worktree that the session was started in.
pub fn home(host: Host) -> Option<PathBuf> {
    let started = host.project_variable().and_then(environment::var)?;
    worktrees::git_dir_around(Path::new(&started))
}

/// Writes down what the session does now; `None` says that it is over.
pub fn tell(host: Host, session: &Session, activity: Option<Activity>, message: Option<&str>) {
    if let Some(admin) = admin(host, session) {
        tell_in(&admin, host, session, activity, message);
    }
}

/// As [`tell`], for a worktree that is known.
pub fn tell_in(admin: &Path, host: Host, session: &Session, activity: Option<Activity>, message: Option<&str>) {
    let word = Word { id: &session.id, client: host.name(), state: activity, message, at: now() };
    passed_over(sessions::tell(admin, &word, process::client));
}

/// A tool runs: whatever the session waited for has come.
pub fn resumed(host: Host, session: &Session) {
    if let Some(admin) = admin(host, session) {
        passed_over(sessions::resumed(&admin, &session.id, now()));
    }
}

/// The list may be out of date then, which must not stand in the session's way.
fn passed_over(result: error::Result<()>) {
    if let Err(error) = result {
        super::warn(&error.to_string());
    }
}

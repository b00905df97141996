//! Git's own races: another git held a lock for a moment, or met a half-made worktree. Our processes lock each other
//! out; the user's and Claude Code's git don't know our lock, so such a failure is tried again.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::git::program::Git;

/// What git says when it lost a race (git 2.38 to 2.47): a lock file in the way, a ref that moved in between, the
/// half-made entry of somebody else's `git worktree add`, and an entry of ours that `git worktree prune` took for a
/// left-over before it was complete.
const RACES: [&str; 10] = [
    "could not lock config file",
    "Unable to create '",
    "cannot lock ref",
    "failed to read ",
    "unable to resolve reference",
    "could not lock",
    "unable to lock",
    "could not open '",
    "could not create directory of '",
    "could not write to '",
];

/// Tries of one command, and the pause before the first repetition; pauses double up to a quarter of a second.
const TRIES: u32 = 14;
const PAUSE: Duration = Duration::from_millis(8);

/// Runs the command that `make` builds until it succeeds or fails for another reason than a race; returns its stdout.
///
/// # Errors
/// The last failure; a lock file that stays in the way is named with the command that removes it.
pub fn text(make: impl Fn() -> Git) -> Result<String> {
    let mut pause = PAUSE;
    for attempt in 1.. {
        match make().text() {
            Err(error) if attempt < TRIES && is_race(&error) => {
                // Processes that collided must not collide again at the same moment.
                let spread = u64::from(std::process::id() % 7) + 1;
                std::thread::sleep(pause + Duration::from_millis(spread));
                pause = (pause * 2).min(Duration::from_millis(250));
            }
            Err(error) => return Err(with_remedy(error)),
            done => return done,
        }
    }
    unreachable!("the last try returns")
}

/// As [`text`], for the effect.
///
/// # Errors
/// As [`text`].
pub fn run(make: impl Fn() -> Git) -> Result<()> {
    text(make).map(drop)
}

fn is_race(error: &Error) -> bool {
    error
        .causes
        .iter()
        .any(|cause| RACES.iter().any(|race| cause.contains(race)) && !cause.contains("Permission denied"))
}

fn with_remedy(error: Error) -> Error {
    let lock = error.causes.iter().find_map(|cause| {
        let path = cause.split_once("Unable to create '")?.1.split_once("': File exists")?.0;
        Some(path.to_owned())
    });
    match lock {
        Some(path) => error.hint(format!("if no git runs any more: rm '{path}'")),
        None => error,
    }
}

//! Before a push: each ref that is about to move is judged.

use crate::environment;
use crate::git::facts::Disk;
use crate::policy::guard::{Trouble, refusal};
use crate::policy::strict::unrouted;

/// What to say when the push is refused.
pub fn answer(lines: &str, remote: &str, url: &str) -> Option<String> {
    let unknown = |why: &str| {
        format!(
            "git-agent: this push is refused: what is protected here cannot be read: {why}\nPush again when that is mended."
        )
    };
    let Some(dir) = environment::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned)) else {
        return Some(unknown("the name of this directory is not Unicode"));
    };
    let judged =
        Disk::new().pushing(&dir, remote, unrouted(url), |protection, view| refusal(lines, remote, protection, view));
    judged.unwrap_or_else(|trouble| {
        Some(match trouble {
            Trouble::None => unknown("there is no repository"),
            Trouble::Unreadable(why) => unknown(&why),
        })
    })
}

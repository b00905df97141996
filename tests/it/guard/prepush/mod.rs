//! git's own hooks in a worktree that `git agent spawn` made: pushes to protected branches, and the user's hooks behind
//! ours. Everything runs with real git and real remotes.

mod active;
mod chain;
mod installed;
mod main_checkout;
mod managers;
mod refused;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::program::Run;
use crate::support::{Scratch, hermetic};

/// A repository with the agent `x`, who has made one commit; local `main` is one commit ahead of the remote as well.
fn agent() -> (Scratch, PathBuf) {
    let scratch = Scratch::project();
    agent_in(scratch)
}

/// The same in a repository that was prepared.
fn agent_in(scratch: Scratch) -> (Scratch, PathBuf) {
    let tree = scratch.spawn("x");
    scratch.commit_in(&tree, "work", "work\n");
    (scratch, tree)
}

/// Runs a line of shell in `dir`.
fn sh(scratch: &Scratch, dir: &Path, line: &str) -> Run {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(dir).stdin(std::process::Stdio::null());
    scratch.run(hermetic(&mut command, scratch.home()))
}

/// The folder of our hooks.
fn ours(scratch: &Scratch) -> PathBuf {
    scratch.root().join(".git/agent/hooks")
}

/// Branches of the remote.
fn remote(scratch: &Scratch) -> Vec<String> {
    scratch.refs_of(&scratch.origin())
}

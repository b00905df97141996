//! The guard: what a command would do to protected branches, and the verdict on it.
//!
//! A command is walked as a shell would run it, with everything that can be known followed (directories, variables,
//! functions, aliases, what earlier parts of the same command change) and everything else marked as unknown. Each push
//! that would run is resolved by [`crate::policy::push`]. What cannot be understood and has the words of a push in it is
//! asked about, never let through.
//!
//! `walk/` is the shell: its commands, words, variables and builtins. `git/` is git: which repository, which command, what
//! it moves. `programs/` is everything else that is started: wrappers, interpreters, forges' clients, what changes files.

mod git;
mod pre_push;
mod programs;
mod rewrite;
mod smell;
mod verdict;
mod walk;
mod words;
pub mod world;

pub use pre_push::{judge_refs, refusal};
pub use smell::smells;
pub use verdict::{Decision, Finding, Step, Verdict};
pub use world::{Place, Session, Trouble, World};

use crate::policy::shell;

/// Texts longer than this are not parsed: what has the words of a push in it is asked about. Linux takes 128 KiB for one
/// argument (execve(2)), so a client that hands its command to `sh -c` cannot run a longer one anyway.
const LONGEST: usize = 1 << 18;

/// Judges one command.
pub fn judge(command: &str, session: &Session, world: &dyn World) -> Verdict {
    let mut walker = walk::Walker::new(command, session, world);
    // PowerShell continues a line behind a backquote.
    let continued = command.replace("`\n", "\\\n");
    let command = if session.powershell { &continued } else { command };
    if command.len() > LONGEST {
        walker.not_understood("the command is too long to look at");
    } else {
        match shell::parse(command, Some(0)) {
            Ok(node) => walker.top(&node),
            Err(fault) => {
                walker.note("parse", format!("{fault:?}"));
                if !session.powershell || !walker.statements(command) {
                    walker.not_understood("the command cannot be read as shell text");
                }
            }
        }
    }
    walker.verdict()
}

/// Judges a file that an agent's tool is about to write: our hooks and settings are not its to change.
pub fn judge_write(path: &str, content: &str, session: &Session, world: &dyn World) -> Verdict {
    let mut walker = walk::Walker::new(content, session, world);
    walker.file_tool(path, content);
    walker.verdict()
}

#[cfg(test)]
mod tests;

//! `git agent`: a worktree of its own for every coding agent.
//!
//! The map of the house (docs/architecture.md has it with reasons):
//!
//! - [`git_agent::cli`] parses, `cmd` has one file a verb, [`git_agent::report`] prints;
//! - [`git_agent::policy`] decides and touches nothing; [`git_agent::git`] is the one door to git;
//! - [`git_agent::spawn`], [`git_agent::trash`] and [`git_agent::launch`] change the world, each change written down
//!   in [`git_agent::journal`] first, so that [`git_agent::heal`] can finish or undo it.

use std::process::ExitCode;

use clap::Parser;
use git_agent::{cli::Cli, cmd, report};

fn main() -> ExitCode {
    let outcome = cmd::run(&Cli::parse()).and_then(|outcome| report::print(&outcome).map(|()| outcome.code));
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            report::print_error(&error);
            ExitCode::from(error.kind as u8)
        }
    }
}

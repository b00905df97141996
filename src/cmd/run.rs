//! `git agent run`

use std::path::Path;

use crate::cli::Run;
use crate::error::{Error, Kind, Result};
use crate::report::Outcome;
use crate::{agent, launch};

pub(super) fn run(args: &Run, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    if let Some(problem) = &agent.tree.problem {
        return Err(Error::new(Kind::Failed, format!("the worktree of '{}' is broken", agent.name()))
            .because(&problem.what)
            .hint(&problem.remedy));
    }
    let (program, arguments) = (&args.command[0], &args.command[1..]);
    let command = launch::command(Path::new(program), arguments, &agent.tree.path, &launch::environment(&agent));
    launch::become_program(command).map(Outcome::code)
}

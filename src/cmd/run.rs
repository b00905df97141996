//! `git agent run`

use std::path::Path;

use crate::cli::Run;
use crate::error::{Error, Kind, Result};
use crate::provision::env;
use crate::report::{self, Outcome};
use crate::{agent, launch};

pub(super) fn run(args: &Run, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    if let Some(problem) = &agent.tree.problem {
        return Err(Error::new(Kind::Failed, format!("the worktree of '{}' is broken", agent.name()))
            .because(&problem.what)
            .hint(&problem.remedy));
    }
    let environment = env::environment(&repo, &agent)?;
    environment.warnings.iter().for_each(|warning| report::warn(warning));
    let (program, arguments) = (&args.command[0], &args.command[1..]);
    let command = launch::command(Path::new(program), arguments, &agent.tree.path, &environment.variables());
    launch::become_program(command).map(Outcome::code).or_else(|error| {
        // As env(1) and every shell: 127 for a program that is not there, 126 for one that cannot be started.
        report::print_error(&error);
        Ok(Outcome::code(if error.kind == Kind::NotFound { 127 } else { 126 }))
    })
}

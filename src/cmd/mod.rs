//! One verb each: gather facts, decide, apply, return an outcome. Verbs never call each other.

mod completions;
mod db;
mod diff;
mod doctor;
mod env;
mod gc;
mod guard;
mod init;
mod list;
mod log;
mod path;
mod port;
mod provision;
mod restore;
mod rm;
mod run;
mod spawn;
mod statusline;
mod trust;

use crate::cli::{Cli, Verb};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::report::{self, Outcome};
use crate::spawn as spawn_room;
use crate::{environment, heal, launch};

/// Runs the verb.
///
/// # Errors
/// Whatever stands against it; nothing is half done then.
pub fn run(cli: &Cli) -> Result<Outcome> {
    if let Some(folder) = &cli.directory {
        std::env::set_current_dir(folder).map_err(|cause| {
            Error::new(Kind::NotFound, format!("cannot change to {}", folder.display()))
                .because(cause)
                .hint("git agent -C DIR …")
        })?;
    }
    match &cli.verb {
        Verb::Spawn(args) => spawn::run(args, cli.quiet),
        Verb::List(args) => list::run(args, cli.quiet),
        Verb::Provision(args) => provision::run(args, cli.quiet),
        Verb::Trust(args) => trust::run(args, cli.quiet),
        Verb::Run(args) => run::run(args, cli.quiet),
        Verb::Path(args) => path::run(args, cli.quiet),
        Verb::Env(args) => env::run(args, cli.quiet),
        Verb::Port(args) => port::run(args, cli.quiet),
        Verb::Db(args) => db::run(args, cli.quiet),
        Verb::Log(args) => log::run(args, cli.quiet),
        Verb::Diff(args) => diff::run(args, cli.quiet),
        Verb::Rm(args) => rm::run(args, cli.quiet),
        Verb::Restore(args) => restore::run(args, cli.quiet),
        Verb::Gc(args) => gc::run(args, cli.quiet),
        Verb::Guard(args) => guard::run(args, cli.quiet),
        Verb::Init(args) => init::run(args, cli.quiet),
        Verb::Doctor(args) => doctor::run(args, cli.quiet),
        Verb::Statusline => Ok(statusline::run()),
        Verb::Completions(args) => completions::script(args.shell),
        Verb::Man => completions::manual(),
        Verb::Names(args) => completions::names(args.removed),
        Verb::Supervise(args) => launch::supervise::supervise(&args.admin).map(Outcome::code),
    }
}

/// The repository that the user stands in, with whatever a killed command left behind mended.
fn open(quiet: bool) -> Result<Repo> {
    let repo = Repo::discover(&environment::current_dir()?)?;
    let healed = heal::heal(&repo)?;
    healed.done.iter().for_each(|said| report::note(quiet, said));
    // What was configured since the last spawn may stand behind our include, and would win over it.
    if let Err(error) = spawn_room::birth::repair_include(&repo) {
        report::warn(&format!("a plain 'git push' in a worktree may not go to its own branch: {error}"));
    }
    healed.left.iter().for_each(|said| report::warn(said));
    Ok(repo)
}

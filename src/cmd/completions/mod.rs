//! `git agent completions` and the manual page, both made from the clap definition.

mod manual;
mod shells;

use clap::{Command, CommandFactory};

use crate::agent::{self, Agent};
use crate::cli::{Cli, CompletionShell};
use crate::error::Result;
use crate::git::repo::Repo;
use crate::report::Outcome;
use crate::{environment, trash};

pub(super) fn script(shell: CompletionShell) -> Result<Outcome> {
    shells::script(shell, visible()).map(Outcome::text)
}

pub(super) fn manual() -> Result<Outcome> {
    Ok(Outcome::text(manual::page(visible())))
}

/// The definition without the hidden verbs, which nobody should be offered.
fn visible() -> Command {
    let whole = Cli::command();
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned();
    let about = whole.get_about().cloned().unwrap_or_default();
    Command::new("git-agent")
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .disable_help_subcommand(true)
        .args(whole.get_arguments().cloned())
        .subcommands(verbs)
}

/// The names that a shell may offer. Nothing is mended and nothing said: somebody has only pressed a key.
pub(super) fn names(removed: bool) -> Result<Outcome> {
    let repo = Repo::discover(&environment::current_dir()?)?;
    let names: Vec<String> = if removed {
        trash::all(&repo)?.into_iter().map(|item| item.meta.name).collect()
    } else {
        agent::all(&repo)?.iter().map(Agent::name).collect()
    };
    let plain = names.into_iter().filter(|name| !name.contains(char::is_control));
    Ok(Outcome::text(plain.collect::<Vec<_>>().join("\n")))
}

//! `git agent completions` and the manual page, both made from the clap definition.

mod manual;
mod shells;

use clap::{Command, CommandFactory};

use crate::cli::{Cli, CompletionShell};
use crate::error::Result;
use crate::report::Outcome;

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

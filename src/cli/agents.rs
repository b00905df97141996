//! The command lines of the verbs that look at agents or work in them.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

/// `git agent list`
#[derive(Debug, Default, Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show the list again every two seconds
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// Leave out what needs a look at the files
    #[arg(long)]
    pub no_status: bool,
}

/// `git agent run`
#[derive(Debug, Args)]
pub struct Run {
    /// The agent
    pub name: String,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// A verb that takes an agent's name and nothing else.
#[derive(Debug, Args)]
pub struct Named {
    /// The agent
    pub name: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent env`
#[derive(Debug, Args)]
pub struct Env {
    /// The agent
    pub name: String,
    /// Print JSON
    #[arg(long, conflicts_with = "export")]
    pub json: bool,
    /// Print commands for a shell to evaluate
    #[arg(long, value_name = "SHELL", num_args = 0..=1, default_missing_value = "sh", require_equals = true)]
    pub export: Option<Shell>,
    /// Print the lines of a .env file
    #[arg(long, conflicts_with_all = ["json", "export"])]
    pub dotenv: bool,
}

/// A shell's syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// sh, bash, zsh and other POSIX shells
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// `git agent log`
#[derive(Debug, Args)]
pub struct Log {
    /// The agent
    pub name: String,
    /// Print what the commands of its provisioning printed; without a detached program that is what is printed anyway
    #[arg(long)]
    pub provision: bool,
    /// Go on printing until the program, or the provisioning, ends
    #[arg(long, short)]
    pub follow: bool,
}

/// `git agent diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The agent
    pub name: String,
    /// Print the changed files and how much of them
    #[arg(long)]
    pub stat: bool,
    /// More options and paths for 'git diff'
    #[arg(last = true, value_name = "GIT-DIFF-ARGS")]
    pub arguments: Vec<OsString>,
}

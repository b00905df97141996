//! The command line of `git agent init`.

use clap::{Args, ValueEnum};

/// `git agent init`
#[derive(Debug, Default, Args)]
pub struct Init {
    /// The clients to set up; without one, the repository is
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<Client>,
    /// Write the user's own settings of the client, for all projects (the default)
    #[arg(long, requires = "clients")]
    pub user: bool,
    /// Write the settings of the client that this project shares
    #[arg(long, requires = "clients", conflicts_with = "user")]
    pub project: bool,
    /// Put the slash commands into the user's folder of Claude Code, as /worktree and so on
    #[arg(long, conflicts_with = "project")]
    pub user_commands: bool,
    /// Take away what a former 'git agent init' or a spawn has set up
    #[arg(long)]
    pub undo: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A client of agents whose settings can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Client {
    /// Claude Code
    Claude,
    /// Codex
    Codex,
    /// Gemini CLI
    Gemini,
    /// Copilot CLI
    Copilot,
}

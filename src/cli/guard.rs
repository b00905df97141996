//! The command line of `git agent guard`.

use clap::{Args, Subcommand, ValueEnum};

/// `git agent guard`
#[derive(Debug, Subcommand)]
pub enum Guard {
    /// Judge a command without running it, and show the way to the verdict
    Check(GuardCheck),
    /// Print what was denied, asked about and rewritten lately
    Log(GuardLog),
}

/// `git agent guard check`
#[derive(Debug, Args)]
pub struct GuardCheck {
    /// The command, as one argument
    pub command: String,
    /// The client that would run it
    #[arg(long, value_name = "HOST", default_value = "claude")]
    pub host: GuardHost,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent guard log`
#[derive(Debug, Args)]
pub struct GuardLog {
    /// Print the newest COUNT entries
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    pub count: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A client whose tool calls the guard judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GuardHost {
    /// Claude Code
    Claude,
    /// Codex CLI
    Codex,
    /// Gemini CLI
    Gemini,
    /// Copilot CLI
    Copilot,
}

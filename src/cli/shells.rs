//! The command lines of what shells and other parts of git-agent call.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `git agent completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: CompletionShell,
}

/// A shell that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// bash, for `git agent` and `git-agent`
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// `git-agent names`
#[derive(Debug, Args)]
pub struct Names {
    /// Those in the trash
    #[arg(long)]
    pub removed: bool,
}

/// `git-agent supervise`
#[derive(Debug, Args)]
pub struct Supervise {
    /// The worktree's git directory
    pub admin: PathBuf,
}

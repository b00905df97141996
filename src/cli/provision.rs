//! `git agent provision` and `git agent trust`

use clap::{Args, ValueEnum};

/// `git agent provision`
#[derive(Debug, Default, Args)]
pub struct Provision {
    /// The agent
    pub name: String,
    /// Do again what is done already
    #[arg(long)]
    pub again: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Be the process that goes on when whoever has started it is gone
    #[arg(long, hide = true, value_name = "STEPS")]
    pub in_background: Option<Background>,
}

/// What a process in the background does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Background {
    /// The long steps, which a spawn has left.
    Long,
    /// All steps, for a session that begins. If somebody is at it already, nothing.
    All,
}

/// `git agent trust`
#[derive(Debug, Default, Args)]
pub struct Trust {
    /// Only show what would be trusted, and whether it is
    #[arg(long)]
    pub show: bool,
    /// Trust nothing of this repository any more
    #[arg(long, conflicts_with_all = ["show", "yes"])]
    pub revoke: bool,
    /// Trust it without a question
    #[arg(long, conflicts_with = "show")]
    pub yes: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

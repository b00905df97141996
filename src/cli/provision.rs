//! `git agent provision` and `git agent trust`

use clap::Args;

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
    /// Do the long steps, for a spawn that does not wait for them
    #[arg(long, hide = true)]
    pub in_background: bool,
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

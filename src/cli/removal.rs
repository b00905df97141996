//! The command lines of `git agent rm`, `restore` and `gc`.

use clap::Args;

/// `git agent rm`
#[derive(Debug, Default, Args)]
pub struct Rm {
    /// The agents
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Remove in spite of changes and commits; twice: locked, running or standing in it, too
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub force: u8,
    /// Leave the branch
    #[arg(long)]
    pub keep_branch: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent restore`
#[derive(Debug, Default, Args)]
pub struct Restore {
    /// The removed agent; without it the removed ones are listed
    pub name: Option<String>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent gc`
#[derive(Debug, Default, Args)]
pub struct Gc {
    /// Remove only agents whose last commit is older than AGE
    #[arg(long, value_name = "AGE")]
    pub older: Option<String>,
    /// Delete this removed agent now, for good
    #[arg(long, value_name = "NAME")]
    pub purge: Vec<String>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

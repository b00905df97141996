//! The command line of `git agent doctor`.

use clap::Args;

/// `git agent doctor`
#[derive(Debug, Default, Args)]
pub struct Doctor {
    /// Mend what can be mended without risk
    #[arg(long)]
    pub fix: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

//! `git agent init`

use serde_json::json;

use crate::cli::{Client, Init};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::journal;
use crate::report::{self, Outcome, document};
use crate::spawn::birth;

pub(super) fn run(args: &Init, quiet: bool) -> Result<Outcome> {
    if args.clients.is_empty() { repository(args, quiet) } else { clients(args, &args.clients) }
}

/// The seam for the settings of clients.
fn clients(_: &Init, clients: &[Client]) -> Result<Outcome> {
    let names: Vec<String> = clients.iter().map(|client| format!("{client:?}").to_lowercase()).collect();
    Err(Error::new(Kind::Unsupported, format!("the settings of {} cannot be written yet", names.join(", ")))
        .hint("git agent init"))
}

fn repository(args: &Init, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let config = Config::load(&repo)?;
    if args.undo || args.dry_run {
        return Err(Error::new(Kind::Unsupported, "--undo and --dry-run cannot be done yet").hint("git agent init"));
    }
    let held = journal::repository_lock(&repo)?;
    if let Some(warning) = birth::ensure_include(&repo, &config)? {
        report::warn(&warning);
    }
    drop(held);
    let outcome = Outcome::text(format!("{} is set up", repo.root().display()));
    Ok(outcome.or_json(args.json, || document("init", json!({ "dryRun": false }))))
}

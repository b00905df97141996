//! `git agent init`

mod clients;
mod show;

use serde_json::json;

use crate::cli::Init;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::program;
use crate::git::repo::Repo;
use crate::journal;
use crate::report::{self, Outcome, document};
use crate::setup::undo;
use crate::spawn::{birth, hooks, repository};

pub(super) fn run(args: &Init, quiet: bool) -> Result<Outcome> {
    if !args.clients.is_empty() || args.user_commands {
        return clients::run(args, quiet);
    }
    let repo = super::open(quiet)?;
    if repo.has_lost_main() {
        return Err(Error::new(
            Kind::Unsupported,
            format!("the main checkout of {} cannot be told from here", repo.common().display()),
        )
        .hint("git -C MAIN-CHECKOUT agent init"));
    }
    if args.undo { take_away(args, &repo) } else { set_up(args, &repo) }
}

fn set_up(args: &Init, repo: &Repo) -> Result<Outcome> {
    program::require_supported_version()?;
    let config = Config::load(repo)?;
    let plan = repository::plan(repo, &config)?;
    let misdirected = birth::misdirecting_remotes(repo).into_iter().map(|key| birth::misdirection(&key));
    let warnings: Vec<String> = plan.warnings.iter().cloned().chain(misdirected).collect();
    warnings.iter().for_each(|warning| report::warn(warning));
    let plan = if args.dry_run {
        plan
    } else {
        let held = journal::repository_lock(repo)?;
        repository::carry_out(repo, &config, plan, &held)?
    };
    let changes = plan.changes;
    let text = if args.dry_run { show::diff(repo, &changes) } else { show::summary(repo, &changes, &[]) };
    let text = if changes.is_empty() { "already set up".to_owned() } else { text };
    Ok(Outcome::text(text).or_json(args.json, || {
        let changes = show::changes_json(&changes);
        let fields = json!({ "dryRun": args.dry_run, "undo": false, "changes": changes, "protected": plan.protected.as_slice(), "kept": [], "warnings": warnings });
        document("init", fields)
    }))
}

fn take_away(args: &Init, repo: &Repo) -> Result<Outcome> {
    let held = if args.dry_run { None } else { Some(journal::repository_lock(repo)?) };
    let users = hooks::users_folder(repo, &hooks::folder(repo));
    let plan = undo::plan(repo, hooks::is_ours, &users)?;
    if held.is_some() {
        undo::carry_out(repo, &plan)?;
    }
    let text =
        if args.dry_run { show::diff(repo, &plan.changes) } else { show::summary(repo, &plan.changes, &plan.kept) };
    let text = if plan.changes.is_empty() { "nothing to undo".to_owned() } else { text };
    Ok(Outcome::text(text).or_json(args.json, || {
        let changes = show::changes_json(&plan.changes);
        let fields = json!({ "dryRun": args.dry_run, "undo": true, "changes": changes, "protected": [], "kept": plan.kept, "warnings": [] });
        document("init", fields)
    }))
}

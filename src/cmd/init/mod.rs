//! `git agent init`

mod show;

use serde_json::json;

use crate::cli::{Client, Init};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::program;
use crate::git::remote;
use crate::git::repo::Repo;
use crate::journal;
use crate::policy::place;
use crate::report::{self, Outcome, document};
use crate::setup::change::Change;
use crate::setup::record::Record;
use crate::setup::undo;
use crate::spawn::{base, birth, hooks};

pub(super) fn run(args: &Init, quiet: bool) -> Result<Outcome> {
    if !args.clients.is_empty() {
        return clients(args, &args.clients);
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

/// The seam for the settings of clients.
fn clients(_: &Init, clients: &[Client]) -> Result<Outcome> {
    let names: Vec<String> = clients.iter().map(|client| format!("{client:?}").to_lowercase()).collect();
    Err(Error::new(Kind::Unsupported, format!("the settings of {} cannot be written yet", names.join(", ")))
        .hint("git agent init"))
}

fn set_up(args: &Init, repo: &Repo) -> Result<Outcome> {
    program::require_supported_version()?;
    let config = Config::load(repo)?;
    let mut warnings = Vec::new();
    let mut names = Vec::new();
    if let Some(remote) = remote::choose(repo) {
        let (branch, warning) = base::default_branch(repo, &config, &remote);
        names.extend(branch);
        warnings.extend(warning);
    }
    let held = if args.dry_run { None } else { Some(journal::repository_lock(repo)?) };
    let mut record = Record::load(repo)?;
    let setup = birth::plan_include(repo, &config, &names, &mut record)?;
    warnings.extend(setup.warning);
    let mut changes = setup.changes;
    changes.extend(plan_ignored(repo, &config, &mut record)?);
    warnings.extend(birth::misdirecting_remotes(repo).iter().map(|key| birth::misdirection(key)));
    warnings.iter().for_each(|warning| report::warn(warning));
    if !changes.is_empty() {
        // First the record: what nobody remembers is taken for the user's.
        changes.splice(0..0, record.change(repo)?);
    }
    if held.is_some() {
        birth::carry_out(repo, &changes)?;
    }
    let text = if args.dry_run { show::diff(repo, &changes) } else { show::summary(repo, &changes, &[]) };
    let text = if changes.is_empty() { "already set up".to_owned() } else { text };
    Ok(Outcome::text(text).or_json(args.json, || {
        let changes = show::changes_json(&changes);
        let fields = json!({ "dryRun": args.dry_run, "undo": false, "changes": changes, "protected": names, "kept": [], "warnings": warnings });
        document("init", fields)
    }))
}

/// The ignore entry for the folder that agents' worktrees go to, as long as it is one folder for all of them.
fn plan_ignored(repo: &Repo, config: &Config, record: &mut Record) -> Result<Option<Change>> {
    let template = config.worktree_template(repo.is_bare())?;
    let path = |name: &str| place::worktree_path(&template, repo.root(), &repo.name(), name);
    // Names that no ignore rule is about.
    let (one, other) = (path("git-agent-some-name"), path("git-agent-another-name"));
    if one.parent() != other.parent() || one.parent() == Some(repo.root()) {
        return Ok(None);
    }
    birth::plan_ignored(repo, config, &one, record)
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

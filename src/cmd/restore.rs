//! `git agent restore`

use serde_json::{Value, json};

use crate::agent::{self, shell_word};
use crate::cli::Restore;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::policy::age;
use crate::provision::ports;
use crate::provision::run::{self, Options, Part};
use crate::report::readiness::{self, Teller};
use crate::report::table::{Cell, Column, render};
use crate::report::{self, Outcome, document};
use crate::trash::{self, Item};
use crate::{journal, store};

pub(super) fn run(args: &Restore, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let Some(name) = &args.name else {
        let expire = Config::load(&repo)?.trash_expire()?;
        return list(&trash::all(&repo)?, expire, args.json, quiet);
    };
    if args.dry_run {
        let item = trash::require(&repo, name)?;
        trash::restore::check(&repo, &item)?;
        let outcome = Outcome::text(format!("would restore {}", sentence(&item)));
        return Ok(
            outcome.or_json(args.json, || document("restore", json!({ "dryRun": true, "restored": item_json(&item) })))
        );
    }
    let held = journal::repository_lock(&repo)?;
    let item = trash::require(&repo, name)?;
    let path = trash::restore::restore(&repo, &item, &held)?;
    drop(held);
    report::note(quiet, &format!("restored {}", sentence(&item)));
    let code = provide(&repo, &item, quiet)?;
    let outcome = Outcome { code, ..Outcome::text(path.display().to_string()) };
    Ok(outcome.or_json(args.json, || document("restore", json!({ "restored": item_json(&item) }))))
}

/// Takes again what the removal has given back. Returns the exit code.
fn provide(repo: &Repo, item: &Item, quiet: bool) -> Result<u8> {
    let Some(agent) = agent::all(repo)?.into_iter().find(|agent| agent.tree.path == item.meta.path) else {
        return Ok(0);
    };
    // Nobody has looked after its ports since: another program may listen by now.
    // What stands against that, the step that leases them says.
    ports::release(repo, &agent).ok();
    let teller = Teller::new(quiet, &agent.name(), false);
    let options = Options { part: Part::Restored, ..Options::default() };
    let result = run::run(repo, &Config::load(repo)?, &agent, options, &|said| teller.say(said))?;
    let failed = result.record.as_ref().filter(|_| !result.ran.is_empty());
    let failure = failed.and_then(|record| readiness::failure(&agent.name(), &agent.shown_name(), record));
    Ok(failure.map_or(0, |error| {
        report::print_error(&error);
        error.kind as u8
    }))
}

fn sentence(item: &Item) -> String {
    let branch = item.meta.branch.as_ref().map(|branch| format!(" on branch {branch}")).unwrap_or_default();
    format!("'{}'{branch} at {}", item.meta.name, item.meta.path.display())
}

fn list(items: &[Item], expire: Option<u64>, json: bool, quiet: bool) -> Result<Outcome> {
    let now = journal::now();
    let age = |item: &Item| now.saturating_sub(item.meta.removed);
    let left = |item: &Item| expire.map(|expire| expire.saturating_sub(age(item)));
    let column = |title| Column { title, least: 4, optional: false };
    let columns = [column("NAME"), column("REMOVED"), column("EXPIRES"), column("BRANCH"), column("PATH")];
    let rows: Vec<Vec<Cell>> = items
        .iter()
        .map(|item| {
            let expires = left(item).map_or_else(|| "never".to_owned(), |left| format!("in {}", age::short(left)));
            let path = item.meta.path.display().to_string();
            let texts = [
                item.meta.name.clone(),
                format!("{} ago", age::short(age(item))),
                expires,
                item.meta.branch.clone().unwrap_or_default(),
                path,
            ];
            texts.into_iter().map(Cell::plain).collect()
        })
        .collect();
    if items.is_empty() {
        report::note(quiet || json, "the trash is empty");
    } else if let Some(newest) = items.first() {
        report::note(quiet || json, &format!("to restore one: git agent restore {}", shell_word(&newest.meta.name)));
    }
    let text = if items.is_empty() { String::new() } else { render(&columns, &rows, None, false).join("\n") };
    let removed: Vec<Value> = items.iter().map(item_json).collect();
    Ok(Outcome::text(text).or_json(json, || document("restore", json!({ "removed": removed }))))
}

fn item_json(item: &Item) -> Value {
    json!({
        "name": item.meta.name,
        "path": store::json_path(&item.meta.path),
        "branch": item.meta.branch,
        "commit": item.meta.tip,
        "removed": item.meta.removed,
        "trash": item.id,
    })
}

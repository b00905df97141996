//! `git agent db`

use serde_json::{Value, json};

use crate::agent::{self, Agent};
use crate::cli::{Db, DbAction};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::provision::db::record::Held;
use crate::provision::db::{self, Database, Done};
use crate::provision::{made, places};
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &Db, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let config = Config::load(&repo)?;
    let only = args.database.as_deref();
    if let Some(problem) = &agent.tree.problem {
        return Err(Error::new(Kind::Failed, format!("the worktree of '{}' is broken", agent.name()))
            .because(&problem.what)
            .hint(&problem.remedy));
    }
    let note = |held: &[Held]| made::note_databases(&repo, &agent, held);
    let changing = match args.action {
        None => return list(&db::known(&repo, &config, &agent)?, &agent, args.json, quiet),
        Some(DbAction::Url) => {
            let database = db::url(&repo, &config, &agent, only)?;
            let url = database.url.clone().unwrap_or_default();
            return Ok(Outcome::text(url.clone()).or_json(args.json, || {
                let mut value = database_json(&database);
                value["url"] = json!(url);
                document("db", json!({ "name": agent.name(), "databases": [value] }))
            }));
        }
        Some(DbAction::Shell) => {
            return db::shell(&repo, &config, &agent, only, &args.arguments)?.take_over().map(Outcome::code);
        }
        Some(action) => action,
    };
    if args.dry_run {
        return dry_run(&repo, &config, &agent, changing, args);
    }
    let results = match changing {
        DbAction::Create => db::create(&repo, &config, &agent, only, &note)?,
        DbAction::Reset => db::reset(&repo, &config, &agent, only, &note)?,
        _ if args.force => db::remove_or_forget(&repo, &config, &agent, only, &note)?,
        _ => db::remove(&repo, &config, &agent, only, &note)?,
    };
    for (label, done) in &results {
        match done {
            Done::Skipped(why) => {
                report::print_error(&Error::new(Kind::Refused, why.as_str()).hint("git agent trust"));
            }
            Done::Forgotten(why) => {
                report::warn(&format!("{} is forgotten, and left where it is: {why}", shown(label)));
            }
            Done::Kept => report::note(quiet, &format!("{} is there already", shown(label))),
            Done::Made => report::note(quiet, &format!("{} is made", shown(label))),
            Done::Dropped => report::note(quiet, &format!("{} is dropped", shown(label))),
        }
    }
    if results.is_empty() {
        report::note(quiet, &format!("'{}' has no database", agent.name()));
    }
    // A program that reads the copied `.env` by itself must find what is there now.
    let renewed = places::renew_environment(&repo, &config, &agent)?;
    renewed.warnings.iter().for_each(|warning| report::warn(warning));
    if !renewed.files.is_empty() {
        report::note(quiet, &format!("environment: {}", renewed.summary()));
    }
    let outcome = list(&db::known(&repo, &config, &agent)?, &agent, args.json, true)?;
    let is_left_out = results.iter().any(|(_, done)| matches!(done, Done::Skipped(_)));
    Ok(if is_left_out { Outcome { code: Kind::Refused as u8, ..outcome } } else { outcome })
}

fn dry_run(repo: &Repo, config: &Config, agent: &Agent, action: DbAction, args: &Db) -> Result<Outcome> {
    let known = db::known(repo, config, agent)?;
    let wanted = |database: &&Database| args.database.as_ref().is_none_or(|name| *name == database.label);
    let would: Vec<(&Database, &str)> = known
        .iter()
        .filter(wanted)
        .filter_map(|database| match (action, database.complete) {
            (DbAction::Create, false) => Some((database, "create")),
            (DbAction::Reset, _) => Some((database, "reset")),
            (DbAction::Drop, true) => Some((database, "drop")),
            _ => None,
        })
        .collect();
    let lines =
        would.iter().map(|(database, what)| format!("{what} {} ({})", shown(&database.label), database.provider));
    let outcome = Outcome::text(lines.collect::<Vec<_>>().join("\n"));
    Ok(outcome.or_json(args.json, || {
        let databases: Vec<Value> = would.iter().map(|(database, _)| database_json(database)).collect();
        document("db", json!({ "dryRun": true, "name": agent.name(), "databases": databases }))
    }))
}

fn list(databases: &[Database], agent: &Agent, json: bool, quiet: bool) -> Result<Outcome> {
    if databases.is_empty() {
        report::note(quiet, "no database is configured; for one: git config agent-db.provider sqlite");
    }
    let line = |database: &Database| {
        let place = database.path.as_ref().map(|path| path.display().to_string()).or_else(|| database.name.clone());
        let state = if database.complete { "ready" } else { "missing" };
        let fields = [database.variable.as_str(), database.provider, state, place.as_deref().unwrap_or_default()];
        fields.join("\t").trim_end().to_owned()
    };
    let text = databases.iter().map(line).collect::<Vec<_>>().join("\n");
    Ok(Outcome::text(text).or_json(json, || {
        let list: Vec<Value> = databases.iter().map(database_json).collect();
        document("db", json!({ "name": agent.name(), "databases": list }))
    }))
}

/// Without passwords: only `url` and `env` print them.
fn database_json(database: &Database) -> Value {
    json!({
        "database": database.label,
        "provider": database.provider,
        "env": database.variable,
        "ready": database.complete,
        "databaseName": database.name,
        "path": database.path.as_deref().map(crate::store::json_path),
        "url": database.shown,
    })
}

fn shown(label: &str) -> String {
    if label.is_empty() { "the database".to_owned() } else { format!("the database '{label}'") }
}

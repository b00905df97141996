//! The steps for what is outside of the worktree, or names it: ports, databases, and the files that hold their values.

use serde_json::json;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Context, Error, Result};
use crate::git::repo::Repo;
use crate::provision::db::{self, record::Held};
use crate::provision::made::Made;
use crate::provision::rewrite::{self, Rewritten};
use crate::provision::scene::{Done, Scene};
use crate::provision::{env, ports};

/// Leases the ports.
///
/// # Errors
/// When one cannot be had.
pub fn lease(scene: &Scene<'_>) -> Result<Done> {
    let leased = ports::lease(scene.repo, &scene.config()?, scene.agent)?;
    let summary = leased.iter().map(|one| format!("{} {}", one.service.name, one.port)).collect::<Vec<_>>().join(", ");
    let details = leased.iter().map(|one| (one.service.name.clone(), json!(one.port))).collect();
    Ok(Done { summary, details: serde_json::Value::Object(details), ..Done::default() })
}

/// Makes the databases that are missing, each written down before a server is asked for it.
///
/// # Errors
/// When one cannot be made; what there was of it is dropped again.
pub fn make_databases(scene: &Scene<'_>, step: &str) -> Result<Done> {
    let note = |held: &[Held]| {
        if held.is_empty() {
            return scene.book.strike(step);
        }
        let value = serde_json::to_value(held).context(|| "cannot encode the record of databases".to_owned())?;
        scene.book.write(step, Made::Database(value))
    };
    let config = scene.config()?;
    let before = db::record::load(scene.agent)?;
    let results = db::create(scene.repo, &config, scene.agent, None, &note).or_else(|error| {
        // Of several, those that this run has made go as well.
        let new =
            db::record::load(scene.agent)?.into_iter().filter(|one| before.iter().all(|old| old.label != one.label));
        for one in new {
            db::remove(scene.repo, &config, scene.agent, Some(&one.label), &note)?;
        }
        Err(error)
    })?;
    let mut done = Done::default();
    for (label, result) in &results {
        if let db::Done::Skipped(why) = result {
            done.waits_for_trust = true;
            let name = if label.is_empty() { "the database".to_owned() } else { format!("the database '{label}'") };
            done.warnings.push(format!("{name} was not made: {why}"));
        }
    }
    let known = db::known(scene.repo, &config, scene.agent)?;
    let made = known.iter().filter(|one| {
        one.complete && results.iter().any(|(label, result)| *label == one.label && *result == db::Done::Made)
    });
    let shown = made.map(|one| {
        let path = one.path.as_ref().and_then(|path| path.strip_prefix(scene.tree()).ok());
        let place = one.name.clone().or_else(|| path.map(|path| path.display().to_string())).unwrap_or_default();
        format!("{} {place}", one.provider)
    });
    done.summary = shown.collect::<Vec<_>>().join(", ");
    // Never the connection strings: they hold passwords.
    let databases =
        known.iter().map(|one| json!({ "provider": one.provider, "name": one.name, "complete": one.complete }));
    done.details = json!({ "databases": databases.collect::<Vec<_>>() });
    Ok(done)
}

/// Looks at the agent's variables, makes its data folder, and writes the values into its copies of files that set them.
/// What a wrong setting leaves of the environment is written all the same: the copies have the main checkout's values.
///
/// # Errors
/// When a file cannot be read or written, or a part of the environment cannot be had.
pub fn write_environment(scene: &Scene<'_>) -> Result<Done> {
    let config = scene.config()?;
    let (environment, problems) = env::gather(scene.repo, &config, scene.agent);
    let rewritten = rewrite::rewrite(scene.repo, &config, scene.agent, &environment)?;
    if let Some(problem) = problems.into_iter().next() {
        return Err(rewritten.warnings.iter().fold(problem, Error::because));
    }
    let summary = rewritten.summary();
    let of = |(file, names): &(String, Vec<String>)| json!({ "file": file, "variables": names });
    let details = json!({ "files": rewritten.files.iter().map(of).collect::<Vec<_>>() });
    let warnings = environment.warnings.into_iter().chain(rewritten.warnings).collect();
    Ok(Done { summary, warnings, waits_for_trust: environment.waits_for_trust, details, ..Done::default() })
}

/// Writes the values that are new because a database was made or dropped. Returns what the user should know.
///
/// # Errors
/// When a file cannot be read or written.
pub fn renew_environment(repo: &Repo, config: &Config, agent: &Agent) -> Result<Rewritten> {
    let (environment, _) = env::gather(repo, config, agent);
    rewrite::rewrite(repo, config, agent, &environment)
}

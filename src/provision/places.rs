//! The steps that give an agent places of its own on the machine: ports, databases, and their values in copied files.

use serde_json::{Value, json};

use crate::error::{Context, Result};
use crate::provision::db::record::Held;
use crate::provision::db::{self, Done as Became};
use crate::provision::made::Made;
use crate::provision::scene::{Done, Scene};
use crate::provision::{env, ports as leases, rewrite};

/// Leases the ports.
///
/// # Errors
/// When none is free, or the user's state cannot be written.
pub fn ports(scene: &Scene<'_>) -> Result<Done> {
    let leased = leases::lease(scene.repo, &scene.config()?, scene.agent)?;
    let shown = leased.iter().map(|one| format!("{} {}", one.service.name, one.port)).collect::<Vec<_>>().join(", ");
    let details: serde_json::Map<String, Value> =
        leased.iter().map(|one| (one.service.name.clone(), json!(one.port))).collect();
    Ok(Done { summary: shown, details: Value::Object(details), ..Done::default() })
}

/// Makes the databases. If one cannot be made, those that this run has made go as well.
///
/// # Errors
/// When one cannot be made.
pub fn database(scene: &Scene<'_>, step: &str) -> Result<Done> {
    let config = scene.config()?;
    let note = |held: &[Held]| {
        if held.is_empty() {
            return scene.book.strike(step);
        }
        let value = serde_json::to_value(held).context(|| "cannot encode the record of databases".to_owned())?;
        scene.book.write(step, Made::Database(value))
    };
    let before = db::record::load(scene.agent)?;
    let results = match db::create(scene.repo, &config, scene.agent, None, &note) {
        Ok(results) => results,
        Err(error) => {
            let new = db::record::load(scene.agent)?;
            for one in new.iter().filter(|one| !before.iter().any(|other| other.label == one.label)) {
                if let Err(second) = db::remove(scene.repo, &config, scene.agent, Some(&one.label), &note) {
                    return Err(error.because(format!("and dropping what was made failed as well: {second}")));
                }
            }
            return Err(error);
        }
    };
    let known = db::known(scene.repo, &config, scene.agent)?;
    let name = |label: &str| {
        let found = known.iter().find(|database| database.label == label);
        let file = |database: &db::Database| {
            let path = database.path.as_ref()?.strip_prefix(scene.tree()).ok()?;
            Some(path.display().to_string())
        };
        found.and_then(|database| database.name.clone().or_else(|| file(database))).unwrap_or_default()
    };
    let mut done = Done::default();
    let mut made = Vec::new();
    for (label, became) in &results {
        match became {
            Became::Skipped(why) => done.warnings.push(why.clone()),
            _ => made.push(name(label)),
        }
    }
    done.summary = made.join(", ");
    done.details = json!({ "databases": made });
    Ok(done)
}

/// Writes the agent's values into copied files.
///
/// # Errors
/// When a file cannot be read or written.
pub fn environment(scene: &Scene<'_>) -> Result<Done> {
    let config = scene.config()?;
    let environment = env::of(scene.repo, &config, scene.agent)?;
    let rewritten = rewrite::rewrite(&config, scene.agent, &environment)?;
    let describe = |(file, names): &(String, Vec<String>)| format!("{file}: {}", names.join(" "));
    let summary = rewritten.files.iter().map(describe).collect::<Vec<_>>().join(", ");
    let files: Vec<&String> = rewritten.files.iter().map(|(file, _)| file).collect();
    Ok(Done { summary, details: json!({ "files": files }), warnings: rewritten.warnings, ..Done::default() })
}

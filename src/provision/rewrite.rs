//! The agent's values in `.env` files that were copied into its worktree (`agent.rewriteEnv`): a program that reads such a
//! file by itself must not find the main checkout's port or database there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::program::Git;
use crate::policy::{dotenv, slug, variable};
use crate::provision::data;
use crate::provision::env::Environment;
use crate::store;

/// What the files were after they were written, in the worktree's git directory: while they are still that, a removal
/// loses nothing with them.
const FILE: &str = "agent-env.json";

/// Files of examples, which nobody reads for values.
const EXAMPLES: [&str; 5] = [".example", ".sample", ".template", ".dist", ".defaults"];

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Each file with the variables that have new values.
    pub files: Vec<(String, Vec<String>)>,
    /// What could not be done.
    pub warnings: Vec<String>,
}

/// Which variables are to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Names(Vec<String>),
}

/// Whether anything is to be written.
///
/// # Errors
/// When a name is none.
pub fn is_wanted(config: &Config) -> Result<bool> {
    Ok(wanted(config)?.is_some())
}

fn wanted(config: &Config) -> Result<Option<Wanted>> {
    let (mut all, mut names) = (false, Vec::new());
    let entries = config.section("agent");
    let values = entries.iter().filter(|entry| entry.subsection.is_empty() && entry.key == "rewriteenv");
    for word in values.flat_map(|entry| entry.value.split([' ', ',', '\t'])).filter(|word| !word.is_empty()) {
        match word {
            "true" => all = true,
            // The user's own comes after the team's.
            "false" => (all, names) = (false, Vec::new()),
            name if variable::is_valid(name) => names.push(name.to_owned()),
            _ => {
                return Err(Error::new(Kind::Usage, format!("agent.rewriteEnv is '{word}', which names no variable"))
                    .hint("git config agent.rewriteEnv 'PORT DATABASE_URL'"));
            }
        }
    }
    if all {
        return Ok(Some(Wanted::All));
    }
    Ok((!names.is_empty()).then_some(Wanted::Names(names)))
}

/// Writes the agent's values into the files of its worktree that set those variables already.
///
/// # Errors
/// When a setting is wrong, or a file cannot be read or written.
pub fn rewrite(config: &Config, agent: &Agent, environment: &Environment) -> Result<Rewritten> {
    let mut done = Rewritten::default();
    let Some(wanted) = wanted(config)? else { return Ok(done) };
    let is_one = |name: &str| match &wanted {
        Wanted::All => !variable::is_ours(name),
        Wanted::Names(names) => names.iter().any(|other| other == name),
    };
    let values: Vec<(String, String)> = environment.pairs.iter().filter(|(name, _)| is_one(name)).cloned().collect();
    if let Wanted::Names(names) = &wanted {
        for name in names.iter().filter(|name| environment.get(name).is_none()) {
            done.warnings.push(format!("agent.rewriteEnv names {name}, which the agent's environment does not set"));
        }
    }
    let mut written: BTreeMap<String, String> =
        store::read_json(&agent.tree.admin.join(FILE)).ok().flatten().unwrap_or_default();
    for file in files(config, agent, &mut done.warnings)? {
        let path = agent.tree.path.join(&file);
        let Some(bytes) = store::read(&path)? else { continue };
        let Ok(text) = String::from_utf8(bytes) else {
            done.warnings.push(format!("'{file}' is not UTF-8: its values stay"));
            continue;
        };
        let new = dotenv::rewrite(&text, &values);
        for name in &new.unfit {
            done.warnings.push(format!("'{file}' cannot hold the value of {name}: it stays as it is"));
        }
        if !new.changed.is_empty() {
            // Replaced as a whole: where the copy shares its bytes with the main checkout's file, that one stays.
            store::write_atomic(&path, new.text.as_bytes())?;
            written.insert(file.clone(), slug::digest(&new.text, 40));
            done.files.push((file, new.changed));
        }
    }
    if !done.files.is_empty() {
        store::write_json(&agent.tree.admin.join(FILE), &written)?;
    }
    Ok(done)
}

/// The files that may be written: `.env` and `.env.*` at the top and those of `agent.envFile`, regular files that git does
/// not track.
fn files(config: &Config, agent: &Agent, warnings: &mut Vec<String>) -> Result<Vec<String>> {
    let top = &agent.tree.path;
    let names = store::names(top)?.into_iter().filter_map(|name| name.into_string().ok());
    let is_env = |name: &String| name == ".env" || name.starts_with(".env.");
    let is_example = |name: &String| EXAMPLES.iter().any(|ending| name.ends_with(ending));
    let mut found: Vec<String> = names.filter(|name| is_env(name) && !is_example(name)).collect();
    let entries = config.section("agent");
    for entry in entries.iter().filter(|entry| entry.subsection.is_empty() && entry.key == "envfile") {
        data::inside(top, &entry.value).map_err(|why| {
            Error::new(Kind::Usage, format!("agent.envFile is '{}': {why}", entry.value))
                .hint("git config agent.envFile apps/web/.env")
        })?;
        if !found.contains(&entry.value) {
            found.push(entry.value.clone());
        }
    }
    found.retain(|name| {
        let Ok(metadata) = top.join(name).symlink_metadata() else { return false };
        if metadata.is_symlink() {
            warnings.push(format!("'{name}' is a link: its values stay, they are not the agent's alone"));
        }
        metadata.is_file()
    });
    if found.is_empty() {
        return Ok(found);
    }
    let tracked = Git::at(top).args(["ls-files", "-z", "--"]).args(&found).text()?;
    let tracked: Vec<&str> = tracked.split('\0').collect();
    found.retain(|name| !tracked.contains(&name.as_str()));
    Ok(found)
}

/// Whether the file, by its path from the top of the worktree, is still what [`rewrite`] made of it.
pub fn is_untouched(admin: &Path, top: &Path, file: &str) -> bool {
    let written = store::read_json::<BTreeMap<String, String>>(&admin.join(FILE)).ok().flatten();
    let Some(digest) = written.and_then(|mut written| written.remove(file)) else { return false };
    let text = store::read(&top.join(file)).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
    text.is_some_and(|text| slug::digest(&text, 40) == digest)
}

//! The agent's values in `.env` files that were copied into its worktree (`agent.rewriteEnv`): a program that reads such a
//! file by itself must not find the main checkout's port or database there.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::config::{Config, boolean};
use crate::error::{Error, Kind, Result};
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::policy::{dotenv, slug, variable};
use crate::provision::data;
use crate::provision::env::{self, Environment};
use crate::store;

/// What was written, in the worktree's git directory.
const FILE: &str = "agent-env.json";

/// Files of examples, which nobody reads for values.
const EXAMPLES: [&str; 5] = [".example", ".sample", ".template", ".dist", ".defaults"];

/// What was written into one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    /// The file as it was then, if nothing in it was anybody's work: while it is still that, a removal loses nothing with it.
    #[serde(default)]
    digest: Option<String>,
    /// The values, by their digests: another value is somebody's, and stays.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Each file with the variables that have new values.
    pub files: Vec<(String, Vec<String>)>,
    /// What could not be done.
    pub warnings: Vec<String>,
}

impl Rewritten {
    /// What was written, for people; empty if nothing was.
    pub fn summary(&self) -> String {
        let files = self.files.iter().map(|(file, names)| format!("{} in {file}", names.join(", ")));
        files.collect::<Vec<_>>().join("; ")
    }
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
/// When a name is none, or a file is outside of the worktree.
pub fn is_wanted(config: &Config) -> Result<bool> {
    named_files(config)?;
    Ok(wanted(config)?.is_some())
}

fn wanted(config: &Config) -> Result<Option<Wanted>> {
    let (mut all, mut names) = (false, Vec::new());
    let entries = config.section("agent");
    let values = entries.iter().filter(|entry| entry.subsection.is_empty() && entry.key == "rewriteenv");
    for word in values.flat_map(|entry| entry.value.split([' ', ',', '\t'])).filter(|word| !word.is_empty()) {
        match boolean(word) {
            Some(true) => all = true,
            // The user's own comes after the team's.
            Some(false) => (all, names) = (false, Vec::new()),
            None if variable::is_valid(word) => names.push(word.to_owned()),
            None => {
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

/// The files of `agent.envFile`.
fn named_files(config: &Config) -> Result<Vec<String>> {
    let entries = config.section("agent").into_iter();
    let entries = entries.filter(|entry| entry.subsection.is_empty() && entry.key == "envfile");
    let checked = entries.map(|entry| match data::tame(&entry.value) {
        Ok(()) => Ok(entry.value),
        Err(why) => Err(wrong_file(&entry.value, why)),
    });
    checked.collect()
}

fn wrong_file(value: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("agent.envFile is '{value}': {why}")).hint("git config agent.envFile apps/web/.env")
}

/// Writes the agent's values into the files of its worktree that set those variables already. What the environment must not
/// have, such as the address of a database that is not made yet, is empty there: the copy has the main checkout's.
///
/// # Errors
/// When a setting is wrong, or a file cannot be read or written.
pub fn rewrite(repo: &Repo, config: &Config, agent: &Agent, environment: &Environment) -> Result<Rewritten> {
    let mut done = Rewritten::default();
    let Some(wanted) = wanted(config)? else { return Ok(done) };
    let is_one = |name: &str| match &wanted {
        Wanted::All => !variable::is_ours(name),
        Wanted::Names(names) => names.iter().any(|other| other == name),
    };
    let values = environment.variables().into_iter().filter(|(name, _)| is_one(name));
    let values: Vec<(String, String)> = values.map(|(name, value)| (name, value.unwrap_or_default())).collect();
    if let Wanted::Names(names) = &wanted {
        for name in names.iter().filter(|name| values.iter().all(|(other, _)| other != *name)) {
            done.warnings.push(format!("agent.rewriteEnv names {name}, which the agent's environment does not set"));
        }
    }
    let mut all: BTreeMap<String, Written> =
        store::read_json(&agent.tree.admin.join(FILE)).ok().flatten().unwrap_or_default();
    for file in files(config, agent, &mut done.warnings)? {
        let path = agent.tree.path.join(&file);
        let Some(bytes) = store::read(&path)? else { continue };
        let Ok(text) = String::from_utf8(bytes) else {
            done.warnings.push(format!("'{file}' is not UTF-8: its values stay"));
            continue;
        };
        let written = all.get(&file).cloned();
        let theirs = repo.main().and_then(|main| store::read(&main.join(&file)).ok().flatten());
        let theirs = theirs.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let is_somebodys = |name: &str, value: &str| {
            // The main checkout's database is never what an agent was meant to have, whoever copied it.
            let is_mains = || theirs.as_ref().and_then(|text| dotenv::value_of(text, name)).as_deref() == Some(value);
            let is_database = environment.databases.iter().any(|database| database == name);
            let ours = written.as_ref().and_then(|written| written.values.get(name));
            ours.is_some_and(|ours| *ours != slug::digest(value, 40)) && !(is_database && is_mains())
        };
        let new = dotenv::rewrite(&text, &values, is_somebodys);
        for name in &new.kept {
            done.warnings.push(format!("{name} in '{file}' is not what git-agent wrote there: it stays as it is"));
        }
        for name in &new.unfit {
            done.warnings.push(format!("'{file}' cannot hold the value of {name}: it is empty there"));
        }
        if new.changed.is_empty() {
            continue;
        }
        let is_emptied = |name: &&String| environment.unset.contains(name);
        for name in new.changed.iter().filter(is_emptied) {
            done.warnings.push(emptied(agent, environment, name, &file));
        }
        // Replaced as a whole: where the copy shares its bytes with the main checkout's file, that one stays.
        store::write_atomic(&path, new.text.as_bytes())?;
        let mut now = written.unwrap_or_default();
        // What we wrote last, or the copy of the main checkout's file as it was brought.
        let is_nobodys = match &now.digest {
            Some(digest) => slug::digest(&text, 40) == *digest,
            None => theirs.as_ref() == Some(&text),
        };
        if is_nobodys {
            now.digest = Some(slug::digest(&new.text, 40));
        }
        for (name, value) in values.iter().filter(|(name, _)| new.changed.contains(name)) {
            let value = if new.unfit.contains(name) { "" } else { value };
            now.values.insert(name.clone(), slug::digest(value, 40));
        }
        all.insert(file.clone(), now);
        // After each: what is changed and not on record would be taken for somebody's work.
        store::write_json(&agent.tree.admin.join(FILE), &all)?;
        done.files.push((file, new.changed));
    }
    Ok(done)
}

fn emptied(agent: &Agent, environment: &Environment, name: &str, file: &str) -> String {
    if environment.databases.iter().any(|database| database == name) {
        return format!(
            "{name} in '{file}' pointed at a database that is not the agent's own, and is empty now; to make one: {}",
            env::to_make_it(agent, environment.waits_for_trust)
        );
    }
    format!("{name} in '{file}' had the main checkout's value, and is empty now: the agent has none of its own")
}

/// The files that may be written: `.env` and `.env.*` at the top and those of `agent.envFile`, regular files that git does
/// not track.
fn files(config: &Config, agent: &Agent, warnings: &mut Vec<String>) -> Result<Vec<String>> {
    let top = &agent.tree.path;
    let names = store::names(top)?.into_iter().filter_map(|name| name.into_string().ok());
    let is_env = |name: &String| name == ".env" || name.starts_with(".env.");
    let is_example = |name: &String| EXAMPLES.iter().any(|ending| name.ends_with(ending));
    let mut found: Vec<String> = names.filter(|name| is_env(name) && !is_example(name)).collect();
    for file in named_files(config)? {
        data::inside(top, &file).map_err(|why| wrong_file(&file, why))?;
        if !found.contains(&file) {
            found.push(file);
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
    let written = store::read_json::<BTreeMap<String, Written>>(&admin.join(FILE)).ok().flatten();
    let Some(digest) = written.and_then(|mut written| written.remove(file)?.digest) else { return false };
    let text = store::read(&top.join(file)).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
    text.is_some_and(|text| slug::digest(&text, 40) == digest)
}

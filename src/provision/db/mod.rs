//! Databases of an agent: a copy or branch of the repository's development database for each, made with the worktree and
//! dropped with it. What is made is on record first ([`record`]), and nothing is dropped that is not on record and does not
//! prove to be ours.

mod commands;
mod dropping;
mod hold;
mod making;
mod neon;
mod postgres;
pub mod record;
mod remaking;
pub mod spec;
mod sqlite;

use std::path::PathBuf;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees::Worktree;
use crate::launch::tool::Tool;
use crate::policy::postgres::Connection;
use crate::provision::{data, env, made, stage, trust};
use dropping::hold;
pub use dropping::remove_orphans;
use hold::{Hold, Site};
use making::Making;
use record::{Held, Place};
use spec::{Provider, Spec};

/// A database that is configured, and what an agent has of it.
#[derive(Clone, Debug)]
pub struct Database {
    /// Which one among several; empty for the only one.
    pub label: String,
    /// The provider's word.
    pub provider: &'static str,
    /// The variable for its connection string.
    pub variable: String,
    /// Its name on its server.
    pub name: Option<String>,
    /// Its file.
    pub path: Option<PathBuf>,
    /// Its connection string, password and all; `None` while there is no complete database.
    pub url: Option<String>,
    /// The same for everybody to see, where we know all its parts: the forms of others keep their secrets anywhere.
    pub shown: Option<String>,
    /// Whether it was made, to its end.
    pub complete: bool,
    /// It is made only with trust.
    pub needs_trust: bool,
}

/// What became of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was made.
    Made,
    /// It is there already.
    Kept,
    /// It was dropped.
    Dropped,
    /// It was left out, for this reason.
    Skipped(String),
    /// It is on record no longer, and was not dropped, for this reason.
    Forgotten(String),
}

/// Told what an agent has, before each change and after it: for a record outside of the worktree.
pub type Note<'a> = dyn Fn(&[Held]) -> Result<()> + 'a;

/// Every database that is configured. Looks at settings and records only: no server is asked.
///
/// # Errors
/// When a setting is wrong or the record cannot be read.
pub fn known(repo: &Repo, config: &Config, agent: &Agent) -> Result<Vec<Database>> {
    let held = record::load(agent)?;
    let specs = spec::specs(repo, config)?;
    Ok(specs.iter().map(|spec| describe(repo, agent, spec, &held)).collect())
}

fn describe(repo: &Repo, agent: &Agent, spec: &Spec, held: &[Held]) -> Database {
    let found = held.iter().find(|held| held.label == spec.label);
    let mut database = Database {
        label: spec.label.clone(),
        provider: spec.provider.word(),
        variable: spec.variable.clone(),
        name: None,
        path: None,
        url: None,
        shown: None,
        complete: found.is_some_and(|held| held.complete),
        needs_trust: spec.needs_trust,
    };
    let Some(found) = found else { return database };
    let url = match &found.place {
        Place::Sqlite { path, .. } => {
            let path = agent.tree.path.join(path);
            let url = format!("sqlite:///{}", path.to_string_lossy());
            database.path = Some(path);
            database.shown = Some(url.clone());
            Some(url)
        }
        Place::Postgres { name, server, .. } => {
            database.name = Some(name.clone());
            let connection = reach(repo, Some(spec), server);
            database.shown = connection.as_ref().map(|connection| connection.public().url(name));
            connection.map(|connection| connection.url(name))
        }
        Place::Neon { name, url, .. } | Place::Command { name, url, .. } => {
            database.name = Some(name.clone());
            url.clone()
        }
    };
    // A template that asks for what there is not was refused when the database was made.
    let url = url.and_then(|url| commands::url_from_template(spec, &url, &database).ok());
    database.url = url.filter(|_| database.complete);
    database.shown = database.shown.filter(|_| database.complete && spec.url.is_none());
    database
}

impl Provider {
    fn word(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres { .. } => "postgres",
            Self::Neon { .. } => "neon",
            Self::Command { .. } => "command",
        }
    }
}

/// The connection to a recorded server: with the password that the setting has for it, if it still leads there.
fn reach(repo: &Repo, spec: Option<&Spec>, server: &str) -> Option<Connection> {
    let recorded = spec::completed(Connection::parse(server)?);
    let source = spec.and_then(|spec| match &spec.provider {
        Provider::Postgres { source, .. } => spec::connection(repo, &source.value).ok(),
        _ => None,
    });
    Some(source.filter(|source| source.is_same_server(&recorded)).unwrap_or(recorded))
}

/// Makes what is missing. `only` names one among several; `note` is told before and after.
///
/// # Errors
/// When one cannot be made; what was made of it is dropped again, and those before it stay.
pub fn create(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    only: Option<&str>,
    note: &Note<'_>,
) -> Result<Vec<(String, Done)>> {
    let specs = chosen(spec::specs(repo, config)?, only)?;
    let making = Making { repo, config, agent, note, hold: &hold(repo, config, agent)? };
    let mut results = Vec::new();
    for spec in specs {
        results.push((spec.label.clone(), making.create(&spec)?));
    }
    Ok(results)
}

/// Drops what an agent has. `only` names one among several.
///
/// # Errors
/// When one does not prove to be ours, or cannot be dropped.
pub fn remove(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    only: Option<&str>,
    note: &Note<'_>,
) -> Result<Vec<(String, Done)>> {
    each(repo, config, agent, only, note, &|making, one| making.remove(one).map(|()| Done::Dropped))
}

/// The same, but what cannot be dropped is struck out nevertheless, and stays where it is.
///
/// # Errors
/// When the record cannot be written.
pub fn remove_or_forget(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    only: Option<&str>,
    note: &Note<'_>,
) -> Result<Vec<(String, Done)>> {
    each(repo, config, agent, only, note, &|making, one| match making.remove(one) {
        Ok(()) => Ok(Done::Dropped),
        Err(error) => making.forget(&one.label).map(|()| Done::Forgotten(error.message)),
    })
}

/// Does something with each database that an agent has.
fn each(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    only: Option<&str>,
    note: &Note<'_>,
    deed: &dyn Fn(&Making<'_>, &Held) -> Result<Done>,
) -> Result<Vec<(String, Done)>> {
    let making = Making { repo, config, agent, note, hold: &hold(repo, config, agent)? };
    let held = record::load(agent)?;
    if only.is_some_and(|only| held.iter().all(|one| one.label != only)) {
        // One that is configured has nothing to be dropped; any other is a mistake.
        chosen(spec::specs(repo, config)?, only)?;
    }
    let mut results = Vec::new();
    for one in held.iter().filter(|one| only.is_none_or(|only| only == one.label)) {
        results.push((one.label.clone(), deed(&making, one)?));
    }
    Ok(results)
}

/// Makes them anew from their sources: what the agent wrote into them is gone.
///
/// # Errors
/// As [`create`] and [`remove`].
pub fn reset(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    only: Option<&str>,
    note: &Note<'_>,
) -> Result<Vec<(String, Done)>> {
    let specs = chosen(spec::specs(repo, config)?, only)?;
    let making = Making { repo, config, agent, note, hold: &hold(repo, config, agent)? };
    let mut results = Vec::new();
    for spec in specs {
        results.push((spec.label.clone(), making.reset(&spec)?));
    }
    Ok(results)
}

/// A shell on a database, ready to take over.
///
/// # Errors
/// When there is no complete database, or no program for it.
pub fn shell(repo: &Repo, config: &Config, agent: &Agent, only: Option<&str>, arguments: &[String]) -> Result<Tool> {
    let spec = the_one(spec::specs(repo, config)?, only)?;
    let held = record::load(agent)?;
    let database = describe(repo, agent, &spec, &held);
    let Some(url) = database.url.clone().filter(|_| database.complete) else { return Err(none_yet(agent)) };
    let folder = &agent.tree.path;
    let found = held.iter().find(|held| held.label == spec.label).ok_or_else(|| none_yet(agent))?;
    match (&found.place, &spec.provider) {
        (Place::Sqlite { path, .. }, _) => sqlite::shell(&folder.join(path), folder, arguments),
        (Place::Command { .. }, Provider::Command { shell: Some(words), .. }) => {
            if spec.needs_trust && !trust::is_given(repo, config)? {
                return Err(dropping::untrusted());
            }
            let words = commands::filled(words, repo, agent, &database)?;
            let tool = Tool::find(&words[0], folder, "git config agent-db.shell 'PROGRAM ARGUMENTS'")?;
            Ok(tool.args(words[1..].to_vec()).args(arguments.to_vec()).envs(&env::of(repo, config, agent)?.pairs))
        }
        _ => {
            let connection = match &found.place {
                Place::Postgres { server, .. } => reach(repo, Some(&spec), server),
                _ => Connection::parse(&url),
            };
            let connection = connection.ok_or_else(|| {
                Error::new(Kind::Unsupported, "there is no shell for this database")
                    .hint("git config agent-db.shell PROGRAM")
            })?;
            let name = database.name.filter(|_| matches!(found.place, Place::Postgres { .. }));
            let name = name.unwrap_or_else(|| connection.database.clone());
            postgres::Server::new(&connection, Site { folder, lock: None }).shell(&name, arguments)
        }
    }
}

/// The connection string of one database.
///
/// # Errors
/// When there is none of that name, or it was not made yet.
pub fn url(repo: &Repo, config: &Config, agent: &Agent, only: Option<&str>) -> Result<Database> {
    let spec = the_one(spec::specs(repo, config)?, only)?;
    let database = describe(repo, agent, &spec, &record::load(agent)?);
    if database.url.is_some() { Ok(database) } else { Err(none_yet(agent)) }
}

fn none_yet(agent: &Agent) -> Error {
    Error::new(Kind::NotFound, format!("'{}' has no database yet", agent.name()))
        .hint(format!("git agent db {} create", agent.shown_name()))
}

fn chosen(specs: Vec<Spec>, only: Option<&str>) -> Result<Vec<Spec>> {
    if specs.is_empty() {
        return Err(Error::new(Kind::NotFound, "no database is configured")
            .hint("git config agent-db.provider sqlite && git config agent-db.source db/development.sqlite3"));
    }
    let Some(only) = only else { return Ok(specs) };
    let names = specs.iter().map(|spec| format!("'{}'", spec.label)).collect::<Vec<_>>().join(", ");
    let chosen: Vec<Spec> = specs.into_iter().filter(|spec| spec.label == only).collect();
    if chosen.is_empty() {
        return Err(Error::new(Kind::NotFound, format!("no database '{only}' is configured"))
            .because(format!("there are {names}"))
            .hint(format!("git config {} sqlite", crate::agent::shell_word(&format!("agent-db.{only}.provider")))));
    }
    Ok(chosen)
}

/// The one that is named, or the only one, or the one without a name.
fn the_one(specs: Vec<Spec>, only: Option<&str>) -> Result<Spec> {
    let mut specs = chosen(specs, only)?;
    let at = if specs.len() == 1 { Some(0) } else { specs.iter().position(|spec| spec.label.is_empty()) };
    let names = specs.iter().map(|spec| spec.label.clone()).collect::<Vec<_>>().join(", ");
    at.map(|at| specs.swap_remove(at)).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there are several databases: {names}")).hint("git agent db NAME url DATABASE")
    })
}

/// The files of databases, from the top of a worktree: no step copies what lies there in the main checkout.
///
/// # Errors
/// When a setting is wrong.
pub fn files(repo: &Repo, config: &Config) -> Result<Vec<String>> {
    let specs = spec::specs(repo, config)?;
    let paths = specs.into_iter().filter_map(|spec| match spec.provider {
        Provider::Sqlite { path, .. } => Some(path),
        _ => None,
    });
    Ok(paths.flat_map(|path| ["", "-wal", "-shm", "-journal"].map(|ending| format!("{path}{ending}"))).collect())
}

/// Removes the half copy of a database that a killed command left, unless somebody is at one right now.
///
/// # Errors
/// When it cannot be removed.
pub fn clear_draft(repo: &Repo, name: &str, tree: &Worktree) -> Result<()> {
    let Some(token) = made::token(&tree.admin)? else { return Ok(()) };
    match Hold::at_once(repo, &token, name) {
        Ok(_hold) => stage::clear_draft(tree),
        Err(_) => Ok(()),
    }
}

/// Where the copy of a file goes: inside the worktree, through no symlink.
fn target(agent: &Agent, path: &str) -> Result<PathBuf> {
    data::inside(&agent.tree.path, path).map_err(|why| {
        Error::new(Kind::Refused, format!("agent-db.path is '{path}': {why}"))
            .hint("git config agent-db.path db/development.sqlite3")
    })
}

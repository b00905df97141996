//! Databases of commands that the user or the team names, and the values that settings are filled in with.

use std::path::Path;

use crate::agent::Agent;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::launch::tool::Tool;
use crate::policy::postgres::masked;
use crate::policy::{slug, template};
use crate::provision::db::hold::Site;
use crate::provision::db::making::Making;
use crate::provision::db::record::{Held, Place};
use crate::provision::db::spec::Spec;
use crate::provision::db::{Database, describe};
use crate::provision::env;

/// Runs a configured command in the worktree, with the agent's environment.
///
/// # Errors
/// When there is no such program, or it fails.
pub fn run(making: &Making<'_>, words: &[String], spec: &Spec, name: &str) -> Result<String> {
    let (repo, agent) = (making.repo, making.agent);
    let place = Place::Command { name: name.to_owned(), url: None, drop: Vec::new() };
    let database = describe(repo, agent, spec, &[Held { complete: true, ..Held::begun(&spec.label, place) }]);
    let words = filled(words, repo, agent, &database)?;
    let site = making.site();
    let tool = Tool::find(&words[0], site.folder, "git config agent-db.create 'PROGRAM ARGUMENTS'")?;
    let environment = env::of(repo, making.config, agent)?.pairs;
    tool.holding(site.lock)
        .args(words[1..].to_vec())
        .envs(&environment)
        .envs(&[("GIT_AGENT_DB".to_owned(), name.to_owned())])
        .text("")
        .map_err(|error| error.hint("git config --get-regexp '^agent-db\\.'"))
}

/// Runs the `drop` of a database as it is on record; `url` is its connection string, which is not to be told.
///
/// # Errors
/// When there is no such program, or it fails.
pub fn drop(site: Site<'_>, words: &[String], name: &str, url: Option<&str>) -> Result<()> {
    let Some(program) = words.first() else { return Ok(()) };
    let tool = Tool::find(program, site.folder, "git config agent-db.drop 'PROGRAM ARGUMENTS'")?;
    tool.holding(site.lock)
        .secret(url.unwrap_or_default())
        .args(words[1..].to_vec())
        .envs(&[("GIT_AGENT_DB".to_owned(), name.to_owned())])
        .text("")
        .map(std::mem::drop)
}

/// The words of a command with their placeholders filled in.
///
/// # Errors
/// When one is unknown.
pub fn filled(words: &[String], repo: &Repo, agent: &Agent, database: &Database) -> Result<Vec<String>> {
    let value = |name: &str| match name {
        "name" => Some(agent.name()),
        "slug" => Some(slug::slug(&agent.name())),
        "repo" => Some(repo.name()),
        "path" => Some(shown(&agent.tree.path)),
        "main" => Some(shown(repo.root())),
        "db.name" => database.name.clone(),
        "db.url" => database.url.clone(),
        _ => None,
    };
    let fill = |word: &String| {
        template::fill(word, value).map_err(|unfit| {
            Error::new(Kind::Usage, format!("a command of [agent-db] cannot be filled in: {}", masked(word)))
                .because(unfit)
                .hint("git config agent-db.create 'make-db {db.name}'")
        })
    };
    words.iter().map(fill).collect()
}

/// The connection string as the setting wants it.
///
/// # Errors
/// When it asks for something unknown.
pub fn url_from_template(spec: &Spec, url: &str, database: &Database) -> Result<String> {
    let Some(text) = &spec.url else { return Ok(url.to_owned()) };
    let value = |name: &str| match name {
        "db.url" => Some(url.to_owned()),
        "db.name" => database.name.clone(),
        "db.path" => database.path.as_deref().map(shown),
        _ => None,
    };
    template::fill(text, value).map_err(|unfit| {
        Error::new(Kind::Usage, format!("agent-db.connection is '{}'", masked(text)))
            .because(unfit)
            .because("known are db.url, db.name and, for sqlite, db.path")
            .hint("git config agent-db.connection 'file:{db.path}'")
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

//! The environment of an agent: the same for `git agent run` and `env`, for the program that spawn starts, and for a
//! client that asks for it when a session begins.

use std::path::Path;

use crate::agent::Agent;
use crate::config::{Config, section};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::template::{self, Unfit};
use crate::policy::{carried, slug, variable};
use crate::provision::db::{self, Database};
use crate::provision::ports::{self, Leased};
use crate::provision::{data, trust};

/// Variables in the order in which they are shown, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Names and values.
    pub pairs: Vec<(String, String)>,
    /// What is configured and was left out, a sentence each.
    pub warnings: Vec<String>,
}

impl Environment {
    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.retain(|(other, _)| other != name);
        self.pairs.push((name.to_owned(), value.into()));
    }

    /// The value of one variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The environment of an agent. Leases the ports and makes the data folder that are missing: whatever is configured after
/// a worktree was made reaches it with the next program that is started.
///
/// # Errors
/// When a setting is wrong, or a port cannot be leased.
pub fn environment(repo: &Repo, agent: &Agent) -> Result<Environment> {
    of(repo, &Config::load(repo)?, agent)
}

/// As [`environment()`], with settings that are read already.
///
/// # Errors
/// As [`environment()`].
pub fn of(repo: &Repo, config: &Config, agent: &Agent) -> Result<Environment> {
    let mut env = Environment::default();
    env.set("GIT_AGENT", agent.name());
    env.set("GIT_AGENT_PATH", agent.tree.path.to_string_lossy());
    if let Some(branch) = agent.tree.branch() {
        env.set("GIT_AGENT_BRANCH", branch);
    }
    if let Some(base) = base(agent) {
        env.set("GIT_AGENT_BASE", base);
    }
    carry_guard(&mut env, repo);
    let ports = ports::lease(repo, config, agent)?;
    for leased in &ports {
        env.set(&leased.service.variable, leased.port.to_string());
    }
    let place = repo.common().to_string_lossy();
    env.set("COMPOSE_PROJECT_NAME", slug::compose_project(&repo.name(), &place, &agent.name()));
    let data = data::folder(config, agent)?;
    if let Some(data) = &data {
        env.set(&data.variable, data.path.to_string_lossy());
    }
    let databases = db::known(repo, config, agent)?;
    for database in &databases {
        match &database.url {
            Some(url) => env.set(&database.variable, url),
            None => env.warnings.push(missing(agent, &database.variable)),
        }
    }
    let known = Known {
        repo,
        config,
        agent,
        ports: &ports,
        databases: &databases,
        data: data.as_ref().map(|data| data.path.as_path()),
    };
    for entry in config.section("agent-env") {
        configured(&mut env, &entry, &known)?;
    }
    Ok(env)
}

/// The variable that takes the guard's hooks into the main checkout, behind what it holds already.
fn carry_guard(env: &mut Environment, repo: &Repo) {
    let Some(common) = repo.common().to_str() else { return };
    let before = environment::var(carried::VARIABLE);
    // What is not Unicode cannot be added to without harm.
    if before.as_ref().is_none_or(|value| value.to_str().is_some()) {
        let before = before.as_ref().and_then(|value| value.to_str());
        env.set(carried::VARIABLE, carried::value(before, common));
    }
}

/// One entry of `[agent-env]`: `PUBLIC-URL = …`, or for a name with small letters `[agent-env "npm_x"] value = …`.
fn configured(env: &mut Environment, entry: &section::Entry, known: &Known<'_>) -> Result<()> {
    let name = match (entry.subsection.as_str(), entry.key.as_str()) {
        ("", key) => variable::of_key(key),
        (name, "value") => name.to_owned(),
        _ => return Ok(()),
    };
    let place = if entry.team { ".gitagent" } else { "git's configuration" };
    if !variable::is_valid(&name) || variable::is_ours(&name) {
        let why = if variable::is_ours(&name) {
            "git-agent alone sets it"
        } else {
            "it takes letters, digits and underscores"
        };
        return Err(Error::new(Kind::Usage, format!("[agent-env] in {place} sets '{name}': {why}"))
            .hint("git config agent-env.PUBLIC-URL 'http://localhost:{port.web}'"));
    }
    if entry.team && !variable::may_set(&name, &entry.value) && !trust::is_given(known.repo, known.config)? {
        env.warnings.push(format!(
            "{name} is not set: a program may obey it or send something to where it points, so .gitagent may set it only when you trust it: git agent trust"
        ));
        return Ok(());
    }
    match template::fill(&entry.value, |placeholder| known.value(placeholder)) {
        Ok(value) => env.set(&name, value),
        Err(Unfit::Unknown(placeholder)) if known.may_come(&placeholder) => {
            env.warnings.push(format!("{name} is not set: there is no {{{placeholder}}} now"));
        }
        Err(unfit) => {
            return Err(Error::new(
                Kind::Usage,
                format!("[agent-env] in {place} cannot set {name} to '{}'", entry.value),
            )
            .because(unfit)
            .because(format!("known are {}", known.names().join(", ")))
            .hint("git config agent-env.PUBLIC-URL 'http://{slug}.localhost'"));
        }
    }
    Ok(())
}

/// What the placeholders of `[agent-env]` stand for.
struct Known<'a> {
    repo: &'a Repo,
    config: &'a Config,
    agent: &'a Agent,
    ports: &'a [Leased],
    databases: &'a [Database],
    data: Option<&'a Path>,
}

impl Known<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        match name {
            "name" => Some(self.agent.name()),
            "slug" => Some(slug::slug(&self.agent.name())),
            "branch" => self.agent.tree.branch().map(str::to_owned),
            "base" => base(self.agent),
            "path" => Some(shown(&self.agent.tree.path)),
            "main" => Some(shown(self.repo.root())),
            "repo" => Some(self.repo.name()),
            "data" => self.data.map(shown),
            _ => {
                if let Some(service) = name.strip_prefix("port.") {
                    let leased = self.ports.iter().find(|leased| leased.service.name == service);
                    return leased.map(|leased| leased.port.to_string());
                }
                let (which, field) =
                    name.strip_prefix("db.").map(|rest| rest.rsplit_once('.').unwrap_or(("", rest)))?;
                let database = self.databases.iter().find(|database| database.label == which)?;
                match field {
                    "url" => database.url.clone(),
                    "name" => database.name.clone(),
                    "path" => database.path.as_deref().map(shown),
                    _ => None,
                }
            }
        }
    }

    /// Whether there may be such a value at another time: no branch with a detached HEAD, no database before it is made.
    fn may_come(&self, name: &str) -> bool {
        let field = name.strip_prefix("db.").map(|rest| rest.rsplit_once('.').unwrap_or(("", rest)));
        let database = field.is_some_and(|(which, field)| {
            ["url", "name", "path"].contains(&field) && self.databases.iter().any(|database| database.label == which)
        });
        matches!(name, "branch" | "base") || database
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            ["name", "slug", "branch", "base", "path", "main", "repo"].iter().map(|name| (*name).to_owned()).collect();
        names.extend(self.data.map(|_| "data".to_owned()));
        names.extend(self.ports.iter().map(|leased| format!("port.{}", leased.service.name)));
        for database in self.databases {
            let dot = if database.label.is_empty() { "" } else { "." };
            names.push(format!("db.{}{dot}url", database.label));
        }
        names
    }
}

fn base(agent: &Agent) -> Option<String> {
    let record = agent.record.as_ref()?;
    Some(record.base.branch.clone().unwrap_or_else(|| record.base.commit.clone()))
}

fn missing(agent: &Agent, variable: &str) -> String {
    format!("{variable} is not set: there is no database yet; to make it: git agent db {} create", agent.shown_name())
}

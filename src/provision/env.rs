//! The environment of an agent: the same for `git agent run` and `env`, for the program that spawn starts, and for a
//! client that asks for it when a session begins.

use crate::agent::{Agent, shell_word};
use crate::config::{Config, section};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::template::{self, Unfit};
use crate::policy::{carried, slug, variable};
use crate::provision::db::{self, spec};
use crate::provision::placeholder::{self, Known};
use crate::provision::ports::{self, Leased};
use crate::provision::{data, trust};

/// Variables in the order in which they are shown, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Names and values.
    pub pairs: Vec<(String, String)>,
    /// Variables that must not be there: what the user has set would lead to the main checkout's database or port.
    pub unset: Vec<String>,
    /// Variables for values of databases, whether there are some or not.
    pub databases: Vec<String>,
    /// The ports that are the agent's alone.
    pub ports: Vec<Leased>,
    /// What is configured and was left out, a sentence each.
    pub warnings: Vec<String>,
    /// Something was left out that nobody has trusted.
    pub waits_for_trust: bool,
}

impl Environment {
    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.forget(name);
        self.pairs.push((name.to_owned(), value.into()));
    }

    fn unset(&mut self, name: &str) {
        self.forget(name);
        self.unset.push(name.to_owned());
    }

    fn forget(&mut self, name: &str) {
        self.pairs.retain(|(other, _)| other != name);
        self.unset.retain(|other| other != name);
    }

    /// The value of one variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All of it for a program that is started; `None` for what it must not have.
    pub fn variables(&self) -> Vec<(String, Option<String>)> {
        let set = self.pairs.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
        set.chain(self.unset.iter().map(|name| (name.clone(), None))).collect()
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
    let (environment, problems) = gather(repo, config, agent);
    problems.into_iter().next().map_or(Ok(environment), Err)
}

/// As much of the environment as there can be, and what stands against the rest.
pub fn gather(repo: &Repo, config: &Config, agent: &Agent) -> (Environment, Vec<Error>) {
    let mut env = Environment::default();
    let mut problems = Vec::new();
    env.set("GIT_AGENT", agent.name());
    env.set("GIT_AGENT_PATH", agent.tree.path.to_string_lossy());
    // What they are unset in may be another agent's environment.
    for (name, value) in
        [("GIT_AGENT_BRANCH", agent.tree.branch().map(str::to_owned)), ("GIT_AGENT_BASE", placeholder::base(agent))]
    {
        match value {
            Some(value) => env.set(name, value),
            None => env.unset(name),
        }
    }
    carry_guard(&mut env, repo);
    match ports::lease(repo, config, agent) {
        Ok(ports) => env.ports = ports,
        Err(error) => {
            ports::services(config).unwrap_or_default().iter().for_each(|service| env.unset(&service.variable));
            problems.push(error);
        }
    }
    for leased in env.ports.clone() {
        env.set(&leased.service.variable, leased.port.to_string());
    }
    let place = repo.common().to_string_lossy();
    env.set("COMPOSE_PROJECT_NAME", slug::compose_project(&repo.name(), &place, &agent.name()));
    let data = data::folder(repo, config, agent).unwrap_or_else(|error| {
        problems.push(error);
        None
    });
    if let Some(data) = &data {
        env.set(&data.variable, data.path.to_string_lossy());
    }
    let databases = db::known(repo, config, agent).unwrap_or_else(|error| {
        problems.push(error);
        Vec::new()
    });
    // Those of the settings first: the databases may not be known.
    for name in spec::variables(config) {
        env.unset(&name);
        env.databases.push(name);
    }
    for database in &databases {
        match &database.url {
            Some(url) => env.set(&database.variable, url),
            None => {
                let waits = database.needs_trust && !trust::is_given(repo, config).unwrap_or(false);
                env.waits_for_trust |= waits;
                env.warnings.push(missing(agent, &database.variable, waits));
            }
        }
    }
    let ports = env.ports.clone();
    let data = data.as_ref().map(|data| data.path.as_path());
    let known = Known { repo, agent, ports: &ports, databases: &databases, data };
    let entries = config.section("agent-env");
    let names = if entries.is_empty() { Vec::new() } else { placeholder::names(repo, config) };
    for entry in entries {
        if let Err(error) = configured(&mut env, config, &entry, &known, &names) {
            problems.push(error);
        }
    }
    (env, problems)
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

/// Everything that is wrong with `[agent-env]`, as far as that can be told without an agent.
pub fn problems(repo: &Repo, config: &Config) -> Vec<Error> {
    let names = placeholder::names(repo, config);
    let judge = |entry: section::Entry| -> Option<Error> {
        let name = match name(repo, &entry) {
            Ok(name) => name?,
            Err(error) => return Some(error),
        };
        template::check(&entry.value, &names).err().map(|unfit| wrong_value(repo, &entry, &name, &unfit, &names))
    };
    config.section("agent-env").into_iter().filter_map(judge).collect()
}

/// The variable of an entry: `PUBLIC-URL = …`, or for a name with small letters `[agent-env "npm_x"] value = …`; `None` for
/// one that means nothing.
fn name(repo: &Repo, entry: &section::Entry) -> Result<Option<String>> {
    let name = match (entry.subsection.as_str(), entry.key.as_str()) {
        ("", key) => variable::of_key(key),
        (name, "value") => name.to_owned(),
        _ => return Ok(None),
    };
    let why = if variable::is_ours(&name) {
        "git-agent alone sets it"
    } else if !variable::is_valid(&name) {
        "it takes letters, digits and underscores"
    } else {
        return Ok(Some(name));
    };
    let what = format!("[agent-env] in {} sets '{name}': {why}", place(entry));
    Err(Error::new(Kind::Usage, what).hint(format!("{} --unset-all {}", command(repo, entry), key(entry))))
}

fn wrong_value(repo: &Repo, entry: &section::Entry, name: &str, unfit: &Unfit, names: &[String]) -> Error {
    let what = format!("[agent-env] in {} cannot set {name} to '{}'", place(entry), entry.value);
    Error::new(Kind::Usage, what).because(unfit).because(format!("known are {}", names.join(", "))).hint(format!(
        "{} --replace-all {} VALUE",
        command(repo, entry),
        key(entry)
    ))
}

fn place(entry: &section::Entry) -> &'static str {
    if entry.team { ".gitagent" } else { "git's configuration" }
}

fn command(repo: &Repo, entry: &section::Entry) -> String {
    let file = || shell_word(&repo.root().join(".gitagent").to_string_lossy());
    if entry.team { format!("git config --file {}", file()) } else { "git config".to_owned() }
}

fn key(entry: &section::Entry) -> String {
    match entry.subsection.as_str() {
        "" => shell_word(&format!("agent-env.{}", entry.key)),
        subsection => shell_word(&format!("agent-env.{subsection}.{}", entry.key)),
    }
}

fn configured(
    env: &mut Environment,
    config: &Config,
    entry: &section::Entry,
    known: &Known<'_>,
    names: &[String],
) -> Result<()> {
    let Some(name) = name(known.repo, entry)? else { return Ok(()) };
    let is_database = template::names(&entry.value).iter().any(|placeholder| placeholder.starts_with("db."));
    if is_database {
        env.databases.push(name.clone());
    }
    if entry.team && !variable::may_set(&name, &entry.value) && !trust::is_given(known.repo, config)? {
        env.waits_for_trust = true;
        env.warnings.push(format!(
            "{name} is not set: a program may obey it or send something to where it points, so .gitagent may set it only when you trust it: git agent trust"
        ));
        // Without the agent's database it would be the user's that programs find there.
        if is_database && !variable::is_dangerous(&name) {
            env.unset(&name);
        }
        return Ok(());
    }
    match template::fill(&entry.value, |placeholder| known.value(placeholder)) {
        Ok(value) => env.set(&name, value),
        Err(Unfit::Unknown(placeholder)) if names.contains(&placeholder) => {
            env.unset(&name);
            env.warnings.push(format!("{name} is not set: there is no {{{placeholder}}} now"));
        }
        Err(unfit) => {
            if is_database {
                env.unset(&name);
            }
            return Err(wrong_value(known.repo, entry, &name, &unfit, names));
        }
    }
    Ok(())
}

fn missing(agent: &Agent, variable: &str, waits_for_trust: bool) -> String {
    format!("{variable} is not set: there is no database yet; to make it: {}", to_make_it(agent, waits_for_trust))
}

/// The command that makes a database which is missing.
pub fn to_make_it(agent: &Agent, waits_for_trust: bool) -> String {
    let name = agent.shown_name();
    if waits_for_trust {
        format!("git agent trust && git agent provision {name}")
    } else {
        format!("git agent db {name} create")
    }
}

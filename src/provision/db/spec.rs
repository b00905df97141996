//! What `[agent-db]` says: which databases every agent gets, from where, and in which variable.

use std::path::PathBuf;

use crate::config::Config;
use crate::config::section::{self, Entry};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::dotenv;
use crate::policy::postgres::Connection;
use crate::policy::variable::{self, Value};
use crate::provision::data;
use crate::{environment, store};

/// One database as it is configured.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name in `[agent-db "NAME"]`; empty for `[agent-db]`.
    pub label: String,
    /// The variable that carries its connection string.
    pub variable: String,
    /// The template of the connection string, where one is configured.
    pub url: Option<String>,
    /// Where it comes from.
    pub provider: Provider,
    /// `.gitagent` has a say in what is done on a server or by commands: only with trust.
    pub needs_trust: bool,
}

/// Where a database comes from.
#[derive(Clone, Debug)]
pub enum Provider {
    /// A copy of a file.
    Sqlite {
        /// The file.
        source: PathBuf,
        /// The copy's path from the top of the worktree.
        path: String,
    },
    /// A copy of a database on its own server.
    Postgres {
        /// The connection to the source, as it is written: a string, a name, or `$VARIABLE`.
        source: Entry,
        /// How it is copied.
        strategy: Strategy,
    },
    /// A branch at Neon.
    Neon {
        /// `--project-id`.
        project: Option<String>,
        /// `--parent`.
        parent: Option<String>,
        /// `--database-name`.
        database: Option<String>,
        /// `--role-name`.
        role: Option<String>,
        /// `--pooled`.
        pooled: bool,
    },
    /// Commands.
    Command {
        /// Makes it.
        create: Vec<String>,
        /// Prints its connection string.
        url: Option<Vec<String>>,
        /// Drops it.
        drop: Vec<String>,
        /// Opens a shell on it.
        shell: Option<Vec<String>>,
    },
}

/// How Postgres copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// By the server's version and the size.
    Auto,
    /// `STRATEGY wal_log`.
    WalLog,
    /// `STRATEGY file_copy`.
    FileCopy,
    /// pg_dump and pg_restore.
    Dump,
}

const PROVIDER_HINT: &str = "git config agent-db.provider sqlite";

/// The databases that are configured.
///
/// # Errors
/// When a setting is missing or cannot be.
pub fn specs(repo: &Repo, config: &Config) -> Result<Vec<Spec>> {
    let groups = section::grouped(config.section("agent-db"));
    groups.into_iter().map(|(label, entries)| spec(repo, &label, &entries)).collect()
}

/// The variables of all databases, also of those whose other settings are wrong.
pub fn variables(config: &Config) -> Vec<String> {
    let names = section::grouped(config.section("agent-db")).into_iter().map(|(label, entries)| name(&label, &entries));
    let fine = names.filter(|(name, is_team)| {
        let is_free = variable::is_valid(name) && !variable::is_ours(name);
        is_free && (!is_team || variable::may_hold(Value::Database, name))
    });
    fine.map(|(name, _)| name).collect()
}

/// The variable of one database, and whether `.gitagent` chose it.
fn name(label: &str, entries: &[Entry]) -> (String, bool) {
    match section::last(entries, "env") {
        None if label.is_empty() => ("DATABASE_URL".to_owned(), false),
        None => (format!("{}_DATABASE_URL", variable::of_key(label)), false),
        Some(entry) => (entry.value.clone(), entry.team),
    }
}

fn spec(repo: &Repo, label: &str, entries: &[Entry]) -> Result<Spec> {
    let field = Fields { label, entries };
    if !label.is_empty() && !crate::policy::ports::is_service(label) {
        let what = format!("'{label}' cannot name a database: it takes letters, digits, dashes and underscores");
        return Err(Error::new(Kind::Usage, what).hint("git config agent-db.cache.provider sqlite"));
    }
    let (variable, is_team) = name(label, entries);
    if !variable::is_valid(&variable) || variable::is_ours(&variable) {
        return Err(field.wrong("env", "it may not be set", "DATABASE_URL"));
    }
    if is_team && !variable::may_hold(Value::Database, &variable) {
        let why = ".gitagent may choose a name that ends as DATABASE_URL, DB_NAME or DSN: others a program may obey";
        return Err(field.wrong("env", why, "DATABASE_URL"));
    }
    let Some(provider) = section::last(entries, "provider") else {
        return Err(Error::new(Kind::Usage, format!("{} has no provider", field.section())).hint(PROVIDER_HINT));
    };
    let provider = match provider.value.as_str() {
        "sqlite" => sqlite(repo, &field)?,
        "postgres" | "postgresql" => postgres(&field)?,
        "neon" => neon(&field)?,
        "command" => command(&field)?,
        _ => return Err(field.wrong("provider", "it takes sqlite, postgres, neon or command", "sqlite")),
    };
    if let Some(entry) = section::last(entries, "connection")
        && entry.team
        && !entry.value.is_empty()
        && !variable::may_connect(&entry.value)
    {
        let why = ".gitagent may only lead to this database, or to a place on this machine";
        return Err(field.wrong("connection", why, "'file:{db.path}'"));
    }
    let needs_trust = !section::acts_elsewhere(entries).is_empty();
    Ok(Spec { label: label.to_owned(), variable, url: field.text("connection"), provider, needs_trust })
}

fn sqlite(repo: &Repo, field: &Fields<'_>) -> Result<Provider> {
    let Some(entry) = section::last(field.entries, "source") else {
        return Err(field.missing("source", "db/development.sqlite3"));
    };
    let source = if entry.team {
        data::inside(repo.root(), &entry.value).map_err(|why| field.wrong("source", why, "db/development.sqlite3"))?
    } else {
        repo.root().join(&entry.value)
    };
    let path = match field.text("path") {
        Some(path) => path,
        None => match source.strip_prefix(repo.root()) {
            Ok(inside) => inside.to_string_lossy().into_owned(),
            Err(_) => return Err(field.missing("path", "db/development.sqlite3")),
        },
    };
    Ok(Provider::Sqlite { source, path })
}

fn postgres(field: &Fields<'_>) -> Result<Provider> {
    let Some(source) = section::last(field.entries, "source") else {
        return Err(field.missing("source", "myapp_development"));
    };
    if source.team && !source.value.starts_with('$') && !Connection::parse(&source.value).is_some_and(|c| c.is_modest())
    {
        return Err(field.wrong(
            "source",
            ".gitagent may name a database, one on localhost, or a $VARIABLE of the main checkout's .env",
            "myapp_development",
        ));
    }
    let strategy = match field.text("strategy").as_deref() {
        None | Some("auto") => Strategy::Auto,
        Some("wal_log") => Strategy::WalLog,
        Some("file_copy") => Strategy::FileCopy,
        Some("dump") => Strategy::Dump,
        Some(_) => return Err(field.wrong("strategy", "it takes auto, wal_log, file_copy or dump", "auto")),
    };
    Ok(Provider::Postgres { source: source.clone(), strategy })
}

fn command(field: &Fields<'_>) -> Result<Provider> {
    let words = |key: &str| -> Result<Option<Vec<String>>> {
        let Some(text) = field.text(key) else { return Ok(None) };
        let words = shlex::split(&text).filter(|words| !words.is_empty());
        words.map(Some).ok_or_else(|| field.wrong(key, "it cannot be split into words", "'make-db {db.name}'"))
    };
    let create = words("create")?.ok_or_else(|| field.missing("create", "'make-db {db.name}'"))?;
    let drop = words("drop")?.ok_or_else(|| field.missing("drop", "'drop-db {db.name}'"))?;
    Ok(Provider::Command { create, url: words("url")?, drop, shell: words("shell")? })
}

/// Neon's program reads a value that looks like an option as one (`--api-host` would send the user's key elsewhere), so only
/// what a name at Neon can be is let through.
fn neon(field: &Fields<'_>) -> Result<Provider> {
    let name = |key: &str| -> Result<Option<String>> {
        let value = field.text(key);
        let is_name = |text: &String| {
            // A parent may be a moment: 2026-01-31T12:00:00+01:00.
            let of_time = |letter: char| key == "parent" && matches!(letter, ':' | '+');
            let plain = |letter: char| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/') || of_time(letter)
            };
            !text.starts_with('-') && text.chars().all(plain)
        };
        match value {
            Some(text) if !is_name(&text) => Err(field.wrong(key, "it is no name at Neon", "NAME")),
            other => Ok(other),
        }
    };
    Ok(Provider::Neon {
        project: name("project")?,
        parent: name("parent")?,
        database: name("database")?,
        role: name("role")?,
        pooled: field.text("pooled").is_some_and(|value| matches!(value.as_str(), "true" | "yes" | "on" | "1")),
    })
}

/// The settings of one database, and errors about them.
struct Fields<'a> {
    label: &'a str,
    entries: &'a [Entry],
}

impl Fields<'_> {
    fn text(&self, key: &str) -> Option<String> {
        section::last(self.entries, key).map(|entry| entry.value.clone()).filter(|value| !value.is_empty())
    }

    fn section(&self) -> String {
        if self.label.is_empty() { "agent-db".to_owned() } else { format!("agent-db.{}", self.label) }
    }

    fn wrong(&self, key: &str, why: &str, example: &str) -> Error {
        let value = self.text(key).unwrap_or_default();
        let value = crate::policy::postgres::masked(&value);
        Error::new(Kind::Usage, format!("{}.{key} is '{value}': {why}", self.section()))
            .hint(format!("git config {}.{key} {example}", self.section()))
    }

    fn missing(&self, key: &str, example: &str) -> Error {
        Error::new(Kind::Usage, format!("{} has no {key}", self.section()))
            .hint(format!("git config {}.{key} {example}", self.section()))
    }
}

/// The connection that a source names. A `$VARIABLE` is looked up in the `.env` of the main checkout, then in our own
/// environment, but not in that of an agent: there it would name the agent's own database.
///
/// # Errors
/// When the variable is not set, or what it says is no connection string.
pub fn connection(repo: &Repo, source: &str) -> Result<Connection> {
    let connection = completed(written(repo, source)?);
    if connection.parameter("service").is_some() {
        return Err(Error::new(Kind::Unsupported, "agent-db.source names a service, and those are not looked up")
            .hint("git config agent-db.source postgres://USER@HOST/DATABASE"));
    }
    let is_open = connection.host.is_none() && connection.parameter("hostaddr").is_none();
    if is_open && environment::var("PGSERVICE").is_some() {
        return Err(Error::new(Kind::Unsupported, "agent-db.source names no host, and PGSERVICE is not looked up")
            .hint("git config agent-db.source postgres://USER@HOST/DATABASE"));
    }
    Ok(connection)
}

/// The connection with what libpq's variables say of what it leaves open.
pub fn completed(connection: Connection) -> Connection {
    connection.completed(|name| environment::var(name).map(|value| value.to_string_lossy().into_owned()))
}

fn written(repo: &Repo, source: &str) -> Result<Connection> {
    let Some(name) = source.strip_prefix('$') else {
        return Connection::parse(source).ok_or_else(|| {
            Error::new(Kind::Usage, "agent-db.source does not lead to a database of Postgres")
                .because("it takes a name, postgres://USER@HOST/DATABASE, or $VARIABLE")
                .hint("git config agent-db.source myapp_development")
        });
    };
    let name = name.trim_matches(['{', '}']);
    let file = repo.root().join(".env");
    let bytes = store::read(&file)?.unwrap_or_default();
    let found = dotenv::value_of(&String::from_utf8_lossy(&bytes), name).filter(|value| !value.is_empty());
    let own = || environment::var(name).filter(|_| environment::var("GIT_AGENT").is_none());
    let found = found.or_else(|| own().map(|value| value.to_string_lossy().into_owned()));
    let text = found.ok_or_else(|| {
        Error::new(Kind::NotFound, format!("agent-db.source is ${name}, which is not set"))
            .because(format!("looked in {} and in the environment", file.display()))
            .hint("git config agent-db.source myapp_development")
    })?;
    // No bare name here: the variable may be any, and what is no connection string may be a secret, which as a database's
    // name would be printed and recorded. For the same reason the error does not say what it holds.
    Connection::parse(&text).filter(|_| text.contains("://")).ok_or_else(|| {
        Error::new(Kind::Usage, format!("agent-db.source is ${name}, which holds no connection string of Postgres"))
            .because("the variable takes postgres://USER:PASSWORD@HOST/DATABASE; in a password, / is %2F and @ is %40")
            .hint("git config agent-db.source '$DATABASE_URL'")
    })
}

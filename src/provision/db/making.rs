//! Making one database, and dropping it: on record before anything is made, off record after it is gone.

use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::launch::tool::Tool;
use crate::policy::{slug, template};
use crate::provision::db::record::{self, Held, Place};
use crate::provision::db::spec::{self, Provider, Spec};
use crate::provision::db::{Database, Done, Note, describe, neon, postgres, reach, sqlite, target};
use crate::provision::{env, stage, trust};
use crate::store;

/// Why a database was not made.
enum Failure {
    /// Nothing was made that would have to go.
    Nothing(Error),
    /// Something was, or may have been.
    Something(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Something(error)
    }
}

/// What the making of a database needs.
pub(super) struct Making<'a> {
    pub repo: &'a Repo,
    pub config: &'a Config,
    pub agent: &'a Agent,
    pub note: &'a Note<'a>,
}

impl Making<'_> {
    /// Makes the database if it is not there, and completes one whose maker was killed.
    pub(super) fn create(&self, spec: &Spec) -> Result<Done> {
        let held = record::load(self.agent)?;
        let before = held.into_iter().find(|held| held.label == spec.label);
        if let Some(before) = before.as_ref().filter(|before| before.complete) {
            if before.place.provider() != spec.provider.word() {
                return Err(Error::new(
                    Kind::Exists,
                    format!("there is a {} database already", before.place.provider()),
                )
                .hint(format!("git agent db {} drop", self.agent.shown_name())));
            }
            if self.exists(spec, before)? {
                return Ok(Done::Kept);
            }
        }
        if spec.needs_trust && !trust::is_given(self.repo, self.config)? {
            return Ok(Done::Skipped(untrusted().message));
        }
        let resumed = before.is_some();
        let mut held = match before {
            Some(before) if before.place.provider() == spec.provider.word() => Held { complete: false, ..before },
            _ => Held { label: spec.label.clone(), complete: false, place: self.plan(spec)? },
        };
        // A record that is not complete is no claim to a file: somebody may have made one there since.
        if (!resumed || matches!(held.place, Place::Sqlite { .. }))
            && let Err(error) = self.check_free(spec, &held)
        {
            if resumed {
                self.forget(&held.label)?;
            }
            return Err(error);
        }
        self.write(&held)?;
        match self.make(spec, &mut held, resumed) {
            Ok(()) => {
                held.complete = true;
                self.write(&held)?;
                Ok(Done::Made)
            }
            Err(Failure::Nothing(error)) => {
                self.forget(&held.label)?;
                Err(error)
            }
            Err(Failure::Something(error)) => match self.remove(&held) {
                Ok(()) => Err(error),
                Err(second) => Err(error.because(format!("and dropping what was made failed as well: {second}"))),
            },
        }
    }

    /// Where a new one will be.
    fn plan(&self, spec: &Spec) -> Result<Place> {
        let place = self.repo.common().to_string_lossy();
        let name = |source: &str| slug::database(source, &format!("{place}\0{}", spec.label), &self.agent.name());
        Ok(match &spec.provider {
            Provider::Sqlite { path, .. } => Place::Sqlite { path: PathBuf::from(path), copy: None },
            Provider::Postgres { source, .. } => {
                let connection = spec::connection(self.repo, &source.value)?;
                let token = store::random_hex();
                Place::Postgres {
                    name: name(&connection.database),
                    server: connection.public().url("postgres"),
                    mark: format!("git-agent {} {} of {place}", token.get(..16).unwrap_or(&token), self.agent.name()),
                }
            }
            Provider::Neon { project, .. } => Place::Neon {
                // A branch bears no mark: chance in its name proves that it is ours, even if Neon's answer never came.
                name: format!("{}-{}", name(&self.repo.name()).replace('_', "-"), &store::random_hex()[..8]),
                branch: None,
                project: project.clone(),
                url: None,
            },
            Provider::Command { drop, .. } => {
                let name = name(&self.repo.name());
                let held = Held {
                    label: spec.label.clone(),
                    complete: false,
                    place: Place::Command { name: name.clone(), url: None, drop: Vec::new() },
                };
                let database = describe(self.repo, self.agent, spec, &[held]);
                // Filled in now: when it runs, the agent may be long gone.
                Place::Command { name, url: None, drop: filled(drop, self.repo, self.agent, &database)? }
            }
        })
    }

    /// Nothing that somebody else made may be in the place.
    fn check_free(&self, spec: &Spec, held: &Held) -> Result<()> {
        match &held.place {
            Place::Sqlite { path, copy } => {
                let path = path.to_string_lossy();
                let target = target(self.agent, &path)?;
                if !sqlite::is_moved_in(&target, copy.as_ref()) {
                    sqlite::check_free(self.repo, self.agent, &path, &target)?;
                }
            }
            Place::Postgres { name, server, .. } => {
                let connection = self.reach(spec, server)?;
                if postgres::Server::new(&connection, &self.agent.tree.path).comment(name)?.is_some() {
                    return Err(Error::new(Kind::Exists, format!("the server has a database '{name}' already"))
                        .hint(format!("dropdb {name}")));
                }
            }
            Place::Neon { .. } | Place::Command { .. } => {}
        }
        Ok(())
    }

    fn reach(&self, spec: &Spec, server: &str) -> Result<crate::policy::postgres::Connection> {
        reach(self.repo, Some(spec), server).ok_or_else(|| Error::failed("the record of the database is damaged"))
    }

    /// Whether a complete one is still there, as far as that can be told without its provider's help.
    fn exists(&self, spec: &Spec, held: &Held) -> Result<bool> {
        Ok(match &held.place {
            Place::Sqlite { path, .. } => self.agent.tree.path.join(path).is_file(),
            Place::Postgres { name, server, .. } => {
                let connection = self.reach(spec, server)?;
                postgres::Server::new(&connection, &self.agent.tree.path).comment(name)?.is_some()
            }
            Place::Neon { .. } | Place::Command { .. } => true,
        })
    }

    fn make(&self, spec: &Spec, held: &mut Held, resumed: bool) -> std::result::Result<(), Failure> {
        let folder = &self.agent.tree.path;
        if resumed && matches!(held.place, Place::Postgres { .. }) {
            self.undo(Some(spec), held)?;
        }
        match (&mut held.place, &spec.provider) {
            (Place::Sqlite { .. }, Provider::Sqlite { source, .. }) => {
                let copied = self.copy_file(held, source);
                stage::clear_draft(&self.agent.tree)?;
                copied?;
            }
            (Place::Postgres { name, mark, .. }, Provider::Postgres { source, strategy }) => {
                let connection = spec::connection(self.repo, &source.value)?;
                postgres::Server::new(&connection, folder).create(name, mark, *strategy).map_err(|error| {
                    // 42P04, duplicate_database: somebody was faster, and what is there is theirs. So is what somebody
                    // makes at the same time: then it is the index of the names that refuses the second.
                    let theirs = ["42P04", "pg_database_datname_index"];
                    let is_theirs = error.causes.iter().any(|cause| theirs.iter().any(|text| cause.contains(text)));
                    if is_theirs { Failure::Nothing(error) } else { Failure::Something(error) }
                })?;
            }
            (Place::Neon { name, branch, url, .. }, provider) => {
                let id = neon::create(folder, name, provider, resumed)?;
                *branch = Some(id.clone());
                *url = None;
                self.write(held)?;
                let Place::Neon { url, .. } = &mut held.place else { return Ok(()) };
                *url = Some(neon::url(folder, &id, provider)?);
            }
            (Place::Command { name, url, .. }, Provider::Command { create, url: print, .. }) => {
                let name = name.clone();
                // One that fails has made nothing, or cleans up: what is there by this name may be somebody else's.
                self.run(create, spec, &name).map_err(Failure::Nothing)?;
                if let Some(print) = print {
                    let text = self.run(print, spec, &name)?;
                    let line = text.lines().next().unwrap_or_default().trim().to_owned();
                    if line.is_empty() {
                        return Err(Failure::Something(
                            Error::failed("the command of agent-db.url printed nothing")
                                .hint("git config agent-db.url 'PROGRAM ARGUMENTS'"),
                        ));
                    }
                    *url = Some(line);
                }
            }
            _ => return Err(Failure::Nothing(Error::failed("the provider of the database has changed"))),
        }
        let database = describe(self.repo, self.agent, spec, &[Held { complete: true, ..held.clone() }]);
        // A template that cannot be filled in is an error now, and not a missing variable later.
        url_from_template(spec, "", &database)?;
        Ok(())
    }

    /// Copies a file, unless the one that was killed here had moved its copy in already.
    fn copy_file(&self, held: &mut Held, source: &Path) -> Result<()> {
        let Place::Sqlite { path, copy } = &mut held.place else { return Ok(()) };
        let target = target(self.agent, &path.to_string_lossy())?;
        if sqlite::is_moved_in(&target, copy.as_ref()) {
            return Ok(());
        }
        let draft = sqlite::copy(source, &stage::open_draft(&self.agent.tree)?)?;
        *copy = sqlite::identity(&draft);
        self.write(held)?;
        sqlite::put(&draft, &target)
    }

    /// Runs a configured command in the worktree, with the agent's environment.
    fn run(&self, words: &[String], spec: &Spec, name: &str) -> Result<String> {
        let held = Held {
            label: spec.label.clone(),
            complete: true,
            place: Place::Command { name: name.to_owned(), url: None, drop: Vec::new() },
        };
        let database = describe(self.repo, self.agent, spec, &[held]);
        let words = filled(words, self.repo, self.agent, &database)?;
        let tool = Tool::find(&words[0], &self.agent.tree.path, "git config agent-db.create 'PROGRAM ARGUMENTS'")?;
        let environment = env::of(self.repo, self.config, self.agent)?.pairs;
        tool.args(words[1..].to_vec())
            .envs(&environment)
            .envs(&[("GIT_AGENT_DB".to_owned(), name.to_owned())])
            .text("")
            .map_err(command_failed)
    }

    /// The source's data again, in the same place.
    pub(super) fn reset(&self, spec: &Spec) -> Result<Done> {
        // Asked before anything goes: what may not be made again must stay.
        if spec.needs_trust && !trust::is_given(self.repo, self.config)? {
            return Err(untrusted());
        }
        let held = record::load(self.agent)?;
        let before = held.into_iter().find(|held| held.label == spec.label);
        if let Some(before) = before {
            if let (Place::Neon { branch: Some(branch), project, .. }, true) = (&before.place, before.complete) {
                neon::reset(&self.agent.tree.path, branch, project.as_deref())?;
                return Ok(Done::Made);
            }
            self.remove(&before)?;
        }
        self.create(spec)
    }

    /// Drops one that is on record, and strikes it out.
    pub(super) fn remove(&self, held: &Held) -> Result<()> {
        let specs = spec::specs(self.repo, self.config).unwrap_or_default();
        self.undo(specs.iter().find(|spec| spec.label == held.label), held)?;
        self.forget(&held.label)
    }

    /// Strikes one out.
    fn forget(&self, label: &str) -> Result<()> {
        let mut all = record::load(self.agent)?;
        all.retain(|other| other.label != label);
        record::save(self.agent, &all)?;
        (self.note)(&all)
    }

    fn undo(&self, spec: Option<&Spec>, held: &Held) -> Result<()> {
        match &held.place {
            Place::Sqlite { path, copy } => {
                let target = target(self.agent, &path.to_string_lossy())?;
                if held.complete {
                    sqlite::remove(self.repo, self.agent, &target)
                } else {
                    sqlite::remove_incomplete(&target, copy.as_ref())
                }
            }
            _ => drop_on_server(self.repo, spec, held),
        }
    }

    /// Writes one down, in its place among the others.
    fn write(&self, held: &Held) -> Result<()> {
        let mut all = record::load(self.agent)?;
        all.retain(|other| other.label != held.label);
        all.push(held.clone());
        // The record outside first: of the two it is the one that outlives the worktree.
        (self.note)(&all)?;
        record::save(self.agent, &all)
    }
}

/// Drops a database that is no file of the worktree.
pub(super) fn drop_on_server(repo: &Repo, spec: Option<&Spec>, held: &Held) -> Result<()> {
    let folder = repo.root();
    match &held.place {
        Place::Sqlite { .. } => Ok(()),
        Place::Postgres { name, server, mark } => {
            let connection =
                reach(repo, spec, server).ok_or_else(|| Error::failed("the record of the database is damaged"))?;
            postgres::Server::new(&connection, folder).drop(name, mark, !held.complete)
        }
        Place::Neon { name, branch, project, .. } => match branch {
            Some(branch) => neon::delete(folder, branch, project.as_deref()),
            // Killed before Neon answered: a branch of this name, which bears our hash, is ours.
            None => neon::delete_named(folder, name, project.as_deref()),
        },
        Place::Command { name, drop, .. } => {
            let Some(program) = drop.first() else { return Ok(()) };
            let tool = Tool::find(program, folder, "git config agent-db.drop 'PROGRAM ARGUMENTS'")?;
            tool.args(drop[1..].to_vec())
                .envs(&[("GIT_AGENT_DB".to_owned(), name.clone())])
                .text("")
                .map(std::mem::drop)
        }
    }
}

fn command_failed(error: Error) -> Error {
    error.hint("git config --get-regexp '^agent-db\\.'")
}

/// The error for programs that nobody has trusted.
pub(super) fn untrusted() -> Error {
    Error::new(
        Kind::Refused,
        "[agent-db] in .gitagent starts programs and asks servers only when it is trusted: git agent trust",
    )
    .hint("git agent trust")
}

/// The words of a command with their placeholders filled in.
pub(super) fn filled(words: &[String], repo: &Repo, agent: &Agent, database: &Database) -> Result<Vec<String>> {
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
            Error::new(Kind::Usage, format!("a command of [agent-db] cannot be filled in: {word}"))
                .because(unfit)
                .hint("git config agent-db.create 'make-db {db.name}'")
        })
    };
    words.iter().map(fill).collect()
}

/// The connection string as the setting wants it.
pub(super) fn url_from_template(spec: &Spec, url: &str, database: &Database) -> Result<String> {
    let Some(text) = &spec.url else { return Ok(url.to_owned()) };
    let value = |name: &str| match name {
        "db.url" => Some(url.to_owned()),
        "db.name" => database.name.clone(),
        "db.path" => database.path.as_deref().map(shown),
        _ => None,
    };
    template::fill(text, value).map_err(|unfit| {
        Error::new(Kind::Usage, format!("agent-db.connection is '{text}'"))
            .because(unfit)
            .because("known are db.url, db.name and, for sqlite, db.path")
            .hint("git config agent-db.connection 'file:{db.path}'")
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

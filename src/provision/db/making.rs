//! Making one database: on record before anything is made.

use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::slug;
use crate::provision::db::commands::{self, filled, url_from_template};
use crate::provision::db::hold::{Hold, Site};
use crate::provision::db::postgres::{Found, Server};
use crate::provision::db::record::{self, Held, Place};
use crate::provision::db::spec::{self, Provider, Spec};
use crate::provision::db::{Done, Note, describe, dropping, neon, sqlite, target};
use crate::provision::{stage, trust};
use crate::store;

/// Why a database was not made.
pub enum Failure {
    /// Nothing was made that would have to go.
    Nothing(Error),
    /// Something was, or may have been.
    Something(Error),
}

impl Failure {
    /// Why.
    pub fn error(self) -> Error {
        match self {
            Self::Nothing(error) | Self::Something(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Something(error)
    }
}

/// What the making of a database needs.
pub struct Making<'a> {
    pub repo: &'a Repo,
    pub config: &'a Config,
    pub agent: &'a Agent,
    pub note: &'a Note<'a>,
    pub hold: &'a Hold,
}

impl Making<'_> {
    /// Makes the database if it is not there. What a killed maker left of it goes first, where it is, and as it was
    /// configured then: the settings may lead elsewhere by now.
    pub fn create(&self, spec: &Spec) -> Result<Done> {
        let before = self.before(spec)?;
        if let Some(before) = before.as_ref().filter(|before| before.complete) {
            if before.place.provider() != spec.provider.word() {
                return Err(Error::new(
                    Kind::Exists,
                    format!("there is a {} database already", before.place.provider()),
                )
                .hint(format!("git agent db {} drop", self.agent.shown_name())));
            }
            if self.exists(spec, before)? {
                self.settle(before)?;
                return Ok(Done::Kept);
            }
        }
        if spec.needs_trust && !trust::is_given(self.repo, self.config)? {
            return Ok(Done::Skipped(dropping::untrusted().message));
        }
        if let Some(before) = &before
            && self.is_moved_in(spec, before)?
        {
            let before = Held { complete: true, ..before.clone() };
            self.write(&before)?;
            self.settle(&before)?;
            return Ok(Done::Made);
        }
        // Before anything goes: without a source, what a reset has left is all that there is.
        let place = self.plan(spec)?;
        let left = before.as_ref().map(|before| self.clear(before)).transpose()?.flatten();
        let mut held = Held::begun(&spec.label, place);
        self.check_free(spec, &held.place)?;
        self.write(&held)?;
        match (self.make(spec, &mut held), before.zip(left)) {
            (Ok(()), _) => {
                held.complete = true;
                self.write(&held)?;
                Ok(Done::Made)
            }
            (Err(Failure::Nothing(error)), None) => {
                self.forget(&held.label)?;
                Err(error)
            }
            (Err(Failure::Nothing(error)), Some((before, second))) => {
                self.write(&before)?;
                Err(error.because(format!("what was begun before is perhaps there, and dropping it failed: {second}")))
            }
            (Err(Failure::Something(error)), _) => match self.remove(&held) {
                Ok(()) => Err(error),
                Err(second) => Err(error.because(format!("and dropping what was made failed as well: {second}"))),
            },
        }
    }

    /// What is on record of it.
    pub fn before(&self, spec: &Spec) -> Result<Option<Held>> {
        Ok(record::load(self.agent)?.into_iter().find(|held| held.label == spec.label))
    }

    /// Takes away what is left of one that is to be made anew: one that is not complete, or is complete and gone. Returns
    /// why that may have failed, where it need not be an error.
    fn clear(&self, before: &Held) -> Result<Option<Error>> {
        match (&before.place, before.complete) {
            // Its `create` may have been killed before it made anything, and what is not there cannot be dropped either. If
            // it is there, the next `create` says so.
            (Place::Command { .. }, false) => match dropping::undo(self, before) {
                Ok(()) => self.forget(&before.label).map(|()| None),
                Err(error) => Ok(Some(error)),
            },
            // Somebody has removed the file; what SQLite kept beside it is not ours to judge.
            (Place::Sqlite { .. }, true) => self.forget(&before.label).map(|()| None),
            _ => self.remove(before).map(|()| None),
        }
    }

    /// Takes away what a command that was killed has left beside a database that is there.
    pub fn settle(&self, held: &Held) -> Result<()> {
        let mut settled = Held { beside: None, ..held.clone() };
        if let Place::Sqlite { draft, .. } = &mut settled.place {
            *draft = None;
        }
        if settled == *held {
            return Ok(());
        }
        if let Some(beside) = &held.beside {
            dropping::undo(self, &Held::begun(&held.label, beside.clone()))?;
        }
        stage::clear_draft(&self.agent.tree)?;
        self.write(&settled)
    }

    /// Where a new one will be. Its source is there, and so are the programs that are needed.
    pub fn plan(&self, spec: &Spec) -> Result<Place> {
        let name = |source: &str| self.name(spec, source, "");
        let folder = &self.agent.tree.path;
        Ok(match &spec.provider {
            Provider::Sqlite { source, path } => {
                sqlite::find_source(source, folder)?;
                Place::Sqlite { path: PathBuf::from(path), copy: None, draft: None }
            }
            Provider::Postgres { source, .. } => {
                let connection = spec::connection(self.repo, &source.value)?;
                let system = Server::new(&connection, self.site()).source()?.system;
                let (token, place) = (store::random_hex(), self.repo.common().to_string_lossy());
                Place::Postgres {
                    name: name(&connection.database),
                    server: connection.public().url("postgres"),
                    mark: format!("git-agent {} {} of {place}", token.get(..16).unwrap_or(&token), self.agent.name()),
                    system,
                }
            }
            Provider::Neon { .. } => {
                // A branch bears no mark: chance in its name proves that it is ours, even if Neon's answer never came.
                let name = format!("{}-{}", name(&self.repo.name()).replace('_', "-"), &store::random_hex()[..8]);
                // Or it could be taken for an id.
                let name = if name.starts_with("br-") { format!("git-{name}") } else { name };
                Place::Neon { name, branch: None, project: neon::project(self.site(), &spec.provider)?, url: None }
            }
            Provider::Command { create, drop, .. } => {
                let name = name(&self.repo.name());
                let place = Place::Command { name: name.clone(), url: None, drop: Vec::new() };
                let database = describe(self.repo, self.agent, spec, &[Held::begun(&spec.label, place)]);
                let find = |words: &[String]| dropping::find_program(words, folder);
                find(&filled(create, self.repo, self.agent, &database)?)?;
                // Filled in now: when it runs, the agent may be long gone.
                Place::Command { name, url: None, drop: filled(drop, self.repo, self.agent, &database)? }
            }
        })
    }

    /// A name for a database that comes from `source`; with `purpose` another one.
    pub fn name(&self, spec: &Spec, source: &str, purpose: &str) -> String {
        let place = format!("{}\0{}{purpose}", self.repo.common().to_string_lossy(), spec.label);
        slug::database(source, &place, &self.agent.name())
    }

    /// Nothing that somebody else made may be in the place.
    pub fn check_free(&self, spec: &Spec, place: &Place) -> Result<()> {
        match place {
            Place::Sqlite { path, .. } => {
                let path = path.to_string_lossy();
                sqlite::check_free(self.repo, self.agent, &path, &target(self.agent, &path)?)
            }
            Place::Postgres { name, .. } => {
                dropping::on_server(self.repo, Some(spec), place, self.site(), |server, _| {
                    if server.look(name)?.comment.is_some() { Err(server.taken(name)) } else { Ok(()) }
                })
            }
            Place::Neon { .. } | Place::Command { .. } => Ok(()),
        }
    }

    /// Whether a complete one is still there, as far as that can be told without its provider's help.
    fn exists(&self, spec: &Spec, held: &Held) -> Result<bool> {
        Ok(match &held.place {
            Place::Sqlite { path, .. } => self.agent.tree.path.join(path).is_file(),
            Place::Postgres { .. } => {
                dropping::on_server(self.repo, Some(spec), &held.place, self.site(), |server, recorded| {
                    match server.find(recorded)? {
                        Found::Nothing => Ok(false),
                        Found::Ours => Ok(true),
                        Found::Unmarked | Found::Theirs => Err(server.unmarked(recorded)),
                    }
                })
                .map_err(|error| dropping::or_forget(self.agent, held, error))?
            }
            Place::Neon { .. } | Place::Command { .. } => true,
        })
    }

    /// Whether the file that was copied when the maker was killed is in its place, and all that is missing is the word.
    fn is_moved_in(&self, spec: &Spec, before: &Held) -> Result<bool> {
        let (Place::Sqlite { path, copy, .. }, Provider::Sqlite { path: wanted, .. }) = (&before.place, &spec.provider)
        else {
            return Ok(false);
        };
        let is_same = path == Path::new(wanted);
        Ok(is_same && sqlite::is_moved_in(&target(self.agent, wanted)?, copy.as_ref()))
    }

    fn make(&self, spec: &Spec, held: &mut Held) -> std::result::Result<(), Failure> {
        match (&held.place, &spec.provider) {
            (Place::Sqlite { .. }, Provider::Sqlite { source, .. }) => {
                let copied = self.copy_file(held, source);
                stage::clear_draft(&self.agent.tree)?;
                copied?;
            }
            (Place::Postgres { .. }, Provider::Postgres { .. }) => self.copy_database(spec, &held.place)?,
            (Place::Neon { name, project, .. }, provider) => {
                let (name, project) = (name.clone(), project.clone());
                let id = neon::create(self.site(), &name, project.as_deref(), provider)?;
                let known =
                    |url| Place::Neon { name: name.clone(), branch: Some(id.clone()), project: project.clone(), url };
                held.place = known(None);
                self.write(held)?;
                held.place = known(Some(neon::url(self.site(), &id, project.as_deref(), provider)?));
            }
            (Place::Command { name, drop, .. }, Provider::Command { create, url: print, .. }) => {
                let (name, drop) = (name.clone(), drop.clone());
                // One that fails has made nothing, or cleans up: what is there by this name may be somebody else's.
                commands::run(self, create, spec, &name).map_err(Failure::Nothing)?;
                if let Some(print) = print {
                    let text = commands::run(self, print, spec, &name)?;
                    let line = text.lines().next().unwrap_or_default().trim().to_owned();
                    if line.is_empty() {
                        return Err(Failure::Something(
                            Error::failed("the command of agent-db.url printed nothing")
                                .hint("git config agent-db.url 'PROGRAM ARGUMENTS'"),
                        ));
                    }
                    held.place = Place::Command { name, url: Some(line), drop };
                }
            }
            _ => return Err(Failure::Nothing(Error::failed("the provider of the database has changed"))),
        }
        let database = describe(self.repo, self.agent, spec, &[Held { complete: true, ..held.clone() }]);
        // A template that cannot be filled in is an error now, and not a missing variable later.
        url_from_template(spec, "", &database)?;
        Ok(())
    }

    /// Copies a database on its server.
    pub fn copy_database(&self, spec: &Spec, place: &Place) -> std::result::Result<(), Failure> {
        let (Provider::Postgres { source, strategy }, Some(recorded)) = (&spec.provider, place.recorded()) else {
            return Err(Failure::Nothing(dropping::damaged()));
        };
        let connection = spec::connection(self.repo, &source.value)?;
        let server = Server::new(&connection, self.site());
        let Err(error) = server.create(recorded.name, recorded.mark, *strategy) else { return Ok(()) };
        // 42P04, duplicate_database: somebody was faster, and what is there is theirs. So is what somebody makes at the
        // same time: then it is the index of the names that refuses the second.
        let taken = ["42P04", "pg_database_datname_index"];
        let is_taken = error.causes.iter().any(|cause| taken.iter().any(|text| cause.contains(text)));
        let is_ours = || server.find(recorded).is_ok_and(|found| found == Found::Ours);
        Err(if is_taken && !is_ours() { Failure::Nothing(error) } else { Failure::Something(error) })
    }

    /// Copies a file. The folder in which the copy grows is on record before it is there: it may stand beside the worktree,
    /// and outlive it.
    fn copy_file(&self, held: &mut Held, source: &Path) -> Result<()> {
        let Place::Sqlite { path, .. } = &held.place else { return Ok(()) };
        let path = path.clone();
        let place =
            |copy| Place::Sqlite { path: path.clone(), copy, draft: Some(stage::draft_place(&self.agent.tree)) };
        held.place = place(None);
        self.write(held)?;
        let draft = self.draft(source)?;
        held.place = place(sqlite::identity(&draft));
        self.write(held)?;
        sqlite::put(&draft, &target(self.agent, &path.to_string_lossy())?)?;
        if let Place::Sqlite { draft, .. } = &mut held.place {
            *draft = None;
        }
        Ok(())
    }

    /// A copy of the source that is in no place yet.
    pub fn draft(&self, source: &Path) -> Result<PathBuf> {
        let folder = stage::open_draft(&self.agent.tree)?;
        sqlite::copy(source, self.hold.site(&folder))
    }

    /// Where programs run.
    pub fn site(&self) -> Site<'_> {
        self.hold.site(&self.agent.tree.path)
    }

    /// Drops one that is on record, and strikes it out.
    pub fn remove(&self, held: &Held) -> Result<()> {
        dropping::undo(self, held)?;
        self.forget(&held.label)
    }

    /// Strikes one out.
    pub fn forget(&self, label: &str) -> Result<()> {
        let mut all = record::load(self.agent)?;
        all.retain(|other| other.label != label);
        record::save(self.agent, &all)?;
        (self.note)(&all)
    }

    /// Writes one down, in its place among the others.
    pub fn write(&self, held: &Held) -> Result<()> {
        let mut all = record::load(self.agent)?;
        all.retain(|other| other.label != held.label);
        all.push(held.clone());
        // The record outside first: of the two it is the one that outlives the worktree.
        (self.note)(&all)?;
        record::save(self.agent, &all)
    }
}

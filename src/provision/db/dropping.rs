//! Dropping databases, each at the place that is on record.

use std::path::Path;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::launch::tool::Tool;
use crate::provision::db::hold::{Hold, Site};
use crate::provision::db::making::Making;
use crate::provision::db::postgres::Server;
use crate::provision::db::record::{self, Held, Place, Recorded};
use crate::provision::db::spec::{self, Provider, Spec};
use crate::provision::db::{commands, neon, reach, sqlite, target};
use crate::provision::{made, stage};

/// Drops one that is on record, with what a reset has made beside it. It stays on record.
///
/// # Errors
/// When one does not prove to be ours, or cannot be dropped.
pub fn undo(making: &Making<'_>, held: &Held) -> Result<()> {
    let specs = spec::specs(making.repo, making.config).unwrap_or_default();
    let spec = specs.iter().find(|spec| spec.label == held.label);
    let beside = held.beside.as_ref().map_or(Ok(()), |beside| undo_place(making, spec, beside, false));
    beside
        .and_then(|()| undo_place(making, spec, &held.place, held.complete))
        .map_err(|error| or_forget(making.agent, held, error))
}

/// The error with the way out for a place that is gone for good.
pub fn or_forget(agent: &Agent, held: &Held, error: Error) -> Error {
    let label = if held.label.is_empty() { String::new() } else { format!(" {}", held.label) };
    error.hint(format!("to have it forgotten: git agent db {} drop{label} --force", agent.shown_name()))
}

fn undo_place(making: &Making<'_>, spec: Option<&Spec>, place: &Place, complete: bool) -> Result<()> {
    let Place::Sqlite { path, copy, .. } = place else {
        return drop_place(making.repo, spec, place, complete, making.hold.site(making.repo.root()));
    };
    stage::clear_draft(&making.agent.tree)?;
    let target = target(making.agent, &path.to_string_lossy())?;
    if complete {
        sqlite::remove(making.repo, making.agent, &target, copy.as_ref())
    } else {
        sqlite::remove_incomplete(&target, copy.as_ref())
    }
}

/// Drops a database without its worktree. Of a file there is no more than a draft that stood beside that.
fn drop_place(repo: &Repo, spec: Option<&Spec>, place: &Place, complete: bool, site: Site<'_>) -> Result<()> {
    match place {
        Place::Sqlite { draft, .. } => draft.as_deref().map_or(Ok(()), stage::clear_lone_draft),
        Place::Postgres { .. } => {
            on_server(repo, spec, place, site, |server, recorded| server.drop(recorded, !complete))
        }
        // Killed before Neon answered: a branch of this name, in which chance has a part, is ours.
        Place::Neon { name, branch, project, .. } => {
            neon::delete(site, branch.as_ref().unwrap_or(name), project.as_deref())
        }
        Place::Command { name, url, drop } => commands::drop(site, drop, name, url.as_deref()),
    }
}

/// Drops databases of an agent that is gone for good, of which this token is left. Its files went with its worktree.
///
/// # Errors
/// When somebody is at work at them, when one does not prove to be ours, or cannot be dropped: it stays on record.
pub fn remove_orphans(repo: &Repo, config: &Config, token: &str, name: &str) -> Result<()> {
    let held = || made::databases(repo, token, name);
    let hold = Hold::soon(repo, token, name, &|| end_makers(repo, config, &held().unwrap_or_default()))?;
    let specs = spec::specs(repo, config).unwrap_or_default();
    // Read again: whoever was at work has written down more meanwhile.
    for one in &held()? {
        let spec = specs.iter().find(|spec| spec.label == one.label);
        for (place, complete) in one.beside.iter().map(|place| (place, false)).chain([(&one.place, one.complete)]) {
            drop_place(repo, spec, place, complete, hold.site(repo.root()))?;
        }
    }
    Ok(())
}

/// The right to work at the databases of an agent, once the programs of a killed command have ended.
///
/// # Errors
/// When they do not.
pub fn hold(repo: &Repo, config: &Config, agent: &Agent) -> Result<Hold> {
    Hold::wait(repo, agent, &|| end_makers(repo, config, &record::load(agent).unwrap_or_default()))
}

/// Has servers end what they make for a process that is gone: its programs end with that. Who cannot be asked is waited for.
fn end_makers(repo: &Repo, config: &Config, held: &[Held]) {
    let specs = spec::specs(repo, config).unwrap_or_default();
    let site = Site { folder: repo.root(), lock: None };
    for one in held {
        let spec = specs.iter().find(|spec| spec.label == one.label);
        let unfinished = Some(&one.place).filter(|_| !one.complete);
        for place in one.beside.iter().chain(unfinished).filter(|place| place.recorded().is_some()) {
            on_server(repo, spec, place, site, |server, recorded| server.end_makers(recorded.mark)).ok();
        }
    }
}

/// Does something on the server that a database is on.
///
/// # Errors
/// What `act` says, with why no password could be given.
pub fn on_server<T>(
    repo: &Repo,
    spec: Option<&Spec>,
    place: &Place,
    site: Site<'_>,
    act: impl FnOnce(&Server<'_>, Recorded<'_>) -> Result<T>,
) -> Result<T> {
    let (Place::Postgres { server, .. }, Some(recorded)) = (place, place.recorded()) else { return Err(damaged()) };
    let connection = reach(repo, spec, server).ok_or_else(damaged)?;
    act(&Server::new(&connection, site), recorded).map_err(|error| {
        let is_shut_out = connection.password.is_none() && error.causes.iter().any(|cause| cause.contains("password"));
        if !is_shut_out {
            return error;
        }
        match spec.map(|spec| &spec.provider) {
            Some(Provider::Postgres { source, .. }) => match spec::connection(repo, &source.value) {
                Err(why) => why.hints.into_iter().fold(error.because(why.message), Error::hint),
                Ok(_) => error.because("agent-db.source leads elsewhere by now, and has no password for this server"),
            },
            _ => error.because("agent-db.source, which had the password, is not configured any more"),
        }
    })
}

/// The error for a record that makes no sense.
pub fn damaged() -> Error {
    Error::failed("the record of the database is damaged")
}

/// Looks whether the program of a command is there.
///
/// # Errors
/// When it is not.
pub fn find_program(words: &[String], folder: &Path) -> Result<()> {
    let Some(program) = words.first() else { return Ok(()) };
    Tool::find(program, folder, "git config agent-db.create 'PROGRAM ARGUMENTS'").map(drop)
}

/// The error for programs that nobody has trusted.
pub fn untrusted() -> Error {
    Error::new(
        Kind::Refused,
        "[agent-db] in .gitagent starts programs and asks servers only when it is trusted: git agent trust",
    )
    .hint("git agent trust")
}

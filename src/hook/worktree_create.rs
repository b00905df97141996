//! A client wants a worktree: a spawn, of which the client reads the path alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::wire::{Answer, NewWorktree};
use crate::agent::record::Origin;
use crate::agent::{self, Agent, shell_word};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::journal;
use crate::policy::spawn::{Taken, clash};
use crate::policy::{name, place};
use crate::provision::background;
use crate::provision::record::Record;
use crate::provision::run::{self, Options, Part};
use crate::spawn::create::{self, Request, Said, Version};
use crate::spawn::facts;

/// How long the client waits for dependencies and setup commands. It gives up after ten minutes and takes the worktree for
/// failed; the session that begins in it is told that they go on.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often is looked whether another process has finished the worktree, 50 ms apart.
const ATTEMPTS: u32 = 1200;

/// Makes the worktree, or finds the one of that name.
pub fn answer(wanted: &NewWorktree) -> Answer {
    let found = make(wanted).and_then(|(path, new)| match path.to_str() {
        Some(text) if !text.contains('\n') => Ok((text.to_owned(), new)),
        _ => Err(Error::new(Kind::Unsupported, format!("the client cannot read the path {}", path.display()))
            .hint("git config agent.worktreeDir PATH")),
    });
    match found {
        Ok((path, new)) => Answer::Worktree { path, new },
        Err(error) => Answer::Failed(format!("error: {error}")),
    }
}

/// Its place, and whether it was made now.
fn make(wanted: &NewWorktree) -> Result<(PathBuf, bool)> {
    if wanted.name.is_empty() {
        return Err(Error::new(Kind::Usage, "the client gave no name for the worktree").hint("git agent spawn NAME"));
    }
    let version = Version::ask();
    let repo = super::open(wanted.cwd.as_deref())?;
    let config = Config::load(&repo)?;
    let candidates = candidates(&wanted.name);
    if let Some(agent) = existing(&repo, &config, &candidates)? {
        return Ok((reuse(&repo, &agent)?, false));
    }
    let stem = free(&repo, &config, &candidates)?;
    let origin = if wanted.subagent { Origin::Subagent } else { Origin::Session };
    let request = Request { stem, count: 1, origin: Some(origin), ..Request::default() };
    let created = create::create(&repo, &config, &request, version, &|said| {
        if let Said::Warning(warning) = said {
            super::warn(warning);
        }
    });
    let created = match created {
        // Another process was asked for the same at the same moment.
        Err(error) if error.kind == Kind::Exists => {
            let agent = existing(&repo, &config, &candidates)?.ok_or(error)?;
            return Ok((reuse(&repo, &agent)?, false));
        }
        other => other?,
    };
    let made = created.made.into_iter().next().ok_or_else(|| Error::failed("no worktree was made"))?;
    if let Some(file) = &made.ignored_in {
        super::warn(&format!("added the worktree folder to {}", file.display()));
    }
    ready(&repo, &config, &Agent::of(worktrees::read(repo.common(), &made.admin)));
    Ok((made.path, true))
}

/// Makes the worktree ready, as `git agent spawn` does. The client gets its worktree whatever becomes of it: what is missing
/// is told, and can be completed.
fn ready(repo: &Repo, config: &Config, agent: &Agent) {
    let options = Options { part: Part::Short, ..Options::default() };
    let result = run::run(repo, config, agent, options, &|_| {}).and_then(|mut report| {
        // In a process of its own: if the client ends us, it goes on.
        if report.record.as_ref().is_some_and(Record::is_left) {
            let mut running = background::start(agent)?;
            if config.setup_waits() && running.ends_within(PATIENCE) {
                report.record = Record::load(&agent.tree.admin)?;
            }
        }
        Ok(report)
    });
    let remedy = format!("git agent provision {}", agent.shown_name());
    let report = match result {
        Ok(report) => report,
        Err(error) => return super::warn(&format!("'{}' is not ready: {}; {remedy}", agent.name(), error.message)),
    };
    report.warnings.iter().for_each(|warning| super::warn(warning));
    let Some(record) = &report.record else { return };
    record.steps.iter().flat_map(|step| &step.warnings).for_each(|warning| super::warn(warning));
    if let Some(step) = record.failed() {
        let what = format!("'{}' is not ready: the step '{}' failed; {remedy}", agent.name(), step.step);
        super::warn(&format!("{what}\n{}", step.summary));
    }
}

/// The names that an agent may get for the name that the client gives. A client's names may be none that git takes for a
/// branch, or one that is taken by another branch: then the agent is called as the client itself calls its branches.
fn candidates(name: &str) -> Vec<String> {
    let tame = name::folder(name).replace("..", "-").trim_end_matches('.').to_owned();
    let tame = tame.strip_suffix(".lock").map_or(tame.clone(), |stem| format!("{stem}-lock"));
    vec![name.to_owned(), format!("worktree-{tame}")]
}

/// The agent that was made for this name, or the worktree that is at its place whoever made it.
fn existing(repo: &Repo, config: &Config, names: &[String]) -> Result<Option<Agent>> {
    let template = config.worktree_template(repo.is_bare())?;
    let place = |name: &String| place::worktree_path(&template, repo.root(), &repo.name(), &name::folder(name));
    let places: Vec<PathBuf> = names.iter().map(place).collect();
    let agents = agent::all(repo)?;
    let named =
        |name: &String| agents.iter().find(|agent| agent.record.as_ref().is_some_and(|record| record.name == *name));
    let found = names.iter().find_map(named);
    let found = found.or_else(|| places.iter().find_map(|place| agents.iter().find(|one| one.tree.path == *place)));
    Ok(found.cloned())
}

/// The place of an agent that is there, as it is. One that another process makes at this moment is waited for.
fn reuse(repo: &Repo, agent: &Agent) -> Result<PathBuf> {
    let path = &agent.tree.path;
    for _ in 0..ATTEMPTS {
        if !journal::busy_paths(repo).contains(path) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    match &agent.tree.problem {
        None if path.is_dir() => Ok(path.clone()),
        None => Err(Error::failed(format!("the worktree of '{}' was taken back while it was made", agent.name()))
            .hint(format!("git agent spawn {}", agent.shown_name()))),
        Some(problem) => {
            Err(Error::new(Kind::Exists, format!("the worktree of '{}' is broken: {}", agent.name(), problem.what))
                .hint(in_main(repo.root(), &problem.remedy)))
        }
    }
}

fn in_main(root: &Path, command: &str) -> String {
    match command.strip_prefix("git ") {
        Some(rest) => format!("git -C {} {rest}", shell_word(&root.to_string_lossy())),
        None => command.to_owned(),
    }
}

/// The first name that can name an agent here and runs into no other; else the first, whose refusal says why.
fn free(repo: &Repo, config: &Config, names: &[String]) -> Result<String> {
    let mut known = facts::known(repo)?;
    known.taken.retain(|taken| !matches!(taken, Taken::Trashed(_)));
    let prefix = config.branch_prefix();
    let fits = |name: &String| {
        let branch = format!("{prefix}{name}");
        create::check(repo, name, &branch).is_ok() && clash(name, &branch, &known.taken, &known.worktrees).is_none()
    };
    Ok(names.iter().find(|name| fits(name)).unwrap_or(&names[0]).clone())
}

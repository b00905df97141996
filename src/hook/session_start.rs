//! A session begins in a linked worktree, whoever made it: the worktree becomes an agent's, the session gets its environment,
//! and the model is told where it is. In a main checkout nothing is said.

use std::path::Path;
use std::time::{Duration, Instant};

use super::wire::{Answer, Host, Session};
use super::{env, turn};
use crate::agent::Agent;
use crate::agent::sessions::Activity;
use crate::config::Config;
use crate::environment;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::{remote, worktrees};
use crate::provision::env::Environment;
use crate::provision::record::{Record, State};
use crate::provision::{background, due};
use crate::spawn::adopt;

/// How long a session waits for what its worktree lacks. Copies of a few files and ports take less; an install may take
/// minutes, and goes on while the session works.
const PATIENCE: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_millis(20);

/// Takes the worktree in, completes it, and says where the session is. `at_work` leaves what it does as it was told before.
pub fn answer(host: Host, session: &Session, at_work: bool) -> Answer {
    if let Some(script) = host.script_variable().and_then(environment::var)
        && let Err(error) = env::add_to(Path::new(&script))
    {
        super::warn(&error.to_string());
    }
    let Some(admin) = turn::admin(host, session) else { return Answer::Nothing };
    if !at_work {
        turn::tell_in(&admin, host, session, Some(Activity::Waiting), None);
    }
    introduce(&admin, at_work)
}

/// A session has moved into a worktree in the middle of its work.
pub fn moved(host: Host, session: &Session) -> Answer {
    let folder = session.cwd.as_deref().map(Path::new);
    let Some(admin) = folder.and_then(worktrees::git_dir_around) else { return Answer::Nothing };
    if let Some(home) = turn::home(host).filter(|home| *home != admin) {
        turn::tell_in(&home, host, session, None, None);
    }
    turn::tell_in(&admin, host, session, Some(Activity::Working), None);
    introduce(&admin, false)
}

/// A subagent begins, perhaps in a worktree of its own.
pub fn subagent(host: Host, session: &Session) -> Answer {
    let folder = session.cwd.as_deref().map(Path::new);
    let Some(admin) = folder.and_then(worktrees::git_dir_around) else { return Answer::Nothing };
    // In the worktree that its session was started in it knows no less than the session does.
    if turn::home(host).is_some_and(|home| home == admin) {
        return Answer::Nothing;
    }
    turn::tell_in(&admin, host, session, Some(Activity::Working), None);
    introduce(&admin, false)
}

fn introduce(admin: &Path, at_work: bool) -> Answer {
    match prepare(admin, at_work) {
        Ok(text) => Answer::Context(text),
        Err(error) => {
            super::warn(&error.to_string());
            Answer::Nothing
        }
    }
}

fn prepare(admin: &Path, at_work: bool) -> Result<String> {
    let top = worktrees::top_of(admin);
    let repo = super::open(top.as_deref().and_then(Path::to_str))?;
    let (config, broken) = Config::readable(&repo)?;
    let adopted = adopt::adopt(&repo, &config, admin)?;
    adopted.warnings.iter().for_each(|warning| super::warn(warning));
    // With half of the settings it would be made ready by halves.
    if !at_work
        && broken.is_none()
        && let Err(error) = complete(&repo, &config, &adopted.agent)
    {
        super::warn(&error.to_string());
    }
    // A wrong setting must not keep the session from its other news.
    let (environment, problems) = crate::provision::env::gather(&repo, &config, &adopted.agent);
    environment.warnings.iter().for_each(|warning| super::warn(warning));
    let mut text = text(&adopted.agent, &environment, remote::choose(&repo).as_deref(), repo.main());
    for problem in broken.iter().chain(&problems) {
        super::warn(&problem.to_string());
        text.push_str(&format!(
            "\nA setting of git-agent is wrong, and what it stands for is missing: {}.",
            problem.message
        ));
    }
    if let Some(line) = unready(&adopted.agent) {
        text.push('\n');
        text.push_str(&line);
    }
    Ok(text)
}

/// Makes the worktree ready as far as it is not, in a process that goes on when the session does not wait any longer.
fn complete(repo: &Repo, config: &Config, agent: &Agent) -> Result<()> {
    let begun = Instant::now();
    let admin = &agent.tree.admin;
    if due::is_due(repo, config, agent)? && background::start_all(agent)?.ends_within(PATIENCE) {
        let steps = Record::load(admin)?.into_iter().flat_map(|record| record.steps);
        steps.flat_map(|step| step.warnings).for_each(|warning| super::warn(&warning));
    }
    // Somebody else may be at it: another session that began at the same moment.
    while begun.elapsed() < PATIENCE && Record::load(admin)?.is_some_and(|record| record.now() == State::Running) {
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// What the model is told of a worktree that is not ready.
fn unready(agent: &Agent) -> Option<String> {
    let record = Record::load(&agent.tree.admin).ok()??;
    let remedy = format!("to complete it: git agent provision {}", agent.shown_name());
    Some(match record.now() {
        State::Done => return None,
        State::Running => format!(
            "Files and dependencies of the worktree are still being set up; to see how far: git agent log {} --provision",
            agent.shown_name()
        ),
        State::Interrupted => format!("The worktree is not ready, its setup was interrupted; {remedy}"),
        State::Failed => {
            let step = record.failed().map(|step| format!(", the step '{}' failed", step.step)).unwrap_or_default();
            format!("The worktree is not ready{step}; {remedy}")
        }
    })
}

/// What the model is told, in a few lines.
fn text(agent: &Agent, environment: &Environment, remote: Option<&str>, main: Option<&Path>) -> String {
    let mut lines = vec![format!(
        "You work in a git worktree of your own, {}. Stay in it{}.",
        agent.tree.path.display(),
        main.map(|main| format!(": {} is the user's checkout", main.display())).unwrap_or_default()
    )];
    let record = agent.record.as_ref();
    let base = record.map(|record| {
        let commit = record.base.commit.get(..10).unwrap_or(&record.base.commit);
        record.base.branch.as_ref().map_or_else(|| commit.to_owned(), |branch| format!("{branch} at {commit}"))
    });
    match (agent.tree.branch(), base) {
        (Some(branch), Some(base)) => lines.push(format!("Branch: {branch}, started from {base}.")),
        (Some(branch), None) => lines.push(format!("Branch: {branch}.")),
        (None, base) => {
            let base = base.map(|base| format!(", started from {base}")).unwrap_or_default();
            lines.push(format!("HEAD is detached{base}: make a branch before you commit."));
        }
    }
    // One that the user has set to another number is not the agent's.
    let ports = environment.ports.iter().map(|leased| (&leased.service.variable, leased.port.to_string()));
    let ports = ports.filter(|(name, port)| environment.get(name) == Some(port));
    let ports: Vec<String> = ports.map(|(name, port)| format!("{name}={port}")).collect();
    if !ports.is_empty() {
        lines.push(format!("Ports that are yours alone: {}.", ports.join(", ")));
    }
    let databases: Vec<&str> =
        environment.databases.iter().filter(|name| environment.unset.contains(name)).map(String::as_str).collect();
    if !databases.is_empty() {
        lines.push(format!(
            "There is no database of your own yet, so {} is not set; do not use the user's. To make it: git agent db {} create",
            databases.join(", "),
            agent.shown_name()
        ));
    }
    if let Some(task) = record.and_then(|record| record.task.as_deref()) {
        lines.push(format!("Task: {}", task.lines().next().unwrap_or_default()));
    }
    if let (Some(branch), Some(remote)) = (agent.tree.branch(), remote) {
        lines.push(format!(
            "To push: 'git push'. It goes to {remote}/{branch} and sets the upstream; pushes to protected branches are refused."
        ));
    }
    lines.join("\n")
}

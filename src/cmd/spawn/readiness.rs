//! New worktrees are made ready for work, several at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::agent::Agent;
use crate::cli;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::repo::Repo;
use crate::provision::background;
use crate::provision::record::{Record, State};
use crate::provision::run::{self, Options, Part, Report};
use crate::provision::trust::{self, Trust};
use crate::report;
use crate::report::readiness::{self, Teller};

/// What came of it, for all.
pub(super) struct Ready {
    /// 0, or that of the first failure.
    pub code: i32,
    /// Whether each is ready now.
    pub each: Vec<bool>,
    /// One for each agent.
    pub documents: Vec<Value>,
}

/// Asks whether the commands of `.gitagent` may run, if somebody is there to answer. A no is no error: they are left out.
pub(super) fn ask(repo: &Repo, config: &Config, args: &cli::Spawn, quiet: bool) -> Result<()> {
    if quiet || args.json || !report::can_ask() || config.team_commands().is_empty() {
        return Ok(());
    }
    let asked = trust::asked(repo, config)?;
    if matches!(trust::state(repo, &asked), Trust::Given | Trust::Nothing) {
        return Ok(());
    }
    let list = readiness::asked(&asked).join("\n");
    if report::ask(&format!("This repository wants to run:\n{list}\nMay these run for each new agent?")) {
        trust::grant(repo, &asked)?;
    }
    Ok(())
}

/// Makes all of them ready. What fails is told; the worktrees stay.
pub(super) fn provision(
    repo: &Repo,
    config: &Config,
    agents: &[Agent],
    quiet: bool,
    warnings: &mut Vec<String>,
) -> Result<Ready> {
    let waits = config.setup_waits();
    let results = all(repo, agents, waits, quiet);
    let mut ready = Ready { code: 0, each: Vec::new(), documents: Vec::new() };
    let mut told: Vec<String> = Vec::new();
    for (agent, result) in agents.iter().zip(results) {
        let started = result.and_then(|report| go_on(agent, report, waits, quiet));
        let report = match started {
            Ok(report) => report,
            Err(error) => {
                let name = agent.shown_name();
                ready.code = error.kind as i32;
                report::print_error(
                    &error.because("the worktree is there").hint(format!("git agent provision {name}")),
                );
                ready.documents.push(Value::Null);
                ready.each.push(false);
                continue;
            }
        };
        // What holds for the repository is the same for each of its agents.
        for warning in report.warnings.iter().filter(|warning| !warnings.contains(warning)) {
            told.push(warning.clone());
        }
        let steps = report.record.iter().flat_map(|record| &record.steps);
        warnings.extend(steps.flat_map(|step| step.warnings.clone()));
        let failure =
            report.record.as_ref().and_then(|record| readiness::failure(&agent.name(), &agent.shown_name(), record));
        if let Some(error) = &failure {
            report::print_error(error);
            ready.code = error.kind as i32;
        }
        ready.each.push(report.record.as_ref().is_none_or(|record| record.state == State::Done));
        ready.documents.push(readiness::json(&report));
    }
    told.dedup();
    told.iter().for_each(|warning| report::warn(warning));
    warnings.extend(told);
    Ok(ready)
}

/// Starts what is left for the background, if something is.
fn go_on(agent: &Agent, report: Report, waits: bool, quiet: bool) -> Result<Report> {
    if waits || !report.record.as_ref().is_some_and(Record::is_left) {
        return Ok(report);
    }
    background::start(agent)?;
    let name = agent.shown_name();
    report::note(quiet, &format!("'{}' is set up in the background: git agent log {name} --provision", agent.name()));
    Ok(Report { record: Record::load(&agent.tree.admin)?, ..report })
}

fn all(repo: &Repo, agents: &[Agent], waits: bool, quiet: bool) -> Vec<Result<Report>> {
    let options = Options { part: if waits { Part::All } else { Part::Short }, ..Options::default() };
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(agents.len());
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Report>>>> = agents.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(agent) = agents.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let teller = Teller::new(quiet, &agent.name(), agents.len() > 1);
                    // Each thread reads the settings for itself: their reader cannot be shared.
                    let result = Config::load(repo)
                        .and_then(|config| run::run(repo, &config, agent, options, &|said| teller.say(said)));
                    let at = agents.iter().position(|other| std::ptr::eq(other, agent)).unwrap_or_default();
                    if let Ok(mut slot) = results[at].lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    let missing = || Err(Error::failed("a step of the provisioning panicked"));
    results.into_iter().map(|slot| slot.into_inner().ok().flatten().unwrap_or_else(missing)).collect()
}

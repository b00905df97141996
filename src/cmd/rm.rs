//! `git agent rm`

use serde_json::{Value, json};

use crate::agent::work::{self, Findings};
use crate::agent::{self, Agent, shell_word};
use crate::cli::Rm;
use crate::config::Config;
use crate::error::{self, Error, Result};
use crate::git::repo::Repo;
use crate::policy::removal::{self, Kind, Obstacle};
use crate::provision::removal as removal_steps;
use crate::report::readiness::Teller;
use crate::report::{self, Outcome, document};
use crate::trash::{self, Item};
use crate::{journal, store};

pub(super) fn run(args: &Rm, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let config = Config::load(&repo)?;
    let mut agents: Vec<Agent> = Vec::new();
    for name in &args.names {
        let agent = agent::find(&repo, name)?;
        if !agents.iter().any(|other| other.tree.id == agent.tree.id) {
            agents.push(agent);
        }
    }
    // All are looked at before the first is touched: a refusal leaves every one of them as it was.
    let mut chosen = Vec::new();
    for agent in agents {
        let findings = findings(&repo, &config, &agent, args.force)?;
        let refusal = stands_against(&repo, &agent, &findings, args.force);
        match refusal {
            None => chosen.push((agent, findings)),
            Some((error, true)) if report::can_ask() && !args.dry_run => {
                if !report::ask(&format!("{}\nRemove '{}'? It can be restored.", error.message, agent.name())) {
                    return Err(Error::new(error::Kind::Refused, format!("'{}' stays as it is", agent.name())));
                }
                chosen.push((agent, findings));
            }
            Some((error, _)) => return Err(error),
        }
    }
    let deletes = |agent: &Agent| !args.keep_branch && agent.owns_branch();
    if args.dry_run {
        let lines = chosen.iter().map(|(agent, _)| format!("would remove {}", sentence(agent, deletes(agent))));
        let outcome = Outcome::text(lines.collect::<Vec<_>>().join("\n"));
        let removed: Vec<Value> = chosen.iter().map(|(agent, _)| plan_json(agent, deletes(agent))).collect();
        return Ok(outcome.or_json(args.json, || document("rm", json!({ "dryRun": true, "removed": removed }))));
    }
    let mut lines = Vec::new();
    let mut removed = Vec::new();
    let mut code = 0;
    for (agent, findings) in &chosen {
        // Each right before it goes: what is torn down and stays has to be set up again.
        if let Err(error) = tear_down(&repo, &config, agent, args.force, quiet) {
            code = error.kind as u8;
            report::print_error(&error);
            continue;
        }
        let held = journal::repository_lock(&repo)?;
        let item = trash::remove::remove(&repo, agent, findings.tip, deletes(agent), &held)?;
        if let Some(why) = &item.meta.branch_stays {
            report::warn(&format!(
                "branch {} could not be deleted: {why}",
                item.meta.branch.as_deref().unwrap_or_default()
            ));
        }
        lines.push(format!("removed {}", sentence(agent, item.meta.branch_deleted)));
        removed.push(item_json(&item));
        report::note(quiet, &format!("to undo: git agent restore {}", agent.shown_name()));
    }
    let outcome = Outcome { code, ..Outcome::text(lines.join("\n")) };
    Ok(outcome.or_json(args.json, || document("rm", json!({ "removed": removed }))))
}

/// The undo of the setup, while the worktree is still there to be worked in.
fn tear_down(repo: &Repo, config: &Config, agent: &Agent, force: u8, quiet: bool) -> Result<()> {
    let teller = Teller::new(quiet, &agent.name(), false);
    match removal_steps::tear_down(repo, config, agent, &|said| teller.say(said)) {
        Ok(warnings) => warnings.iter().for_each(|warning| report::warn(warning)),
        Err(error) if force > 0 => report::warn(&format!("'{}' was not torn down: {}", agent.name(), error.message)),
        Err(error) => {
            let name = agent.shown_name();
            return Err(error
                .because(format!("'{}' stays, and is to be set up again", agent.name()))
                .hint(format!("git agent provision {name}"))
                .hint(format!("git agent rm --force {name}")));
        }
    }
    Ok(())
}

/// With --force nobody asks what is in it, and no size of it can make the removal slow; of a broken one only who holds it
/// can be told.
fn findings(repo: &Repo, config: &Config, agent: &Agent, force: u8) -> Result<Findings> {
    if force > 0 || agent.tree.problem.is_some() {
        return work::occupation(repo, agent);
    }
    work::examine(repo, config, agent).map_err(|error| {
        Error::new(error::Kind::Refused, format!("nobody can tell what '{}' holds", agent.name()))
            .because(error)
            .hint(format!("git agent rm --force {}", agent.shown_name()))
    })
}

/// What stands against the removal, and whether the user may say yes to it all the same.
fn stands_against(repo: &Repo, agent: &Agent, findings: &Findings, force: u8) -> Option<(Error, bool)> {
    let name = agent.name();
    let shown = agent.shown_name();
    let path = agent.tree.path.display();
    if let Some(problem) = &agent.tree.problem {
        // Only a folder that is gone can be removed without looking: anything else may be somebody's work.
        if agent.tree.path.symlink_metadata().is_ok() || agent.tree.path.as_os_str().is_empty() || force == 0 {
            let error =
                Error::new(error::Kind::Refused, format!("the worktree of '{name}' is broken: {}", problem.what))
                    .hint(&problem.remedy);
            let gone = agent.tree.path.symlink_metadata().is_err() && !agent.tree.path.as_os_str().is_empty();
            return Some((if gone { error.hint(format!("git agent rm --force {shown}")) } else { error }, false));
        }
    }
    if agent.tree.path.to_str().is_none() {
        let error = Error::new(error::Kind::Unsupported, format!("the path of '{name}' is not Unicode: {path}"));
        return Some((error.hint("git worktree remove PATH"), false));
    }
    let refused = |text: String| Error::new(error::Kind::Refused, text);
    Some(match removal::obstacle(&findings.facts, force)? {
        Obstacle::Locked(reason) => {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let command = format!("git worktree unlock {} && git agent rm {shown}", shell_word(&path.to_string()));
            (refused(format!("'{name}' is locked{reason}")).hint(command), false)
        }
        Obstacle::Standing => {
            let command = format!("cd {} && git agent rm {shown}", shell_word(&repo.root().to_string_lossy()));
            (refused(format!("your shell stands in '{name}'")).because(path).hint(command), false)
        }
        Obstacle::Running(processes) => {
            let list: Vec<String> =
                processes.iter().map(|(program, pid)| format!("{program} (process {pid})")).collect();
            let pids: Vec<String> = processes.iter().map(|(_, pid)| pid.to_string()).collect();
            let error = refused(format!("a program runs in '{name}': {}", list.join(", ")));
            (error.hint(format!("kill {} && git agent rm {shown}", pids.join(" "))), false)
        }
        Obstacle::Holding(others) => {
            let error = refused(format!("other worktrees lie in '{name}'")).because(others.join("\n"));
            (error.hint(format!("git worktree move {} NEW-PATH", shell_word(&others[0]))), false)
        }
        Obstacle::Work(work) => {
            let list: Vec<String> = work.iter().map(|(kind, count)| kind.counted(*count)).collect();
            let error = refused(format!("'{name}' holds {}", list.join(", "))).because(findings.examples.join("\n"));
            // No diff shows what git ignores, nor repositories inside.
            let hidden = work
                .iter()
                .all(|(kind, _)| matches!(kind, Kind::Ignored | Kind::Nested | Kind::InProgress | Kind::Submodules));
            let look = if hidden {
                format!("git -C {} status --ignored", shell_word(&path.to_string()))
            } else {
                format!("git agent diff {shown}")
            };
            let error = error.because("what is removed can be restored").hint(look);
            (error.hint(format!("git agent rm --force {shown}")), true)
        }
    })
}

fn sentence(agent: &Agent, branch_deleted: bool) -> String {
    match agent.tree.branch() {
        Some(branch) if branch_deleted => format!("'{}' with its branch {branch}", agent.name()),
        Some(branch) => format!("'{}'; branch {branch} stays", agent.name()),
        None => format!("'{}'", agent.name()),
    }
}

fn plan_json(agent: &Agent, branch_deleted: bool) -> Value {
    json!({ "name": agent.name(), "path": store::json_path(&agent.tree.path), "branch": agent.tree.branch(), "branchDeleted": branch_deleted })
}

fn item_json(item: &Item) -> Value {
    json!({
        "name": item.meta.name,
        "path": store::json_path(&item.meta.path),
        "branch": item.meta.branch,
        "branchDeleted": item.meta.branch_deleted,
        "trash": item.id,
    })
}

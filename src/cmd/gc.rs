//! `git agent gc`

use gix::ObjectId;
use serde_json::{Value, json};

use crate::agent::activity::{self, State};
use crate::agent::record::Origin;
use crate::agent::{self, Agent, work};
use crate::cli::Gc;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::policy::age;
use crate::policy::removal::{self, Obstacle};
use crate::provision::undo::{self, Collected};
use crate::report::{self, Outcome, document};
use crate::store::Lock;
use crate::trash::{self, Item};
use crate::{journal, provision};

/// What happens to one agent or one removed agent.
enum Verdict {
    /// Into the trash, for this proof.
    Remove(Box<Agent>, Box<Proof>),
    /// It stays, for this reason.
    Leave(String, String),
    /// Deleted for good, for this reason.
    Purge(Box<Item>, String),
    /// Something outside of worktrees that nobody owns any more is taken back.
    Collect(Collected),
}

pub(super) fn run(args: &Gc, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let (config, broken) = Config::readable(&repo)?;
    broken.iter().for_each(|error| report::warn(&format!("no teardown of the team's runs: {}", error.message)));
    let older = match &args.older {
        None => None,
        Some(text) => age::parse(text).map_err(|cause| {
            Error::new(Kind::Usage, "--older takes a span of time").because(cause).hint("git agent gc --older 14d")
        })?,
    };
    let held = if args.dry_run { None } else { Some(journal::repository_lock(&repo)?) };
    if held.is_some() {
        for tree in worktrees::list(&repo)? {
            worktrees::remove_husk(&tree.admin)?;
        }
    }
    let mut verdicts = Vec::new();
    if args.purge.is_empty() {
        // Before anything is added to the trash: what this very command removes can be restored, whatever the limit.
        let expired = expired(&repo, config.trash_expire()?)?;
        // One after the other: what is removed is what was looked at a moment ago.
        for agent in agent::all(&repo)? {
            let verdict = judge(&repo, &config, agent, older)?;
            verdicts.push(match &held {
                Some(held) => carry_out(&repo, &config, verdict, held)?,
                None => verdict,
            });
        }
        verdicts.extend(expired);
    } else {
        for name in &args.purge {
            verdicts.push(Verdict::Purge(Box::new(trash::require(&repo, name)?), "asked for".to_owned()));
        }
    }
    if held.is_some() {
        trash::sweep(&repo)?;
        for verdict in &verdicts {
            if let Verdict::Purge(item, _) = verdict {
                trash::purge(&repo, item)?;
            }
        }
    }
    // After the trash: what belonged to a purged agent is nobody's now.
    verdicts.extend(undo::collect(&repo, &config, args.dry_run)?.into_iter().map(Verdict::Collect));
    let lines: Vec<String> = verdicts.iter().map(|verdict| line(verdict, args.dry_run)).collect();
    let outcome = Outcome::text(lines.join("\n"));
    Ok(outcome.or_json(args.json, || {
        let list = |wanted: &str| verdicts.iter().map(verdict_json).filter(|value| value["verdict"] == wanted).collect::<Vec<_>>();
        let fields = json!({ "dryRun": args.dry_run, "removed": list("removed"), "purged": list("purged"), "dropped": list("dropped"), "left": list("left") });
        document("gc", fields)
    }))
}

/// Why an agent may go, and the commit that this holds for.
struct Proof {
    kind: &'static str,
    text: String,
    tip: Option<ObjectId>,
}

/// Moves what is to be removed into the trash. An agent that has moved on since it was judged, or that cannot be moved,
/// stays, and the others are gone on with.
fn carry_out(repo: &Repo, config: &Config, verdict: Verdict, held: &Lock) -> Result<Verdict> {
    let Verdict::Remove(agent, proof) = verdict else { return Ok(verdict) };
    if let Err(error) = provision::removal::tear_down(repo, config, &agent, &|_| {}) {
        return Ok(Verdict::Leave(agent.name(), error.message));
    }
    match trash::remove::remove(repo, &agent, proof.tip, agent.owns_branch(), held) {
        Ok(_) => Ok(Verdict::Remove(agent, proof)),
        Err(error) => Ok(Verdict::Leave(agent.name(), error.message)),
    }
}

/// Only what is proved goes: a branch that is merged, in a worktree that nothing stands against removing.
fn judge(repo: &Repo, config: &Config, agent: Agent, older: Option<u64>) -> Result<Verdict> {
    let name = agent.name();
    if let Some(problem) = &agent.tree.problem {
        return Ok(Verdict::Leave(name, format!("{}; {}", problem.what, problem.remedy)));
    }
    let Some(record) = &agent.record else {
        return Ok(Verdict::Leave(name, "not made by git agent".to_owned()));
    };
    // Somebody else made it, and may want it for something else than its branch.
    if record.origin == Some(Origin::Adopted) {
        return Ok(Verdict::Leave(name, "not made by git agent".to_owned()));
    }
    let findings = match work::examine(repo, config, &agent) {
        Ok(findings) => findings,
        Err(error) => return Ok(Verdict::Leave(name, error.to_string().replace('\n', " "))),
    };
    if let Some(obstacle) = removal::obstacle(&findings.facts, 0) {
        return Ok(Verdict::Leave(name, obstacle_text(&obstacle)));
    }
    let unused = record.origin == Some(Origin::Subagent) && findings.own_commits == 0;
    let unused = unused && !matches!(activity::state(&agent.tree.admin).0, State::Reported(word) if word != "done");
    let proof =
        findings.merged.clone().map(|proof| Proof { kind: proof.kind.word(), text: proof.text, tip: findings.tip });
    let idle_proof =
        Proof { kind: "unused", text: "made for a subagent, which left nothing".to_owned(), tip: findings.tip };
    let Some(proof) = proof.or(unused.then_some(idle_proof)) else {
        let commits = findings.own_commits;
        let why = if commits == 0 {
            "no commits yet".to_owned()
        } else {
            format!("{commits} of its commits not merged, but pushed")
        };
        return Ok(Verdict::Leave(name, why));
    };
    let last = findings.last_commit.and_then(|time| u64::try_from(time).ok()).unwrap_or(0).max(record.created);
    let idle = journal::now().saturating_sub(last);
    if let Some(limit) = older.filter(|limit| idle < *limit) {
        return Ok(Verdict::Leave(name, format!("merged, but younger than {}", age::short(limit))));
    }
    Ok(Verdict::Remove(Box::new(agent), Box::new(proof)))
}

fn obstacle_text(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Locked(reason) if reason.is_empty() => "locked".to_owned(),
        Obstacle::Locked(reason) => format!("locked: {reason}"),
        Obstacle::Standing => "your shell stands in it".to_owned(),
        Obstacle::Running(processes) => {
            let list: Vec<String> =
                processes.iter().map(|(program, pid)| format!("{program} (process {pid})")).collect();
            format!("a program runs in it: {}", list.join(", "))
        }
        Obstacle::Holding(others) => format!("other worktrees lie in it: {}", others.join(", ")),
        Obstacle::Work(work) => work.iter().map(|(kind, count)| kind.counted(*count)).collect::<Vec<_>>().join(", "),
    }
}

/// What has been in the trash for longer than `limit`.
fn expired(repo: &Repo, limit: Option<u64>) -> Result<Vec<Verdict>> {
    let Some(limit) = limit else { return Ok(Vec::new()) };
    let now = journal::now();
    let items = trash::all(repo)?.into_iter().filter(|item| now.saturating_sub(item.meta.removed) >= limit);
    Ok(items
        .map(|item| {
            let why = format!("removed {} ago", age::short(now.saturating_sub(item.meta.removed)));
            Verdict::Purge(Box::new(item), why)
        })
        .collect())
}

fn line(verdict: &Verdict, dry_run: bool) -> String {
    let would = if dry_run { "would have " } else { "" };
    match verdict {
        Verdict::Remove(agent, proof) => format!("{would}removed '{}': {}", agent.name(), proof.text),
        Verdict::Leave(name, why) => format!("left '{name}': {why}"),
        Verdict::Purge(item, why) => format!("{would}deleted '{}' from the trash: {why}", item.meta.name),
        Verdict::Collect(Collected { name, what, problem: None }) => {
            format!("{would}dropped the {what} of '{name}', which is gone")
        }
        Verdict::Collect(Collected { name, what, problem: Some(error) }) => {
            let said = error.to_string();
            let said = said.lines().map(str::trim).collect::<Vec<_>>().join("; ");
            format!("left the {what} of '{name}', which is gone: {said}")
        }
    }
}

fn verdict_json(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Remove(agent, proof) => {
            json!({ "verdict": "removed", "name": agent.name(), "merged": proof.kind, "proof": proof.text })
        }
        Verdict::Leave(name, why) => json!({ "verdict": "left", "name": name, "reason": why }),
        Verdict::Purge(item, why) => {
            json!({ "verdict": "purged", "name": item.meta.name, "trash": item.id, "reason": why })
        }
        Verdict::Collect(Collected { name, what, problem: None }) => {
            json!({ "verdict": "dropped", "name": name, "what": what })
        }
        Verdict::Collect(Collected { name, what, problem: Some(error) }) => {
            json!({ "verdict": "left", "name": name, "what": what, "reason": error.to_string() })
        }
    }
}

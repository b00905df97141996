//! `git agent guard`

use serde_json::{Value, json};

use crate::cli::{Guard, GuardCheck, GuardHost, GuardLog};
use crate::error::{Context, Result};
use crate::git::facts::Disk;
use crate::guard_log::{self, Entry};
use crate::policy::age;
use crate::policy::guard::{Decision, Verdict, judge};
use crate::report::{self, Outcome, document};
use crate::{environment, journal};

pub(super) fn run(args: &Guard, quiet: bool) -> Result<Outcome> {
    match args {
        Guard::Check(args) => check(args, quiet),
        Guard::Log(args) => log(args, quiet),
    }
}

/// Judges as if an agent were about to run the command here. Nothing is run.
fn check(args: &GuardCheck, quiet: bool) -> Result<Outcome> {
    let here = environment::current_dir()?;
    let here =
        here.to_str().ok_or("its path is not UTF-8").context(|| "the guard cannot judge in this folder".to_owned())?;
    let disk = Disk::new();
    let mut session = disk.session(here, false);
    let guarded = session.agent;
    session.agent = true;
    let verdict = judge(&args.command, &session, &disk);
    let decision = on_host(&verdict.decision, args.host);
    if !guarded {
        report::note(
            quiet || args.json,
            "no agent works here, so nothing would be stopped: this is the verdict for one that did",
        );
    }
    let outcome = Outcome::text(explained(&verdict, decision));
    Ok(outcome.or_json(args.json, || check_json(&args.command, &verdict, decision, guarded)))
}

/// What the client does with the decision: only Claude Code can ask in the middle of a tool call, the others refuse.
fn on_host(decision: &Decision, host: GuardHost) -> &'static str {
    match (decision, host) {
        (Decision::Allow, _) => "allow",
        (Decision::Rewrite(_), _) => "rewrite",
        (Decision::Ask, GuardHost::Claude) => "ask",
        (Decision::Ask | Decision::Deny, _) => "deny",
    }
}

fn explained(verdict: &Verdict, decision: &str) -> String {
    let mut lines: Vec<String> = verdict.steps.iter().map(|step| format!("{:<12} {}", step.what, step.found)).collect();
    lines.push(format!("{:<12} {decision}", "verdict"));
    let message = verdict.message();
    lines.extend(message.lines().map(|line| format!("{:<12} {line}", "")));
    lines.join("\n")
}

fn check_json(command: &str, verdict: &Verdict, decision: &str, guarded: bool) -> Value {
    let rewritten = if let Decision::Rewrite(text) = &verdict.decision { Some(text) } else { None };
    let steps: Vec<Value> =
        verdict.steps.iter().map(|step| json!({ "what": step.what, "found": step.found })).collect();
    let findings = verdict.findings.iter();
    let findings: Vec<Value> = findings
        .map(|finding| json!({ "deny": finding.deny, "what": finding.what, "instead": finding.instead }))
        .collect();
    let fields = json!({
        "command": command,
        "guarded": guarded,
        "decision": decision,
        "rewritten": rewritten,
        "message": verdict.message(),
        "findings": findings,
        "steps": steps,
    });
    document("guard-check", fields)
}

fn log(args: &GuardLog, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let entries = guard_log::read(repo.common(), args.count)?;
    if entries.is_empty() {
        report::note(quiet || args.json, "the guard has stopped nothing yet");
    }
    let now = journal::now();
    let text: Vec<String> = entries.iter().map(|entry| line(entry, now)).collect();
    Ok(Outcome::text(text.join("\n")).or_json(args.json, || document("guard-log", json!({ "entries": entries }))))
}

fn line(entry: &Entry, now: u64) -> String {
    let clean = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let age = age::short(now.saturating_sub(entry.at));
    format!(
        "{age:>4} ago  {:<7} {:<7} {}  (in {})",
        entry.decision,
        entry.host,
        clean(&entry.command),
        clean(&entry.cwd)
    )
}

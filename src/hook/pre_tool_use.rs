//! Before a tool runs: its command, or the file that it writes, is judged.

use super::wire::{Answer, Host, Tool};
use crate::environment;
use crate::git::facts::Disk;
use crate::guard_log::{self, Entry};
use crate::journal::now;
use crate::policy::guard::{Decision, Verdict, judge, judge_write};

/// Judges one event.
pub fn answer(host: Host, tool: &Tool, input: &str) -> Answer {
    let here = || environment::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned));
    let Some(cwd) = tool.cwd.clone().or_else(here) else { return Answer::failed(input) };
    let disk = Disk::new();
    let session = disk.session(&cwd, tool.powershell);
    if let Some(command) = &tool.command {
        let verdict = judge(command, &session, &disk);
        if tool.words && matches!(verdict.decision, Decision::Rewrite(_)) {
            return Answer::Nothing;
        }
        record(host, &disk, &cwd, command, &verdict);
        return from(verdict);
    }
    if let Some(path) = &tool.file {
        let verdict = judge_write(path, &tool.content, &session, &disk);
        record(host, &disk, &cwd, path, &verdict);
        return from(verdict);
    }
    Answer::Nothing
}

/// Notes what was not simply allowed. The answer does not depend on it: a log that cannot be written changes nothing.
fn record(host: Host, disk: &Disk, cwd: &str, command: &str, verdict: &Verdict) {
    if verdict.decision == Decision::Allow {
        return;
    }
    let Some(common) = disk.common_dir(cwd) else { return };
    let entry = Entry {
        at: now(),
        host: host.name().to_owned(),
        decision: verdict.decision.to_string(),
        cwd: cwd.to_owned(),
        command: command.to_owned(),
        message: verdict.message(),
    };
    guard_log::add(&common, &entry).ok();
}

fn from(verdict: Verdict) -> Answer {
    let message = verdict.message();
    match verdict.decision {
        Decision::Allow => Answer::Nothing,
        Decision::Rewrite(command) => Answer::Rewrite { command, message },
        Decision::Ask => Answer::Ask(message),
        Decision::Deny => Answer::Deny(message),
    }
}

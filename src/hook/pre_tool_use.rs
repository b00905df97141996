//! Before a tool runs: its command, or the file that it writes, is judged.

use std::path::Path;

use super::wire::{Answer, Host, Tool};
use crate::environment;
use crate::git::facts::Disk;
use crate::git::repo::Repo;
use crate::guard_log::{self, Entry};
use crate::journal::now;
use crate::policy::guard::{Decision, Verdict, judge, judge_write};
use crate::spawn::{birth, hooks};

/// Judges one event.
pub fn answer(host: Host, tool: &Tool, input: &str) -> Answer {
    let here = || environment::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned));
    let Some(cwd) = tool.cwd.clone().or_else(here) else { return Answer::failed(input) };
    let disk = Disk::new();
    let session = disk.session(&cwd, tool.powershell);
    if let Some(command) = &tool.command {
        put_back(&disk, &cwd);
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

/// Puts git's pre-push hook back if a tool that an earlier command ran (`lefthook install`, `npm install`) took its place:
/// this command may push in a way that cannot be seen from here. The answer does not depend on it.
fn put_back(disk: &Disk, cwd: &str) {
    if disk.linked_common(cwd).is_some_and(|common| hooks::are_displaced(&common))
        && let Ok(repo) = Repo::discover(Path::new(cwd))
    {
        birth::repair_include(&repo).ok();
    }
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

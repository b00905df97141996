//! Before a tool runs: its command, or the file that it writes, is judged.

use super::wire::{Answer, Event, Host};
use crate::environment;
use crate::git::facts::Disk;
use crate::policy::guard::{Decision, Verdict, judge, judge_write};

/// Judges one event.
pub fn answer(host: Host, input: &str) -> Answer {
    let Ok(event) = host.read(input) else { return Answer::failed(input) };
    let Event::Tool(tool) = event else { return Answer::Nothing };
    let here = || environment::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned));
    let Some(cwd) = tool.cwd.clone().or_else(here) else { return Answer::failed(input) };
    let disk = Disk::new();
    let session = disk.session(&cwd, tool.powershell);
    if let Some(command) = &tool.command {
        return match from(judge(command, &session, &disk)) {
            Answer::Rewrite { .. } if tool.words => Answer::Nothing,
            answer => answer,
        };
    }
    if let Some(path) = &tool.file {
        return from(judge_write(path, &tool.content, &session, &disk));
    }
    Answer::Nothing
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

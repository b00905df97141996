//! What people are told while a worktree is made ready, and afterwards.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{Error, Kind};
use crate::policy::age;
use crate::provision::files::described;
use crate::provision::record::{Progress, Record, Stage};
use crate::provision::run::Report;
use crate::provision::scene::Said;
use crate::provision::trust::Asked;
use crate::report;

/// Tells of one worktree's steps on stderr.
pub struct Teller {
    quiet: bool,
    /// In front of each line when several worktrees are made ready at once.
    prefix: String,
    /// When the progress was last drawn, and the start of an output line that has not ended yet.
    state: Mutex<(Option<Instant>, Vec<u8>)>,
}

impl Teller {
    /// A teller for the agent `name`; `several` if others are told of at the same time.
    pub fn new(quiet: bool, name: &str, several: bool) -> Self {
        let prefix = if several { format!("[{name}] ") } else { String::new() };
        Self { quiet, prefix, state: Mutex::default() }
    }

    /// Tells it.
    pub fn say(&self, said: Said<'_>) {
        let Ok(mut state) = self.state.lock() else { return };
        let prefix = &self.prefix;
        match said {
            Said::Begun(step) => report::progress(self.quiet, &format!("{prefix}{step}…")),
            Said::Copied(step, counter) => {
                let recent = state.0.is_some_and(|last| last.elapsed() < Duration::from_millis(200));
                if !recent {
                    report::progress(self.quiet, &format!("{prefix}{step}: {} copied…", described(counter)));
                    state.0 = Some(Instant::now());
                }
            }
            Said::Printed(bytes) if !self.quiet => self.pass_on(&mut state.1, bytes),
            Said::Printed(_) => {}
            Said::Ended(progress) => self.ended(progress),
        }
    }

    /// Whole lines only, so that those of several agents do not mix.
    fn pass_on(&self, rest: &mut Vec<u8>, bytes: &[u8]) {
        rest.extend_from_slice(bytes);
        let Some(end) = rest.iter().rposition(|&byte| byte == b'\n') else { return };
        let whole: Vec<u8> = rest.drain(..=end).collect();
        let mut out = std::io::stderr().lock();
        for line in whole.split_inclusive(|&byte| byte == b'\n') {
            // A terminal that went away has no reader to tell.
            out.write_all(self.prefix.as_bytes()).and_then(|()| out.write_all(line)).ok();
        }
    }

    fn ended(&self, progress: &Progress) {
        let (prefix, step) = (&self.prefix, &progress.step);
        for warning in &progress.warnings {
            report::warn(&format!("{prefix}{warning}"));
        }
        if progress.state == Stage::Done && !progress.summary.is_empty() {
            let took = progress.millis.filter(|millis| *millis >= 100).map(|millis| format!(" in {}", seconds(millis)));
            let text = format!("{prefix}{step}: {}{}", progress.summary, took.unwrap_or_default());
            report::note(self.quiet, &text);
        }
    }
}

/// `0.4 s`
fn seconds(millis: u64) -> String {
    if millis >= 100_000 { age::short(millis / 1000) } else { format!("{}.{} s", millis / 1000, millis % 1000 / 100) }
}

/// The error of a worktree that is not ready: which step failed, its output, and how to go on.
pub fn failure(name: &str, shown: &str, record: &Record) -> Option<Error> {
    let failed = record.failed()?;
    let mut error = Error::new(Kind::Incomplete, format!("'{name}' is not ready: the step '{}' failed", failed.step))
        .because(&failed.summary);
    for other in record.steps.iter().filter(|step| step.step != failed.step) {
        match other.state {
            Stage::Failed => error = error.because(format!("the step '{}' failed: {}", other.step, other.summary)),
            Stage::Skipped => {
                error = error.because(format!("the step '{}' was left out: it {}", other.step, other.summary));
            }
            _ => {}
        }
    }
    let hints = failed.details["hints"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let error = hints.fold(error, Error::hint);
    Some(error.hint(format!("git agent provision {shown}")))
}

/// A worktree's steps for JSON; `null` for one that needed none.
pub fn json(report: &Report) -> Value {
    let warnings = &report.warnings;
    match &report.record {
        None => json!({ "state": "done", "steps": [], "warnings": warnings }),
        Some(record) => {
            let steps: Vec<Value> = record.steps.iter().map(step).collect();
            json!({ "state": record.now().word(), "steps": steps, "warnings": warnings })
        }
    }
}

fn step(progress: &Progress) -> Value {
    json!({
        "step": progress.step,
        "state": progress.state,
        "millis": progress.millis,
        "summary": progress.summary,
        "warnings": progress.warnings,
        "details": progress.details,
    })
}

/// What the repository would run, a line each, for the question whether it may.
pub fn asked(asked: &Asked) -> Vec<String> {
    let commands = asked.commands.iter().map(|(key, command)| format!("{key} = {command}"));
    let installs = asked.installs.iter().map(|install| {
        let place = if install.folder.is_empty() { String::new() } else { format!(" in {}", install.folder) };
        format!("install{place} = {}", install.commands.join(" && "))
    });
    commands.chain(installs).map(|line| plain(&line)).collect()
}

/// What somebody else wrote, so that all of it is seen: whoever says yes must have read it. Control characters, and those
/// that change the direction or have no width, are written as escapes.
fn plain(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::new();
    for c in text.chars() {
        if hides(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

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

/// What somebody else wrote, so that all of it is seen: whoever says yes must have read it. What is no letter, mark, number
/// or sign that is drawn is written as an escape, and so is the backslash that begins one.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if is_hidden(c) || c == '\\' { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Whether a character is drawn as nothing or as a blank, or changes how others are drawn: control and format characters,
/// blanks other than the usual one, what Unicode calls default-ignorable, and what is assigned to nobody's script.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || c.is_whitespace() && c != ' '
        || matches!(
            u32::from(c),
            0xad | 0x34f
                | 0x600..=0x605
                | 0x61c
                | 0x6dd
                | 0x70f
                | 0x890..=0x891
                | 0x8e2
                | 0x115f..=0x1160
                | 0x17b4..=0x17b5
                | 0x180b..=0x180f
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0x2800
                | 0x3164
                | 0xd7fc..=0xf8ff
                | 0xfe00..=0xfe0f
                | 0xfeff
                | 0xffa0
                | 0xfff0..=0xfffb
                | 0x110bd
                | 0x110cd
                | 0x13430..=0x1345f
                | 0x1bca0..=0x1bca3
                | 0x1d173..=0x1d17a
                | 0xe0000..=0x10_ffff
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_from_whoever_must_read_it() {
        for (text, expected) in [
            ("npm ci && ./bin/seed 'ü日本'", "npm ci && ./bin/seed 'ü日本'"),
            ("a\u{1b}[8mb\rc\nd", r"a\u{1b}[8mb\rc\nd"),
            ("a\u{202e}b\u{200b}c\u{ad}d", r"a\u{202e}b\u{200b}c\u{ad}d"),
            ("a\u{3164}b\u{e0061}c\u{a0}d", r"a\u{3164}b\u{e0061}c\u{a0}d"),
            // Else it would be read as the character itself.
            (r"a\u{ad}b", r"a\\u{ad}b"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}

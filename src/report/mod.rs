//! What people and programs read: results on stdout, everything else on stderr.

pub mod diff;
pub mod readiness;
pub mod table;

use std::io::{ErrorKind, IsTerminal, Write};

use serde_json::Value;

use crate::environment;
use crate::error::{Context, Error, Result};

/// What came of a verb.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For people: lines for stdout.
    pub text: String,
    /// For programs, if they asked.
    pub json: Option<Value>,
    /// The exit code.
    pub code: u8,
}

impl Outcome {
    /// Lines for stdout.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// An exit code and nothing to say.
    pub fn code(code: i32) -> Self {
        Self { code: u8::try_from(code).unwrap_or(1), ..Self::default() }
    }

    /// JSON instead of text, if `wanted`.
    #[must_use]
    pub fn or_json(mut self, wanted: bool, value: impl FnOnce() -> Value) -> Self {
        if wanted {
            self.json = Some(value());
        }
        self
    }
}

/// A document of the schema `git-agent/<name>`, version 1; `docs/json.md` describes it.
pub fn document(name: &str, fields: Value) -> Value {
    let mut document = serde_json::json!({ "schema": format!("git-agent/{name}"), "version": 1 });
    if let (Some(target), Value::Object(fields)) = (document.as_object_mut(), fields) {
        target.extend(fields);
    }
    document
}

/// Prints an outcome. A reader that went away (`| head`) ends the program quietly with 141, as git is ended by SIGPIPE.
///
/// # Errors
/// When stdout cannot be written to for another reason.
pub fn print(outcome: &Outcome) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = match &outcome.json {
        Some(value) => serde_json::to_string_pretty(value).map_err(Into::into).and_then(|text| writeln!(out, "{text}")),
        None if outcome.text.is_empty() => Ok(()),
        None => writeln!(out, "{}", outcome.text.trim_end_matches('\n')),
    };
    match written.and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => std::process::exit(141),
        other => other.context(|| "cannot write to stdout".to_owned()),
    }
}

/// Prints an error on stderr: `error:`, the causes, then a `hint:` line for each remedy.
pub fn print_error(error: &Error) {
    let (red, yellow, end) =
        if is_coloured(&std::io::stderr()) { ("\x1b[1;31m", "\x1b[33m", "\x1b[0m") } else { ("", "", "") };
    let text = tame(&error.to_string()).replace("\nhint: ", &format!("\n{yellow}hint:{end} "));
    eprintln!("{red}error:{end} {text}");
}

/// Says something that the user should know, on stderr.
pub fn warn(text: &str) {
    let (yellow, end) = if is_coloured(&std::io::stderr()) { ("\x1b[33m", "\x1b[0m") } else { ("", "") };
    eprintln!("{yellow}warning:{end} {}", tame(text));
}

/// Says what is going on, on stderr and only to a terminal.
pub fn progress(quiet: bool, text: &str) {
    if !quiet && std::io::stderr().is_terminal() {
        eprintln!("{text}");
    }
}

/// Says what was done, on stderr.
pub fn note(quiet: bool, text: &str) {
    if !quiet {
        eprintln!("note: {}", tame(text));
    }
}

/// Text without control characters: names and paths of other people must not reach the terminal as commands.
fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '?' } else { c }).collect()
}

/// Whether a stream gets colours: a terminal, and nobody said no (<https://no-color.org>).
pub fn is_coloured(stream: &impl IsTerminal) -> bool {
    let dumb = environment::var("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && environment::var("NO_COLOR").is_none() && !dumb
}

/// Whether somebody can be asked: both ends of the conversation are a terminal.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question that is answered with y or n; anything else is a no.
pub fn ask(question: &str) -> bool {
    eprint!("{question} [y/N] ");
    // If stderr cannot be flushed the question may show late; the answer still counts.
    std::io::stderr().flush().ok();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

//! The formats of the hosts. Each file here is the only place that names its host's JSON fields, and an answer carries that
//! host's keys alone: some hosts take an unknown key for a broken answer, and a broken answer for consent.

mod claude;
mod codex;
mod copilot;
mod gemini;
mod unread;

pub use claude::locked_by;
pub use unread::paired;

use serde_json::Value;

use crate::agent::sessions::Activity;
use crate::policy::guard::smells;

/// An agent's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// Copilot CLI.
    Copilot,
}

/// What a host tells.
#[derive(Debug)]
pub enum Event {
    /// A tool is about to run.
    Tool(Tool),
    /// A worktree is to be made.
    WorktreeCreate(NewWorktree),
    /// A worktree is to be removed.
    WorktreeRemove {
        /// Which one.
        path: String,
    },
    /// A session has begun, or goes on after a break.
    SessionStart {
        /// Which one.
        session: Session,
        /// It is in the middle of its work: what it does has not changed.
        at_work: bool,
    },
    /// A session has moved into another place.
    Moved(Session),
    /// A session began to work, wants something, or is done.
    Turn {
        /// Which one.
        session: Session,
        /// What it does now.
        activity: Activity,
        /// What it said last.
        message: Option<String>,
    },
    /// A part of a session that worked for itself begins.
    SubagentStart(Session),
    /// It has ended.
    SubagentStop {
        /// Its session.
        session: Session,
        /// What it said last.
        message: Option<String>,
    },
    /// A session is over, or leaves the worktree that it is in.
    SessionEnd(Session),
    /// Anything else.
    Other,
}

/// A worktree that a host wants.
#[derive(Debug, Default)]
pub struct NewWorktree {
    /// Its name.
    pub name: String,
    /// Where the session is.
    pub cwd: Option<String>,
    /// It is for a part of the session that works for itself, not for a person.
    pub subagent: bool,
}

/// Who tells.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The host's name for the session.
    pub id: String,
    /// Where it is.
    pub cwd: Option<String>,
    /// The part of it that tells this, if it is one that works for itself.
    pub subagent: Option<String>,
}

/// A tool that is about to run.
#[derive(Debug, Default)]
pub struct Tool {
    /// Where it runs.
    pub cwd: Option<String>,
    /// The command, if the tool runs one.
    pub command: Option<String>,
    /// The command is a list of words, or stands in several fields: it cannot be replaced by one text.
    pub words: bool,
    /// The command is for PowerShell.
    pub powershell: bool,
    /// The file, if the tool writes one.
    pub file: Option<String>,
    /// What it writes.
    pub content: String,
    /// Who runs it.
    pub session: Session,
}

/// What we say.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: the host goes on as it would without us.
    Nothing,
    /// Another command runs.
    Rewrite {
        /// The whole new command.
        command: String,
        /// Why.
        message: String,
    },
    /// A person decides.
    Ask(String),
    /// Refused.
    Deny(String),
    /// A worktree.
    Worktree {
        /// Where it is.
        path: String,
        /// It was made for this.
        new: bool,
    },
    /// What the model is to know.
    Context(String),
    /// It did not work: for the user, and never a denial of what the host does next.
    Failed(String),
    /// Nothing, for the event cannot be read, and is none that the guard judges.
    Unread,
}

/// What is printed, and the exit code.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For the host.
    pub stdout: String,
    /// For the host again, where it reads no JSON.
    pub stderr: String,
    /// 2 blocks, 0 does not.
    pub code: u8,
}

impl Answer {
    /// The guard itself failed: nothing that smells of a push is let through.
    pub fn failed(input: &str) -> Self {
        let text = "git-agent: the guard could not judge this, and it has the words of a push in it";
        if smells(&input.replace("\\n", " ").replace("\\t", " ")) { Self::Ask(text.to_owned()) } else { Self::Nothing }
    }
}

impl Reply {
    /// Blocks in a way that every host understands.
    pub fn blocked() -> Self {
        Self { stdout: String::new(), stderr: "git-agent: the guard failed".to_owned(), code: 2 }
    }

    fn silent() -> Self {
        Self::default()
    }

    /// JSON that does not block.
    fn json(value: &Value) -> Self {
        Self { stdout: format!("{value}\n"), ..Self::default() }
    }

    /// What the host asked for was not done: stderr says why, and the exit code is none that blocks.
    fn failure(message: &str) -> Self {
        Self { stderr: message.to_owned(), code: 1, ..Self::default() }
    }

    /// A refusal, as JSON and as exit code: whichever the host looks at first.
    fn refusal(value: &Value, message: &str) -> Self {
        Self { stdout: format!("{value}\n"), stderr: message.to_owned(), code: 2 }
    }
}

impl Host {
    /// Its name on the command line and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Copilot => "copilot",
        }
    }

    /// The host of that name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "claude" => Self::Claude,
            "codex" => Self::Codex,
            "gemini" => Self::Gemini,
            "copilot" => Self::Copilot,
            _ => return None,
        })
    }

    /// Reads an event. `name` is its name where the command line tells it, for hosts whose input does not.
    ///
    /// # Errors
    /// When it is no JSON, or the tool's input in it is none.
    pub fn read(self, input: &str, name: Option<&str>) -> Result<Event, serde_json::Error> {
        let value: Value = serde_json::from_str(input)?;
        Ok(match self {
            Self::Claude => claude::read(&value),
            Self::Codex => codex::read(&value),
            Self::Gemini => gemini::read(&value),
            Self::Copilot => copilot::read(&value, name)?,
        })
    }

    /// The answer to an event that cannot be read: one that the guard must judge is never let through, and no other ever
    /// blocks. `name` is as for [`Host::read`].
    pub fn unread(self, input: &str, name: Option<&str>) -> Answer {
        let names = match self {
            Self::Copilot => name.into_iter().collect(),
            _ => unread::outer(input, "hook_event_name"),
        };
        let judged = |name: &&str| matches!(*name, "PreToolUse" | "BeforeTool" | "preToolUse");
        let Some(other) = names.first().filter(|_| !names.iter().any(judged)) else {
            return Answer::failed(input);
        };
        match *other {
            "WorktreeCreate" | "WorktreeRemove" => Answer::Failed(format!("error: cannot read the event {other}")),
            _ => Answer::Unread,
        }
    }

    /// The variable with the folder that a session was started in, if the host sets one.
    pub fn project_variable(self) -> Option<&'static str> {
        match self {
            Self::Claude => Some("CLAUDE_PROJECT_DIR"),
            Self::Gemini => Some("GEMINI_PROJECT_DIR"),
            Self::Codex | Self::Copilot => None,
        }
    }

    /// The variable with the path of a script that the host runs before each command of the session, if it has one.
    pub fn script_variable(self) -> Option<&'static str> {
        (self == Self::Claude).then_some("CLAUDE_ENV_FILE")
    }

    /// Words an answer. The input is given again, since a rewrite must carry every field that was in it.
    pub fn reply(self, answer: &Answer, input: &str) -> Reply {
        if *answer == Answer::Unread {
            return Reply { stderr: "git-agent: cannot read this event".to_owned(), ..Reply::default() };
        }
        match self {
            Self::Claude => claude::reply(answer, input),
            Self::Codex => codex::reply(answer, input),
            Self::Gemini => gemini::reply(answer, input),
            Self::Copilot => copilot::reply(answer, input),
        }
    }
}

/// A string field.
fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// The names under which tools take a command.
const COMMANDS: [&str; 3] = ["command", "cmd", "script"];

/// The fields that hold a command.
fn command_fields(input: &Value) -> impl Iterator<Item = (&'static str, String)> {
    COMMANDS.iter().filter_map(|name| {
        let text = match input.get(name)? {
            Value::String(text) => text.clone(),
            Value::Array(words) => {
                let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
                words?.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect::<Vec<_>>().join(" ")
            }
            _ => return None,
        };
        Some((*name, text))
    })
}

/// A command: one string, or the words of one. Where a tool takes several, all of them are judged.
fn command(input: &Value) -> Option<String> {
    command_fields(input).map(|(_, text)| text).reduce(|all, more| format!("{all}\n{more}"))
}

/// Whether the command is no single string, which alone can be replaced.
fn is_words(input: &Value) -> bool {
    let mut fields = command_fields(input);
    let first = fields.next();
    fields.next().is_some() || first.is_some_and(|(name, _)| input[name].is_array())
}

/// The tool's input with another command.
fn with_command(input: &Value, command: &str) -> Value {
    let name = command_fields(input).next().map_or("command", |(name, _)| name);
    let mut input = input.clone();
    if let Some(field) = input.get_mut(name) {
        *field = Value::String(command.to_owned());
    }
    input
}

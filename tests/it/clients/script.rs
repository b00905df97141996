//! What the model says: turns of a conversation, one for each request that continues it.

use serde_json::{Value, json};

/// One answer of the model.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// What it says.
    pub text: String,
    /// The tools that it calls, with their arguments.
    pub calls: Vec<(String, Value)>,
}

/// The model says something and stops.
pub fn say(text: &str) -> Turn {
    Turn { text: text.to_owned(), calls: Vec::new() }
}

/// The model calls a tool, by the name that the client has for it.
pub fn call(tool: &str, input: Value) -> Turn {
    Turn { text: String::new(), calls: vec![(tool.to_owned(), input)] }
}

/// The model runs a command in Claude Code.
pub fn bash(command: &str) -> Turn {
    call("Bash", json!({ "command": command, "description": "a test" }))
}

impl Turn {
    /// And calls another tool at the same time.
    pub fn and(mut self, other: Self) -> Self {
        self.calls.extend(other.calls);
        self
    }
}

/// A turn that depends on what the model was told since its last one.
type Reaction = Box<dyn Fn(&str) -> Turn + Send + Sync>;

/// A turn, or how to find it.
pub enum Step {
    /// Always the same.
    Fixed(Turn),
    /// Made of the text since the model's last turn, tool results included.
    Reaction(Reaction),
}

impl From<Turn> for Step {
    fn from(turn: Turn) -> Self {
        Self::Fixed(turn)
    }
}

/// A turn made of what the model was told since its last one.
pub fn react(with: impl Fn(&str) -> Turn + Send + Sync + 'static) -> Step {
    Step::Reaction(Box::new(with))
}

impl Step {
    fn turn(&self, told: &str) -> Turn {
        match self {
            Self::Fixed(turn) => turn.clone(),
            Self::Reaction(with) => with(told),
        }
    }
}

/// A whole play. It has no memory: the turn is the number of answers that a request holds already, so neither a retry nor
/// parallel conversations upset it.
#[derive(Default)]
pub struct Script {
    main: Vec<Step>,
    others: Vec<(String, Vec<Step>)>,
}

/// Which conversation a request belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The session's own.
    Main,
    /// A subagent's, by the words of its task that the script knows it by; empty for one that it does not know.
    Other(String),
    /// One without tools: a title, a summary.
    Side,
}

impl Script {
    /// The turns of the main conversation. When they run out the model says "done".
    pub fn new<S: Into<Step>>(turns: impl IntoIterator<Item = S>) -> Self {
        Self { main: turns.into_iter().map(Into::into).collect(), others: Vec::new() }
    }

    /// Adds the turns of a subagent whose task holds `words`.
    pub fn agent<S: Into<Step>>(mut self, words: &str, turns: impl IntoIterator<Item = S>) -> Self {
        self.others.push((words.to_owned(), turns.into_iter().map(Into::into).collect()));
        self
    }

    /// The answer to a request, whose messages are in the shape of Anthropic's.
    pub fn answer(&self, messages: &[Value], has_tools: bool, is_agent: bool) -> (Speaker, Turn) {
        let count = messages.iter().filter(|message| message["role"] == "assistant").count();
        if !has_tools {
            return (Speaker::Side, say("ok"));
        }
        let first = messages.iter().find(|message| message["role"] == "user").map(text_of).unwrap_or_default();
        let last = messages.iter().rposition(|message| message["role"] == "assistant").map_or(0, |at| at + 1);
        let told = messages[last..].iter().map(text_of).collect::<Vec<_>>().join("\n");
        let nth = |turns: &[Step]| turns.get(count).map_or_else(|| say("done"), |step| step.turn(&told));
        if let Some((words, turns)) = self.others.iter().find(|(words, _)| first.contains(words.as_str())) {
            return (Speaker::Other(words.clone()), nth(turns));
        }
        if is_agent {
            return (Speaker::Other(String::new()), say("done"));
        }
        (Speaker::Main, nth(&self.main))
    }
}

/// All text of a message, or of a part of one: tool results too.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => fields.get("content").or_else(|| fields.get("text")).map(text_of).unwrap_or_default(),
        _ => String::new(),
    }
}

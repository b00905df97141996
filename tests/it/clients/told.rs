//! What the model was told: the part of a run that an agent would act on.

use serde_json::Value;

use super::model::Request;
use super::script::{Speaker, text_of};

/// What a tool came back with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The tool.
    pub tool: String,
    /// What it was called with.
    pub input: Value,
    /// What the model was told.
    pub text: String,
    /// It was told as an error.
    pub is_error: bool,
}

/// The longest list of messages of a conversation: all that was said in it, but the last answer.
pub fn messages(requests: &[Request], speaker: &Speaker) -> Vec<Value> {
    let own = requests.iter().filter(|request| request.speaker.as_ref() == Some(speaker));
    own.map(|request| request.messages.clone()).max_by_key(Vec::len).unwrap_or_default()
}

/// The answers of tools, in order.
pub fn answers(messages: &[Value]) -> Vec<Answer> {
    let parts = || messages.iter().filter_map(|message| message["content"].as_array()).flatten();
    let result = |part: &Value| {
        let used = parts().find(|other| other["type"] == "tool_use" && other["id"] == part["tool_use_id"])?;
        Some(Answer {
            tool: used["name"].as_str().unwrap_or_default().to_owned(),
            input: used["input"].clone(),
            text: text_of(&part["content"]),
            is_error: part["is_error"] == true,
        })
    };
    parts().filter(|part| part["type"] == "tool_result").filter_map(result).collect()
}

/// What the client told the model by itself: messages of the role "system", and reminders. Claude Code's own paragraphs
/// are among them, so look for words in it.
pub fn notes(messages: &[Value]) -> String {
    let mut notes = Vec::new();
    for message in messages {
        let text = text_of(message);
        if message["role"] == "system" {
            notes.push(text);
        } else if message["role"] == "user" {
            let reminders = text.split("<system-reminder>").skip(1);
            notes.extend(reminders.filter_map(|rest| rest.split("</system-reminder>").next()).map(str::to_owned));
        }
    }
    notes.join("\n\n")
}

/// What the user said, by the client's account: the text of the user's messages, without tool results and reminders.
pub fn prompts(messages: &[Value]) -> Vec<String> {
    let users = messages.iter().filter(|message| message["role"] == "user");
    let texts = users.flat_map(|message| match &message["content"] {
        Value::Array(parts) => parts.iter().filter(|part| part["type"] == "text").map(text_of).collect::<Vec<_>>(),
        other => vec![text_of(other)],
    });
    texts.filter(|text| !text.trim_start().starts_with("<system-reminder>")).collect()
}

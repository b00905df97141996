//! Copilot CLI's preToolUse. The tool's arguments come as a string of JSON.

use serde_json::{Value, json};

use super::{Answer, Event, Reply, Tool, command, is_words, text, with_command};

fn arguments(value: &Value) -> Option<Value> {
    match value.get("toolArgs")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

pub(super) fn read(value: &Value) -> Event {
    let Some(input) = arguments(value) else { return Event::Other };
    let name = text(value, "toolName").unwrap_or_default();
    let writes = matches!(name.as_str(), "create" | "edit" | "str_replace_editor");
    Event::Tool(Tool {
        cwd: text(value, "cwd"),
        command: command(&input),
        words: is_words(&input),
        powershell: name == "powershell",
        file: text(&input, "path").or_else(|| text(&input, "file_path")).filter(|_| writes),
        content: text(&input, "file_text").or_else(|| text(&input, "new_str")).unwrap_or_default(),
    })
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    match answer {
        Answer::Nothing => Reply::silent(),
        Answer::Rewrite { command, .. } => {
            let value: Value = serde_json::from_str(input).unwrap_or_default();
            let updated = with_command(&arguments(&value).unwrap_or_default(), command);
            Reply::json(&json!({ "modifiedArgs": updated }))
        }
        Answer::Ask(reason) | Answer::Deny(reason) => {
            Reply::refusal(&json!({ "permissionDecision": "deny", "permissionDecisionReason": reason }), reason)
        }
    }
}

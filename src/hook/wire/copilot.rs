//! Copilot CLI's events (its hooks reference). The tool's arguments come as a string of JSON.

use serde_json::{Result, Value, json};

use super::{Activity, Answer, Event, Reply, Session, Tool, command, is_words, paired, text, with_command};

fn arguments(value: &Value) -> Result<Option<Value>> {
    Ok(match value.get("toolArgs") {
        Some(Value::String(text)) => Some(serde_json::from_str(&paired(text))?),
        other => other.cloned(),
    })
}

/// Its input does not say which event it is: the command line does.
pub(super) fn read(value: &Value, name: Option<&str>) -> Result<Event> {
    let session = || session(value);
    let turn = |activity, message| Event::Turn { session: session(), activity, message };
    Ok(match name {
        None | Some("preToolUse") => tool(value)?,
        Some("sessionStart") => Event::SessionStart { session: session(), at_work: false },
        Some("userPromptSubmitted" | "postToolUse") => turn(Activity::Working, None),
        Some("permissionRequest" | "notification") => turn(Activity::Waiting, text(value, "message")),
        Some("errorOccurred") => turn(Activity::Waiting, value.get("error").and_then(|error| text(error, "message"))),
        Some("agentStop") => turn(Activity::Done, None),
        Some("sessionEnd") => Event::SessionEnd(session()),
        Some(_) => Event::Other,
    })
}

fn session(value: &Value) -> Session {
    Session { id: text(value, "sessionId").unwrap_or_default(), cwd: text(value, "cwd"), subagent: None }
}

fn tool(value: &Value) -> Result<Event> {
    let Some(input) = arguments(value)? else { return Ok(Event::Other) };
    let name = text(value, "toolName").unwrap_or_default();
    let writes = matches!(name.as_str(), "create" | "edit" | "str_replace_editor");
    Ok(Event::Tool(Tool {
        cwd: text(value, "cwd"),
        command: command(&input),
        words: is_words(&input),
        powershell: name == "powershell",
        file: text(&input, "path").or_else(|| text(&input, "file_path")).filter(|_| writes),
        content: text(&input, "file_text").or_else(|| text(&input, "new_str")).unwrap_or_default(),
        session: session(value),
    }))
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    match answer {
        Answer::Nothing | Answer::Unread => Reply::silent(),
        Answer::Rewrite { command, .. } => {
            let value: Value = serde_json::from_str(input).unwrap_or_default();
            let updated = with_command(&arguments(&value).ok().flatten().unwrap_or_default(), command);
            Reply::json(&json!({ "modifiedArgs": updated }))
        }
        Answer::Ask(reason) | Answer::Deny(reason) => {
            Reply::refusal(&json!({ "permissionDecision": "deny", "permissionDecisionReason": reason }), reason)
        }
        Answer::Context(context) => Reply::json(&json!({ "additionalContext": context })),
        Answer::Worktree { .. } => Reply::silent(),
        Answer::Failed(message) => Reply::failure(message),
    }
}

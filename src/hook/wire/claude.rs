//! Claude Code's PreToolUse. `updatedInput` without a decision rewrites and leaves the usual questions to the host.

use serde_json::{Value, json};

use super::{Answer, Event, Reply, Tool, command, is_words, text, with_command};

pub(super) fn read(value: &Value) -> Event {
    if text(value, "hook_event_name").is_some_and(|name| name != "PreToolUse") {
        return Event::Other;
    }
    let Some(input) = value.get("tool_input") else { return Event::Other };
    let name = text(value, "tool_name").unwrap_or_default();
    let edits = matches!(name.as_str(), "Write" | "Edit" | "MultiEdit" | "NotebookEdit");
    Event::Tool(Tool {
        cwd: text(value, "cwd"),
        // Any tool with a command runs it: Bash, Monitor, PowerShell and whatever comes.
        command: command(input),
        words: is_words(input),
        powershell: name == "PowerShell",
        file: text(input, "file_path").or_else(|| text(input, "notebook_path")).filter(|_| edits),
        content: text(input, "content").or_else(|| text(input, "new_string")).unwrap_or_default(),
    })
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    match answer {
        Answer::Nothing => Reply::silent(),
        Answer::Rewrite { command, message } => {
            let value: Value = serde_json::from_str(input).unwrap_or_default();
            let updated = with_command(value.get("tool_input").unwrap_or(&Value::Null), command);
            Reply::json(&output(&json!({ "updatedInput": updated, "additionalContext": message })))
        }
        Answer::Ask(reason) => {
            Reply::json(&output(&json!({ "permissionDecision": "ask", "permissionDecisionReason": reason })))
        }
        Answer::Deny(reason) => Reply::refusal(
            &output(&json!({ "permissionDecision": "deny", "permissionDecisionReason": reason })),
            reason,
        ),
    }
}

fn output(fields: &Value) -> Value {
    let mut inner = json!({ "hookEventName": "PreToolUse" });
    if let (Some(inner), Some(fields)) = (inner.as_object_mut(), fields.as_object()) {
        inner.extend(fields.clone());
    }
    json!({ "hookSpecificOutput": inner })
}

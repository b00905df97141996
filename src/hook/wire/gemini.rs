//! Gemini CLI's BeforeTool. Its rewrite is merged into the tool's input.

use std::path::Path;

use serde_json::{Value, json};

use super::{Answer, Event, Reply, Tool, command, is_words, text};

pub(super) fn read(value: &Value) -> Event {
    if text(value, "hook_event_name").is_some_and(|name| name != "BeforeTool") {
        return Event::Other;
    }
    let Some(input) = value.get("tool_input") else { return Event::Other };
    let name = text(value, "tool_name").unwrap_or_default();
    let writes = matches!(name.as_str(), "write_file" | "replace");
    let mut cwd = text(value, "cwd");
    // The tool may name another directory, relative to the session's.
    if let (Some(base), Some(dir)) = (&cwd, text(input, "directory").or_else(|| text(input, "dir_path"))) {
        cwd = Path::new(base).join(dir).to_str().map(str::to_owned);
    }
    Event::Tool(Tool {
        cwd,
        command: command(input),
        words: is_words(input),
        powershell: false,
        file: text(input, "file_path").filter(|_| writes),
        content: text(input, "content").or_else(|| text(input, "new_string")).unwrap_or_default(),
    })
}

pub(super) fn reply(answer: &Answer, _: &str) -> Reply {
    match answer {
        Answer::Nothing => Reply::silent(),
        Answer::Rewrite { command, .. } => Reply::json(
            &json!({ "hookSpecificOutput": { "hookEventName": "BeforeTool", "tool_input": { "command": command } } }),
        ),
        Answer::Ask(reason) | Answer::Deny(reason) => {
            Reply::refusal(&json!({ "decision": "deny", "reason": reason }), reason)
        }
    }
}

//! Gemini CLI's events (its hooks reference). The rewrite of a BeforeTool is merged into the tool's input.

use std::path::Path;

use serde_json::{Value, json};

use super::{Activity, Answer, Event, Reply, Session, Tool, claude, command, is_words, text};

pub(super) fn read(value: &Value) -> Event {
    let session = || session(value);
    let turn = |activity, message| Event::Turn { session: session(), activity, message };
    match text(value, "hook_event_name").as_deref() {
        None | Some("BeforeTool") => tool(value),
        Some("SessionStart") => Event::SessionStart { session: session(), at_work: false },
        Some("BeforeAgent" | "AfterTool") => turn(Activity::Working, None),
        Some("Notification") => turn(Activity::Waiting, text(value, "message")),
        Some("AfterAgent") => turn(Activity::Done, text(value, "prompt_response")),
        Some("SessionEnd") => Event::SessionEnd(session()),
        Some(_) => Event::Other,
    }
}

fn session(value: &Value) -> Session {
    Session { id: text(value, "session_id").unwrap_or_default(), cwd: text(value, "cwd"), subagent: None }
}

fn tool(value: &Value) -> Event {
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
        session: session(value),
    })
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    match answer {
        Answer::Nothing | Answer::Unread => Reply::silent(),
        Answer::Rewrite { command, .. } => Reply::json(
            &json!({ "hookSpecificOutput": { "hookEventName": "BeforeTool", "tool_input": { "command": command } } }),
        ),
        Answer::Ask(reason) | Answer::Deny(reason) => {
            Reply::refusal(&json!({ "decision": "deny", "reason": reason }), reason)
        }
        Answer::Context(context) => claude::context_reply(context, input),
        Answer::Worktree { .. } => Reply::silent(),
        Answer::Failed(message) => Reply::failure(message),
    }
}

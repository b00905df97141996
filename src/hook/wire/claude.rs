//! Claude Code's events. For PreToolUse, `updatedInput` without a decision rewrites and leaves the usual questions to the
//! host; WorktreeCreate reads a bare path.

use serde_json::{Value, json};

use super::{Activity, Answer, Event, NewWorktree, Reply, Session, Tool, command, is_words, text, with_command};

pub(super) fn read(value: &Value) -> Event {
    let name = text(value, "hook_event_name");
    let session = session(value);
    let turn = |activity, message| Event::Turn { session: self::session(value), activity, message };
    match name.as_deref() {
        None | Some("PreToolUse") => tool(value),
        Some("WorktreeCreate") => {
            let name = text(value, "name").unwrap_or_default();
            Event::WorktreeCreate(NewWorktree { subagent: is_subagents(&name), name, cwd: session.cwd })
        }
        Some("WorktreeRemove") => {
            text(value, "worktree_path").map_or(Event::Other, |path| Event::WorktreeRemove { path })
        }
        Some("SessionStart") => {
            Event::SessionStart { session, at_work: text(value, "source").is_some_and(|source| source == "compact") }
        }
        // The session's own events say nothing of the move, and the tool's answer takes a context.
        Some("PostToolUse") if text(value, "tool_name").is_some_and(|name| name == "EnterWorktree") => {
            Event::Moved(session)
        }
        Some("UserPromptSubmit" | "PostToolUse" | "PostToolUseFailure") => turn(Activity::Working, None),
        Some("PermissionRequest") => {
            let tool = text(value, "tool_name").unwrap_or_default();
            turn(Activity::Waiting, Some(format!("needs permission for {tool}")))
        }
        Some("Notification") if is_question(value) => turn(Activity::Waiting, text(value, "message")),
        Some("StopFailure") => {
            turn(Activity::Waiting, text(value, "last_assistant_message").or_else(|| text(value, "error")))
        }
        Some("Stop") => turn(Activity::Done, text(value, "last_assistant_message")),
        Some("SubagentStart") => Event::SubagentStart(session),
        Some("SubagentStop") => Event::SubagentStop { session, message: text(value, "last_assistant_message") },
        Some("SessionEnd") => Event::SessionEnd(session),
        Some(_) => Event::Other,
    }
}

fn session(value: &Value) -> Session {
    Session {
        id: text(value, "session_id").unwrap_or_default(),
        cwd: text(value, "cwd"),
        subagent: text(value, "agent_id"),
    }
}

fn tool(value: &Value) -> Event {
    let Some(input) = value.get("tool_input") else { return Event::Other };
    let name = text(value, "tool_name").unwrap_or_default();
    if name == "ExitWorktree" {
        return Event::SessionEnd(session(value));
    }
    let edits = matches!(name.as_str(), "Write" | "Edit" | "MultiEdit" | "NotebookEdit");
    Event::Tool(Tool {
        cwd: text(value, "cwd"),
        // Any tool with a command runs it: Bash, Monitor, PowerShell and whatever comes.
        command: command(input),
        words: is_words(input),
        powershell: name == "PowerShell",
        file: text(input, "file_path").or_else(|| text(input, "notebook_path")).filter(|_| edits),
        content: text(input, "content").or_else(|| text(input, "new_string")).unwrap_or_default(),
        session: session(value),
    })
}

/// Whether a notification is about something that a person must do now. That nobody has typed for a minute is none: the
/// session has told before whether it is done or wants something.
fn is_question(value: &Value) -> bool {
    text(value, "notification_type")
        .is_none_or(|kind| kind.contains("permission") || kind.contains("needs_input") || kind == "elicitation_dialog")
}

/// The names that the client makes up for subagents: `agent-a` and 7 or 16 hexadecimal digits, and for those of a workflow
/// `wf_`, eight digits, three digits and a number (2.1.329).
fn is_subagents(name: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(id) = name.strip_prefix("agent-a") {
        return matches!(id.len(), 7 | 16) && hex(id);
    }
    let Some(rest) = name.strip_prefix("wf_") else { return false };
    let parts: Vec<&str> = rest.split('-').collect();
    matches!(parts[..], [id, part, number] if id.len() == 8 && hex(id) && part.len() == 3 && hex(part)
        && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The process of the client that locked a worktree which it made itself: `claude session NAME (pid 7 start …)`, `agent`
/// for a subagent's (2.1.329). `None` for any other reason of a lock.
pub fn locked_by(reason: &str) -> Option<u32> {
    let rest = reason.strip_prefix("claude session ").or_else(|| reason.strip_prefix("claude agent "))?;
    let (_, process) = rest.strip_suffix(')')?.rsplit_once(" (pid ")?;
    process.split_once(" start ").map_or(process, |(pid, _)| pid).parse().ok()
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    match answer {
        Answer::Nothing | Answer::Unread => Reply::silent(),
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
        Answer::Worktree { path, .. } => Reply { stdout: format!("{path}\n"), ..Reply::default() },
        Answer::Context(context) => context_reply(context, input),
        Answer::Failed(message) => Reply::failure(message),
    }
}

/// What the model is to know, under the name of the event that is answered.
pub(super) fn context_reply(context: &str, input: &str) -> Reply {
    let value: Value = serde_json::from_str(input).unwrap_or_default();
    let Some(event) = text(&value, "hook_event_name") else { return Reply::silent() };
    Reply::json(&json!({ "hookSpecificOutput": { "hookEventName": event, "additionalContext": context } }))
}

fn output(fields: &Value) -> Value {
    let mut inner = json!({ "hookEventName": "PreToolUse" });
    if let (Some(inner), Some(fields)) = (inner.as_object_mut(), fields.as_object()) {
        inner.extend(fields.clone());
    }
    json!({ "hookSpecificOutput": inner })
}

//! Codex: Claude's shape, but it knows no question, wants "allow" beside a rewrite, and takes one unknown key for consent.

use serde_json::{Value, json};

use super::{Answer, Event, Reply, claude, with_command};

pub(super) fn read(value: &Value) -> Event {
    match claude::read(value) {
        // It makes no worktrees: its subagents work where the session does.
        Event::WorktreeCreate(_)
        | Event::WorktreeRemove { .. }
        | Event::Moved(_)
        | Event::SubagentStart(_)
        | Event::SubagentStop { .. } => Event::Other,
        other => other,
    }
}

pub(super) fn reply(answer: &Answer, input: &str) -> Reply {
    let output = |fields: Value| json!({ "hookSpecificOutput": fields });
    match answer {
        Answer::Nothing | Answer::Unread => Reply::silent(),
        Answer::Rewrite { command, .. } => {
            let value: Value = serde_json::from_str(input).unwrap_or_default();
            let updated = with_command(value.get("tool_input").unwrap_or(&Value::Null), command);
            Reply::json(&output(json!({
                "hookEventName": "PreToolUse",
                "permissionDecision": "allow",
                "updatedInput": updated,
            })))
        }
        Answer::Ask(reason) | Answer::Deny(reason) => {
            let value = output(json!({
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            }));
            Reply::refusal(&value, reason)
        }
        Answer::Context(context) => claude::context_reply(context, input),
        Answer::Worktree { .. } => Reply::silent(),
        Answer::Failed(message) => Reply::failure(message),
    }
}

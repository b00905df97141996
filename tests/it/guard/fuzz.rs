//! What the fuzz targets check, over their seeds and the tables: any compiler runs that, and in each test run.

use super::verdicts::commands;

#[path = "../../../fuzz/checks/refspec.rs"]
mod refspec;
#[path = "../../../fuzz/checks/shell.rs"]
mod shell;
#[path = "../../../fuzz/checks/wire.rs"]
mod wire;

/// The records of a seed file; a line `%%` stands between two.
fn records(text: &str) -> impl Iterator<Item = &str> {
    text.trim_end_matches('\n').split("\n%%\n")
}

#[test]
fn any_text_is_judged_the_same_however_it_is_packed() {
    records(include_str!("../../../fuzz/seeds/shell.txt")).for_each(shell::check);
    for command in commands() {
        shell::check(&command.replace("agent/x", "x").replace("@WT@", "/w").replace("@REPO@", "/r"));
    }
}

#[test]
fn any_words_behind_push_are_resolved() {
    records(include_str!("../../../fuzz/seeds/refspec.txt")).for_each(refspec::check);
    for command in commands() {
        command.strip_prefix("git push ").into_iter().for_each(refspec::check);
    }
}

#[test]
fn any_event_is_answered_so_that_its_client_understands() {
    records(include_str!("../../../fuzz/seeds/wire.txt")).for_each(wire::check);
    for command in commands().into_iter().step_by(7) {
        let tool = serde_json::json!({ "command": command, "description": "d" });
        for event in [
            serde_json::json!({ "cwd": "/w", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": tool }),
            serde_json::json!({ "cwd": "/w", "hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": tool }),
            serde_json::json!({ "cwd": "/w", "toolName": "bash", "toolArgs": tool.to_string() }),
        ] {
            wire::check(&event.to_string());
        }
    }
}

//! Working, waiting, done: what `git agent list` says of sessions.

use std::path::Path;

use serde_json::{Value, json};

use super::{claude, command, event_json, feed};
use crate::support::Scratch;
use crate::support::project::{copy_program, put, text};

fn state(scratch: &Scratch) -> (String, String) {
    let row = scratch.row("x");
    let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    (word("state"), word("message"))
}

/// An event with its fields, and what the list says after it.
type Step = (&'static str, Value, &'static str, &'static str);

#[test]
fn a_turn_of_each_host() {
    let tool = json!({ "tool_name": "Bash", "tool_input": { "command": "ls" } });
    let copilot_tool = json!({ "toolName": "bash", "toolArgs": "{\"command\":\"ls\"}" });
    let said = |text: &str| json!({ "last_assistant_message": text });
    let turns: [(&str, &[Step]); 4] = [
        (
            "claude",
            &[
                ("SessionStart", json!({ "source": "startup" }), "waiting", ""),
                ("UserPromptSubmit", json!({ "prompt": "secret plan" }), "working", ""),
                ("PermissionRequest", tool.clone(), "waiting", "needs permission for Bash"),
                ("PreToolUse", tool.clone(), "working", ""),
                (
                    "Notification",
                    json!({ "message": "Claude needs your permission to use Bash", "notification_type": "permission_prompt" }),
                    "waiting",
                    "Claude needs your permission to use Bash",
                ),
                ("PostToolUse", tool.clone(), "working", ""),
                ("SessionStart", json!({ "source": "compact" }), "working", ""),
                ("Stop", said("\nAll \x1b[31mdone.\nMore"), "done", "All [31mdone."),
                (
                    "Notification",
                    json!({ "message": "Claude is waiting for your input", "notification_type": "idle_prompt" }),
                    "done",
                    "All [31mdone.",
                ),
                ("PreToolUse", tool.clone(), "done", "All [31mdone."),
                ("UserPromptSubmit", json!({ "prompt": "more" }), "working", ""),
                ("StopFailure", json!({ "error": "overloaded" }), "waiting", "overloaded"),
                ("SomethingNew", json!({}), "waiting", "overloaded"),
                ("Stop", said("Bye"), "done", "Bye"),
                ("SessionEnd", json!({ "reason": "other" }), "done", "Bye"),
            ],
        ),
        (
            "codex",
            &[
                ("SessionStart", json!({ "source": "startup" }), "waiting", ""),
                ("UserPromptSubmit", json!({ "prompt": "p", "turn_id": "1" }), "working", ""),
                ("PermissionRequest", tool.clone(), "waiting", "needs permission for Bash"),
                ("PostToolUse", tool, "working", ""),
                ("Stop", said("Ready"), "done", "Ready"),
                ("WorktreeCreate", json!({ "name": "y" }), "done", "Ready"),
            ],
        ),
        (
            "gemini",
            &[
                ("SessionStart", json!({ "source": "startup" }), "waiting", ""),
                ("BeforeAgent", json!({ "prompt": "p" }), "working", ""),
                (
                    "Notification",
                    json!({ "notification_type": "ToolPermission", "message": "May I?" }),
                    "waiting",
                    "May I?",
                ),
                ("AfterTool", json!({ "tool_name": "run_shell_command" }), "working", ""),
                ("AfterAgent", json!({ "prompt_response": "Ready" }), "done", "Ready"),
                ("SessionEnd", json!({ "reason": "exit" }), "done", "Ready"),
            ],
        ),
        (
            "copilot",
            &[
                ("sessionStart", json!({ "source": "new" }), "waiting", ""),
                ("userPromptSubmitted", json!({ "prompt": "p" }), "working", ""),
                ("notification", json!({ "message": "May I?" }), "waiting", "May I?"),
                ("preToolUse", copilot_tool, "working", ""),
                ("errorOccurred", json!({ "error": { "message": "quota" } }), "waiting", "quota"),
                ("agentStop", json!({}), "done", ""),
                ("sessionEnd", json!({ "reason": "complete" }), "done", ""),
            ],
        ),
    ];
    for (host, steps) in turns {
        let scratch = Scratch::project();
        let path = scratch.spawn("x");
        for (event, fields, word, message) in steps {
            let named = host == "copilot";
            let input = if named {
                let mut all = fields.clone();
                all["sessionId"] = json!("s");
                all["cwd"] = json!(path);
                all.to_string()
            } else {
                event_json("s", &path, event, fields)
            };
            let args: Vec<&str> = [Some(host), named.then_some(*event)].into_iter().flatten().collect();
            let run = feed(&mut command(&scratch, &path, &args), &input).ok();
            assert!(run.out.is_empty() || event.eq_ignore_ascii_case("sessionstart"), "{host} {event}: {}", run.out);
            assert_eq!(state(&scratch), ((*word).to_owned(), (*message).to_owned()), "{host} after {event}");
        }
        assert!(!text(&scratch.admin("x").join("agent-state.json")).contains("secret plan"), "prompts are not kept");
    }
}

#[test]
fn the_message_is_seen_in_the_list() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    claude(&scratch, &path, "Stop", &json!({ "last_assistant_message": "I renamed it." })).ok();
    scratch.agent(&["list"]).ok().prints(&["done", "I renamed it."]);
}

#[test]
fn a_session_that_went_elsewhere_still_tells_of_its_worktree() {
    let scratch = Scratch::project();
    let (path, other) = (scratch.spawn("x"), scratch.spawn("y"));
    for folder in [other.as_path(), &scratch.root(), Path::new("/")] {
        let mut hook = command(&scratch, folder, &["claude"]);
        hook.env("CLAUDE_PROJECT_DIR", &path);
        feed(&mut hook, &event_json("s", folder, "Stop", &json!({ "last_assistant_message": "x" }))).ok();
    }
    assert_eq!((scratch.row("x")["state"].as_str(), scratch.row("y")["state"].as_str()), (Some("done"), Some("none")));
    assert!(!scratch.root().join(".git/agent-state.json").exists());
}

#[test]
fn a_session_that_moves_tells_of_one_worktree_at_a_time() {
    let scratch = Scratch::project();
    let (home, other) = (scratch.spawn("home"), scratch.spawn("other"));
    let tell = |cwd: &Path, event: &str, tool: &str| {
        let mut hook = command(&scratch, cwd, &["claude"]);
        hook.env("CLAUDE_PROJECT_DIR", &home);
        let fields = json!({ "tool_name": tool, "tool_input": {}, "last_assistant_message": "x" });
        feed(&mut hook, &event_json("s", cwd, event, &fields)).ok();
        let word = |name: &str| scratch.row(name)["state"].as_str().unwrap_or_default().to_owned();
        (word("home"), word("other"))
    };
    let words = |home: &str, other: &str| (home.to_owned(), other.to_owned());
    assert_eq!(tell(&home, "UserPromptSubmit", ""), words("working", "none"));
    assert_eq!(tell(&other, "PostToolUse", "EnterWorktree"), words("done", "working"));
    assert_eq!(tell(&other, "PermissionRequest", "Bash"), words("done", "waiting"));
    assert_eq!(tell(&other, "PreToolUse", "ExitWorktree"), words("done", "done"));
    assert_eq!(tell(&home, "PostToolUse", "Bash"), words("working", "done"));
    assert_eq!(tell(&other, "Stop", ""), words("done", "done"));
}

#[test]
fn two_sessions_do_not_speak_for_each_other() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let tell = |session: &str, event: &str, fields: &Value| {
        feed(&mut command(&scratch, &path, &["claude"]), &event_json(session, &path, event, fields)).ok();
    };
    let none = json!({});
    tell("one", "UserPromptSubmit", &none);
    tell("two", "UserPromptSubmit", &none);
    tell("two", "Stop", &json!({ "last_assistant_message": "Two is ready" }));
    assert_eq!(state(&scratch).0, "working", "one still works");
    tell("one", "PermissionRequest", &json!({ "tool_name": "Write" }));
    tell("two", "UserPromptSubmit", &none);
    assert_eq!(state(&scratch), ("waiting".to_owned(), "needs permission for Write".to_owned()));
    tell("one", "SessionEnd", &none);
    assert_eq!(state(&scratch).0, "working");
    tell("two", "SessionEnd", &none);
    assert_eq!(state(&scratch).0, "done");
}

#[test]
fn many_words_at_once_are_all_heard() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let input = event_json(&format!("s{number}"), &path, "UserPromptSubmit", &json!({}));
            let mut hook = command(&scratch, &path, &["claude"]);
            scope.spawn(move || feed(&mut hook, &input).ok());
        }
    });
    let report: Value = serde_json::from_str(&text(&scratch.admin("x").join("agent-state.json"))).expect("JSON");
    assert_eq!(report["sessions"].as_array().map(Vec::len), Some(8));
}

#[test]
fn a_killed_session_does_not_work_for_ever() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    // A client of which nothing is left when it has told this. As a shell, it would not count as one.
    let client = scratch.beside("client");
    copy_program(Path::new("/bin/sh"), &client);
    for (event, word) in [("UserPromptSubmit", "lost"), ("PermissionRequest", "lost"), ("Stop", "done")] {
        put(&scratch.beside("event"), event_json("s", &path, event, &json!({ "last_assistant_message": "x" })));
        let program = env!("CARGO_BIN_EXE_git-agent-hook");
        let mut told = std::process::Command::new(&client);
        told.arg("-c").arg("\"$0\" claude < \"$1\"; true").arg(program).arg(scratch.beside("event"));
        crate::support::hermetic(&mut told, scratch.home()).env_remove("CLAUDE_PROJECT_DIR").current_dir(&path);
        assert!(told.status().expect("it starts").success());
        assert_eq!(state(&scratch).0, word, "after {event}");
    }
    // The next session starts afresh.
    claude(&scratch, &path, "UserPromptSubmit", &json!({})).ok();
    assert_eq!(state(&scratch).0, "working");
}

#[test]
fn a_report_of_another_tool_is_read_and_a_damaged_one_passed_over() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let file = scratch.admin("x").join("agent-state.json");
    put(&file, json!({ "version": 1, "state": "working", "at": 1, "message": "m" }).to_string());
    assert_eq!(state(&scratch), ("working".to_owned(), "m".to_owned()));
    put(&file, "{\"version\":1,\"sta");
    assert_eq!(state(&scratch).0, "none");
    claude(&scratch, &path, "UserPromptSubmit", &json!({})).ok();
    assert_eq!(state(&scratch).0, "working");
}

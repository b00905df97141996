//! What the model is told, in each host's own keys.

use serde_json::{Value, json};

use super::{command, event_json, feed};
use crate::support::Scratch;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn each_host_is_told_where_it_is() {
    let scratch = Scratch::project();
    scratch.agent(&["spawn", "x", "--task", "Fix it\nnow", "--quiet"]).ok();
    let path = scratch.tree("x");
    let base = scratch.commit_of("main").unwrap();
    for (host, event) in [("claude", None), ("codex", None), ("gemini", None), ("copilot", Some("sessionStart"))] {
        let input = match host {
            "copilot" => json!({ "sessionId": "s", "timestamp": 1, "cwd": path, "source": "new" }).to_string(),
            _ => event_json("s", &path, "SessionStart", &json!({ "source": "startup" })),
        };
        let args: Vec<&str> = [Some(host), event].into_iter().flatten().collect();
        let run = feed(&mut command(&scratch, &path, &args), &input).ok();
        let value = run.json();
        let context = if host == "copilot" {
            assert_eq!(keys(&value), ["additionalContext"]);
            &value["additionalContext"]
        } else {
            assert_eq!(keys(&value), ["hookSpecificOutput"], "{host}");
            assert_eq!(keys(&value["hookSpecificOutput"]), ["hookEventName", "additionalContext"]);
            assert_eq!(value["hookSpecificOutput"]["hookEventName"], "SessionStart");
            &value["hookSpecificOutput"]["additionalContext"]
        };
        let context = context.as_str().expect("a text");
        let place = path.to_str().unwrap();
        let from = format!("from origin/main at {}", &base[..10]);
        for part in
            [place, scratch.root().to_str().unwrap(), "Branch: x,", &from, "Task: Fix it", "'git push'", "origin/x"]
        {
            assert!(context.contains(part), "{host}: {part:?} is not in {context}");
        }
        assert!(context.lines().count() <= 5 && !context.contains("now"), "a few lines: {context}");
    }
}

#[test]
fn a_main_checkout_and_no_repository_say_nothing() {
    let scratch = Scratch::project();
    let outside = scratch.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    for host in ["claude", "codex", "gemini"] {
        for folder in [scratch.root(), scratch.root().join("dir"), outside.clone()] {
            let input = event_json("s", &folder, "SessionStart", &json!({ "source": "startup" }));
            let run = feed(&mut command(&scratch, &folder, &[host]), &input).ok();
            assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "{host} in {}", folder.display());
        }
    }
    assert!(!scratch.root().join(".git/agent").exists(), "nothing is made");
}

#[test]
fn a_session_that_moves_into_a_worktree_is_told_as_well() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let fields = json!({ "tool_name": "EnterWorktree", "tool_input": { "name": "x" }, "tool_response": {} });
    let mut hook = command(&scratch, &path, &["claude"]);
    hook.env("CLAUDE_PROJECT_DIR", scratch.root());
    let value = feed(&mut hook, &event_json("s", &path, "PostToolUse", &fields)).ok().json();
    assert_eq!(value["hookSpecificOutput"]["hookEventName"], "PostToolUse");
    assert!(value["hookSpecificOutput"]["additionalContext"].as_str().unwrap().contains("Branch: x,"));
    assert_eq!(scratch.row("x")["state"], "working");
    // Any other tool's end is none.
    let fields = json!({ "tool_name": "Bash", "tool_input": { "command": "ls" }, "tool_response": {} });
    let run = feed(&mut command(&scratch, &path, &["claude"]), &event_json("s", &path, "PostToolUse", &fields)).ok();
    assert_eq!(run.out, "");
}

#[test]
fn a_subagent_is_told_of_a_worktree_of_its_own_only() {
    let scratch = Scratch::project();
    let (session, own) = (scratch.spawn("session"), scratch.spawn("own"));
    let fields = json!({ "agent_id": "a1", "agent_type": "general-purpose" });
    for (folder, told) in [(&own, true), (&session, false)] {
        let mut hook = command(&scratch, folder, &["claude"]);
        hook.env("CLAUDE_PROJECT_DIR", &session);
        let run = feed(&mut hook, &event_json("s", folder, "SubagentStart", &fields)).ok();
        assert_eq!(run.out.contains("Branch: own,"), told, "{}", run.out);
    }
}

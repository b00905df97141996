//! What is broken blocks nobody.

use serde_json::json;

use super::{command, event_json, feed};
use crate::support::Scratch;
use crate::support::project::names;

const EVENTS: [&str; 16] = [
    "SessionStart",
    "UserPromptSubmit",
    "PostToolUse",
    "Notification",
    "PermissionRequest",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "SessionEnd",
    "WorktreeCreate",
    "WorktreeRemove",
    "BeforeAgent",
    "AfterAgent",
    "CwdChanged",
    "NeverHeardOf",
];

#[test]
fn no_input_blocks_or_ends_in_a_panic() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let odd = [json!(null), json!(7), json!([]), json!({ "a": 1 }), json!("\u{0}\u{202e}")];
    for host in ["claude", "codex", "gemini", "copilot"] {
        for event in EVENTS {
            let mut inputs =
                vec![event_json("s", &path, event, &json!({})), format!("{{\"hook_event_name\":\"{event}\"}}")];
            for value in &odd {
                let fields = json!({
                    "name": value, "worktree_path": value, "cwd": value, "message": value, "agent_id": value,
                    "last_assistant_message": value, "source": value, "session_id": value, "tool_name": value,
                });
                inputs.push(event_json("s", &path, event, &fields));
            }
            inputs.push(inputs[0][..inputs[0].len() / 2].to_owned());
            for input in inputs {
                let mut copilot = event.to_owned();
                copilot[..1].make_ascii_lowercase();
                let args: Vec<&str> = if host == "copilot" { vec![host, &copilot] } else { vec![host] };
                let run = feed(&mut command(&scratch, &path, &args), &input);
                assert!(matches!(run.code, 0 | 1), "{host} {event}: {} {input}", run.code);
                assert!(!run.err.contains("failed at this event"), "{host} {event}: {input}");
                assert!(run.code == 0 || event.starts_with("Worktree"), "{host} {event}: {} {input}", run.err);
            }
        }
    }
    assert_eq!(names(&scratch.root().join(".claude/worktrees")), ["x"], "and nothing was made or removed");
}

#[test]
fn unknown_hosts_and_arguments_are_passed_over() {
    let scratch = Scratch::project();
    let input = event_json("s", &scratch.root(), "Stop", &json!({}));
    for args in [&[] as &[&str], &["emacs"], &["--help"], &["claude", "--json", "x"], &["copilot", "neverHeardOf"]] {
        let run = feed(&mut command(&scratch, &scratch.root(), args), &input);
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn a_worktree_whose_repository_is_gone_says_nothing_to_the_model() {
    let scratch = Scratch::project();
    let path = scratch.beside("tree");
    scratch.git(&["worktree", "add", "--quiet", "-b", "x", path.to_str().unwrap()]);
    std::fs::rename(scratch.root(), scratch.beside("moved")).unwrap();
    for event in EVENTS.iter().filter(|event| !event.starts_with("Worktree")) {
        let run = feed(&mut command(&scratch, &path, &["claude"]), &event_json("s", &path, event, &json!({})));
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{event}");
    }
}

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

#[test]
fn what_no_parser_reads_blocks_nothing() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let push = "please git push origin main";
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    // The last is more than is read of an event.
    let odd = [format!("{push} \\q"), String::new(), format!("{push} {}", "x".repeat(17 << 20))];
    for host in ["claude", "codex", "gemini", "copilot"] {
        for event in EVENTS {
            let mut copilot = event.to_owned();
            copilot[..1].make_ascii_lowercase();
            let args: Vec<&str> = if host == "copilot" { vec![host, &copilot] } else { vec![host] };
            let texts = if event == "Stop" || event == "AfterAgent" { &odd[..] } else { &odd[..2] };
            for text in texts {
                let input = format!(
                    r#"{{"hook_event_name":"{event}","cwd":"/tmp","more":{deep},"tool_input":{{"command":"{push}"}},"prompt":"{text}"}}"#
                );
                let run = feed(&mut command(&scratch, &path, &args), &input);
                let expected = i32::from(event.starts_with("Worktree") && host != "copilot");
                assert_eq!((run.code, run.out.as_str()), (expected, ""), "{host} {event}");
                run.says(&["cannot read"]);
            }
        }
    }
    for (host, event) in [("claude", "PreToolUse"), ("codex", "PreToolUse"), ("gemini", "BeforeTool")] {
        let input = format!(
            r#"{{"hook_event_name":"{event}","more":{deep},"tool_input":{{"hook_event_name":"Stop","command":"{push}"}}}}"#
        );
        let run = feed(&mut command(&scratch, &path, &[host]), &input);
        assert!(!run.out.is_empty(), "{host}: a tool is still asked about");
    }
}

#[test]
fn the_last_word_may_end_in_half_an_emoji() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let input = format!(
        r#"{{"session_id":"s","cwd":{},"hook_event_name":"Stop","last_assistant_message":"git push \ud83d"}}"#,
        json!(path)
    );
    let run = feed(&mut command(&scratch, &path, &["claude"]), &input);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let list = scratch.agent(&["list", "--json"]).ok();
    assert!(list.out.contains("git push \u{fffd}") && list.out.contains("done"), "{}", list.out);
}

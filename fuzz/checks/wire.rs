//! What holds for any bytes that a client may send: no host ever misreads an answer, and no push slips through.

use git_agent::hook::wire::{Answer, Event, Host, Reply};
use git_agent::policy::guard::{Decision, smells};
use serde_json::Value;

use super::shell::decide;

/// Checks one event, for each host.
pub fn check(text: &str) {
    for name in ["claude", "codex", "gemini", "copilot"] {
        let host = Host::named(name).expect("a known host");
        let answer = match host.read(text, None) {
            Err(_) => {
                let answer = Answer::failed(text);
                assert!(answer != Answer::Nothing || !smells(text), "{name}: unread, and let through");
                answer
            }
            Ok(Event::Tool(tool)) => tool.command.map_or(Answer::Nothing, |command| match decide(&command, 0, false) {
                Decision::Allow => Answer::Nothing,
                Decision::Rewrite(_) if tool.words => Answer::Nothing,
                Decision::Rewrite(command) => Answer::Rewrite { command, message: "m".to_owned() },
                Decision::Ask => Answer::Ask("r".to_owned()),
                Decision::Deny => Answer::Deny("r".to_owned()),
            }),
            Ok(_) => Answer::Nothing,
        };
        for answer in [answer, Answer::Ask("q\n\"".to_owned()), Answer::Deny("\u{1}é".to_owned())] {
            understood(name, &answer, &host.reply(&answer, text), text);
        }
        every_command_is_judged(name, text, host);
    }
}

/// The reply says to this host what the answer means, in its own keys alone.
fn understood(name: &str, answer: &Answer, reply: &Reply, input: &str) {
    if *answer == Answer::Nothing {
        assert_eq!(*reply, Reply::default(), "{name}");
        return;
    }
    assert_eq!(reply.stdout.lines().count(), 1, "{name}: one line");
    let value: Value = serde_json::from_str(&reply.stdout).expect("JSON");
    let inner = value.get("hookSpecificOutput");
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
    };
    let allowed: &[&str] = match name {
        "claude" => {
            &["hookEventName", "permissionDecision", "permissionDecisionReason", "updatedInput", "additionalContext"]
        }
        "codex" => &["hookEventName", "permissionDecision", "permissionDecisionReason", "updatedInput"],
        "gemini" => &["hookEventName", "tool_input"],
        _ => &[],
    };
    for key in inner.map(&keys).unwrap_or_default() {
        assert!(allowed.contains(&key.as_str()), "{name}: {key}");
    }
    let outer: &[&str] = match name {
        "gemini" => &["hookSpecificOutput", "decision", "reason"],
        "copilot" => &["permissionDecision", "permissionDecisionReason", "modifiedArgs"],
        _ => &["hookSpecificOutput"],
    };
    for key in keys(&value) {
        assert!(outer.contains(&key.as_str()), "{name}: {key}");
    }
    let decision = match name {
        "gemini" => value["decision"].as_str(),
        "copilot" => value["permissionDecision"].as_str(),
        _ => value["hookSpecificOutput"]["permissionDecision"].as_str(),
    };
    match answer {
        Answer::Nothing | Answer::Unread | Answer::Worktree { .. } | Answer::Context(_) | Answer::Failed(_) => {}
        Answer::Rewrite { command, .. } => {
            assert_eq!(reply.code, 0, "{name}");
            assert_eq!(decision, (name == "codex").then_some("allow"), "{name}");
            rewritten(name, &value, command, input);
        }
        Answer::Ask(_) if name == "claude" => assert_eq!((reply.code, decision), (0, Some("ask"))),
        Answer::Ask(reason) | Answer::Deny(reason) => {
            assert_eq!((reply.code, decision), (2, Some("deny")), "{name}");
            assert_eq!(&reply.stderr, reason, "{name}");
        }
    }
}

/// A rewrite carries the new command, and every other field as it was, where it replaces the whole input.
fn rewritten(name: &str, value: &Value, command: &str, input: &str) {
    let event: Value = serde_json::from_str(input).unwrap_or_default();
    let (new, old) = match name {
        "gemini" => {
            assert_eq!(value["hookSpecificOutput"]["tool_input"]["command"], command);
            return;
        }
        "copilot" => {
            let old = match &event["toolArgs"] {
                Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
                other => other.clone(),
            };
            (value["modifiedArgs"].clone(), old)
        }
        _ => (value["hookSpecificOutput"]["updatedInput"].clone(), event["tool_input"].clone()),
    };
    let (new, old) = (new.as_object().cloned().unwrap_or_default(), old.as_object().cloned().unwrap_or_default());
    assert_eq!(new.len(), old.len(), "{name}");
    let changed: Vec<&String> =
        new.iter().filter(|(key, value)| old.get(*key) != Some(value)).map(|(key, _)| key).collect();
    assert!(changed.len() <= 1 && changed.iter().all(|key| new[*key] == command), "{name}: {changed:?}");
}

/// A command that would be denied is seen, under whichever name a tool takes it.
fn every_command_is_judged(name: &str, text: &str, host: Host) {
    let Ok(event) = serde_json::from_str::<Value>(text) else { return };
    let (input, kind) = match name {
        "copilot" => (event["toolArgs"].as_str().and_then(|text| serde_json::from_str(text).ok()), None),
        "gemini" => (event.get("tool_input").cloned(), Some("BeforeTool")),
        _ => (event.get("tool_input").cloned(), Some("PreToolUse")),
    };
    let Some(input) = input else { return };
    if kind.is_some_and(|kind| event["hook_event_name"].as_str().is_some_and(|found| found != kind)) {
        return;
    }
    for field in ["command", "cmd", "script"] {
        if input[field].as_str().is_some_and(|command| decide(command, 0, false) == Decision::Deny) {
            let Ok(Event::Tool(tool)) = host.read(text, None) else { panic!("{name}: {field} is not seen") };
            let judged = tool.command.expect("a command");
            assert!(
                matches!(decide(&judged, 0, false), Decision::Deny | Decision::Ask),
                "{name}: {field} is not judged"
            );
        }
    }
}

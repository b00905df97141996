//! `git agent guard check` and `git agent guard log`.
#![allow(clippy::disallowed_methods, reason = "the test starts the hook as a client does")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Scratch, hermetic};

/// Claude Code's hook before it runs `command` in `place`.
fn call(scratch: &Scratch, place: &Path, command: &str) {
    let event = serde_json::json!({
        "hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": place, "tool_input": { "command": command },
    });
    let mut hook = Command::new(env!("CARGO_BIN_EXE_git-agent-hook"));
    hook.arg("claude").current_dir(place).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = hermetic(&mut hook, scratch.home()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(event.to_string().as_bytes()).unwrap();
    child.wait().unwrap();
}

#[test]
fn a_check_says_where_a_push_would_land_and_runs_nothing() {
    let scratch = Scratch::project();
    let place = scratch.spawn("x");
    let before = scratch.git_in(&place, &["ls-remote", "origin"]);
    let said = scratch.agent_in(&place, &["guard", "check", "git push origin HEAD:main"]).ok();
    for part in ["refs/heads/main", "verdict      deny", "git push -u origin HEAD:refs/heads/x"] {
        assert!(said.out.contains(part), "{part} is not in:\n{}", said.out);
    }
    assert_eq!(scratch.git_in(&place, &["ls-remote", "origin"]), before);
    let json = scratch.agent_in(&place, &["guard", "check", "--json", "git push"]).ok().json();
    assert_eq!((json["decision"].as_str(), json["guarded"].as_bool()), (Some("allow"), Some(true)));
    // A client that cannot ask refuses.
    for (host, decision) in [("claude", "ask"), ("codex", "deny")] {
        let json = scratch
            .agent_in(&place, &["guard", "check", "--json", "--host", host, "git push origin \"$UNSET\""])
            .ok()
            .json();
        assert_eq!(json["decision"].as_str(), Some(decision), "{host}");
    }
    let elsewhere = scratch.agent_in(&scratch.root(), &["guard", "check", "git push origin main"]).ok();
    assert!(elsewhere.out.contains("deny") && elsewhere.err.contains("no agent works here"), "{}", elsewhere.err);
}

#[test]
fn the_log_tells_what_was_stopped_and_no_password() {
    let scratch = Scratch::project();
    let place = scratch.spawn("x");
    scratch.agent(&["guard", "log"]).ok().says(&["nothing yet"]);
    for command in ["git push https://me:hunter2@localhost/x.git HEAD:main", "git status", "git push origin main"] {
        call(&scratch, &place, command);
    }
    let json = scratch.agent(&["guard", "log", "--json"]).ok().json();
    let entries = json["entries"].as_array().expect("a list");
    assert_eq!(entries.len(), 2, "{json}");
    assert!(!json.to_string().contains("hunter2"), "{json}");
    assert_eq!(entries[1]["command"], "git push origin main");
}

//! Each host's format, and who is guarded at all.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use serde_json::{Value, json};

use super::scene::Scene;

fn parsed(output: &std::process::Output) -> (Value, i32) {
    let text = String::from_utf8_lossy(&output.stdout);
    (serde_json::from_str(&text).unwrap_or(Value::Null), output.status.code().unwrap())
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn claude() {
    let scene = Scene::new("base");
    let event = |command: &str| json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "tool_name": "Monitor", "tool_input": { "command": command } });
    let (value, code) = parsed(&scene.hook("claude", &event("git push origin main").to_string()));
    assert_eq!((keys(&value), code), (vec!["hookSpecificOutput"], 2));
    let reason = value["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap();
    assert_eq!(reason.lines().count(), 2, "where it would have landed, and what to use instead: {reason}");
    assert!(
        reason.contains("'main' on origin") && reason.contains("git push -u origin HEAD:refs/heads/agent/x"),
        "{reason}"
    );
    let (value, code) = parsed(&scene.hook("claude", &event("git push origin \"$X\"").to_string()));
    assert_eq!((value["hookSpecificOutput"]["permissionDecision"].as_str(), code), (Some("ask"), 0));
    let write = json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "tool_name": "Write",
        "tool_input": { "file_path": scene.path("repo").join(".git/hooks/pre-push"), "content": "exit 0" } });
    assert_eq!(parsed(&scene.hook("claude", &write.to_string())).1, 2);
    let write = json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "tool_name": "Write",
        "tool_input": { "file_path": scene.path("wt").join("notes.md"), "content": "git push origin main" } });
    assert_eq!(parsed(&scene.hook("claude", &write.to_string())), (Value::Null, 0));
}

#[test]
fn codex_knows_no_question_and_no_foreign_key() {
    let scene = Scene::new("base");
    let event = |command: &str| json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "turn_id": "1", "tool_name": "Bash", "tool_input": { "command": command } });
    for command in ["git push origin main", "git push origin \"$X\""] {
        let (value, code) = parsed(&scene.hook("codex", &event(command).to_string()));
        assert_eq!(
            keys(&value["hookSpecificOutput"]),
            ["hookEventName", "permissionDecision", "permissionDecisionReason"]
        );
        assert_eq!((value["hookSpecificOutput"]["permissionDecision"].as_str(), code), (Some("deny"), 2));
    }
    let (value, code) = parsed(&scene.hook("codex", &event("git push").to_string()));
    assert_eq!(keys(&value["hookSpecificOutput"]), ["hookEventName", "permissionDecision", "updatedInput"]);
    assert_eq!((value["hookSpecificOutput"]["permissionDecision"].as_str(), code), (Some("allow"), 0));
    let argv = json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "tool_name": "shell",
        "tool_input": { "command": ["bash", "-lc", "git push origin main"] } });
    assert_eq!(parsed(&scene.hook("codex", &argv.to_string())).1, 2);
}

#[test]
fn gemini() {
    let scene = Scene::new("base");
    let event = |command: &str| {
        json!({ "cwd": scene.path("repo"), "hook_event_name": "BeforeTool", "tool_name": "run_shell_command",
            "tool_input": { "command": command, "directory": "../wt" } })
    };
    let (value, code) = parsed(&scene.hook("gemini", &event("git push origin HEAD:main").to_string()));
    assert_eq!((keys(&value), code), (vec!["decision", "reason"], 2));
    let (value, code) = parsed(&scene.hook("gemini", &event("git push").to_string()));
    assert_eq!(
        value["hookSpecificOutput"]["tool_input"],
        json!({ "command": "git push -u origin HEAD:refs/heads/agent/x" })
    );
    assert_eq!(code, 0);
}

#[test]
fn copilot() {
    let scene = Scene::new("base");
    let event = |command: &str| {
        json!({ "sessionId": "1", "timestamp": 1, "cwd": scene.path("wt"), "toolName": "bash",
            "toolArgs": json!({ "command": command, "description": "d" }).to_string() })
    };
    let (value, code) = parsed(&scene.hook("copilot", &event("git push origin main").to_string()));
    assert_eq!((keys(&value), code), (vec!["permissionDecision", "permissionDecisionReason"], 2));
    let (value, _) = parsed(&scene.hook("copilot", &event("git push").to_string()));
    assert_eq!(
        value,
        json!({ "modifiedArgs": { "command": "git push -u origin HEAD:refs/heads/agent/x", "description": "d" } })
    );
}

#[test]
fn what_is_not_ours_never_blocks() {
    let scene = Scene::new("base");
    for (host, input) in [
        ("claude", json!({ "hook_event_name": "Notification", "message": "git push origin main" }).to_string()),
        (
            "claude",
            json!({ "hook_event_name": "FromTheFuture", "tool_input": { "command": "git push origin main" } })
                .to_string(),
        ),
        (
            "claude",
            json!({ "hook_event_name": "PreToolUse", "tool_name": "Read", "tool_input": { "file_path": "/x" } })
                .to_string(),
        ),
        ("claude", "not json".to_owned()),
        ("claude", String::new()),
        ("newhost", json!({ "tool_input": { "command": "git push origin main" } }).to_string()),
        ("", String::new()),
    ] {
        let output = scene.hook(host, &input);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{host} {input}");
    }
    let cut = r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"git push origin main"#;
    let (value, _) = parsed(&scene.hook("claude", cut));
    assert_eq!(
        value["hookSpecificOutput"]["permissionDecision"], "ask",
        "a broken event with a push in it is not let through"
    );
}

#[test]
fn only_agents_are_guarded() {
    let scene = Scene::new("base");
    let repo = scene.path("repo");
    let wt = scene.path("wt");
    let word = |command: &str| scene.judge_in(&repo, "Bash", command).word;
    assert_eq!(word("git push origin main"), "allow");
    assert_eq!(word("gh pr merge 1"), "allow");
    assert_eq!(word("git push origin \"$X\""), "allow");
    assert_eq!(word(&format!("cd {} && git push origin HEAD:main", wt.display())), "deny");
    assert_eq!(word(&format!("git -C {} push origin HEAD:main", wt.display())), "deny");
    std::fs::create_dir(wt.join("sub")).unwrap();
    assert_eq!(scene.judge_in(&wt.join("sub"), "Bash", "git push origin main").word, "deny");
    scene.git("repo", &["config", "agent.guard", "agents"]);
    assert_eq!(word("git push origin main"), "deny");
    assert_eq!(word("git push"), "deny");
    assert_eq!(
        scene.judge_in(&scene.dir.path().join("s"), "Bash", "git push origin main").word,
        "allow",
        "no repository at all"
    );
}

#[test]
fn what_is_protected() {
    let scene = Scene::new("base");
    assert_eq!(scene.judge("git push origin HEAD:develop").word, "rewrite");
    let common = scene.path("repo/.git");
    std::fs::create_dir_all(common.join("agent")).unwrap();
    std::fs::write(common.join("agent/protected"), "develop\n").unwrap();
    assert_eq!(scene.judge("git push origin HEAD:develop").word, "deny");
    std::fs::write(common.join("worktrees/wt/agent.json"), r#"{"protected": ["trunk"], "other": 1}"#).unwrap();
    assert_eq!(scene.judge("git push origin HEAD:trunk").word, "deny");
    std::fs::write(scene.path("repo/.gitagent"), "[agent]\n\tprotect = stable/*\n\tallowPush = true\n").unwrap();
    assert_eq!(scene.judge("git push origin HEAD:stable/1").word, "deny");
    assert_eq!(scene.judge("git push origin main").word, "deny", "what a team shares can only add");
    assert_eq!(scene.judge("git -c agent.allowPush=true push origin main").word, "deny", "nor can a command say so");
    scene.git("repo", &["config", "agent.allowPush", "true"]);
    assert_eq!(scene.judge("git push origin main").word, "allow", "the user can");
    scene.git("repo", &["config", "agent.allowPush", "stable/*"]);
    assert_eq!(scene.judge("git push origin main").word, "deny");
    assert_eq!(scene.judge("git push -u origin HEAD:stable/1").word, "allow");
}

#[test]
fn the_include_of_a_worktree_counts() {
    let scene = Scene::new("track-main");
    let common = scene.path("repo/.git");
    std::fs::create_dir_all(common.join("agent")).unwrap();
    std::fs::write(common.join("agent/worktree.gitconfig"), "[push]\n\tdefault = current\n\tautoSetupRemote = true\n")
        .unwrap();
    scene.git("repo", &["config", "includeIf.gitdir:./worktrees/.path", "agent/worktree.gitconfig"]);
    scene.git("repo", &["config", "push.default", "upstream"]);
    assert_eq!(scene.git("wt", &["config", "push.default"]), "upstream", "what stands later wins in git");
    assert_eq!(scene.judge("git push").word, "deny");
    scene.git("repo", &["config", "--unset", "push.default"]);
    assert_eq!(scene.git("wt", &["config", "push.default"]), "current");
    assert_eq!(scene.judge("git push").word, "rewrite", "the upstream is still main");
    scene.git("wt", &["branch", "--unset-upstream"]);
    assert_eq!(scene.judge("git push").word, "allow");
}

#[test]
fn an_unpaired_surrogate_is_judged_like_any_character() {
    let scene = Scene::new("base");
    let word = |host: &str, event: &str| {
        let output = scene.hook(host, event);
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let wt = scene.path("wt");
    let event = |name: &str, command: &str| {
        format!(
            r#"{{"cwd":{},"hook_event_name":"{name}","tool_name":"Bash","tool_input":{{"command":"{command}"}}}}"#,
            json!(wt)
        )
    };
    let (code, said) = word("claude", &event("PreToolUse", r"git push origin HEAD:main # \ud83d"));
    assert!(code == 2 && said.contains("'main' on origin"), "{code} {said}");
    assert_eq!(word("claude", &event("PreToolUse", r"echo \ud83d")), (0, String::new()));
    assert_eq!(word("codex", &event("PreToolUse", r"git push origin HEAD:main # \udc00")).0, 2);
    assert_eq!(word("gemini", &event("BeforeTool", r"git push origin HEAD:main # \udc00")).0, 2);
    let copilot = |arguments: &str| json!({ "cwd": wt, "toolName": "bash", "toolArgs": arguments }).to_string();
    let (code, said) = word("copilot", &copilot(r#"{"command":"git push origin HEAD:main # \ud83d"}"#));
    assert!(code == 2 && said.contains("'main' on origin"), "{code} {said}");
    assert_eq!(
        word("copilot", &copilot(r#"{"command":"git push origin HEAD:main"#)).0,
        2,
        "arguments that are no JSON"
    );
    assert_eq!(word("copilot", &copilot("not json")).0, 0);
}

#[test]
fn a_question_that_cannot_be_asked_is_a_denial() {
    let scene = Scene::new("base");
    for (command, expected) in
        [("git push origin \"$X\"", 2), ("git push", 2), ("git push origin HEAD:main", 2), ("git status", 0)]
    {
        let event = json!({ "cwd": scene.path("wt"), "hook_event_name": "PreToolUse", "tool_name": "Bash",
            "tool_input": { "command": command } });
        let input = scene.dir.path().join("event");
        std::fs::write(&input, event.to_string()).unwrap();
        let mut hook = std::process::Command::new(env!("CARGO_BIN_EXE_git-agent-hook"));
        hook.arg("claude").current_dir(scene.path("wt")).env("HOME", scene.path("home"));
        hook.stdin(std::fs::File::open(&input).unwrap());
        hook.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
        assert_eq!(hook.output().unwrap().status.code(), Some(expected), "{command}");
    }
}

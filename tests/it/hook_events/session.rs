//! A session begins: the worktree is taken in, and its commands get its environment.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{claude, command, event_json, feed};
use crate::support::project::{put, text};
use crate::support::{Scratch, hermetic};

fn start(scratch: &Scratch, folder: &Path) -> crate::support::program::Run {
    claude(scratch, folder, "SessionStart", &json!({ "source": "startup" })).ok()
}

fn record(scratch: &Scratch, folder: &Path) -> Value {
    let admin = scratch.git_in(folder, &["rev-parse", "--absolute-git-dir"]);
    serde_json::from_str(&text(&Path::new(&admin).join("agent.json"))).expect("a record")
}

#[test]
fn a_worktree_of_any_origin_becomes_an_agents() {
    let scratch = Scratch::project();
    let native = scratch.tree("n");
    scratch.git(&["worktree", "add", "--quiet", "-b", "worktree-n", native.to_str().unwrap(), "origin/main"]);
    scratch.git(&["branch", "--unset-upstream", "worktree-n"]);
    let mine = scratch.beside("mine");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", mine.to_str().unwrap(), "origin/main"]);
    assert_eq!(scratch.git(&["config", "branch.topic.merge"]), "refs/heads/main");
    let fork = scratch.commit_of("main").unwrap();
    let tip = scratch.commit_in(&mine, "work", "1\n");

    for (folder, name, branch) in [(&native, "n", "worktree-n"), (&mine, "mine", "topic")] {
        let run = start(&scratch, &folder.join("dir"));
        assert!(run.out.contains(&format!("Branch: {branch},")), "{}", run.out);
        let row = scratch.row(name);
        assert_eq!((&row["branch"], &row["foreign"]), (&json!(branch), &json!(false)));
        let record = record(&scratch, folder);
        assert_eq!((&record["base"]["commit"], &record["origin"]), (&json!(fork), &json!("adopted")));
        assert_eq!((&record["branchCreated"], &record["protected"]), (&json!(false), &json!(["main"])));
        // A push goes to its own branch, through the guard's hook.
        scratch.git_in(folder, &["push", "--quiet"]);
        assert_eq!(scratch.git_in(folder, &["rev-parse", "--abbrev-ref", "@{u}"]), format!("origin/{branch}"));
        let refused = scratch.try_git_in(folder, &["push", "origin", "HEAD:main"]);
        assert!(!refused.status.success() || folder == &native, "{}", String::from_utf8_lossy(&refused.stderr));
    }
    assert_eq!(scratch.commit_of("topic"), Some(tip), "no branch is moved");
    assert_eq!(scratch.git(&["status", "--porcelain"]), "?? .gitignore", "the worktree folder is ignored");
}

#[test]
fn the_second_time_nothing_changes() {
    let scratch = Scratch::project();
    let mine = scratch.beside("mine");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", mine.to_str().unwrap(), "origin/main"]);
    let first = start(&scratch, &mine);
    assert!(first.err.contains("the upstream of 'topic' was origin/main"), "{}", first.err);
    let (before, config) = (record(&scratch, &mine), text(&scratch.root().join(".git/config")));
    let second = start(&scratch, &mine);
    assert_eq!((second.out, second.err.as_str()), (first.out, ""));
    assert_eq!((record(&scratch, &mine), text(&scratch.root().join(".git/config"))), (before, config));
    // What was spawned keeps its record.
    let path = scratch.spawn("x");
    let before = record(&scratch, &path);
    start(&scratch, &path);
    assert_eq!(record(&scratch, &path), before);
}

#[test]
fn folders_that_are_no_names_and_names_that_are_taken() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    for (folder, branch, name) in
        [("x", Some("other"), "x-2"), ("one two~3", Some("b1"), "one-two-3"), ("det", None, "det")]
    {
        let path = scratch.beside(&format!("trees/{folder}"));
        match branch {
            Some(branch) => scratch.git(&["worktree", "add", "--quiet", "-b", branch, path.to_str().unwrap()]),
            None => scratch.git(&["worktree", "add", "--quiet", "--detach", path.to_str().unwrap()]),
        };
        let run = start(&scratch, &path);
        assert_eq!(run.out.contains("HEAD is detached"), branch.is_none(), "{}", run.out);
        assert_eq!(scratch.row(name)["path"], json!(path));
    }
    // Its branch is the user's: it stays when the worktree goes.
    scratch.agent(&["rm", "x-2"]).ok();
    assert!(scratch.commit_of("other").is_some());
}

#[test]
fn what_was_taken_in_is_not_collected() {
    let scratch = Scratch::project();
    let mine = scratch.beside("mine");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", mine.to_str().unwrap()]);
    scratch.commit_in(&mine, "work", "1\n");
    scratch.git(&["merge", "--quiet", "topic"]);
    scratch.git(&["push", "--quiet"]);
    start(&scratch, &mine);
    scratch.agent(&["gc"]).ok().prints(&["left 'mine': not made by git agent"]);
    assert!(mine.exists());
}

#[test]
fn without_a_remote_or_with_a_broken_setting_the_session_starts_all_the_same() {
    let scratch = Scratch::local();
    let mine = scratch.beside("mine");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", mine.to_str().unwrap()]);
    let run = start(&scratch, &mine);
    assert!(run.out.contains("Branch: topic, started from main") && !run.out.contains("To push"), "{}", run.out);
    put(&scratch.root().join(".gitagent"), "[broken\n");
    let run = start(&scratch, &mine);
    assert!(run.out.contains("Branch: topic") && run.out.contains("A setting of git-agent is wrong"), "{}", run.out);
    assert!(run.err.contains(".gitagent"), "{}", run.err);
}

#[test]
fn one_wrong_variable_takes_no_other_away() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.config("agent-env.FINE", "yes");
    scratch.config("agent-env.WRONG", "{port.wbe}");
    let script = scratch.beside("env.sh");
    let mut hook = command(&scratch, &path, &["claude"]);
    hook.env("CLAUDE_ENV_FILE", &script);
    let run = feed(&mut hook, &event_json("s", &path, "SessionStart", &json!({ "source": "startup" }))).ok();
    assert!(run.out.contains("cannot set WRONG to '{port.wbe}'"), "{}", run.out);
    // Also from a folder that a symlink leads to.
    let link = scratch.beside("link");
    std::os::unix::fs::symlink(path.join("dir"), &link).unwrap();
    let mut shell = Command::new("sh");
    shell.arg("-ec").arg("cd \"$1\"; . \"$0\"; echo \"$FINE $GIT_AGENT\"").arg(&script).arg(&link);
    let run = scratch.run(hermetic(&mut shell, scratch.home())).ok();
    assert_eq!(run.out, "yes x\n");
    let run = feed(&mut command(&scratch, &path, &["env"]), "").ok();
    assert!(run.err.contains("{port.wbe}"), "{}", run.err);
}

#[test]
fn a_session_without_a_database_does_not_find_the_users() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    for (key, value) in [("provider", "command"), ("create", "false"), ("url", "echo file:own"), ("drop", "true")] {
        scratch.config(&format!("agent-db.{key}"), value);
    }
    let script = scratch.beside("env.sh");
    let mut hook = command(&scratch, &path, &["claude"]);
    hook.env("CLAUDE_ENV_FILE", &script);
    let run = feed(&mut hook, &event_json("s", &path, "SessionStart", &json!({ "source": "startup" }))).ok();
    assert!(run.out.contains("do not use the user's") && run.out.contains("git agent db x create"), "{}", run.out);
    let mut shell = Command::new("sh");
    shell.arg("-ec").arg(". \"$0\"; echo \"${DATABASE_URL-none}\"").arg(&script).current_dir(&path);
    let run = scratch.run(hermetic(&mut shell, scratch.home()).env("DATABASE_URL", "file:exported")).ok();
    assert_eq!(run.out, "none\n");
}

#[test]
fn the_ports_that_are_told_are_the_leased_ones() {
    let scratch = Scratch::project();
    scratch.config("agent-port.api.base", "24300");
    scratch.config("agent-port.api.env", "API_LISTEN");
    scratch.config("agent-env.REDIS-PORT", "6379");
    let path = scratch.spawn("x");
    let run = start(&scratch, &path);
    assert!(run.out.contains("yours alone: API_LISTEN=") && !run.out.contains("REDIS_PORT"), "{}", run.out);
}

/// What a command of the session finds in its environment, in the folder `dir`.
fn environment(scratch: &Scratch, script: &Path, dir: &Path) -> Vec<String> {
    let mut shell = Command::new("sh");
    shell.arg("-ec").arg(". \"$0\"; env").arg(script).current_dir(dir);
    let output = hermetic(&mut shell, scratch.home()).output().expect("sh starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_ours = |line: &str| {
        ["GIT_AGENT", "git_agent", "GIT_CONFIG_PARAMETERS", "COMPOSE_PROJECT_NAME"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let mut lines: Vec<String> = text.lines().filter(|line| is_ours(line)).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn commands_get_the_environment_of_the_worktree_that_they_run_in() {
    let scratch = Scratch::project();
    let (one, two) = (scratch.spawn("it's/$(touch)"), scratch.spawn("two"));
    let script = scratch.beside("env.sh");
    // Other hooks write there as well, with or without a last newline.
    put(&script, "export OTHER=1");
    for source in ["startup", "clear", "compact", "resume"] {
        let mut hook = command(&scratch, &one, &["claude"]);
        hook.env("CLAUDE_ENV_FILE", &script);
        feed(&mut hook, &event_json("s", &one, "SessionStart", &json!({ "source": source }))).ok();
    }
    assert_eq!(text(&script).matches("git-agent:").count(), 1, "{}", text(&script));
    let expected = |name: &str| {
        let value = scratch.agent(&["env", name, "--json"]).ok().json();
        let env = value["env"].as_object().expect("pairs").clone();
        let mut lines: Vec<String> =
            env.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect();
        lines.sort();
        lines
    };
    assert_eq!(environment(&scratch, &script, &one.join("dir")), expected("it's/$(touch)"));
    assert_eq!(environment(&scratch, &script, &two), expected("two"));
    assert_eq!(environment(&scratch, &script, &scratch.root()), Vec::<String>::new());
    assert_eq!(environment(&scratch, &script, Path::new("/")), Vec::<String>::new());
    // The branch is the one of now.
    scratch.git_in(&two, &["switch", "--quiet", "-c", "other"]);
    assert!(environment(&scratch, &script, &two).contains(&"GIT_AGENT_BRANCH=other".to_owned()));
}

#[test]
fn a_session_of_a_main_checkout_may_go_into_a_worktree_later() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let script = scratch.beside("env.sh");
    let mut hook = command(&scratch, &scratch.root(), &["claude"]);
    hook.env("CLAUDE_ENV_FILE", &script);
    let run = feed(&mut hook, &event_json("s", &scratch.root(), "SessionStart", &json!({ "source": "startup" }))).ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert!(environment(&scratch, &script, &path).contains(&"GIT_AGENT=x".to_owned()));
}

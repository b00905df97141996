//! The three ways in which Claude Code asks for a worktree, and how it gives one back.

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, Turn, bash, call};
use crate::clients::world::World;
use crate::support::project::{put, text};

/// What a command of the session has in its environment.
const ENVIRONMENT: &str = "pwd; env | grep ^GIT_AGENT | sort";

fn environment(folder: &std::path::Path, name: &str) -> String {
    let path = folder.display();
    format!("{path}\nGIT_AGENT={name}\nGIT_AGENT_BASE=origin/main\nGIT_AGENT_BRANCH={name}\nGIT_AGENT_PATH={path}")
}

fn subagent(task: &str) -> Turn {
    call(
        "Agent",
        json!({ "description": "a test", "prompt": task, "subagent_type": "general-purpose", "isolation": "worktree",
            "run_in_background": false }),
    )
}

#[test]
fn the_flag_gives_a_whole_agent() {
    offline(Some(Client::Claude), || {
        let push = bash("git commit -q --allow-empty -m x && git push");
        let world = World::new(Script::new([bash(ENVIRONMENT), push]));
        world.install_plugin();
        let (run, told) = world.ask_claude(&world.scratch.root(), "go", &["--worktree", "feat/x"]);
        run.ok();
        let tree = world.scratch.tree("feat/x");
        let answers = told.answers();
        assert_eq!(answers[0].text.trim(), environment(&tree, "feat/x"));
        assert!(!answers[1].is_error, "{answers:#?}");
        assert_eq!(world.scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{u}"]), "origin/feat/x");
        let notes = told.notes();
        for part in [
            tree.to_str().unwrap(),
            "Branch: feat/x, started from origin/main at ",
            "'git push'. It goes to origin/feat/x",
        ] {
            assert!(notes.contains(part), "{part} is not in {notes}");
        }
        let row = world.scratch.row("feat/x");
        assert_eq!((&row["state"], &row["message"]), (&json!("done"), &json!("done")));

        // The same name is the same worktree, as it is now.
        let commit = world.scratch.commit_of("feat/x");
        put(&tree.join("mine"), "1\n");
        let (run, _) = world.ask_claude(&world.scratch.root(), "go", &["--worktree", "feat/x"]);
        run.ok();
        assert!(tree.join("mine").exists());
        let log = world.scratch.git_in(&tree, &["log", "--format=%H"]);
        assert!(log.lines().any(|line| Some(line) == commit.as_deref()), "{log}");
    });
}

#[test]
fn a_session_goes_into_one_and_gives_it_back() {
    offline(Some(Client::Claude), || {
        let leave = call("ExitWorktree", json!({ "action": "remove", "discard_changes": true }));
        let script = [
            bash("env | grep -c ^GIT_AGENT || true"),
            call("EnterWorktree", json!({ "name": "side" })),
            bash(ENVIRONMENT),
            bash("echo precious > mine"),
            leave,
            bash("pwd; env | grep -c ^GIT_AGENT || true"),
        ];
        let world = World::new(Script::new(script));
        world.install_plugin();
        let root = world.scratch.root();
        let (run, told) = world.ask_claude(&root, "go", &[]);
        run.ok();
        let tree = world.scratch.tree("side");
        let answers = told.answers();
        assert_eq!(answers[0].text.trim(), "0");
        assert_eq!(answers[2].text.trim(), environment(&tree, "side"));
        assert!(!answers[4].is_error, "{answers:#?}");
        assert_eq!(answers[5].text.trim(), format!("{}\n0", root.display()));
        assert!(told.notes().contains("Branch: side, started from origin/main"), "{}", told.notes());
        assert!(!tree.exists() && world.scratch.commit_of("side").is_none());
        world.scratch.agent(&["restore", "side"]).ok();
        assert_eq!(text(&tree.join("mine")), "precious\n");
    });
}

#[test]
fn subagents_have_their_own_and_leave_none_without_reason() {
    offline(Some(Client::Claude), || {
        let script = Script::new([subagent("only look"), subagent("leave something")])
            .agent("only look", [bash(ENVIRONMENT)])
            .agent("leave something", [bash("echo 1 > something")]);
        let world = World::new(script);
        world.install_plugin();
        let (run, told) = world.ask_claude(&world.scratch.root(), "go", &["--worktree", "whole"]);
        run.ok();
        let answers = told.answers_of("only look");
        let folder = std::path::PathBuf::from(answers[0].text.lines().next().expect("a path"));
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(name.starts_with("agent-a"), "{name}");
        assert_eq!(answers[0].text.trim(), environment(&folder, &name));
        let rows = world.scratch.rows();
        let left: Vec<_> = rows.iter().filter(|row| row["name"] != "whole").collect();
        assert_eq!(left.len(), 1, "{rows:#?}");
        assert_eq!((&left[0]["status"]["untracked"], &left[0]["state"]), (&json!(1), &json!("done")));
        let removed = world.scratch.agent(&["restore", "--json"]).ok().json();
        assert_eq!(removed["removed"][0]["name"], json!(name), "the other is in the trash");
    });
}

#[test]
fn what_cannot_be_made_is_said_and_leaves_nothing() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::default());
        world.install_plugin();
        world.scratch.config("agent.base", "nowhere");
        let (run, told) = world.ask_claude(&world.scratch.root(), "go", &["--worktree", "x"]);
        assert_ne!(run.code, 0);
        assert!(format!("{}{}", run.out, run.err).contains("'nowhere' names no commit"), "{run:?}");
        assert!(told.answers().is_empty());
        world.scratch.assert_no_trace();
    });
}

//! Sessions of Claude Code in worktrees, and what the list says of them.

use std::path::Path;

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::screen::Screen;
use crate::clients::script::{Script, bash};
use crate::clients::world::World;
use crate::support::program::wait_until;
use crate::support::project::put;

/// Works until the file `go` is there.
const BUSY: &str = "touch started; while [ ! -e go ]; do sleep 0.05; done";

fn state(world: &World, name: &str) -> String {
    world.scratch.row(name)["state"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_worktree_that_git_made_becomes_an_agents() {
    offline(Some(Client::Claude), || {
        let push = bash("git commit -q --allow-empty -m x && git push");
        let world = World::new(Script::new([bash("env | grep ^GIT_AGENT="), push]));
        world.install_plugin();
        let tree = world.scratch.beside("mine");
        world.scratch.git(&["worktree", "add", "-q", "-b", "topic", "../mine", "origin/main"]);
        let (run, told) = world.ask_claude(&tree, "go", &[]);
        run.ok();
        let answers = told.answers();
        assert_eq!(answers[0].text.trim(), "GIT_AGENT=mine");
        assert!(told.notes().contains("Branch: topic, started from origin/main"), "{}", told.notes());
        assert_eq!(world.scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{u}"]), "origin/topic", "{answers:#?}");
        assert_eq!(world.scratch.row("mine")["foreign"], json!(false));

        // It goes on where it was, with the same environment.
        let (run, told) = world.ask_claude(&tree, "and on", &["--continue"]);
        run.ok();
        assert_eq!(told.answers().len(), 2, "the script has nothing more to say");
        assert_eq!(state(&world, "mine"), "done");
    });
}

#[test]
fn in_the_main_checkout_the_model_is_told_nothing() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("env | grep -c ^GIT_AGENT || true")]));
        world.install_plugin();
        let (run, told) = world.ask_claude(&world.scratch.root(), "go", &[]);
        run.ok();
        assert_eq!(told.answer().text.trim(), "0");
        assert!(!told.notes().contains("worktree of your own"), "{}", told.notes());
        assert!(!world.scratch.root().join(".git/agent").exists());
    });
}

#[test]
fn a_turn_is_seen_from_outside_and_a_killed_one_ends() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash(BUSY)]));
        world.install_plugin();
        let tree = world.scratch.spawn("x");
        let session = |go: bool| {
            for name in ["started", "go"] {
                // The first time there is none.
                let _ = std::fs::remove_file(tree.join(name));
            }
            let mut claude = world.claude(&tree);
            let running = world.start(claude.args(["-p", "go", "--allowedTools", "Bash"]));
            wait_until("the model's command runs", || tree.join("started").exists());
            wait_until("the list says so", || state(&world, "x") == "working");
            if go {
                put(&tree.join("go"), "");
                running.wait().ok();
            }
        };
        session(true);
        wait_until("the turn is over", || state(&world, "x") == "done");
        session(false);
        wait_until("the list says that it is gone", || state(&world, "x") == "lost");
    });
}

#[test]
fn two_sessions_in_one_worktree() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash(BUSY)]).agent("the second one", [bash("echo short")]));
        world.install_plugin();
        let tree = world.scratch.spawn("x");
        let started = |path: &Path| path.join("started").exists();
        let mut claude = world.claude(&tree);
        let first = world.start(claude.args(["-p", "go", "--allowedTools", "Bash"]));
        wait_until("the first one's command runs", || started(&tree));
        wait_until("the list says so", || state(&world, "x") == "working");
        world.ask_claude(&tree, "the second one", &[]).0.ok();
        assert_eq!(state(&world, "x"), "working", "that the second has ended says nothing of the first");
        put(&tree.join("go"), "");
        first.wait().ok();
        wait_until("both are done", || state(&world, "x") == "done");
    });
}

#[test]
fn a_question_on_a_terminal_is_seen_from_outside() {
    offline(Some(Client::Claude), || {
        if !Screen::is_possible() {
            return;
        }
        let world = World::new(Script::new([bash("touch asked")]));
        world.install_plugin();
        let tree = world.scratch.tree("x");
        let mut claude = world.claude(&world.scratch.root());
        claude.args(["--worktree", "x", "--permission-mode", "manual"]);
        let screen = Screen::open(&world, "t", &claude);
        screen.wait_for("❯");
        wait_until("it waits for a prompt", || tree.join("a").exists() && state(&world, "x") == "waiting");
        screen.submit("go");
        screen.wait_for("touch asked");
        let waiting = || {
            let row = world.scratch.row("x");
            row["state"] == "waiting" && row["message"] == "needs permission for Bash"
        };
        wait_until("it waits for an answer", waiting);
        assert!(!tree.join("asked").exists());
        screen.settle();
        screen.press("Enter");
        wait_until("the turn is over", || tree.join("asked").exists() && state(&world, "x") == "done");
    });
}

#[test]
fn a_session_makes_its_worktree_ready() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("cat .env made; echo port $WEB_PORT")]));
        world.install_plugin();
        let scratch = &world.scratch;
        scratch.write(".gitignore", ".env\nmade\n");
        scratch.write(".worktreeinclude", ".env\n");
        scratch.commit("ignore");
        scratch.write(".env", "SECRET=1\n");
        scratch.config("agent.setup", "echo set up >made");
        scratch.config("agent-port.web.base", "24200");
        let tree = scratch.beside("mine");
        scratch.git(&["worktree", "add", "-q", "-b", "topic", "../mine"]);
        let (run, told) = world.ask_claude(&tree, "go", &[]);
        run.ok();
        let port = scratch.agent(&["port", "mine", "web"]).ok();
        assert_eq!(told.answer().text.trim(), format!("SECRET=1\nset up\nport {}", port.line()));
        assert!(!told.notes().contains("provision"), "{}", told.notes());
    });
}

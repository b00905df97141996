//! What a session of Codex CLI is told, and what the list says of it.

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, call};
use crate::clients::world::World;
use crate::support::program::wait_until;

#[test]
fn it_is_told_where_it_is_and_tells_what_it_does() {
    offline(Some(Client::Codex), || {
        // Its shell makes a PATH of its own.
        let look = call("exec_command", json!({ "cmd": concat!(env!("CARGO_BIN_EXE_git-agent"), " list --json") }));
        let world = World::new(Script::new([look]));
        world.init("codex");
        let tree = world.scratch.beside("mine");
        world.scratch.git(&["worktree", "add", "-q", "-b", "topic", "../mine"]);
        let (run, told) = world.ask_codex(&tree, "go", &["--dangerously-bypass-hook-trust"]);
        let run = run.ok();
        let requests: String = told.requests.iter().map(|request| request.body.to_string()).collect();
        assert!(requests.contains("Branch: topic, started from origin/main"), "{requests}\n{}", run.err);
        let answer = told.answer();
        assert!(answer.text.contains("working"), "{answer:?}");
        wait_until("the turn is over", || world.scratch.row("mine")["state"] == "done");
        assert_eq!(world.scratch.row("mine")["message"], "done");
    });
}

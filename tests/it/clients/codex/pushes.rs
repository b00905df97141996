//! What Codex does with the guard's verdicts.

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, Turn, call};
use crate::clients::world::World;

/// The model runs a command, by Codex's name for it.
fn shell(command: &str) -> Turn {
    call("exec_command", json!({ "cmd": command }))
}

#[test]
fn a_denied_push_moves_nothing_and_says_what_to_use() {
    offline(Some(Client::Codex), || {
        let world = World::new(Script::new([shell("git commit -q --allow-empty -m x; git push origin HEAD:main")]));
        world.init("codex");
        let tree = world.scratch.spawn("fix");
        let before = world.remote();
        let (run, told) = world.ask_codex(&tree, "go", &["--dangerously-bypass-hook-trust"]);
        run.ok();
        assert_eq!(world.remote(), before);
        let answer = told.answer();
        assert!(answer.text.contains("git push -u origin HEAD:refs/heads/fix"), "{answer:?}");
    });
}

#[test]
fn a_rewritten_push_sets_the_upstream() {
    offline(Some(Client::Codex), || {
        let world = World::new(Script::new([shell("git commit -q --allow-empty -m x; git push")]));
        world.init("codex");
        let tree = world.scratch.beside("wt");
        world.scratch.git(&["worktree", "add", "-q", "-b", "topic", "../wt"]);
        let (run, told) = world.ask_codex(&tree, "go", &["--dangerously-bypass-hook-trust"]);
        run.ok();
        let answer = told.answer();
        let upstream = world.scratch.try_git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]);
        assert_eq!(String::from_utf8_lossy(&upstream.stdout), "origin/topic\n", "{answer:?}");
    });
}

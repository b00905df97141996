//! What Gemini CLI does with the guard's verdicts.

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, Turn, call};
use crate::clients::world::World;

/// The model runs a command, by Gemini's name for it.
fn shell(command: &str) -> Turn {
    call("run_shell_command", json!({ "command": command, "description": "a test" }))
}

#[test]
fn a_denied_push_moves_nothing_and_says_what_to_use() {
    offline(Some(Client::Gemini), || {
        let world = World::new(Script::new([shell("git commit -q --allow-empty -m x && git push origin HEAD:main")]));
        world.init("gemini");
        let tree = world.scratch.spawn("fix");
        let before = world.remote();
        let (run, told) = world.ask_gemini(&tree, "go", &[]);
        run.ok();
        assert_eq!(world.remote(), before);
        let answer = told.answer();
        assert!(answer.text.contains("git push -u origin HEAD:refs/heads/fix"), "{answer:?}");
    });
}

#[test]
fn a_rewritten_push_sets_the_upstream() {
    offline(Some(Client::Gemini), || {
        let world = World::new(Script::new([shell("git commit -q --allow-empty -m x && git push")]));
        world.init("gemini");
        let tree = world.scratch.beside("wt");
        world.scratch.git(&["worktree", "add", "-q", "-b", "topic", "../wt"]);
        let (run, told) = world.ask_gemini(&tree, "go", &[]);
        run.ok();
        let answer = told.answer();
        let upstream = world.scratch.try_git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]);
        assert_eq!(String::from_utf8_lossy(&upstream.stdout), "origin/topic\n", "{answer:?}");
    });
}

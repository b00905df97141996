//! What Claude Code does with the guard's verdicts.

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, bash};
use crate::clients::world::World;

#[test]
fn a_denied_push_moves_nothing_and_says_what_to_use() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("git commit -q --allow-empty -m x && git push origin HEAD:main")]));
        world.init("claude");
        let tree = world.scratch.spawn("fix");
        let before = world.remote();
        let (run, told) = world.ask_claude(&tree, "go", &[]);
        run.ok();
        assert_eq!(world.remote(), before);
        let answer = told.answer();
        assert!(answer.is_error && answer.text.contains("'main' on origin"), "{answer:?}");
        assert!(answer.text.contains("git push -u origin HEAD:refs/heads/fix"), "{answer:?}");
    });
}

#[test]
fn a_rewritten_push_sets_the_upstream() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("git commit -q --allow-empty -m x && git push")]));
        world.init("claude");
        // A worktree that git agent did not make, so that nothing but the rewrite can set its upstream.
        let tree = world.scratch.beside("wt");
        world.scratch.git(&["worktree", "add", "-q", "-b", "topic", "../wt"]);
        let (run, told) = world.ask_claude(&tree, "go", &[]);
        run.ok();
        assert!(!told.answer().is_error, "{:?}", told.answer());
        assert_eq!(world.scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/topic");
        let own = world.scratch.git_in(&tree, &["rev-parse", "HEAD"]);
        assert!(world.remote().contains(&format!("refs/heads/topic {own}")), "{:?}", world.remote());
    });
}

//! Claude Code as people use it: on a terminal, and two at once.

use super::TOOLS;
use crate::clients::place::{Client, offline};
use crate::clients::screen::Screen;
use crate::clients::script::{Script, bash};
use crate::clients::world::World;

#[test]
fn the_guard_works_on_a_terminal() {
    offline(Some(Client::Claude), || {
        if !Screen::is_possible() {
            return;
        }
        let world = World::new(Script::new([bash("git commit -q --allow-empty -m x && git push origin HEAD:main")]));
        world.init("claude");
        let tree = world.scratch.spawn("fix");
        let before = world.remote();
        let mut claude = world.claude(&tree);
        claude.args(["--permission-mode", "manual", "--allowedTools", TOOLS]);
        let screen = Screen::open(&world, "t", &claude);
        screen.wait_for("❯");
        screen.submit("go");
        screen.wait_for("done");
        assert_eq!(world.remote(), before);
        let answer = world.told().answer();
        assert!(answer.text.contains("git push -u origin HEAD:refs/heads/fix"), "{answer:?}");
    });
}

//! Codex runs a hook only after a person has looked at it. What that person does is done here, on a terminal.

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::screen::Screen;
use crate::clients::script::{Script, call};
use crate::clients::world::World;
use crate::support::project::text;

#[test]
fn the_guard_works_once_it_is_trusted() {
    offline(Some(Client::Codex), || {
        if !Screen::is_possible() {
            return;
        }
        let push = call("exec_command", json!({ "cmd": "git push origin HEAD:main" }));
        let world = World::new(Script::new([push]));
        world.init("codex");
        let tree = world.scratch.spawn("fix");
        let doctor = || world.scratch.agent(&["doctor"]).out;
        assert!(doctor().contains("bad   Codex: our hooks are not trusted there"), "{}", doctor());
        let screen = Screen::open(&world, "t", &world.codex(&tree));
        let dialog = screen.wait_for("Trust all and continue");
        assert!(dialog.contains("6 hooks are new or changed"), "{dialog}");
        screen.settle();
        screen.press("2");
        screen.press("Enter");
        crate::support::program::wait_until("the trust is written down", || {
            text(&world.codex_home().join("config.toml")).matches("trusted_hash").count() == 6
        });
        drop(screen);
        assert!(doctor().contains("ok    Codex"), "{}", doctor());
        let (run, told) = world.ask_codex(&tree, "go", &[]);
        run.ok();
        assert!(told.answer().text.contains("git push -u origin HEAD:refs/heads/fix"), "{:?}", told.answer());
    });
}

//! The plugin, as a user installs it from a clone of this repository.

use std::path::PathBuf;

use super::TOOLS;
use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, bash, call};
use crate::clients::world::World;
use crate::support::program::Run;
use serde_json::json;

/// What of this repository is the plugin.
const PARTS: [&str; 5] = [".claude-plugin", "hooks", "commands", "README.md", "install.sh"];

impl World {
    /// Runs `claude plugin …`.
    fn plugin(&self, args: &[&str]) -> Run {
        self.run(self.claude(&self.scratch.root()).arg("plugin").args(args))
    }

    /// Installs the plugin from a clone. Returns the clone.
    #[track_caller]
    pub fn install_plugin(&self) -> PathBuf {
        let clone = self.folder("clone");
        for part in PARTS {
            let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(part);
            let copied = std::process::Command::new("cp").arg("-R").arg(from).arg(&clone).status();
            assert!(copied.expect("cp starts").success(), "{part}");
        }
        self.scratch.git_in(&clone, &["init", "-q"]);
        self.scratch.git_in(&clone, &["add", "--all"]);
        self.scratch.git_in(&clone, &["commit", "-qm", "plugin"]);
        self.plugin(&["marketplace", "add", clone.to_str().expect("a plain path")]).ok();
        self.plugin(&["install", "git-agent@git-agent"]).ok();
        clone
    }
}

#[test]
fn it_is_valid_and_can_be_installed_from_a_clone() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("git commit -q --allow-empty -m x && git push origin HEAD:main")]));
        let clone = world.install_plugin();
        let valid = world.plugin(&["validate", "--strict", clone.to_str().unwrap()]).ok();
        assert!(valid.out.contains("Validation passed"), "{}", valid.out);
        let list = world.plugin(&["list", "--json"]).ok().json();
        assert_eq!((&list[0]["id"], &list[0]["enabled"]), (&json!("git-agent@git-agent"), &json!(true)));
        let tree = world.scratch.spawn("fix");
        let before = world.remote();
        let (run, told) = world.ask_claude(&tree, "go", &[]);
        run.ok();
        assert_eq!(world.remote(), before);
        assert!(told.answer().text.contains("git push -u origin HEAD:refs/heads/fix"), "{:?}", told.answer());
    });
}

#[test]
fn without_the_program_it_says_so_once_and_breaks_nothing() {
    offline(Some(Client::Claude), || {
        let script = [bash("echo fine"), call("EnterWorktree", json!({ "name": "side" })), bash("pwd")];
        let world = World::new(Script::new(script));
        world.install_plugin();
        world.uninstall();
        let root = world.scratch.root();
        let json = ["--output-format", "stream-json", "--verbose", "--include-hook-events"];
        let (run, told) = world.ask_claude(&root, "go", &json);
        let run = run.ok();
        let messages = run.out.matches("git-agent is not installed").count();
        assert!(run.out.contains("install.sh"), "{}", run.out);
        assert!((1..=3).contains(&messages), "once, in the fields of one event: {messages}\n{}", run.out);
        let answers = told.answers();
        assert!(answers.iter().all(|answer| !answer.is_error), "{answers:#?}");
        assert_eq!(answers[0].text.trim(), "fine");
        assert_eq!(answers[2].text.trim(), world.scratch.tree("side").to_str().unwrap());
        let branch = world.scratch.git_in(&world.scratch.tree("side"), &["branch", "--show-current"]);
        assert_eq!(branch, "worktree-side", "the client's own name for it");
    });
}

#[test]
fn a_program_that_is_broken_lets_no_push_through() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("git push origin HEAD:main")]));
        world.install_plugin();
        let tree = world.scratch.spawn("fix");
        let hook = world.scratch.beside("bin/git-agent-hook");
        std::fs::remove_file(&hook).expect("it is there");
        crate::support::project::put_program(&hook, "#!/bin/sh\nexit 1\n");
        let before = world.remote();
        let (run, told) = world.ask_claude(&tree, "go", &["--allowedTools", TOOLS]);
        run.ok();
        assert_eq!(world.remote(), before);
        assert!(told.answer().is_error && told.answer().text.contains("onFailure"), "{:?}", told.answer());
    });
}

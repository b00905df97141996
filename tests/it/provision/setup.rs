//! Setup and teardown commands, and who may run them.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::Scratch;
use crate::support::project::{names, text};

fn project() -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", "made*\n");
    scratch.commit("ignore");
    scratch
}

fn team(scratch: &Scratch, lines: &str) {
    scratch.write(".gitagent", format!("[agent]\n{lines}"));
    scratch.commit("team");
}

#[test]
fn commands_run_in_order_in_the_worktree_with_its_environment() {
    let scratch = project();
    scratch.config("agent-port.web.base", "23000");
    scratch.config("agent.setup", "pwd >made; echo \"$GIT_AGENT $WEB_PORT\" >>made");
    scratch.git(&["config", "--add", "agent.setup", "echo second \"it's\" >>made && echo to the log"]);
    let run = scratch.agent(&["spawn", "feat/x"]).ok().says(&["to the log\n", "note: setup: 2 commands"]);
    assert_eq!(run.line(), scratch.tree("feat/x").to_str().expect("plain"), "stdout holds the path alone");
    let port = scratch.agent(&["port", "feat/x", "web"]).ok();
    let made = text(&scratch.tree("feat/x").join("made"));
    assert_eq!(made, format!("{}\nfeat/x {}\nsecond it's\n", scratch.tree("feat/x").display(), port.line()));
    let log = scratch.admin("feat/x").join("agent-provision.log").metadata().expect("there is a log");
    assert_eq!(log.permissions().mode() & 0o777, 0o600, "commands print secrets");
    scratch.agent(&["log", "feat/x"]).ok().prints(&["$ pwd >made", "to the log\n"]);
    // Done is done.
    scratch.agent(&["provision", "feat/x"]).ok();
    assert_eq!(text(&scratch.tree("feat/x").join("made")), made);
    scratch.agent(&["provision", "feat/x", "--again"]).ok();
    assert_eq!(text(&scratch.tree("feat/x").join("made")), made, "the first command begins the file anew");
    scratch.git(&["config", "--add", "agent.setup", "echo third >>made"]);
    scratch.agent(&["provision", "feat/x"]).ok();
    assert!(text(&scratch.tree("feat/x").join("made")).ends_with("third\n"), "changed commands run");
}

#[test]
fn the_first_failure_ends_it() {
    let scratch = project();
    for command in ["echo one >made-1", "echo what went wrong >&2; exit 5", "echo three >made-3"] {
        scratch.git(&["config", "--add", "agent.setup", command]);
    }
    let run = scratch.agent(&["spawn", "x", "--json"]);
    assert_eq!(run.code, 7);
    let steps = &run.json()["agents"][0]["provision"]["steps"];
    assert_eq!((&steps[0]["step"], &steps[0]["state"]), (&json!("setup"), &json!("failed")));
    run.fails(7).says(&["'x' is not ready: the step 'setup' failed", "ended with 5 (2 of 3)", "    what went wrong"]);
    assert_eq!(names(&scratch.tree("x")).iter().filter(|name| name.starts_with("made")).count(), 1);
    scratch.git(&["config", "--unset-all", "agent.setup", "exit 5"]);
    scratch.agent(&["provision", "x"]).ok();
    assert!(scratch.tree("x").join("made-3").exists());
}

#[test]
fn what_a_command_leaves_running_does_not_hold_us_up() {
    let scratch = project();
    scratch.config("agent.setup", "(sleep 30; echo late) & echo $! >made");
    let begun = std::time::Instant::now();
    scratch.agent(&["spawn", "x"]).ok();
    assert!(begun.elapsed().as_secs() < 25);
    let pid = text(&scratch.tree("x").join("made"));
    let killed = std::process::Command::new("kill").arg(pid.trim()).status().expect("kill starts");
    assert!(killed.success());
}

#[test]
fn commands_of_the_repository_run_only_when_they_are_trusted() {
    let scratch = project();
    team(&scratch, "\tsetup = echo team >made\n\tteardown = echo down\n");
    let run = scratch.agent(&["spawn", "x", "--json"]).ok();
    let warning = "1 command of .gitagent that would set up 'x' did not run, for nobody has trusted them: git agent trust && git agent provision x";
    assert_eq!(run.json()["warnings"], json!([warning]));
    assert!(!scratch.tree("x").join("made").exists());
    scratch.agent(&["trust", "--show"]).ok().prints(&[
        "agent.setup = echo team >made",
        "agent.teardown = echo down",
        "not trusted",
    ]);
    scratch.agent(&["trust"]).fails(3).says(&["nobody is there to be asked", "git agent trust --yes"]);
    scratch.agent(&["trust", "--yes", "--dry-run"]).ok();
    assert_eq!(scratch.agent(&["trust", "--show", "--json"]).ok().json()["trust"], "untrusted");
    scratch.agent(&["trust", "--yes"]).ok();
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(text(&scratch.tree("x").join("made")), "team\n");

    team(&scratch, "\tsetup = echo other >made\n\tteardown = echo down\n");
    scratch.agent(&["trust", "--show"]).ok().prints(&["it has changed"]);
    scratch.agent(&["provision", "x"]).ok().says(&["did not run"]);
    assert_eq!(text(&scratch.tree("x").join("made")), "team\n");
    team(&scratch, "\tsetup = echo team >made\n\tteardown = echo down\n");
    assert_eq!(scratch.agent(&["trust", "--show", "--json"]).ok().json()["trust"], "trusted");
    scratch.agent(&["trust", "--revoke"]).ok();
    assert_eq!(scratch.agent(&["trust", "--show", "--json"]).ok().json()["trust"], "untrusted");
}

#[test]
fn a_command_that_changes_while_others_run_is_not_run() {
    let scratch = project();
    // The first install of the steps changes what comes behind it, as a pull in the main checkout may.
    scratch.write("package-lock.json", "{}");
    team(&scratch, "\tsetup = echo trusted >made\n");
    let bin = scratch.beside("bin");
    let config = scratch.root().join(".gitagent");
    let body = format!("#!/bin/sh\nprintf '[agent]\\n\\tsetup = echo changed >made\\n' >'{}'\n", config.display());
    crate::support::project::put_program(&bin.join("npm"), &body);
    scratch.agent(&["trust", "--yes"]).ok();
    let path = std::env::var_os("PATH").expect("a PATH");
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
    let run = scratch.run(scratch.program(&scratch.root(), &["spawn", "x"]).env("PATH", path)).ok();
    run.says(&["npm: npm ci", "did not run"]);
    assert!(!scratch.tree("x").join("made").exists());
}

#[test]
fn the_question_hides_nothing() {
    let scratch = project();
    team(
        &scratch,
        "\tsetup = \"rm -rf ~ #\\u001b[2K\\b\\nagent.setup = true\"\n".replace("\\u001b", "\u{1b}").as_str(),
    );
    let shown = scratch.agent(&["trust", "--show"]).ok();
    assert!(!shown.out.contains(['\u{1b}', '\u{8}']), "{:?}", shown.out);
    assert!(!shown.out.contains("\nagent.setup = true"), "{}", shown.out);
    shown.prints(&["agent.setup = rm -rf ~ #\\u{1b}[2K"]);
}

#[test]
fn trust_is_not_handed_on_to_another_repository() {
    let scratch = project();
    team(&scratch, "\tsetup = echo team >made\n");
    scratch.agent(&["trust", "--yes"]).ok();
    let trust =
        |place: &std::path::Path| scratch.agent_in(place, &["trust", "--show", "--json"]).ok().json()["trust"].clone();
    assert_eq!(trust(&scratch.root()), "trusted");
    // A clone, and a copy with everything in it.
    let (clone, copy) = (scratch.beside("clone"), scratch.beside("copy"));
    let root = scratch.root();
    scratch.git(&["clone", "--quiet", ".", clone.to_str().expect("plain")]);
    assert_eq!(trust(&clone), "untrusted");
    let copied = std::process::Command::new("cp").arg("-a").args([&root, &copy]).status().expect("cp starts");
    assert!(copied.success());
    assert_eq!(trust(&copy), "untrusted");
    // Another repository with the same commands at the same path.
    std::fs::rename(&root, scratch.beside("moved")).expect("it can be moved");
    std::fs::rename(&clone, &root).expect("it can be moved");
    assert_eq!(trust(&root), "untrusted");
    // What was said is the user's alone to read.
    use std::os::unix::fs::PermissionsExt as _;
    let file = scratch.home().join(".local/state/git-agent/trust.json");
    assert_eq!(file.metadata().expect("it is there").permissions().mode() & 0o077, 0);
}

#[test]
fn teardown_is_the_undo_of_setup() {
    let scratch = project();
    let shared = scratch.beside("shared");
    scratch.config("agent.setup", &format!("echo up $GIT_AGENT >>'{}'", shared.display()));
    scratch.config("agent.teardown", &format!("echo down $GIT_AGENT >>'{}'", shared.display()));
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    assert_eq!(text(&shared), "up x\ndown x\n");
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(text(&shared), "up x\ndown x\nup x\n", "what was torn down is set up again");
    scratch.config("agent.teardown", "echo still in use >&2; exit 2");
    scratch.agent(&["rm", "x"]).fails(1).says(&["still in use", "'x' stays", "git agent rm --force x"]);
    assert!(scratch.tree("x").exists());
    scratch.agent(&["rm", "x", "--force"]).ok().says(&["'x' was not torn down"]);
    assert!(!scratch.tree("x").exists());
}

#[test]
fn long_steps_run_in_the_background() {
    let scratch = project();
    let gate = scratch.beside("gate");
    scratch.config("agent.setupWait", "false");
    scratch.config(
        "agent.setup",
        &format!("echo begun; while [ ! -e '{}' ]; do sleep 0.02; done; echo over >made", gate.display()),
    );
    let run = scratch.agent(&["spawn", "x", "--json"]).ok().says(&["'x' is there", "is set up in the background"]);
    let run = run.does_not_say("is ready");
    assert_eq!(run.json()["agents"][0]["provision"]["state"], "running");
    assert_eq!(scratch.row("x")["provision"], json!({ "state": "running", "failed": null }));
    assert!(scratch.agent(&["list"]).ok().out.contains("preparing"));
    scratch.agent(&["provision", "x"]).fails(3).says(&["is being made ready already", "--follow"]);
    scratch.agent(&["rm", "x"]).fails(3).says(&["a program runs in 'x'"]);
    std::fs::write(&gate, "").expect("it can be written");
    scratch.agent(&["log", "x", "--follow"]).ok().prints(&["begun"]);
    assert_eq!(scratch.row("x")["provision"]["state"], "done");
    assert_eq!(text(&scratch.tree("x").join("made")), "over\n");

    scratch.config("agent.setup", "echo in vain; exit 4");
    scratch.agent(&["spawn", "y"]).ok();
    scratch.agent(&["log", "y", "--provision", "--follow"]).ok().prints(&["in vain"]);
    assert_eq!(scratch.row("y")["provision"], json!({ "state": "failed", "failed": "setup" }));
    assert!(scratch.agent(&["list"]).ok().out.contains("unready"));
}

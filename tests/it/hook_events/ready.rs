//! A session begins in a worktree that is not ready: it is completed, and the session is told what is not there yet.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{claude, command, event_json, feed};
use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::{put, text};

/// A repository with an ignored `.env` that comes along.
fn project() -> Scratch {
    let scratch = Scratch::project();
    scratch.write(".gitignore", ".env\nmade\n/.claude/\n");
    scratch.write(".worktreeinclude", ".env\n");
    scratch.commit("ignore");
    scratch.write(".env", "SECRET=1\n");
    scratch.config("agent.base", "head");
    scratch
}

/// A worktree that git-agent has no part in.
fn foreign(scratch: &Scratch, name: &str) -> PathBuf {
    let path = scratch.beside(name);
    scratch.git(&["worktree", "add", "--quiet", "-b", name, path.to_str().expect("plain")]);
    path
}

fn start(scratch: &Scratch, folder: &Path, source: &str) -> Run {
    claude(scratch, folder, "SessionStart", &json!({ "source": source })).ok()
}

/// What the model is told.
#[track_caller]
fn told(run: &Run) -> String {
    run.json()["hookSpecificOutput"]["additionalContext"].as_str().expect("a text").to_owned()
}

#[test]
fn what_somebody_else_made_gets_its_files_before_the_session_goes_on() {
    let scratch = project();
    scratch.config("agent-port.web.base", "24100");
    let mine = foreign(&scratch, "mine");
    let run = start(&scratch, &mine, "startup");
    assert_eq!(text(&mine.join(".env")), "SECRET=1\n");
    assert!(!told(&run).contains("provision"), "{}", run.out);
    assert_eq!(scratch.row("mine")["provision"], json!({ "state": "done", "failed": null }));
    // What was deleted since was deleted on purpose, perhaps.
    std::fs::remove_file(mine.join(".env")).expect("it is there");
    start(&scratch, &mine, "startup");
    assert!(!mine.join(".env").exists());
}

#[test]
fn what_takes_long_goes_on_while_the_session_works() {
    let scratch = project();
    let gate = scratch.beside("gate");
    let wait = format!("while [ ! -e '{}' ]; do sleep 0.02; done; echo over >>made", gate.display());
    scratch.config("agent.setup", &wait);
    let mine = foreign(&scratch, "mine");
    for source in ["startup", "resume"] {
        let text = told(&start(&scratch, &mine, source));
        assert!(text.contains("still being set up") && text.contains("git agent log mine --provision"), "{text}");
    }
    put(&gate, "");
    scratch.agent(&["log", "mine", "--provision", "--follow"]).ok();
    assert_eq!(scratch.row("mine")["provision"]["state"], "done");
    assert_eq!(text(&mine.join("made")), "over\n", "once, although two sessions began");
    assert!(!told(&start(&scratch, &mine, "startup")).contains("provision"));
}

#[test]
fn what_failed_is_tried_again_by_the_next_session() {
    let scratch = project();
    scratch.config("agent.setup", "echo try >>made; test -e fine");
    let mine = foreign(&scratch, "mine");
    let text_of = |source: &str| told(&start(&scratch, &mine, source));
    let failed = text_of("startup");
    assert!(failed.contains("the step 'setup' failed") && failed.contains("git agent provision mine"), "{failed}");
    // In the middle of its work it is left alone.
    assert!(text_of("compact").contains("the step 'setup' failed"));
    assert_eq!(text(&mine.join("made")), "try\n");
    put(&mine.join("fine"), "");
    assert!(!text_of("startup").contains("provision"));
    assert_eq!(scratch.row("mine")["provision"]["state"], "done");
}

#[test]
fn what_was_interrupted_goes_on() {
    let scratch = project();
    let mine = foreign(&scratch, "mine");
    start(&scratch, &mine, "startup");
    let record = scratch.git_in(&mine, &["rev-parse", "--absolute-git-dir"]) + "/agent-provision.json";
    let before = text(Path::new(&record));
    std::fs::remove_file(mine.join(".env")).expect("it is there");
    let pid = before.split("\"pid\":").nth(1).and_then(|rest| rest.split([',', '}']).next()).expect("a process");
    let killed = before.replace("\"state\":\"done\"", "\"state\":\"running\"");
    put(Path::new(&record), killed.replace(&format!("\"pid\":{pid}"), "\"pid\":3999999999"));
    start(&scratch, &mine, "startup");
    assert_eq!(text(&mine.join(".env")), "SECRET=1\n");
    assert_eq!(scratch.row("mine")["provision"]["state"], "done");
}

#[test]
fn what_was_left_out_comes_with_the_trust() {
    let scratch = project();
    scratch.write(".gitagent", "[agent]\n\tsetup = echo up >made\n");
    let mine = foreign(&scratch, "mine");
    start(&scratch, &mine, "startup");
    start(&scratch, &mine, "startup");
    assert!(!mine.join("made").exists(), "nobody has trusted it");
    scratch.agent(&["trust", "--yes"]).ok();
    start(&scratch, &mine, "startup");
    assert_eq!(text(&mine.join("made")), "up\n");
    // A setting that came later is a step of its own.
    scratch.config("agent-port.web.base", "24100");
    start(&scratch, &mine, "startup");
    let steps = scratch.agent(&["provision", "mine", "--json"]).ok().json()["steps"].clone();
    assert!(steps.as_array().expect("steps").iter().any(|step| step["step"] == "ports"), "{steps}");
}

#[test]
fn every_client_completes_its_worktree() {
    let scratch = project();
    for (host, event) in [("codex", "SessionStart"), ("gemini", "SessionStart"), ("copilot", "sessionStart")] {
        let mine = foreign(&scratch, host);
        let input = event_json("s", &mine, event, &json!({ "source": "startup" }));
        feed(&mut command(&scratch, &mine, &[host, event]), &input).ok();
        assert_eq!(text(&mine.join(".env")), "SECRET=1\n", "{host}");
    }
}

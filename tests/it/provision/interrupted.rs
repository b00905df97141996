//! A process that makes a worktree ready is killed: what it had started may go on, and nobody takes the worktree for ready.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::program::{Leash, wait_until};
use crate::support::project::{names, put, put_program, text};
use crate::support::{Scratch, hermetic};

/// A repository whose agents get a `.env`, and a database that is a file beside it.
fn project() -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env\nmade*\n/.claude/\n");
    scratch.write(".worktreeinclude", ".env\n");
    scratch.commit("ignore");
    scratch.write(".env", "SECRET=1\n");
    let server = scratch.beside("server");
    std::fs::create_dir(&server).expect("a folder");
    let at = server.to_str().expect("plain");
    scratch.config("agent-db.provider", "command");
    scratch.config("agent-db.create", &format!("touch {at}/{{db.name}}"));
    scratch.config("agent-db.drop", &format!("rm -f {at}/{{db.name}}"));
    scratch
}

/// Starts `git-agent`, waits for a file to appear, and kills that one process.
fn kill_when_there(scratch: &Scratch, args: &[&str], sign: &Path) {
    let mut command = scratch.program(&scratch.root(), args);
    hermetic(&mut command, scratch.home()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Leash(command.spawn().expect("it starts"));
    wait_until("the sign is there", || sign.exists());
    child.0.kill().expect("it runs");
    child.0.wait().expect("it ends");
}

fn readiness(scratch: &Scratch, name: &str) -> String {
    scratch.row(name)["provision"]["state"].as_str().unwrap_or("nothing").to_owned()
}

#[test]
fn what_a_killed_run_has_started_ends_before_it_is_started_again() {
    let scratch = project();
    let (sign, gate) = (scratch.beside("sign"), scratch.beside("gate"));
    let (sign_text, gate_text) = (sign.to_str().expect("plain"), gate.to_str().expect("plain"));
    scratch.config(
        "agent.setup",
        &format!(
            "echo begin >>made; touch '{sign_text}'; while [ ! -e '{gate_text}' ]; do sleep 0.02; done; echo end >>made"
        ),
    );
    kill_when_there(&scratch, &["spawn", "x"], &sign);
    let run = scratch.agent(&["provision", "x"]).fails(3);
    run.says(&["what it had started goes on", "sh (process ", "git agent provision x"]);
    assert_eq!(readiness(&scratch, "x"), "interrupted");
    put(&gate, "");
    let made = scratch.tree("x").join("made");
    wait_until("the orphan has ended", || text(&made) == "begin\nend\n");
    wait_until("nobody is at it", || scratch.agent(&["provision", "x"]).code == 0);
    assert_eq!(text(&made), "begin\nend\nbegin\nend\n", "one behind the other");
    assert_eq!(readiness(&scratch, "x"), "done");
    assert_eq!(names(&scratch.root().join(".git/agent/ops")), Vec::<String>::new());
}

#[test]
fn a_spawn_that_is_killed_before_it_made_anything_ready_is_known() {
    let scratch = project();
    let sign = scratch.beside("sign");
    let hook = scratch.root().join(".git/hooks/post-checkout");
    put_program(&hook, &format!("#!/bin/sh\ntouch '{}'\nsleep 1\n", sign.display()));
    kill_when_there(&scratch, &["spawn", "x"], &sign);
    std::fs::remove_file(&hook).expect("it is there");
    wait_until("the hook has ended", || {
        let run = scratch.agent(&["list"]).ok();
        run.err.contains("git agent provision x") || names(&scratch.root().join(".git/agent/ops")).is_empty()
    });
    assert_eq!(readiness(&scratch, "x"), "interrupted");
    assert!(scratch.agent(&["list"]).ok().out.contains("unready"));
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(text(&scratch.tree("x").join(".env")), "SECRET=1\n");
    assert_eq!(readiness(&scratch, "x"), "done");
}

#[test]
fn of_several_none_is_forgotten() {
    for waits in ["true", "false"] {
        let scratch = project();
        let sign = scratch.beside("sign");
        scratch.config("agent.setupWait", waits);
        scratch.config("agent.setup", "echo up >made");
        // The first database kills its own maker.
        let (sign_text, server) = (sign.display(), scratch.beside("server"));
        let create = format!("sh -c 'mkdir {sign_text} && kill -9 $PPID; touch $0' {}/{{db.name}}", server.display());
        scratch.config("agent-db.create", &create);
        scratch.agent(&["spawn", "x", "-n", "4"]);
        assert!(sign.exists());
        let rows = scratch.rows();
        assert_eq!(rows.len(), 4);
        for row in rows {
            let name = row["name"].as_str().expect("a name");
            let place = Path::new(row["path"].as_str().expect("a path"));
            let state = row["provision"]["state"].as_str().unwrap_or("nothing").to_owned();
            assert!(state != "nothing", "{name}: setupWait={waits}");
            assert!(state != "done" || place.join("made").exists(), "{name}: {state}, setupWait={waits}");
            wait_until("nobody is at it", || scratch.agent(&["provision", name]).code == 0);
            assert_eq!(text(&place.join("made")), "up\n", "{name}");
            assert_eq!(text(&place.join(".env")), "SECRET=1\n", "{name}");
        }
    }
}

#[test]
fn who_waits_for_another_run_goes_on_from_where_that_has_come() {
    let scratch = project();
    scratch.agent(&["spawn", "x"]).ok();
    scratch.config("agent.setup", "echo up >>made; sleep 0.3");
    let start = || {
        let mut command = scratch.program(&scratch.root(), &["provision", "--quiet", "--in-background", "long", "x"]);
        hermetic(&mut command, scratch.home()).stdin(Stdio::null()).spawn().expect("it starts")
    };
    let mut both = [start(), start()];
    both.iter_mut().for_each(|child| assert!(child.wait().expect("it ends").success()));
    assert_eq!(text(&scratch.tree("x").join("made")), "up\n");
}

#[test]
fn a_record_that_cannot_be_read_takes_no_database_away() {
    let scratch = project();
    let server = scratch.beside("server");
    scratch.spawn("x");
    let record = scratch.admin("x").join("agent-provision.json");
    let token = scratch.admin("x").join("agent-token");
    for damage in ["{", ""] {
        put(&record, damage);
        scratch.agent(&["gc"]).ok();
        assert_eq!(names(&server).len(), 1, "{damage:?}");
    }
    std::fs::remove_file(&record).expect("it is there");
    scratch.agent(&["provision", "x"]).ok();
    scratch.agent(&["gc"]).ok();
    assert_eq!(names(&server).len(), 1);
    put(&token, "");
    scratch.agent(&["gc"]).ok().prints(&["left the database of 'x'", "agent-token is damaged"]);
    assert_eq!(names(&server).len(), 1);
    std::fs::remove_file(&token).expect("it is there");
    scratch.agent(&["rm", "x", "--force"]).ok();
    put(
        &scratch
            .root()
            .join(".git/agent/trash")
            .join(&names(&scratch.root().join(".git/agent/trash"))[0])
            .join("admin/agent-provision.json"),
        "",
    );
    scratch.agent(&["gc"]).ok().prints(&["left the database of 'x'"]);
    assert_eq!(names(&server).len(), 1);
}

#[test]
fn a_backup_drops_nothing_of_a_repository_that_has_moved() {
    let scratch = project();
    let server = scratch.beside("server");
    let place = scratch.spawn("x");
    let (backup, moved) = (scratch.beside("backup"), scratch.beside("moved"));
    assert!(Command::new("cp").arg("-a").args([&scratch.root(), &backup]).status().expect("cp starts").success());
    std::fs::rename(scratch.root(), &moved).expect("it can be moved");
    let inside = place.strip_prefix(scratch.root()).expect("it is inside");
    scratch.git_in(&moved, &["worktree", "repair", moved.join(inside).to_str().expect("plain")]);
    scratch.git_in(&backup, &["worktree", "prune", "--expire", "now"]);
    scratch.agent_in(&backup, &["gc"]).ok().prints(&["left the database of 'x'", "of which this may be a copy"]);
    assert_eq!(names(&server).len(), 1);
    // The repository itself knows it wherever it is.
    scratch.git_in(&moved, &["worktree", "remove", "--force", moved.join(inside).to_str().expect("plain")]);
    scratch.agent_in(&moved, &["gc"]).ok().prints(&["dropped the database of 'x'"]);
    assert_eq!(names(&server), Vec::<String>::new());
}

#[test]
fn what_was_written_into_a_deleted_worktree_is_collected() {
    let scratch = project();
    let server = scratch.beside("server");
    let place = scratch.spawn("x");
    let admin = scratch.admin("x");
    let record = text(&admin.join("agent-provision.json"));
    scratch.git(&["worktree", "remove", "--force", place.to_str().expect("plain")]);
    // As a run that was in the middle of it leaves it.
    put(&admin.join("agent-provision.json"), record);
    scratch.agent(&["gc"]).ok().prints(&["dropped the database of 'x'"]);
    assert!(!admin.exists());
    assert_eq!(names(&server), Vec::<String>::new());
}

#[test]
fn the_background_tells_of_trust_before_it_begins() {
    let scratch = project();
    scratch.write(".gitagent", "[agent]\n\tsetup = echo up >made\n");
    scratch.config("agent.setupWait", "false");
    let run = scratch.agent(&["spawn", "x", "--json"]).ok();
    let warnings = run.json()["warnings"].to_string();
    assert!(warnings.contains("git agent trust && git agent provision x"), "{warnings}");
    scratch.agent(&["log", "x", "--provision", "--follow"]);
    scratch.agent(&["trust", "--yes"]).ok();
    wait_until("nobody is at it", || scratch.agent(&["provision", "x"]).code == 0);
    assert_eq!(text(&scratch.tree("x").join("made")), "up\n");
    let quiet = scratch.agent(&["spawn", "y", "--json"]).ok().json()["warnings"].clone();
    assert_eq!(quiet, json!([]));
}

#[test]
fn of_several_removals_a_failing_teardown_keeps_its_own_agent_only() {
    let scratch = project();
    scratch.config("agent.reproducible", "made");
    scratch.config("agent.setup", "echo up >made");
    scratch.config("agent.teardown", "rm made");
    scratch.git(&["config", "--add", "agent.teardown", "test \"$GIT_AGENT\" != y"]);
    for name in ["x", "y", "z"] {
        scratch.spawn(name);
    }
    let run = scratch.agent(&["rm", "x", "y", "z"]).fails(1);
    run.clone().says(&["'y' stays, and is to be set up again", "git agent provision y", "git agent rm --force y"]);
    run.prints(&["removed 'x'", "removed 'z'"]);
    assert_eq!(scratch.rows().len(), 1);
    assert_eq!(readiness(&scratch, "y"), "interrupted");
    scratch.agent(&["provision", "y"]).ok();
    assert_eq!(text(&scratch.tree("y").join("made")), "up\n");
}

//! Kill -9 while a Postgres server makes a database: none is left that is on no record.

use super::postgres::name;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::server::{Server, program, project, started, with_path};
use crate::kills::{Victim, killed_after};
use crate::support::dice::Dice;
use crate::support::program::{Leash, wait_until};
use crate::support::project::{names, put_program};
use crate::support::{Scratch, hermetic};

#[test]
fn a_kill_between_making_and_marking_leaks_nothing() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let bin = scratch.beside("bin");
    let real = String::from_utf8(std::process::Command::new("which").arg("psql").output().expect("it starts").stdout);
    let real = real.expect("plain").trim().to_owned();
    std::fs::create_dir(&bin).expect("it can be made");
    let script = format!(
        "#!/bin/sh\ntext=$(cat)\ncase $text in *'CREATE DATABASE'*)\n  printf '%s\\n' \"$text\" | grep '^CREATE' | '{real}' \"$@\"\n  \
         kill -9 $PPID; exit 1;;\nesac\nprintf '%s\\n' \"$text\" | exec '{real}' \"$@\"\n"
    );
    put_program(&bin.join("psql"), &script);
    let run = with_path(&scratch, &bin, &["spawn", "x"]);
    assert_eq!(run.code, 137, "{}", run.err);
    assert_eq!(server.databases().len(), 2);
    // Completed by whoever comes next.
    scratch.agent(&["db", "x", "create"]).ok();
    let name = name(&scratch, "x");
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2");
    scratch.agent(&["db", "x", "drop"]).ok();
    // Or dropped with the worktree, even if git alone removes that.
    let run = with_path(&scratch, &bin, &["db", "x", "create"]);
    assert_eq!(run.code, 137, "{}", run.err);
    assert_eq!(server.databases().len(), 2);
    scratch.git(&["worktree", "remove", "--force", scratch.tree("x").to_str().expect("plain")]);
    scratch.agent(&["gc"]).ok();
    assert_eq!(server.databases(), ["app"]);
}

/// Kills a command while the server makes the database for it: a lock on the source holds the statement up until the
/// session that is returned ends. Also returns the number of the server's process that goes on.
fn killed_while_it_is_made(scratch: &Scratch, server: &Server, args: &[&str]) -> (Leash, String) {
    let mut session = server.psql("postgres");
    session.args(["-c", "BEGIN; COMMENT ON DATABASE app IS 'held'; SELECT pg_sleep(600)"]).stdout(Stdio::null());
    let session = Leash(session.spawn().expect("it starts"));
    wait_until("the source is held", || {
        server.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
    });
    let mut program = scratch.program(&scratch.root(), args);
    let program = hermetic(&mut program, scratch.home()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut program = Leash(program.spawn().expect("it starts"));
    let making = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'";
    wait_until("the server makes it", || !server.sql("postgres", making).is_empty());
    program.0.kill().expect("it runs");
    program.0.wait().expect("it ends");
    (session, server.sql("postgres", making))
}

#[test]
fn a_kill_while_the_server_makes_it_leaks_nothing() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let (session, _) = killed_while_it_is_made(&scratch, &server, &["spawn", "x"]);
    scratch.agent(&["list"]).ok();
    scratch.git(&["worktree", "remove", "--force", scratch.tree("x").to_str().expect("plain")]);
    scratch.agent(&["gc"]).ok().prints(&["dropped the database of 'x'"]);
    let makers = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'git-agent-%'";
    assert_eq!(server.sql("postgres", makers), "0");
    // Nothing holds it up any more: if it were still running it would end now.
    server.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    drop(session);
    wait_until("the source is free", || server.try_sql("postgres", "COMMENT ON DATABASE app IS NULL").code == 0);
    assert_eq!(server.databases(), ["app"]);
}

#[test]
fn after_a_kill_while_the_server_makes_it_provision_goes_on() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let (session, orphan) = killed_while_it_is_made(&scratch, &server, &["spawn", "x"]);
    let mut program = scratch.program(&scratch.root(), &["provision", "x"]);
    let mut program = Leash(hermetic(&mut program, scratch.home()).spawn().expect("it starts"));
    wait_until("the statement is ended", || {
        server.sql("postgres", &format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {orphan}")) == "0"
    });
    // A client that is killed leaves its statement running until the server notices.
    server.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    drop(session);
    assert!(program.0.wait().expect("it ends").success());
    let name = name(&scratch, "x");
    assert_eq!(server.databases(), ["app", name.as_str()]);
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2");
}

/// A psql that says when it is about to make a database, and takes its time before it does.
fn slow_psql(scratch: &Scratch, seconds: &str) -> (PathBuf, PathBuf) {
    let (bin, begun) = (scratch.beside("slow"), scratch.beside("begun"));
    std::fs::create_dir(&bin).expect("it can be made");
    let script = format!(
        "#!/bin/sh\ntext=$(cat)\ncase $text in *'CREATE DATABASE'*) touch '{}'; sleep {seconds};; esac\n\
         printf '%s\\n' \"$text\" | PATH=${{PATH#*:}} psql \"$@\"\n",
        begun.display()
    );
    put_program(&bin.join("psql"), &script);
    (bin, begun)
}

/// Starts a command and kills it, and nothing of what it started, when `begun` is there.
fn killed_when(scratch: &Scratch, bin: &Path, begun: &Path, args: &[&str]) {
    let mut program = started(scratch, bin, args);
    wait_until("it is begun", || begun.exists());
    program.0.kill().expect("it runs");
    program.0.wait().expect("it ends");
    std::fs::remove_file(begun).expect("it is there");
}

#[test]
fn what_a_killed_command_has_left_running_is_waited_for() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let (bin, begun) = slow_psql(&scratch, "1");
    killed_when(&scratch, &bin, &begun, &["spawn", "x"]);
    assert_eq!(server.databases(), ["app"]);
    scratch.agent(&["db", "x", "drop"]).ok();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.databases(), ["app"]);
    killed_when(&scratch, &bin, &begun, &["db", "x", "create"]);
    scratch.agent(&["db", "x", "create"]).ok();
    let name = name(&scratch, "x");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.databases(), ["app", name.as_str()]);
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2");
    scratch.agent(&["db", "x", "drop"]).ok();
    // And where git alone removes the worktree, while it is made and after that.
    let mut living = started(&scratch, &bin, &["db", "x", "create"]);
    wait_until("it is begun", || begun.exists());
    scratch.git(&["worktree", "remove", "--force", scratch.tree("x").to_str().expect("plain")]);
    scratch.agent(&["gc"]).ok().prints(&["left the database of 'x'", "at work"]);
    living.0.wait().expect("it ends");
    scratch.agent(&["gc"]).ok();
    assert_eq!(server.databases(), ["app"]);
}

#[test]
fn kills_at_random_moments_while_psql_is_slow() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let (bin, _) = slow_psql(&scratch, "0.2");
    let mut dice = Dice::new(7);
    let runs = std::env::var("GIT_AGENT_TEST_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(12);
    for number in 0..runs {
        let tree = scratch.tree("x");
        if !tree.exists() {
            scratch.git(&["worktree", "add", "-q", tree.to_str().expect("plain"), "-b", "x"]);
        }
        let verb = dice.pick(&["create", "reset"]);
        if verb == "reset" {
            scratch.agent(&["db", "x", "create"]).ok();
        }
        let delay = Duration::from_millis(u64::try_from(dice.roll(900)).unwrap_or_default());
        let victim = dice.pick(&[Victim::Process, Victim::Group]);
        let what = format!("run {number}: {verb}, {victim:?} after {delay:?}");
        let mut program = program(&scratch, &bin, &["db", "x", verb]);
        if victim == Victim::Group {
            killed_after(&mut program, delay, victim);
        } else {
            // What it has left running goes on.
            let mut program = Leash(program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"));
            std::thread::sleep(delay);
            // It may have ended before: that is one of the moments.
            let _ = program.0.kill();
            program.0.wait().expect("it ends");
        }
        match dice.roll(3) {
            0 => drop(scratch.agent(&["db", "x", "drop"]).ok()),
            1 => {
                scratch.agent(&["db", "x", "create"]).ok();
                let name = name(&scratch, "x");
                std::thread::sleep(Duration::from_millis(300));
                assert_eq!(server.databases(), ["app", name.as_str()], "{what}");
                assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2", "{what}");
                scratch.agent(&["db", "x", "drop"]).ok();
            }
            _ => {
                scratch.git(&["worktree", "remove", "--force", tree.to_str().expect("plain")]);
                scratch.git(&["branch", "-D", "x"]);
                wait_until("all is collected", || !scratch.agent(&["gc"]).ok().out.contains("left the database"));
            }
        }
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(server.databases(), ["app"], "{what}");
    }
    scratch.agent(&["gc"]).ok();
    let lists = names(&scratch.root().join(".git/agent/made"));
    assert!(lists.iter().all(|name| !name.ends_with("json")), "{lists:?}");
}

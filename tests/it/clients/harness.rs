//! The harness itself: what its claims rest on.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::place::{self, Client, offline};
use super::script::{Script, Speaker, bash, react, say};
use super::world::World;
use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::put_program;
use serde_json::json;

#[test]
fn nothing_but_loopback_can_be_reached() {
    offline(None, || {
        let world = World::new(Script::default());
        let own: SocketAddr = world.model.url().trim_start_matches("http://").parse().unwrap();
        TcpStream::connect(own).expect("the model is there");
        // An address of the documentation's own range, and a resolver of names.
        for other in ["192.0.2.1:80", "1.1.1.1:53", "[2001:db8::1]:80"] {
            let reached = TcpStream::connect_timeout(&other.parse().unwrap(), Duration::from_secs(5));
            let kind = reached.expect_err("there is no way out").kind();
            assert_eq!(kind, std::io::ErrorKind::NetworkUnreachable, "{other}");
        }
    });
}

#[test]
fn a_script_has_no_memory() {
    let script = Script::new([say("one").into(), react(|told| say(&format!("after {told}")))])
        .agent("look around", [bash("ls")]);
    let user = |text: &str| json!({ "role": "user", "content": text });
    let model = json!({ "role": "assistant", "content": "one" });
    for _ in 0..2 {
        let (speaker, turn) = script.answer(&[user("go")], true, false);
        assert_eq!((speaker, turn.text.as_str()), (Speaker::Main, "one"));
        let (_, turn) = script.answer(&[user("go"), model.clone(), user("x")], true, false);
        assert_eq!(turn.text, "after x");
        let (speaker, turn) = script.answer(&[user("please look around")], true, true);
        assert_eq!((speaker, turn.calls.len()), (Speaker::Other("look around".to_owned()), 1));
        assert_eq!(script.answer(&[user("what else")], true, true).1.text, "done");
        assert_eq!(script.answer(&[user("a title")], false, false).0, Speaker::Side);
    }
}

/// The last test here, as a machine runs it whose PATH has this folder alone.
fn guarded_elsewhere(path: &Path, required: bool) -> Run {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["clients::harness::only_with_a_client_and_a_namespace", "--exact", "--include-ignored"]);
    command.env_clear().env("PATH", path);
    command.envs(required.then_some((place::REQUIRED, "1")));
    Run::of(&command.output().expect("it starts"))
}

#[test]
fn what_is_not_run_is_said_in_a_run_that_passes() {
    let scratch = Scratch::empty();
    let (empty, client) = (scratch.beside("empty"), scratch.beside("client"));
    std::fs::create_dir_all(&empty).unwrap();
    put_program(&client.join("claude"), "#!/bin/sh\ntouch \"$0.ran\"\n");
    for (path, why) in [(&empty, "claude is not installed"), (&client, "no network namespace")] {
        let run = guarded_elsewhere(path, false).ok();
        run.says(&["SKIPPED clients::harness::only_with_a_client_and_a_namespace: ", why]);
        let run = guarded_elsewhere(path, true);
        assert!(run.code == 101 && !run.err.contains("SKIPPED"), "{run:?}");
    }
    assert!(!client.join("claude.ran").exists());
}

/// Starts the client, wherever it runs at all.
#[test]
#[ignore = "run by the one above"]
fn only_with_a_client_and_a_namespace() {
    offline(Some(Client::Claude), || {
        Command::new(Client::Claude.find().unwrap()).status().unwrap();
    });
}

//! `git agent statusline`

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::put;

fn line(scratch: &Scratch, dir: &Path, input: &str) -> Run {
    let mut command = scratch.program(dir, &["statusline"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    Run::of(&child.wait_with_output().expect("it ends"))
}

/// What is certain, however busy the machine is: the rest is printed only when it was found in time.
fn begins(scratch: &Scratch, dir: &Path, input: &Value, with: &str) {
    let run = line(scratch, dir, &input.to_string()).ok();
    assert!(run.line() == with || run.line().starts_with(&format!("{with} ")), "{}", run.out);
    assert_eq!(run.out.lines().count(), 1);
}

#[test]
fn where_the_session_is() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let (root, dir) = (scratch.root(), path.join("dir"));
    let at = |current: &Path, project: &Path| json!({ "model": {}, "workspace": { "current_dir": current, "project_dir": project } });
    begins(&scratch, &root, &at(&path, &root), "x");
    begins(&scratch, &root, &at(&dir, &dir), "x");
    begins(&scratch, &root, &at(Path::new("/"), &path), "x");
    begins(&scratch, &root, &json!({ "cwd": path }), "x");
    begins(&scratch, &root, &at(&root, &root), "main");
    scratch.git_in(&path, &["switch", "--quiet", "-c", "other"]);
    begins(&scratch, &root, &at(&path, &root), "x (other)");
    scratch.git_in(&path, &["switch", "--quiet", "--detach"]);
    begins(&scratch, &root, &at(&path, &root), &format!("x ({})", &scratch.commit_of("main").unwrap()[..10]));
}

#[test]
fn what_has_changed() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "one", "1\n");
    scratch.colleague_pushes("main", "theirs");
    scratch.git(&["fetch", "--quiet"]);
    put(&path.join("a"), "changed\n");
    put(&path.join("new"), "untracked\n");
    let input = json!({ "cwd": path }).to_string();
    // There is a limit of milliseconds, which a busy machine may miss many times.
    let mut lines = (0..200).map(|_| line(&scratch, &path, &input).ok().line().to_owned());
    assert!(lines.any(|line| line == "x ↑1 ↓1 ~1 ?1"));
}

#[test]
fn sessions_are_counted_in_the_main_checkout() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let admin = scratch.admin("x");
    put(&admin.join("agent-state.json"), json!({ "version": 1, "state": "waiting", "at": 1 }).to_string());
    let run = line(&scratch, &path, &json!({ "cwd": scratch.root() }).to_string()).ok();
    assert_eq!(run.line(), "main 1 waiting");
}

#[test]
fn nothing_where_there_is_nothing_to_say() {
    let scratch = Scratch::project();
    let outside = scratch.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    for input in [
        "",
        "{",
        "null",
        "[1]",
        "{\"cwd\":7}",
        "{\"cwd\":\"/nowhere/at/all\"}",
        "{\"workspace\":{\"current_dir\":\"\"}}",
    ] {
        let run = line(&scratch, &outside, input).ok();
        assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "{input}");
    }
    // Without a word about the folder it is the one that we are started in.
    begins(&scratch, &scratch.root(), &json!({}), "main");
}

#[test]
fn a_client_that_leaves_stdin_open_is_not_waited_for() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    for (input, with) in
        [(json!({ "cwd": path }).to_string(), "x"), ("{\"cwd\":".to_owned(), "main"), (String::new(), "main")]
    {
        let mut command = scratch.program(&scratch.root(), &["statusline"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut open = child.stdin.take().expect("a pipe");
        open.write_all(input.as_bytes()).expect("it reads");
        let run = Run::of(&child.wait_with_output().expect("it ends"));
        drop(open);
        assert!(run.code == 0 && run.line().split(' ').next() == Some(with), "{input}: {}", run.out);
    }
}

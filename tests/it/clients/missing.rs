//! What the plugin does where our program is missing: its script, without a client.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::program::Run;
use crate::support::project::put;
use crate::support::{Scratch, hermetic};

#[track_caller]
fn script(scratch: &Scratch, dir: &Path, event: &str, input: &str) -> String {
    let file = scratch.beside("input.json");
    put(&file, input);
    let mut sh = Command::new("sh");
    sh.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/missing.sh")).arg(event).current_dir(dir);
    hermetic(&mut sh, scratch.home()).stdin(Stdio::from(std::fs::File::open(&file).expect("just written")));
    Run::of(&sh.output().expect("it starts")).ok().line().to_owned()
}

#[test]
fn a_worktree_whose_branch_is_there_and_one_in_a_submodule() {
    let scratch = Scratch::project();
    let make = |dir: &Path| script(&scratch, dir, "worktree-create", r#"{"name": "m1"}"#);
    let path = make(&scratch.root());
    assert_eq!(Path::new(&path), scratch.tree("m1"));
    assert_eq!(make(&scratch.root()), path, "it is there");
    scratch.git(&["worktree", "remove", &path]);
    assert_eq!(make(&scratch.root()), path, "its branch is there");
    assert_eq!(scratch.git_in(Path::new(&path), &["branch", "--show-current"]), "worktree-m1");
    let origin = scratch.origin();
    let origin = origin.to_str().unwrap();
    scratch.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "sub"]);
    let sub = scratch.root().join("sub");
    assert_eq!(Path::new(&make(&sub)), sub.join(".claude/worktrees/m1"));
}

#[test]
fn it_is_said_when_a_session_begins_and_not_later() {
    let scratch = Scratch::project();
    for (source, expected) in [("startup", true), ("resume", true), ("clear", false), ("compact", false)] {
        let input = format!("{{\"hook_event_name\":\"SessionStart\",\"source\":\"{source}\"}}");
        let said = script(&scratch, &scratch.root(), "session-start", &input);
        assert_eq!(said.contains("git-agent is not installed"), expected, "{source}");
    }
}

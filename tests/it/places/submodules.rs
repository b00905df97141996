//! Repositories with submodules, and submodules as repositories.

use std::path::Path;

use crate::support::Scratch;
use crate::support::project::put;
use crate::support::state::State;

pub const ALLOW: [&str; 2] = ["-c", "protocol.file.allow=always"];

/// A repository `name` beside the project.
pub fn library(scratch: &Scratch, name: &str, submodule: Option<&str>) {
    let path = scratch.beside(name);
    std::fs::create_dir(&path).expect("it can be made");
    scratch.git_in(&path, &["init", "--quiet", "--initial-branch=main"]);
    scratch.commit_in(&path, "file", &format!("{name}\n"));
    if let Some(submodule) = submodule {
        add(scratch, &path, submodule);
    }
}

fn add(scratch: &Scratch, dir: &Path, name: &str) {
    let url = scratch.beside(name);
    scratch.git_in(dir, &[&ALLOW[..], &["submodule", "--quiet", "add", url.to_str().expect("Unicode"), name]].concat());
    scratch.git_in(dir, &["commit", "--quiet", "-m", "submodule"]);
}

/// A project with a submodule `sub` that has a submodule `inner`, and one that is not initialised.
pub fn project() -> Scratch {
    let scratch = Scratch::project();
    library(&scratch, "inner", None);
    library(&scratch, "sub", Some("inner"));
    library(&scratch, "unused", None);
    add(&scratch, &scratch.root(), "sub");
    add(&scratch, &scratch.root(), "unused");
    scratch.git(&[&ALLOW[..], &["submodule", "--quiet", "update", "--init", "--recursive", "sub"]].concat());
    scratch.git(&["submodule", "--quiet", "deinit", "--force", "unused"]);
    scratch.git(&["push", "--quiet"]);
    // Offline from here on.
    for name in ["inner", "sub", "unused"] {
        std::fs::rename(scratch.beside(name), scratch.beside(&format!("{name}.away"))).expect("it can be moved");
    }
    scratch
}

#[test]
fn what_is_initialised_in_the_main_checkout_is_initialised_offline() {
    let scratch = project();
    let run = scratch.agent(&["spawn", "x"]).ok().does_not_say("warning");
    let path = scratch.tree("x");
    assert_eq!(run.line(), path.to_str().expect("Unicode"));
    assert_eq!(std::fs::read_to_string(path.join("sub/file")).expect("it is there"), "sub\n");
    assert_eq!(std::fs::read_to_string(path.join("sub/inner/file")).expect("it is there"), "inner\n");
    assert!(!path.join("unused/file").exists());
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    let url = scratch.git_in(&path.join("sub"), &["config", "remote.origin.url"]);
    assert_eq!(url, scratch.beside("sub").to_str().expect("Unicode"), "the URL is the real one, not our copy");
    let status = scratch.git_in(&path, &["submodule", "status", "sub"]);
    assert!(status.starts_with(' '), "{status}");
}

#[test]
fn nested_submodules_are_initialised() {
    let scratch = project();
    let path = scratch.spawn("x");
    let status = scratch.git_in(&path, &["submodule", "status", "--recursive", "sub"]);
    assert!(status.lines().all(|line| line.starts_with(' ')), "{status}");
    let url = scratch.git_in(&path.join("sub/inner"), &["config", "remote.origin.url"]);
    assert_eq!(url, scratch.beside("inner").to_str().expect("Unicode"));
}

#[test]
fn work_in_a_submodule_is_work() {
    type Work = (&'static str, fn(&Scratch, &Path));
    let kinds: [Work; 4] = [
        ("untracked", |_, sub| put(&sub.join("new"), "x\n")),
        ("changed", |_, sub| put(&sub.join("file"), "changed\n")),
        ("committed", |s, sub| drop(s.commit_in(sub, "new", "x\n"))),
        ("changed, one deeper", |_, sub| put(&sub.join("inner/file"), "changed\n")),
    ];
    for (what, work) in kinds {
        let scratch = project();
        let path = scratch.spawn("x");
        work(&scratch, &path.join("sub"));
        let run = scratch.agent(&["rm", "x"]);
        assert_eq!(run.code, 3, "{what}: {}", run.err);
        let (before, sub) = (State::of(&scratch, &path), State::of(&scratch, &path.join("sub")));
        scratch.agent(&["rm", "x", "--force"]).ok();
        scratch.git(&["gc", "--quiet", "--prune=now"]);
        scratch.agent(&["restore", "x"]).ok();
        before.assert_is(&State::of(&scratch, &path), what);
        sub.assert_is(&State::of(&scratch, &path.join("sub")), what);
    }
}

#[test]
fn agents_with_submodules_do_not_share_their_state() {
    let scratch = project();
    let (x, y) = (scratch.spawn("x"), scratch.spawn("y"));
    scratch.commit_in(&x.join("sub"), "new", "x\n");
    assert_eq!(scratch.git_in(&y, &["status", "--porcelain"]), "");
    assert_eq!(scratch.git(&["status", "--porcelain", "sub"]), "");
    scratch.agent(&["rm", "y"]).ok();
    assert_eq!(scratch.git_in(&x, &["status", "--porcelain"]), " M sub");
}

#[test]
fn a_submodule_is_a_repository_with_agents_of_its_own() {
    let scratch = project();
    let sub = scratch.root().join("sub");
    let run = scratch.agent_in(&sub, &["spawn", "x", "--quiet", "--base", "head"]).ok();
    assert_eq!(Path::new(run.line()), sub.join(".claude/worktrees/x"));
    let run = scratch.agent_in(&sub.join(".claude/worktrees/x"), &["spawn", "y", "--quiet", "--base", "head"]).ok();
    assert_eq!(Path::new(run.line()), sub.join(".claude/worktrees/y"));
    scratch.agent_in(&sub, &["rm", "x", "y", "--force"]).ok();
    scratch.agent_in(&sub, &["restore", "x"]).ok();
    assert_eq!(scratch.rows().len(), 0, "the project itself has none");
}

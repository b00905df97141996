//! Files of git LFS: filled without the network, or told.

use std::path::Path;

use crate::support::Scratch;
use crate::support::project::text;
use crate::support::skip::skipped;

/// What a pointer begins with.
const POINTER: &str = "version https://git-lfs";

/// A repository with a large file in a folder of its own that names the filter; `None` where there is no git-lfs.
fn project() -> Option<Scratch> {
    let version = std::process::Command::new("git").args(["lfs", "version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        skipped("there is no git-lfs; apt install git-lfs");
        return None;
    }
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.git(&["lfs", "install", "--local"]);
    scratch.write("media/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    scratch.write("media/big.bin", "large content\n");
    scratch.commit("lfs");
    assert!(scratch.git(&["show", "HEAD:media/big.bin"]).starts_with(POINTER));
    Some(scratch)
}

/// Runs the command behind the last colon of the note.
#[track_caller]
fn follow(scratch: &Scratch, said: &str) {
    let line = said.lines().find(|line| line.contains("files of git LFS")).expect("a note");
    for command in line.rsplit_once(": ").expect("a command").1.split(" && ") {
        let words: Vec<String> = shlex::split(command).expect("words");
        scratch.git_in(&scratch.root(), &words[1..]);
    }
}

fn big(place: &Path) -> String {
    text(&place.join("media/big.bin"))
}

#[test]
fn filled_from_the_common_store_or_told() {
    let Some(scratch) = project() else { return };
    let place = scratch.spawn("x");
    assert_eq!(big(&place), "large content\n", "filled with no remote at all");
    scratch.agent(&["spawn", "z"]).ok().does_not_say("LFS");
    for key in ["process", "smudge", "clean", "required"] {
        scratch.git(&["config", "--unset", &format!("filter.lfs.{key}")]);
    }
    let run = scratch.agent(&["spawn", "y"]).ok();
    let run =
        run.says(&["files of git LFS are pointers, for git is not set up to fill them", "git lfs install && git -C "]);
    assert!(big(&scratch.tree("y")).starts_with(POINTER));
    follow(&scratch, &run.err);
    assert_eq!(big(&scratch.tree("y")), "large content\n");
}

#[test]
fn pointers_that_are_wanted_are_told() {
    type Way = (&'static str, &'static str, fn(&Scratch));
    let ways: [Way; 2] = [
        ("a", "install --skip-smudge", |s| drop(s.git(&["lfs", "install", "--local", "--force", "--skip-smudge"]))),
        ("b", "lfs.fetchexclude", |s| s.config("lfs.fetchexclude", "*")),
    ];
    for (name, said, set) in ways {
        let Some(scratch) = project() else { return };
        set(&scratch);
        let run = scratch.agent(&["spawn", name]).ok().says(&["files of git LFS are pointers, for ", said]);
        assert!(big(&scratch.tree(name)).starts_with(POINTER));
        follow(&scratch, &run.err);
        assert_eq!(big(&scratch.tree(name)), "large content\n", "{said}");
    }
}

#[test]
fn content_that_is_nowhere_leaves_pointers_and_a_worktree() {
    let Some(scratch) = project() else { return };
    let (store, away) = (scratch.root().join(".git/lfs/objects"), scratch.beside("objects"));
    std::fs::rename(&store, &away).expect("it can be moved");
    let run = scratch.agent(&["spawn", "x"]).ok().says(&["files of git LFS are pointers", "was not to be had"]);
    let place = scratch.tree("x");
    assert!(big(&place).starts_with(POINTER));
    assert_eq!(text(&place.join("a")), "alpha\n");
    assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "");
    std::fs::remove_dir_all(&store).ok();
    std::fs::rename(&away, &store).expect("it can be moved");
    follow(&scratch, &run.err);
    assert_eq!(big(&place), "large content\n");
}

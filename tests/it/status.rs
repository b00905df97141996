//! The in-process status against `git status`: every disagreement is a bug.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests write files directly")]

mod converted;
mod linked;
mod random;
mod shapes;
mod staged;
mod tracked;
mod untracked;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use git_agent::git::status::{Counts, Options, Place, Reader, Status, Untracked};

use crate::support::{Scratch, alone};
use By::{Git, Us};

/// Compares our status of the worktree at `root` with git's, in every mode. Returns why git had to be asked, if so.
fn check(scratch: &Scratch, root: &Path, what: &str) -> Option<&'static str> {
    let repo = gix::open(root).unwrap_or_else(|cause| panic!("{what}: {cause}"));
    let place = Place { root, git_dir: repo.git_dir() };
    let mut reader = Reader::new(&repo);
    let mut beyond = None;
    for (untracked, ignored, args) in [
        (Untracked::Normal, false, ["--untracked-files=normal", "--ignored=no"]),
        (Untracked::Normal, true, ["--untracked-files=normal", "--ignored=traditional"]),
        (Untracked::No, false, ["--untracked-files=no", "--ignored=no"]),
        (Untracked::Configured, false, ["--ignored=no", "--no-renames"]),
    ] {
        let theirs = theirs(scratch, root, &args);
        let ours = reader.status(place, Options { untracked, ignored, paths: true });
        let ours = ours.unwrap_or_else(|error| panic!("{what}, {args:?}: {error}"));
        beyond = ours.beyond.or(beyond);
        assert_eq!(Status { beyond: None, ..ours }, theirs, "{what}, {args:?}, asked git: {beyond:?}");
    }
    beyond
}

fn theirs(scratch: &Scratch, root: &Path, args: &[&str]) -> Status {
    // Without locks git cannot refresh the index, which would hide from us what it had to do.
    let base = ["--no-optional-locks", "status", "--porcelain=v2", "-z", "--no-renames"];
    let output = scratch.try_git_in(root, &[&base, args].concat());
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    let mut status = Status::default();
    let Counts { staged, changed, untracked, conflicted } = &mut status.counts;
    for record in output.stdout.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        match record[0] {
            b'1' => {
                *staged += u32::from(record[2] != b'.');
                *changed += u32::from(record[3] != b'.');
            }
            b'u' => *conflicted += 1,
            b'?' => {
                *untracked += 1;
                status.untracked.push(record[2..].into());
            }
            b'!' => status.ignored.push(record[2..].into()),
            _ => panic!("{}", String::from_utf8_lossy(record)),
        }
    }
    status.untracked.sort();
    status.ignored.sort();
    status
}

/// Who must be able to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Us,
    Git,
}

type Situation = (&'static str, By, fn(&Scratch));

/// A commit with files, folders, a program and a link, and an index that is older than nothing.
fn base(options: &[&str]) -> Scratch {
    let scratch = Scratch::with(options);
    for (path, text) in [
        ("a", "alpha\n"),
        ("b", "beta\n"),
        ("dir/c", "gamma\n"),
        ("dir/sub/d", "delta\n"),
        ("dir-x", "between dir and dir/\n"),
        ("dir.y", "too\n"),
        ("empty", ""),
        ("run", "#!/bin/sh\n"),
        ("x/y z/e", "epsilon\n"),
    ] {
        scratch.write(path, text);
    }
    mode(&scratch, "run", 0o755);
    symlink("a", scratch.root().join("link")).expect("a link can be made");
    scratch.commit("base");
    scratch
}

fn mode(scratch: &Scratch, path: &str, mode: u32) {
    let path = scratch.root().join(path);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode can be set");
}

/// Makes the index a while newer than every file, as after a day's work.
fn settle(scratch: &Scratch) {
    for path in scratch.git(&["ls-files"]).lines() {
        if scratch.root().join(path).symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            scratch.age(path, 3600);
        }
    }
    scratch.git(&["update-index", "-q", "--refresh"]);
}

fn run(name: &str, table: &[Situation], options: &[&str]) {
    alone(name, || {
        for (what, by, prepare) in table {
            let scratch = base(options);
            prepare(&scratch);
            let beyond = check(&scratch, &scratch.root(), what);
            assert_eq!(if beyond.is_some() { Git } else { Us }, *by, "{what}: {beyond:?}");
        }
    });
}

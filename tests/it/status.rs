//! The in-process status against `git status`: every disagreement is a bug.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests write files directly")]

mod random;
mod situations;

use std::path::Path;

use git_agent::git::status::{Counts, Options, Place, Reader, Status, Untracked};

use crate::support::Scratch;

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

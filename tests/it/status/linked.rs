//! Linked worktrees, and repositories at their beginning.

use std::path::{Path, PathBuf};

use git_agent::git::status::{Options, Place, Reader, Status};

use super::{base, check, theirs};
use crate::support::{Scratch, alone};

#[test]
fn a_repository_without_commits() {
    alone("status::linked::a_repository_without_commits", || {
        let scratch = Scratch::new();
        assert_eq!(check(&scratch, &scratch.root(), "nothing"), None);
        scratch.write("a", "x");
        scratch.write("b/c", "x");
        assert_eq!(check(&scratch, &scratch.root(), "untracked"), None);
        scratch.git(&["add", "."]);
        scratch.write("a", "y");
        assert_eq!(check(&scratch, &scratch.root(), "staged"), None);
    });
}

#[test]
fn linked_worktrees() {
    alone("status::linked::linked_worktrees", || {
        let scratch = base(&[]);
        scratch.write(".git/info/exclude", "*.o\n");
        let linked = scratch.beside("linked");
        scratch.git(&["worktree", "add", "--quiet", linked.to_str().expect("a plain path")]);
        let write = |path: &str, text: &str| std::fs::write(linked.join(path), text).expect("it can be written");
        assert_eq!(check(&scratch, &linked, "fresh"), None);
        write("a", "edited");
        write("new.o", "x");
        write("new", "x");
        assert_eq!(check(&scratch, &linked, "dirty"), None);
        scratch.git_in(&linked, &["add", "a"]);
        scratch.git_in(&linked, &["commit", "--quiet", "-m", "own"]);
        scratch.git(&["pack-refs", "--all"]);
        write("b", "staged");
        scratch.git_in(&linked, &["add", "b"]);
        assert_eq!(check(&scratch, &linked, "packed"), None);
        scratch.git_in(&linked, &["checkout", "--quiet", "--detach"]);
        assert_eq!(check(&scratch, &linked, "detached"), None);
    });
}

fn add_worktree(scratch: &Scratch, name: &str) -> (PathBuf, PathBuf) {
    let root = scratch.beside(name);
    scratch.git(&["worktree", "add", "--quiet", root.to_str().expect("a plain path")]);
    (root, scratch.root().join(".git/worktrees").join(name))
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("it can be written");
}

/// Compares what one reader says of all `places` with what git says of each.
fn check_together(scratch: &Scratch, places: &[(PathBuf, PathBuf)], beyond: Option<&str>) {
    let repo = gix::open(scratch.root()).expect("it can be opened");
    let mut reader = Reader::new(&repo);
    for (root, git_dir) in places {
        let options = Options { ignored: true, paths: true, ..Options::default() };
        let ours = reader.status(Place { root, git_dir }, options).expect("there is a worktree");
        assert_eq!(ours.beyond, beyond, "{}", root.display());
        let theirs = theirs(scratch, root, &["--untracked-files=normal", "--ignored=traditional"]);
        assert_eq!(Status { beyond: None, ..ours }, theirs, "{}", root.display());
    }
}

#[test]
fn one_reader_for_many_worktrees() {
    alone("status::linked::one_reader_for_many_worktrees", || {
        let scratch = base(&[]);
        write(&scratch.root().join(".git/info/exclude"), "*.o\n");
        let places: Vec<_> = (0..4).map(|at| add_worktree(&scratch, &format!("linked{at}"))).collect();
        write(&places[0].0.join("a"), "edited");
        write(&places[1].0.join("new.o"), "x");
        write(&places[1].0.join(".gitignore"), "!*.o\n");
        write(&places[2].0.join("dir/new.o"), "x");
        scratch.git_in(&places[3].0, &["rm", "--quiet", "-r", "dir"]);
        scratch.git_in(&places[3].0, &["commit", "--quiet", "-m", "own"]);
        write(&places[3].0.join("b"), "edited");
        let main = (scratch.root(), scratch.root().join(".git"));
        check_together(&scratch, &[&places[..], &[main]].concat(), None);
    });
}

#[test]
fn settings_of_one_worktree() {
    alone("status::linked::settings_of_one_worktree", || {
        let scratch = base(&[]);
        let places: Vec<_> = (0..2).map(|at| add_worktree(&scratch, &format!("linked{at}"))).collect();
        for (root, _) in &places {
            write(&root.join("a.o"), "x");
            write(&root.join("a.x"), "x");
        }
        write(&scratch.beside("rules"), "*.o\n");
        write(&scratch.beside("other-rules"), "*.x\n");
        let rules = scratch.beside("rules");
        scratch.config("extensions.worktreeConfig", "true");
        scratch.git_in(&places[0].0, &["config", "--worktree", "core.excludesFile", rules.to_str().expect("plain")]);
        check_together(&scratch, &places, None);

        scratch.config("extensions.worktreeConfig", "false");
        let other_rules = scratch.beside("other-rules");
        let text = format!("[core]\n\texcludesFile = {}\n", other_rules.display());
        write(&scratch.root().join(".git/included"), "[push]\n\tdefault = current\n");
        scratch.config("includeIf.gitdir:**/worktrees/linked1.path", "included");
        check_together(&scratch, &places, None);
        write(&scratch.root().join(".git/included"), &text);
        check_together(&scratch, &places, Some("settings depend on the worktree's path"));
    });
}

#[test]
fn a_worktree_that_is_gone() {
    alone("status::linked::a_worktree_that_is_gone", || {
        let scratch = base(&[]);
        let (root, git_dir) = add_worktree(&scratch, "linked");
        std::fs::remove_dir_all(&root).expect("it can be removed");
        let repo = gix::open(scratch.root()).expect("it can be opened");
        let status = Reader::new(&repo).status(Place { root: &root, git_dir: &git_dir }, Options::default());
        assert!(status.is_err());
    });
}

//! Many at once: our own processes, and other writers that know nothing of our locks.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::names;

const SPAWNS: usize = 32;

/// Starts the command for each name at the same time and waits for all.
fn all_at_once(scratch: &Scratch, args: &dyn Fn(usize) -> Vec<String>) -> Vec<Run> {
    let start = |number| -> Child {
        let mut command = scratch.program(&scratch.root(), &args(number));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("it starts")
    };
    let children: Vec<Child> = (0..SPAWNS).map(start).collect();
    children.into_iter().map(|child| Run::of(&child.wait_with_output().expect("it ends"))).collect()
}

/// What other people's git does meanwhile. Whether one of these works does not matter, only what it does to us.
fn other_writers(scratch: &Scratch, done: &AtomicBool, prune: bool) {
    let forever = |work: &(dyn Fn(usize) + Sync)| {
        let mut number = 0;
        while !done.load(Ordering::Relaxed) {
            work(number);
            number += 1;
        }
    };
    let git = |args: &[&str]| drop(scratch.try_git_in(&scratch.root(), args));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            forever(&|number| {
                git(&["config", "test.key", &number.to_string()]);
                git(&["branch", "--quiet", "tmp", "main"]);
                git(&["branch", "--quiet", "--set-upstream-to=origin/main", "tmp"]);
                git(&["branch", "--quiet", "-D", "tmp"]);
                git(&["commit", "--quiet", "--allow-empty", "-m", "meanwhile"]);
            });
        });
        scope.spawn(|| {
            forever(&|number| {
                let path = scratch.beside(&format!("byhand{}", number % 2));
                let path = path.to_str().expect("Unicode");
                git(&["worktree", "add", "--quiet", "--detach", path]);
                git(&["worktree", "remove", "--force", path]);
                if prune {
                    git(&["worktree", "prune"]);
                }
                git(&["fetch", "--quiet"]);
                git(&["pack-refs", "--all"]);
                git(&["gc", "--quiet", "--auto"]);
            });
        });
    });
}

/// Three rounds: many are made at once, and all are removed at once.
fn rounds(scratch: &Scratch) {
    for round in 0..3 {
        let name = |number: usize| format!("r{round}-{number}");
        let spawned = all_at_once(scratch, &|number| vec!["spawn".into(), name(number), "--quiet".into()]);
        for (number, run) in spawned.into_iter().enumerate() {
            assert_eq!(run.code, 0, "spawn {}: {}", name(number), run.err);
            assert_eq!(run.line(), scratch.tree(&name(number)).to_str().expect("Unicode"));
            assert!(!run.err.contains("warning"), "{}", run.err);
        }
        for number in 0..SPAWNS {
            let tree = scratch.tree(&name(number));
            let head = scratch.try_git_in(&tree, &["symbolic-ref", "HEAD"]).stdout;
            assert_eq!(String::from_utf8_lossy(&head).trim(), format!("refs/heads/{}", name(number)));
            assert_eq!(scratch.git_in(&tree, &["status", "--porcelain"]), "", "{}", name(number));
        }
        let removed = all_at_once(scratch, &|number| vec!["rm".into(), name(number), "--quiet".into()]);
        for run in removed {
            assert_eq!(run.code, 0, "rm: {}", run.err);
        }
        assert_eq!(names(&scratch.root().join(".git/agent/trash")).len(), SPAWNS);
        let purge: Vec<String> = (0..SPAWNS).flat_map(|number| ["--purge".to_owned(), name(number)]).collect();
        let purge: Vec<&str> = ["gc"].into_iter().chain(purge.iter().map(String::as_str)).collect();
        scratch.agent(&purge).ok();
    }
}

/// A project whose history is long enough for a spawn to take a moment.
fn project() -> Scratch {
    let scratch = Scratch::project();
    for number in 0..40 {
        scratch.write(&format!("files/{number}"), format!("{number}\n").repeat(100));
    }
    scratch.commit("files");
    scratch.git(&["push", "--quiet"]);
    scratch
}

fn assert_clean(scratch: &Scratch) {
    scratch.agent(&["list"]).ok();
    scratch.assert_no_trace();
    scratch.git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!(names(&scratch.root().join(".git/agent/trash")), Vec::<String>::new());
    assert_eq!(scratch.git(&["for-each-ref", "refs/agent"]), "");
    let config = scratch.git(&["config", "--local", "--list"]);
    assert_eq!(config.matches("includeif.").count(), 1, "{config}");
    assert!(!config.lines().any(|line| line.starts_with("branch.r")), "{config}");
}

#[test]
fn many_spawns_at_once() {
    let scratch = project();
    rounds(&scratch);
    assert_clean(&scratch);
}

#[test]
fn many_spawns_at_once_among_other_writers() {
    among_other_writers(false);
}

#[test]
fn many_spawns_at_once_among_other_writers_that_prune() {
    among_other_writers(true);
}

fn among_other_writers(prune: bool) {
    let scratch = project();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers = scope.spawn(|| other_writers(&scratch, &done, prune));
        // The writers must stop when a round fails, or the test would never end.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rounds(&scratch)));
        done.store(true, Ordering::Relaxed);
        writers.join().expect("the writers end");
        if let Err(cause) = outcome {
            std::panic::resume_unwind(cause);
        }
    });
    for number in 0..2 {
        let path = scratch.beside(&format!("byhand{number}"));
        drop(scratch.try_git_in(&scratch.root(), &["worktree", "remove", "--force", path.to_str().expect("Unicode")]));
    }
    scratch.git(&["worktree", "prune"]);
    drop(scratch.try_git_in(&scratch.root(), &["branch", "--quiet", "-D", "tmp"]));
    assert_clean(&scratch);
}

#[test]
fn one_name_is_given_once() {
    let scratch = project();
    let runs = all_at_once(&scratch, &|_| vec!["spawn".into(), "same".into(), "--quiet".into()]);
    let (made, refused): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.code == 0);
    assert_eq!(made.len(), 1);
    assert!(refused.iter().all(|run| run.code == 5), "{refused:#?}");
    let runs = all_at_once(&scratch, &|_| vec!["rm".into(), "same".into(), "--quiet".into()]);
    assert_eq!(runs.iter().filter(|run| run.code == 0).count(), 1, "{runs:#?}");
    let runs = all_at_once(&scratch, &|_| vec!["restore".into(), "same".into(), "--quiet".into()]);
    assert_eq!(runs.iter().filter(|run| run.code == 0).count(), 1, "{runs:#?}");
    assert_eq!(scratch.git_in(&scratch.tree("same"), &["status", "--porcelain"]), "");
}

#[test]
fn names_from_one_task_are_told_apart() {
    let scratch = project();
    let runs = all_at_once(&scratch, &|_| vec!["spawn".into(), "--task".into(), "Fix it".into(), "--quiet".into()]);
    let mut paths: Vec<_> = runs.into_iter().map(|run| run.ok().line().to_owned()).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), SPAWNS);
}

#[test]
fn siblings_beside_siblings() {
    let scratch = project();
    let runs = all_at_once(&scratch, &|number| {
        vec!["spawn".into(), format!("s{number}"), "-n".into(), "3".into(), "--quiet".into()]
    });
    for run in runs {
        assert_eq!(run.ok().out.lines().count(), 3);
    }
    assert_eq!(scratch.rows().len(), 3 * SPAWNS);
}

//! Where a plain `git push` of an agent goes, whatever the user's settings.

use std::path::Path;
use std::sync::Mutex;

use crate::support::Scratch;
use crate::support::project::put;

const PUSH: [Option<&str>; 7] =
    [None, Some("nothing"), Some("matching"), Some("upstream"), Some("tracking"), Some("simple"), Some("current")];
const SETUP: [Option<&str>; 6] = [None, Some("false"), Some("true"), Some("always"), Some("inherit"), Some("simple")];

/// Commits in the worktree, pushes, and asserts that the branch is all that moved on the remote and has its upstream.
#[track_caller]
fn assert_push_goes_to_its_own_branch(scratch: &Scratch, path: &Path, branch: &str, what: &str) {
    let mut expected = scratch.refs_of(&scratch.origin());
    let commit = scratch.commit_in(path, "pushed", &format!("{branch}\n"));
    let output = scratch.try_git_in(path, &["push"]);
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    expected.retain(|line| !line.starts_with(&format!("refs/heads/{branch} ")));
    expected.push(format!("refs/heads/{branch} {commit}"));
    expected.sort();
    assert_eq!(scratch.refs_of(&scratch.origin()), expected, "{what}");
    let upstream = scratch.git_in(path, &["rev-parse", "--abbrev-ref", "@{upstream}"]);
    assert_eq!(upstream, format!("origin/{branch}"), "{what}");
    // The next one needs no more.
    scratch.commit_in(path, "again", "again\n");
    scratch.git_in(path, &["push", "--quiet"]);
    assert_eq!(scratch.git_in(path, &["status", "--porcelain", "--branch"]), format!("## {branch}...origin/{branch}"));
}

#[test]
fn a_plain_push_moves_the_agents_own_branch_and_nothing_else() {
    let mut matrix = Vec::new();
    for push in PUSH {
        for setup in SETUP {
            matrix.extend([(push, setup, false), (push, setup, true)]);
        }
    }
    let queue = Mutex::new(matrix.into_iter().enumerate());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let scratch = Scratch::project();
                // Commits of main that were not pushed must stay where they are.
                scratch.commit_in(&scratch.root(), "mine", "mine\n");
                let global = scratch.home().join("gitconfig");
                loop {
                    let next = queue.lock().expect("nobody failed").next();
                    let Some((number, (push, setup, globally))) = next else { return };
                    let what = format!("push.default {push:?}, autoSetupMerge {setup:?}, globally: {globally}");
                    let mut text = String::new();
                    for (section, key, value) in [("push", "default", push), ("branch", "autoSetupMerge", setup)] {
                        let name = format!("{section}.{key}");
                        match value {
                            Some(value) if globally => text.push_str(&format!("[{section}]\n\t{key} = {value}\n")),
                            Some(value) => scratch.config(&name, value),
                            None => {}
                        }
                    }
                    put(&global, text);
                    let name = format!("x{number}");
                    let path = scratch.spawn(&name);
                    assert_push_goes_to_its_own_branch(&scratch, &path, &name, &what);
                    let mine = scratch.try_git_in(&scratch.root(), &["config", "push.default"]);
                    let mine = String::from_utf8_lossy(&mine.stdout).trim().to_owned();
                    assert_eq!(mine, push.unwrap_or_default(), "{what}: the main checkout's own");
                    for name in ["push.default", "branch.autoSetupMerge"] {
                        // It fails where nothing was set.
                        drop(scratch.try_git_in(&scratch.root(), &["config", "--local", "--unset", name]));
                    }
                }
            });
        }
    });
}

#[test]
fn branches_that_were_there_before() {
    for push in ["upstream", "matching", "simple"] {
        let scratch = Scratch::project();
        scratch.config("push.default", push);
        scratch.git(&["branch", "--track", "wrong", "origin/main"]);
        scratch.git(&["branch", "--track", "local", "main"]);
        scratch.git(&["branch", "--no-track", "none"]);
        scratch.colleague_pushes("theirs", "theirs");
        for name in ["wrong", "local", "none", "theirs"] {
            let path = scratch.spawn(name);
            assert_push_goes_to_its_own_branch(&scratch, &path, name, &format!("{name}, {push}"));
        }
    }
}

#[test]
fn other_ways_to_push_that_people_use() {
    for push in ["upstream", "simple", "nothing"] {
        let scratch = Scratch::project();
        scratch.config("push.default", push);
        let main = scratch.commit_of("origin/main");
        for (number, args) in [
            &["push", "origin", "HEAD"][..],
            &["push", "--force-with-lease"],
            &["push", "-u", "origin", "HEAD"],
            &["push", "origin"],
            &["push", "--set-upstream", "origin", "x4"],
        ]
        .iter()
        .enumerate()
        {
            let name = format!("x{number}");
            let path = scratch.spawn(&name);
            let commit = scratch.commit_in(&path, "c", &format!("{number}\n"));
            scratch.git_in(&path, args);
            assert_eq!(scratch.commit_of(&format!("refs/remotes/origin/{name}")), Some(commit), "{args:?}, {push}");
        }
        assert_eq!(scratch.git_in(&scratch.origin(), &["rev-parse", "main"]), main.expect("a commit"), "{push}");
    }
}

#[test]
fn restored_agents_push_as_before() {
    let scratch = Scratch::project();
    scratch.config("push.default", "upstream");
    let path = scratch.spawn("x");
    assert_push_goes_to_its_own_branch(&scratch, &path, "x", "before");
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    scratch.commit_in(&path, "later", "later\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain", "--branch"]), "## x...origin/x");
}

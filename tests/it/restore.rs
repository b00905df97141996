//! `git agent restore`: what comes back is what went away.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use assert_fs::TempDir;

use crate::support::Scratch;
use crate::support::listing::{assert_same, contents, listing};
use crate::support::project::{names, put};
use crate::support::state::State;
use crate::work;

#[test]
fn all_work_comes_back_as_it_was() {
    for case in work::ALL {
        let scratch = work::agent_with(case);
        let path = scratch.tree("x");
        let before = State::of(&scratch, &path);
        scratch.agent(&["rm", "x", "--force"]).ok();
        assert!(!path.exists(), "{}", case.0);
        let run = scratch.agent(&["restore", "x"]).ok();
        assert_eq!(run.line(), path.to_str().expect("Unicode"));
        before.assert_is(&State::of(&scratch, &path), case.0);
        scratch.git(&["fsck", "--strict"]);
        assert_eq!(names(&scratch.root().join(".git/agent/trash")), Vec::<String>::new());
        assert_eq!(scratch.git(&["for-each-ref", "refs/agent"]), "");
    }
}

#[test]
fn all_work_survives_the_garbage_collection_in_between() {
    for case in work::ALL {
        let scratch = work::agent_with(case);
        let path = scratch.tree("x");
        let before = State::of(&scratch, &path);
        scratch.agent(&["rm", "x", "--force"]).ok();
        scratch.git(&["gc", "--quiet", "--prune=now"]);
        scratch.agent(&["restore", "x"]).ok();
        before.assert_is(&State::of(&scratch, &path), case.0);
        scratch.git_in(&path, &["fsck", "--strict"]);
    }
}

#[test]
fn content_that_only_index_and_reflog_know_survives_the_garbage_collection() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let lost = scratch.commit_in(&path, "lost", "lost\n");
    scratch.git_in(&path, &["reset", "--quiet", "--hard", "HEAD~1"]);
    put(&path.join("a"), "only staged\n");
    scratch.git_in(&path, &["add", "a"]);
    put(&path.join("a"), "changed later\n");
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.git(&["gc", "--quiet", "--prune=now"]);
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(scratch.git_in(&path, &["cat-file", "blob", ":a"]), "only staged");
    assert_eq!(scratch.git_in(&path, &["rev-parse", "HEAD@{1}"]), lost);
    assert_eq!(scratch.git_in(&path, &["show", &format!("{lost}:lost")]), "lost");
}

#[test]
fn the_trash_can_be_on_another_file_system() {
    let shm = Path::new("/dev/shm");
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    for case in work::ALL {
        let scratch = work::project();
        if device(shm).is_none_or(|there| Some(there) == device(&scratch.root())) {
            return;
        }
        let trees = TempDir::new_in(shm).expect("it can be written to");
        scratch.config("agent.worktreeDir", trees.path().to_str().expect("Unicode"));
        let path = scratch.spawn("x");
        assert_eq!(path, trees.path().join("x"));
        (case.2)(&scratch, &path);
        // Hard links stay hard links.
        put(&path.join("twin"), "x\n");
        std::fs::hard_link(path.join("twin"), path.join("twin2")).expect("a link can be made");
        let before = State::of(&scratch, &path);
        scratch.agent(&["rm", "x", "--force"]).ok();
        assert_eq!(names(trees.path()), Vec::<String>::new(), "{}", case.0);
        scratch.agent(&["restore", "x"]).ok();
        before.assert_is(&State::of(&scratch, &path), case.0);
        assert_eq!(path.join("twin").metadata().expect("it is back").nlink(), 2);
        assert_eq!(names(trees.path()), ["x"], "{}", case.0);
    }
}

#[test]
fn a_path_that_is_taken() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    put(&path.join("precious"), "mine\n");
    let before = listing(&scratch.root());
    scratch.agent(&["restore", "x"]).fails(5).says(&["something is at", "git agent restore x"]);
    scratch.agent(&["restore", "x", "--dry-run"]).fails(5);
    assert_same(&without_lock(&before), &without_lock(&listing(&scratch.root())), "nothing is changed");
}

#[test]
fn a_branch_that_is_taken() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    scratch.commit_in(&scratch.root(), "c", "c\n");
    scratch.git(&["branch", "x"]);
    let before = listing(&scratch.root());
    scratch.agent(&["restore", "x"]).fails(5).says(&["another branch 'x'", "git branch --move x x-2"]);
    assert_same(&without_lock(&before), &without_lock(&listing(&scratch.root())), "nothing is changed");
    // The hint works.
    scratch.git(&["branch", "--move", "x", "x-2"]);
    scratch.agent(&["restore", "x"]).ok();
}

#[test]
fn a_branch_that_is_checked_out_elsewhere() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "topic"]);
    scratch.spawn("topic");
    scratch.agent(&["rm", "topic"]).ok();
    let other = scratch.beside("other");
    scratch.git(&["worktree", "add", "--quiet", other.to_str().expect("Unicode"), "topic"]);
    scratch.agent(&["restore", "topic"]).fails(5).says(&["branch 'topic' is checked out at", "switch --detach"]);
    scratch.git_in(&other, &["switch", "--quiet", "--detach"]);
    scratch.agent(&["restore", "topic"]).ok();
}

#[test]
fn a_branch_that_is_checked_out_in_the_main_checkout() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "topic"]);
    scratch.spawn("topic");
    scratch.agent(&["rm", "topic"]).ok();
    scratch.git(&["switch", "--quiet", "topic"]);
    scratch.agent(&["restore", "topic"]).fails(5).says(&["branch 'topic' is checked out at"]);
}

#[test]
fn a_kept_branch_that_was_deleted_since() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let tip = scratch.commit_of("x").expect("a commit");
    scratch.agent(&["rm", "x", "--keep-branch"]).ok();
    scratch.git(&["branch", "-D", "x"]);
    scratch.agent(&["restore", "x"]).fails(4).says(&[&format!("git branch x {tip}")]);
    scratch.git(&["branch", "x", &tip]);
    scratch.agent(&["restore", "x"]).ok();
}

#[test]
fn a_kept_branch_that_moved_since_does_not_come_back_with_reverted_work() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "topic"]);
    scratch.spawn("topic");
    scratch.agent(&["rm", "topic"]).ok();
    let later = scratch.beside("later");
    scratch.git(&["worktree", "add", "--quiet", later.to_str().expect("Unicode"), "topic"]);
    scratch.commit_in(&later, "later", "later\n");
    scratch.git(&["worktree", "remove", later.to_str().expect("Unicode")]);
    let run = scratch.agent(&["restore", "topic"]);
    if run.code == 0 {
        // Committing what is staged would take the later work back.
        assert_eq!(scratch.git_in(&scratch.tree("topic"), &["diff", "--cached", "--name-only"]), "");
    }
}

#[test]
fn the_admin_name_can_be_taken() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    put(&path.join("new"), "x\n");
    let before = contents(&path);
    scratch.agent(&["rm", "x", "--force"]).ok();
    let foreign = scratch.beside("elsewhere/x");
    scratch.git(&["worktree", "add", "--quiet", "--detach", foreign.to_str().expect("Unicode")]);
    scratch.agent(&["restore", "x"]).ok();
    let differing =
        |lines: Vec<String>| lines.into_iter().filter(|line| !line.starts_with(".git\t")).collect::<Vec<_>>();
    assert_same(&differing(before), &differing(contents(&path)), "its files");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "?? new");
    assert_eq!(scratch.git_in(&foreign, &["status", "--porcelain"]), "");
    scratch.git(&["worktree", "prune"]);
    assert_eq!(scratch.row("x")["problem"], serde_json::Value::Null);
}

#[test]
fn the_trash_is_listed() {
    let scratch = Scratch::project();
    scratch.agent(&["restore"]).ok().says(&["the trash is empty"]);
    for name in ["x", "feat/y"] {
        scratch.spawn(name);
        scratch.agent(&["rm", name]).ok();
    }
    let run = scratch.agent(&["restore"]).ok().prints(&["NAME", "x", "feat/y"]);
    // A second after the removal there are fewer than fourteen whole days left.
    assert!(run.out.contains("in 14d") || run.out.contains("in 13d"), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'));
    let json = scratch.agent(&["restore", "--json"]).ok().json();
    assert_eq!(json["schema"], "git-agent/restore");
    assert_eq!(json["removed"].as_array().map(Vec::len), Some(2));
    scratch.agent(&["restore", "nobody"]).fails(4).says(&["hint: git agent restore"]);
}

#[test]
fn a_dry_run_and_json() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    let before = listing(&scratch.root());
    scratch.agent(&["restore", "x", "--dry-run"]).ok().prints(&["would restore 'x' on branch x"]);
    assert_same(&before, &listing(&scratch.root()), "a dry run");
    let json = scratch.agent(&["restore", "x", "--json"]).ok().json();
    assert_eq!(json["restored"]["name"], "x");
    assert_eq!(json["restored"]["path"], scratch.tree("x").to_str().expect("Unicode"));
}

#[test]
fn the_newest_of_several_comes_back_and_the_others_by_their_name_in_the_trash() {
    let scratch = Scratch::project();
    let path = scratch.beside("elsewhere");
    let mut ids = Vec::new();
    for content in ["one\n", "two\n"] {
        scratch.git(&["worktree", "add", "--quiet", "--detach", path.to_str().expect("Unicode")]);
        put(&path.join("new"), content);
        let json = scratch.agent(&["rm", "elsewhere", "--force", "--json"]).ok().json();
        ids.push(json["removed"][0]["trash"].as_str().expect("an id").to_owned());
    }
    scratch.agent(&["restore", "elsewhere"]).ok();
    assert_eq!(std::fs::read_to_string(path.join("new")).expect("it is back"), "two\n");
    scratch.agent(&["rm", "elsewhere", "--force"]).ok();
    scratch.agent(&["restore", &ids[0]]).ok();
    assert_eq!(std::fs::read_to_string(path.join("new")).expect("it is back"), "one\n");
}

/// The file that commands lock one another out with is touched whatever comes of it.
fn without_lock(lines: &[String]) -> Vec<String> {
    let lock = |line: &&String| !line.starts_with(".git/agent/lock\t");
    lines.iter().filter(lock).cloned().collect()
}

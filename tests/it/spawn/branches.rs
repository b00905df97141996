//! Where the agent's branch comes from.

use crate::support::Scratch;

#[test]
fn a_local_branch_is_taken_as_it_is() {
    let scratch = Scratch::project();
    let first = scratch.commit_of("main");
    scratch.git(&["branch", "topic"]);
    scratch.commit_in(&scratch.root(), "later", "later\n");
    let path = scratch.spawn("topic");
    assert_eq!(scratch.commit_of("topic"), first);
    assert!(!path.join("later").exists());
    // It was there before: it stays.
    let run = scratch.agent(&["rm", "topic"]).ok();
    assert!(run.out.contains("branch topic stays"), "{}", run.out);
    assert_eq!(scratch.commit_of("topic"), first);
}

#[test]
fn a_wrong_upstream_is_mended_with_a_word() {
    for (upstream, pushed, expected) in
        [("origin/main", false, None), ("main", false, None), ("origin/main", true, Some("origin/topic"))]
    {
        let scratch = Scratch::project();
        scratch.git(&["branch", "--track", "topic", upstream]);
        if pushed {
            scratch.git(&["push", "--quiet", "origin", "topic"]);
        }
        scratch.agent(&["spawn", "topic"]).ok().says(&["warning: the upstream of 'topic' was"]);
        let found = scratch.try_git_in(&scratch.tree("topic"), &["rev-parse", "--abbrev-ref", "@{upstream}"]);
        let found = found.status.success().then(|| String::from_utf8_lossy(&found.stdout).trim().to_owned());
        assert_eq!(found.as_deref(), expected, "{upstream} {pushed}");
    }
}

#[test]
fn a_right_upstream_is_kept_without_a_word() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "--no-track", "topic"]);
    scratch.git(&["push", "--quiet", "--set-upstream", "origin", "topic"]);
    scratch.agent(&["spawn", "topic"]).ok().does_not_say("upstream");
    assert_eq!(scratch.git(&["rev-parse", "--abbrev-ref", "topic@{upstream}"]), "origin/topic");
}

#[test]
fn a_branch_of_the_remote_is_tracked() {
    for fetched in [true, false] {
        let scratch = Scratch::project();
        let theirs = scratch.colleague_pushes("topic", "theirs");
        if fetched {
            scratch.git(&["fetch", "--quiet"]);
        }
        let path = scratch.spawn("topic");
        assert_eq!(scratch.commit_of("refs/heads/topic"), Some(theirs.clone()), "fetched: {fetched}");
        assert!(path.join("theirs").exists());
        assert_eq!(scratch.git(&["rev-parse", "--abbrev-ref", "topic@{upstream}"]), "origin/topic");
        // Its base is where it left main, so that its own commits count as its own.
        let row = scratch.row("topic");
        assert_eq!(row["base"]["ahead"], 1);
        assert_eq!(row["upstream"]["ahead"], 0);
    }
}

#[test]
fn a_stale_branch_of_the_remote_is_brought_up_to_date() {
    let scratch = Scratch::project();
    scratch.colleague_pushes("topic", "one");
    scratch.git(&["fetch", "--quiet"]);
    let newest = scratch.colleague_pushes("topic", "two");
    scratch.spawn("topic");
    assert_eq!(scratch.commit_of("refs/heads/topic"), Some(newest));
}

#[test]
fn a_branch_that_is_checked_out_is_refused_with_the_way_there() {
    let scratch = Scratch::project();
    let run = scratch.agent(&["spawn", "main"]).fails(5);
    let root = scratch.root();
    assert!(run.err.contains(&format!("branch 'main' is checked out at {}", root.display())), "{}", run.err);
    assert!(run.err.contains(&format!("hint: cd {}", root.display())), "{}", run.err);

    let other = scratch.beside("it's other");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", other.to_str().expect("Unicode")]);
    let run = scratch.agent(&["spawn", "topic"]).fails(5).says(&["is checked out at"]);
    // The hint works when it is pasted.
    let hint = run.err.lines().find_map(|line| line.strip_prefix("hint: cd ")).expect("a hint");
    assert_eq!(shlex::split(hint).expect("quoted"), [other.to_str().expect("Unicode")]);
}

#[test]
fn a_branch_in_the_middle_of_a_rebase_is_refused() {
    let scratch = Scratch::project();
    let other = scratch.beside("other");
    scratch.git(&["worktree", "add", "--quiet", "-b", "topic", other.to_str().expect("Unicode")]);
    scratch.commit_in(&other, "a", "theirs\n");
    scratch.commit_in(&scratch.root(), "a", "ours\n");
    assert!(!scratch.try_git_in(&other, &["rebase", "main"]).status.success());
    scratch.agent(&["spawn", "topic"]).fails(5).says(&["is checked out at"]);
}

#[test]
fn a_worktree_on_record_without_its_folder_is_explained() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    std::fs::remove_dir_all(&path).expect("it can be removed");
    scratch.git(&["update-ref", "-d", "refs/heads/x"]);
    let run = scratch.agent(&["spawn", "x"]);
    assert_eq!(run.code, 5, "{}", run.err);
    scratch.git(&["worktree", "prune"]);
    scratch.spawn("x");
}

#[test]
fn a_tag_of_the_same_name_is_no_branch() {
    let scratch = Scratch::project();
    let first = scratch.commit_of("main");
    scratch.git(&["tag", "x"]);
    let newest = scratch.colleague_pushes("main", "new");
    scratch.spawn("x");
    assert_eq!(scratch.commit_of("refs/heads/x"), Some(newest));
    assert_eq!(scratch.commit_of("refs/tags/x"), first);
}

#[test]
fn another_remote_is_not_guessed() {
    let scratch = Scratch::local();
    scratch.add_remote("one", &[]);
    scratch.add_remote("two", &[]);
    // Neither is origin: the local branch is the base.
    scratch.spawn("x");
    assert_eq!(scratch.row("x")["base"]["name"], "main");
    scratch.config("checkout.defaultRemote", "two");
    scratch.spawn("y");
    assert_eq!(scratch.row("y")["base"]["name"], "two/main");
}

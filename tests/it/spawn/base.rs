//! The commit that an agent starts from.

use crate::support::Scratch;

#[test]
fn the_base_is_what_the_remote_has_now_and_nothing_else_is_fetched() {
    let scratch = Scratch::project();
    let newest = scratch.colleague_pushes("main", "new");
    scratch.colleague_pushes("other", "other");
    let colleague = scratch.colleague();
    scratch.git_in(&colleague, &["tag", "v1", &newest]);
    scratch.git_in(&colleague, &["push", "--quiet", "origin", "v1"]);
    let mine = scratch.commit_of("main");

    let path = scratch.spawn("x");
    assert!(path.join("new").exists());
    assert_eq!(scratch.commit_of("x"), Some(newest.clone()));
    assert_eq!(scratch.commit_of("refs/remotes/origin/main"), Some(newest.clone()));
    assert_eq!(scratch.commit_of("main"), mine, "the user's own branch does not move");
    assert_eq!(scratch.commit_of("refs/remotes/origin/other"), None);
    assert_eq!(scratch.commit_of("refs/tags/v1"), None);
    assert!(!scratch.root().join(".git/FETCH_HEAD").exists());

    let record = scratch.agent(&["spawn", "y", "--json"]).ok().json();
    let base = &record["agents"][0]["base"];
    assert_eq!(base["branch"], "origin/main");
    assert_eq!(base["reference"], "refs/remotes/origin/main");
    assert_eq!(base["commit"], newest.as_str());
}

#[test]
fn the_default_branch_is_the_remotes_own() {
    let scratch = Scratch::project();
    let theirs = scratch.colleague_pushes("develop", "develop");
    scratch.git_in(&scratch.origin(), &["symbolic-ref", "HEAD", "refs/heads/develop"]);
    scratch.spawn("x");
    assert_eq!(scratch.commit_of("x"), Some(theirs));
    assert_eq!(scratch.row("x")["base"]["name"], "origin/develop");
}

#[test]
fn an_unreachable_remote_is_said_with_the_commit_that_is_used() {
    let scratch = Scratch::project();
    let known = scratch.commit_of("origin/main").expect("it was pushed");
    scratch.colleague_pushes("main", "new");
    std::fs::rename(scratch.origin(), scratch.beside("gone.git")).expect("it can be moved");
    let run = scratch.agent(&["spawn", "x"]).ok();
    let warning = run.err.lines().find(|line| line.starts_with("warning: ")).expect("a warning").to_owned();
    assert!(warning.contains("'origin'") && warning.contains(&known[..10]), "{warning}");
    assert_eq!(scratch.commit_of("x"), Some(known.clone()));

    let json = scratch.agent(&["spawn", "y", "--json"]).ok().json();
    let warnings = json["warnings"].as_array().expect("a list");
    assert!(warnings.iter().any(|text| text.as_str().is_some_and(|text| text.contains(&known[..10]))), "{json}");
}

#[test]
fn an_unreachable_remote_that_was_never_fetched() {
    let scratch = Scratch::local();
    scratch.git(&["remote", "add", "origin", scratch.beside("nowhere.git").to_str().expect("Unicode")]);
    let head = scratch.commit_of("main").expect("a commit");
    scratch.agent(&["spawn", "x"]).ok().says(&["warning: ", "main", &head[..10]]);
}

#[test]
fn an_empty_remote() {
    let scratch = Scratch::local();
    scratch.git(&["init", "--quiet", "--bare", scratch.origin().to_str().expect("Unicode")]);
    scratch.git(&["remote", "add", "origin", scratch.origin().to_str().expect("Unicode")]);
    let head = scratch.commit_of("main");
    scratch.agent(&["spawn", "x"]).ok();
    assert_eq!(scratch.commit_of("x"), head);
}

#[test]
fn other_bases() {
    let scratch = Scratch::project();
    let first = scratch.commit_of("main").expect("a commit");
    let second = scratch.commit_in(&scratch.root(), "c", "c\n");
    scratch.git(&["tag", "v1", &first]);
    scratch.colleague_pushes("main", "new");
    for (number, (base, commit, name)) in [
        ("head", &second, Some("main")),
        ("main", &second, Some("main")),
        ("origin/main", &first, Some("origin/main")),
        ("v1", &first, None),
        (&first[..12], &first, None),
        ("HEAD~1", &first, None),
    ]
    .into_iter()
    .enumerate()
    {
        let agent = format!("x{number}");
        let run = scratch.agent(&["spawn", &agent, "--base", base, "--json"]).ok();
        assert_eq!(scratch.commit_of(&agent).as_ref(), Some(commit), "{base}");
        assert_eq!(run.json()["agents"][0]["base"]["branch"].as_str(), name, "{base}");
        assert_eq!(run.json()["agents"][0]["base"]["commit"], commit.as_str(), "{base}");
    }
    scratch.config("agent.base", "head");
    scratch.spawn("configured");
    assert_eq!(scratch.commit_of("configured"), Some(second));
    scratch.agent(&["spawn", "fresh", "--base", "fresh"]).ok();
    assert_eq!(scratch.commit_of("fresh"), scratch.commit_of("origin/main"));
}

#[test]
fn head_is_where_the_user_stands() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let commit = scratch.commit_in(&path, "mine", "mine\n");
    scratch.agent_in(&path.join("dir"), &["spawn", "y", "--base", "head"]).ok();
    assert_eq!(scratch.commit_of("y"), Some(commit));
    assert_eq!(scratch.row("y")["base"]["name"], "x");
}

#[test]
fn an_unknown_base_is_an_error_that_helps() {
    let scratch = Scratch::project();
    scratch.colleague_pushes("topic", "theirs");
    scratch.agent(&["spawn", "x", "--base", "nowhere"]).fails(4).says(&["'nowhere' names no commit"]);
    scratch.agent(&["spawn", "x", "--base", "origin/topic"]).fails(4).says(&["hint: git fetch origin topic"]);
    scratch.agent(&["spawn", "x", "--base", "--force"]).code.ne(&0).then_some(()).expect("an option is no base");
    scratch.assert_no_trace();
}

#[test]
fn git_configuration_on_the_command_line_counts() {
    let scratch = Scratch::project();
    let commit = scratch.commit_in(&scratch.root(), "c", "c\n");
    let mut command = scratch.program(&scratch.root(), &["spawn", "x"]);
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "agent.base").env("GIT_CONFIG_VALUE_0", "head");
    scratch.run(&mut command).ok();
    assert_eq!(scratch.commit_of("x"), Some(commit));
}

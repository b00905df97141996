//! Which names an agent can have, and what they become.

use crate::support::Scratch;
use crate::support::project::names;

#[test]
fn any_branch_name_is_a_name() {
    let scratch = Scratch::project();
    for (name, folder) in [
        ("x", "x"),
        ("feat/one", "feat+one"),
        ("fix_1.2", "fix_1.2"),
        ("\u{fc}n\u{ef}code", "\u{fc}n\u{ef}code"),
        ("a/b/c", "a+b+c"),
        ("o'clock", "o'clock"),
        ("$(touch pwned)&;", "-"),
    ] {
        if folder == "-" {
            scratch.agent(&["spawn", name]).fails(2);
            continue;
        }
        let run = scratch.agent(&["spawn", name]).ok();
        let path = scratch.root().join(".claude/worktrees").join(folder);
        assert_eq!(run.line(), path.to_str().expect("Unicode"), "{name}");
        assert_eq!(scratch.git_in(&path, &["symbolic-ref", "HEAD"]), format!("refs/heads/{name}"));
        assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "", "{name}");
    }
    assert!(!scratch.root().join("pwned").exists());
}

#[test]
fn other_names_are_refused_before_anything_changes() {
    let scratch = Scratch::project();
    for name in ["", "HEAD", "@", "a b", "a..b", "a.lock", "x/", "/x", ".x", "a~1", "a:b", "../x", "con", "x."] {
        scratch.agent(&["spawn", name]).fails(2).says(&[&format!("'{name}' cannot name an agent")]);
    }
    assert_eq!(scratch.agent(&["spawn", "-x"]).code, 2);
    scratch.agent(&["spawn"]).fails(2).says(&["needs a name, or a task"]);
    scratch.assert_no_trace();
    assert!(!scratch.root().join(".gitignore").exists());
}

#[test]
fn names_that_collide_are_refused() {
    for (there, new, code, said) in [
        ("x", "x", 5, "there is an agent 'x' already"),
        ("x", "X", 5, "where file systems ignore case"),
        ("feat/x", "feat+x", 5, "would share a folder"),
        ("Feat/X", "feat+x", 5, "would share a folder"),
        ("feat", "feat/x", 5, "git cannot have branch 'feat/x' beside"),
        ("feat/x", "feat", 5, "git cannot have branch 'feat' beside"),
    ] {
        let scratch = Scratch::project();
        scratch.spawn(there);
        scratch.agent(&["spawn", new]).fails(code).says(&[said]);
        assert_eq!(scratch.rows().len(), 1, "{new}");
        assert_eq!(scratch.git(&["branch", "--list", "--format=%(refname:short)"]).lines().count(), 2, "{new}");
    }
}

#[test]
fn an_agent_that_is_there_is_named_with_the_way_to_it() {
    let scratch = Scratch::project();
    scratch.spawn("feat/x");
    scratch.agent(&["spawn", "feat/x"]).fails(5).says(&["hint: cd \"$(git agent path feat/x)\""]);
    let run = scratch.agent(&["path", "feat/x"]).ok();
    assert_eq!(run.line(), scratch.tree("feat/x").to_str().expect("Unicode"));
}

#[test]
fn the_name_of_a_branch_in_another_case_is_refused() {
    let scratch = Scratch::project();
    scratch.git(&["branch", "Topic"]);
    scratch.agent(&["spawn", "topic"]).fails(5).says(&["a branch 'Topic'", "ignore case"]);
}

#[test]
fn the_name_of_a_removed_agent_is_refused_with_both_remedies() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["spawn", "x"]).fails(5).says(&["git agent restore x", "git agent gc --purge x"]);
    scratch.agent(&["spawn", "X"]).fails(5).says(&["git agent gc --purge x"]);
    scratch.agent(&["gc", "--purge", "x"]).ok();
    scratch.spawn("x");
}

#[test]
fn a_task_makes_a_name() {
    let scratch = Scratch::project();
    let spawned = |task: &str| {
        let run = scratch.agent(&["spawn", "--json", "--task", task]).ok();
        run.json()["agents"][0]["name"].as_str().expect("a name").to_owned()
    };
    assert_eq!(spawned("Add OAuth login to the API"), "add-oauth-login-api");
    // A name that was made up gives way.
    assert_eq!(spawned("Add OAuth login to the API"), "add-oauth-login-api-2");
    assert_eq!(spawned("$(touch pwned); rm -rf /"), "touch-pwned-rm-rf");
    scratch.agent(&["rm", "add-oauth-login-api"]).ok();
    assert_eq!(spawned("Add OAuth login to the API"), "add-oauth-login-api-3");
    assert_eq!(scratch.row("add-oauth-login-api-2")["task"], "Add OAuth login to the API");
    scratch.agent(&["spawn", "--task", "!!!"]).fails(2);
    assert!(!scratch.root().join("pwned").exists());
}

#[test]
fn siblings_of_one_task() {
    let scratch = Scratch::project();
    let run = scratch.agent(&["spawn", "t", "-n", "3", "--task", "Try it"]).ok();
    assert_eq!(run.out.lines().count(), 3);
    assert_eq!(names(&scratch.root().join(".claude/worktrees")), ["t-1", "t-2", "t-3"]);
    assert!(scratch.rows().iter().all(|row| row["task"] == "Try it"));

    // All or none: one of these names is taken.
    let run = scratch.agent(&["spawn", "t", "-n", "4"]).fails(5);
    assert!(run.err.contains("'t-1'"), "{}", run.err);
    assert_eq!(scratch.rows().len(), 3);

    for (number, said) in [("0", "0"), ("501", "501"), ("x", "x")] {
        let run = scratch.agent(&["spawn", "u", "-n", number]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn siblings_by_profile() {
    let scratch = Scratch::project();
    scratch.config("agent.one.command", "true");
    scratch.config("agent.two.command", "true");
    scratch.agent(&["spawn", "t", "--agent", "one", "--agent", "two", "--detach"]).ok();
    assert_eq!(names(&scratch.root().join(".claude/worktrees")), ["t-one", "t-two"]);
    assert_eq!(scratch.row("t-one")["profile"], "one");
    assert_eq!(scratch.row("t-two")["profile"], "two");
}

#[test]
fn a_prefix_goes_in_front_of_the_branch_only() {
    let scratch = Scratch::project();
    scratch.config("agent.branchPrefix", "agents/");
    let path = scratch.spawn("feat/x");
    assert_eq!(path, scratch.tree("feat/x"));
    let row = scratch.row("feat/x");
    assert_eq!(row["branch"], "agents/feat/x");
    scratch.agent(&["rm", "feat/x"]).ok();
    assert_eq!(scratch.commit_of("refs/heads/agents/feat/x"), None);
}

#[test]
fn the_folder_can_be_configured() {
    for (template, expected) in [
        ("../{repo}-{name}", "repo-feat+x"),
        ("../trees", "trees/feat+x"),
        ("../t {name} 'q'", "t feat+x 'q'"),
        ("work", "repo/work/feat+x"),
    ] {
        let scratch = Scratch::project();
        scratch.config("agent.worktreeDir", template);
        let path = scratch.spawn("feat/x");
        assert_eq!(path, scratch.beside(expected), "{template}");
        assert_eq!(
            scratch.git(&["status", "--porcelain"]).lines().filter(|line| !line.ends_with(".gitignore")).count(),
            0
        );
        scratch.agent(&["rm", "feat/x"]).ok();
        assert!(!path.exists());
        scratch.agent(&["restore", "feat/x"]).ok();
        assert!(path.exists());
    }
}

#[test]
fn a_committed_setting_cannot_lead_away() {
    let scratch = Scratch::project();
    for (template, code) in [("../../x", 3), ("/tmp/x", 3), ("~/x", 3), (".git/x", 3), ("../{repo}-{name}", 0)] {
        scratch.write(".gitagent", format!("[agent]\n\tworktreeDir = \"{template}\"\n"));
        let run = scratch.agent(&["spawn", "x"]);
        assert_eq!(run.code, code, "{template}: {}", run.err);
    }
    assert!(scratch.beside("repo-x").exists());
}

#[test]
fn something_at_the_path_is_left_alone() {
    let scratch = Scratch::project();
    scratch.write(".claude/worktrees/x/precious", "mine\n");
    scratch.agent(&["spawn", "x"]).fails(5).says(&["something is at"]);
    assert!(scratch.tree("x").join("precious").exists());
    assert_eq!(scratch.commit_of("refs/heads/x"), None);
}

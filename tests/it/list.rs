//! `git agent list`

use serde_json::{Value, json};

use crate::support::Scratch;
use crate::support::project::{put, text};

#[test]
fn every_field_of_the_json() {
    let scratch = Scratch::project();
    let path = scratch.agent(&["spawn", "feat/x", "--task", "Do it", "--quiet"]).ok();
    let path = std::path::PathBuf::from(path.line());
    scratch.commit_in(&path, "one", "1\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    scratch.commit_in(&path, "two", "2\n");
    put(&path.join("a"), "staged\n");
    scratch.git_in(&path, &["add", "a"]);
    put(&path.join("dir/b"), "changed\n");
    put(&path.join("new"), "untracked\n");
    scratch.colleague_pushes("main", "theirs");
    scratch.git(&["fetch", "--quiet"]);
    scratch.git(&["worktree", "lock", "--reason", "why", path.to_str().expect("Unicode")]);

    let json = scratch.agent(&["list", "--json"]).ok().json();
    assert_eq!((&json["schema"], &json["version"]), (&"git-agent/list".into(), &1.into()));
    let mut row = json["agents"][0].clone();
    let committed: i64 = scratch.git_in(&path, &["log", "-1", "--format=%ct"]).parse().expect("a number");
    let created = row["created"].take().as_i64().expect("a number");
    assert!(committed < created, "{created}");
    assert_eq!(
        row,
        json!({
            "name": "feat/x",
            "foreign": false,
            "path": path,
            "branch": "feat/x",
            "detached": false,
            "state": "none",
            "message": null,
            "exitCode": null,
            "provision": null,
            "ports": {},
            "task": "Do it",
            "profile": null,
            "created": null,
            "status": { "staged": 1, "changed": 1, "untracked": 1, "conflicted": 0 },
            "base": { "name": "origin/main", "ahead": 2, "behind": 1 },
            "upstream": { "name": "origin/feat/x", "ahead": 1, "behind": 0 },
            "merged": null,
            "committed": committed,
            "locked": "why",
            "problem": null,
        })
    );
    let row = &scratch.agent(&["list", "--json", "--no-status"]).ok().json()["agents"][0];
    assert_eq!(row["status"], Value::Null);
    assert_eq!(row["base"]["ahead"], 2);
}

#[test]
fn a_conflict_is_counted() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    scratch.commit_in(&path, "a", "ours\n");
    scratch.commit_in(&scratch.root(), "a", "theirs\n");
    assert!(!scratch.try_git_in(&path, &["merge", "main"]).status.success());
    assert_eq!(scratch.row("x")["status"]["conflicted"], 1);
    scratch.agent(&["list"]).ok().prints(&["!1"]);
}

#[test]
fn an_empty_list() {
    let scratch = Scratch::project();
    let run = scratch.agent(&["list"]).ok().says(&["git agent spawn NAME"]);
    assert_eq!(run.out, "");
    assert_eq!(scratch.rows(), Vec::<Value>::new());
    assert!(!scratch.root().join(".git/agent").exists(), "looking changes nothing");
}

#[test]
fn foreign_worktrees_are_rows_of_their_own() {
    let scratch = Scratch::project();
    scratch.spawn("mine");
    let branch = scratch.beside("one");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", branch.to_str().expect("Unicode")]);
    let detached = scratch.beside("two");
    scratch.git(&["worktree", "add", "--quiet", "--detach", detached.to_str().expect("Unicode")]);
    let (one, two) = (scratch.row("one"), scratch.row("two"));
    assert_eq!((&one["foreign"], &one["branch"], &one["detached"]), (&true.into(), &"theirs".into(), &false.into()));
    assert_eq!((&two["foreign"], &two["branch"], &two["detached"]), (&true.into(), &Value::Null, &true.into()));
    assert_eq!(scratch.row("mine")["foreign"], false);
    assert_eq!(scratch.rows().len(), 3, "the main checkout is no agent");
    scratch.agent(&["list"]).ok().prints(&["foreign"]);
    // They answer to their folder, branch and path.
    for name in ["one", "theirs", branch.to_str().expect("Unicode")] {
        assert_eq!(scratch.agent(&["path", name]).ok().line(), branch.to_str().expect("Unicode"));
    }
}

#[test]
fn broken_worktrees_are_rows() {
    type Breakage = (&'static str, fn(&Scratch));
    let breakages: [Breakage; 9] = [
        ("the folder is gone", |s| std::fs::remove_dir_all(s.tree("x")).expect("it is there")),
        ("the .git file is gone", |s| std::fs::remove_file(s.tree("x").join(".git")).expect("it is there")),
        ("the .git file is damaged", |s| put(&s.tree("x").join(".git"), "rubbish\n")),
        ("HEAD is damaged", |s| put(&s.admin("x").join("HEAD"), "rubbish\n")),
        ("HEAD is empty", |s| put(&s.admin("x").join("HEAD"), "")),
        ("the record is damaged", |s| put(&s.admin("x").join("agent.json"), "{\"version\":")),
        ("the record is of another kind", |s| put(&s.admin("x").join("agent.json"), "[]")),
        ("gitdir is gone", |s| std::fs::remove_file(s.admin("x").join("gitdir")).expect("it is there")),
        ("the index is damaged", |s| put(&s.admin("x").join("index"), "rubbish rubbish rubbish rubbish\n")),
    ];
    for (what, break_it) in breakages {
        let scratch = Scratch::project();
        scratch.spawn("w");
        scratch.spawn("x");
        break_it(&scratch);
        let rows = scratch.rows();
        assert_eq!(rows.len(), 2, "{what}");
        let fine = rows.iter().find(|row| row["name"] == "w").expect("its neighbour");
        assert_eq!((&fine["problem"], &fine["status"]["changed"]), (&Value::Null, &0.into()), "{what}");
        let broken = rows.iter().find(|row| row["name"] != "w").expect("the broken one");
        let (said, remedy) = (broken["problem"]["what"].as_str(), broken["problem"]["remedy"].as_str());
        assert!(said.is_some_and(|said| !said.is_empty()), "{what}: {broken}");
        assert!(remedy.is_some_and(|remedy| !remedy.is_empty()), "{what}: {broken}");
        let run = scratch.agent(&["list"]).ok().prints(&["broken", said.expect("just seen")]);
        assert!(run.out.lines().count() >= 4, "{what}: {}", run.out);
        // The other verbs say so, and none of them crashes.
        for args in [&["rm", "x"][..], &["diff", "x"], &["run", "x", "--", "true"]] {
            let run = scratch.agent(args);
            assert!(
                run.code <= 128 && run.code != 101 && !run.err.contains("panicked"),
                "{what}, {args:?}: {}",
                run.err
            );
        }
    }
}

#[test]
fn a_branch_whose_commit_is_missing_is_a_row() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let commit = scratch.commit_in(&path, "one", "1\n");
    let object = scratch.root().join(".git/objects").join(&commit[..2]).join(&commit[2..]);
    std::fs::remove_file(object).expect("it is a loose object");
    let row = scratch.row("x");
    assert!(row["problem"]["what"].is_string(), "{row}");
}

#[test]
fn a_worktree_of_a_branch_that_was_deleted_underneath() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.git(&["update-ref", "-d", "refs/heads/x"]);
    assert_eq!(scratch.row("x")["branch"], "x");
}

#[test]
fn merged_or_not() {
    let scratch = Scratch::project();
    for name in ["fresh", "ancestor", "squash", "open"] {
        let path = scratch.spawn(name);
        if name != "fresh" {
            scratch.commit_in(&path, &format!("{name}1"), "1\n");
            scratch.commit_in(&path, &format!("{name}2"), "2\n");
        }
    }
    scratch.git(&["merge", "--quiet", "--no-ff", "--no-edit", "ancestor"]);
    scratch.git(&["merge", "--quiet", "--squash", "squash"]);
    scratch.git(&["commit", "--quiet", "-m", "squashed"]);
    scratch.commit_in(&scratch.root(), "later", "later\n");
    scratch.git(&["push", "--quiet"]);
    for (name, expected) in
        [("fresh", Value::Null), ("open", Value::Null), ("ancestor", "ancestor".into()), ("squash", "squash".into())]
    {
        assert_eq!(scratch.row(name)["merged"], expected, "{name}");
    }
    // A fresh branch that follows the base is still not merged: nobody worked on it.
    scratch.git_in(&scratch.tree("fresh"), &["merge", "--quiet", "--ff-only", "origin/main"]);
    assert_eq!(scratch.row("fresh")["merged"], Value::Null);
}

#[test]
fn it_fits_the_terminal() {
    use unicode_width::UnicodeWidthStr as _;
    let scratch = Scratch::project();
    let task = "A task whose words do not fit on any terminal that people have 日本語 ".repeat(4);
    for name in ["x", "a-name-that-is-rather-long/and-nested", "日本語の名前"] {
        scratch.agent(&["spawn", name, "--task", &task]).ok();
    }
    std::fs::remove_dir_all(scratch.tree("x")).expect("it is there");
    for columns in [200, 100, 60, 40] {
        let run = scratch.agent_on_terminal(&scratch.root(), &["list"], &columns.to_string(), "");
        assert_eq!(run.code, 0, "{}", run.out);
        for line in plain(&run.out).lines() {
            assert!(line.width() <= columns, "{columns} columns: {line:?}");
        }
        assert!(run.out.contains("STATE"), "{}", run.out);
    }
}

/// The text without the codes for colours and movements.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {},
            '\r' => {}
            _ => plain.push(c),
        }
    }
    plain
}

#[test]
fn colours_are_for_terminals() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let run = scratch.agent(&["list"]).ok();
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    let run = scratch.agent_on_terminal(&scratch.root(), &["list"], "80", "");
    assert!(run.out.contains("\u{1b}[2m"), "{}", run.out);
}

#[test]
fn what_agents_write_does_not_reach_the_terminal_as_commands() {
    let scratch = Scratch::project();
    let hostile = "\u{1b}]0;pwned\u{7}\u{1b}[2Jtask\u{9b}31m\u{202e}";
    scratch.agent(&["spawn", "x", "--task", hostile]).ok();
    let run = scratch.agent(&["list"]).ok().prints(&["task"]);
    assert!(!run.out.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{:?}", run.out);
    let run = scratch.agent_on_terminal(&scratch.root(), &["list"], "200", "");
    assert!(
        !run.out.contains("\u{1b}]") && !run.out.contains("\u{1b}[2J") && !run.out.contains('\u{9b}'),
        "{:?}",
        run.out
    );
    assert_eq!(scratch.row("x")["task"], hostile, "JSON keeps it");
}

#[test]
fn a_path_of_a_broken_worktree_does_not_reach_the_terminal_as_commands() {
    let scratch = Scratch::project();
    let path = scratch.beside("fo\u{1b}[2Jreign");
    scratch.git(&["worktree", "add", "--quiet", "--detach", path.to_str().expect("Unicode")]);
    std::fs::remove_dir_all(&path).expect("it is there");
    assert!(!scratch.agent(&["list"]).ok().out.contains('\u{1b}'));
}

#[test]
fn a_path_in_an_error_does_not_reach_the_terminal_as_commands() {
    let scratch = Scratch::project();
    let path = scratch.beside("fo\u{1b}[2Jreign");
    scratch.git(&["worktree", "add", "--quiet", "--detach", path.to_str().expect("Unicode")]);
    put(&path.join("new"), "x\n");
    for args in [&["rm", path.to_str().expect("Unicode")][..], &["path", "no\u{1b}[2Jbody"]] {
        let run = scratch.agent(args);
        assert_ne!(run.code, 0);
        assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    }
}

#[test]
fn a_path_does_not_reach_the_terminal_as_commands() {
    let scratch = Scratch::project();
    let path = scratch.beside("fo\u{1b}[2Jreign");
    scratch.git(&["worktree", "add", "--quiet", "--detach", path.to_str().expect("Unicode")]);
    assert!(!scratch.agent(&["list"]).ok().out.contains('\u{1b}'));
}

#[test]
fn states_that_hooks_report() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let file = scratch.admin("x").join("agent-state.json");
    for state in ["working", "waiting", "done"] {
        put(&file, format!("{{\"version\":1,\"state\":\"{state}\",\"at\":1}}"));
        assert_eq!(scratch.row("x")["state"], state);
    }
    put(&file, "rubbish");
    assert_eq!(scratch.row("x")["state"], "none");
    assert_eq!(text(&file), "rubbish");
}

#[test]
fn looking_changes_nothing() {
    use crate::support::listing::{assert_same, listing};
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    put(&path.join("a"), "alpha\n");
    put(&path.join("new"), "x\n");
    let before = listing(&scratch.root());
    for args in [&["list"][..], &["list", "--json"], &["path", "x"], &["env", "x"], &["restore"], &["gc", "--dry-run"]]
    {
        scratch.agent(args).ok();
        let after = listing(&scratch.root());
        assert_same(&before, &after, &format!("{args:?}"));
    }
}

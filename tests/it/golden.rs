//! Whole texts, for what people read most: the help and the list. `GIT_AGENT_TEST_BLESS=1` writes them anew.

use std::path::PathBuf;

use crate::support::Scratch;
use crate::support::project::put;

fn assert_golden(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name);
    if std::env::var_os("GIT_AGENT_TEST_BLESS").is_some() {
        std::fs::write(&path, found).expect("it can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, golden, "{name}: if this is meant, GIT_AGENT_TEST_BLESS=1 cargo test golden");
}

#[test]
fn help() {
    let scratch = Scratch::empty();
    let short = scratch.agent_in(&scratch.beside("."), &["-h"]).ok().out;
    assert!(short.lines().count() < 50, "short help is short");
    let mut text = short.clone();
    let verbs = short.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        text.push_str(&format!("\n--- {verb} ---\n"));
        text.push_str(&scratch.agent_in(&scratch.beside("."), &[verb, "-h"]).ok().out);
    }
    assert_golden("help.txt", &text);
}

#[test]
fn list() {
    let scratch = Scratch::project();
    for (name, task) in [("feat/login", "Fix the login form"), ("docs", "Say it better"), ("idle", "")] {
        scratch.agent(&["spawn", name, "--task", task]).ok();
    }
    let login = scratch.tree("feat/login");
    scratch.commit_in(&login, "one", "1\n");
    scratch.git_in(&login, &["push", "--quiet"]);
    scratch.commit_in(&login, "two", "2\n");
    put(&login.join("a"), "changed\n");
    put(&login.join("new"), "x\n");
    scratch.commit_in(&scratch.tree("docs"), "docs", "x\n");
    scratch.git(&["merge", "--quiet", "--no-ff", "--no-edit", "docs"]);
    scratch.git(&["push", "--quiet"]);
    scratch.git(&["worktree", "add", "--quiet", "--detach", scratch.beside("foreign").to_str().expect("Unicode")]);
    std::fs::remove_dir_all(scratch.tree("idle")).expect("it is there");

    let out = scratch.agent(&["list"]).ok().out;
    let here = scratch.root().parent().expect("a folder").display().to_string();
    let mut text = String::new();
    for line in out.lines() {
        let line = line.replace(scratch.root().to_str().expect("Unicode"), "ROOT").replace(&here, "HERE");
        // Ids and ages differ from run to run; blanks between columns depend on them.
        let words: Vec<String> = line.split_whitespace().map(tame).collect();
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    assert_golden("list.txt", &text);
}

/// A word without what differs from run to run.
fn tame(word: &str) -> String {
    let bare = word.trim_matches(['(', ')']);
    if bare.len() >= 7 && bare.chars().all(|c| c.is_ascii_hexdigit()) {
        return word.replace(bare, "COMMIT");
    }
    let (number, unit) = word.split_at(word.len() - word.chars().next_back().map_or(0, char::len_utf8));
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && ["s", "m", "h", "d"].contains(&unit) {
        return "AGE".to_owned();
    }
    word.to_owned()
}

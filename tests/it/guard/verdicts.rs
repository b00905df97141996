//! The tables of `cases/`: what the hook says, and what git does when the command runs for real.
//!
//! A line is `verdict scene truth command`, separated by tabs. The truth is `moves` when the command was seen to move a
//! protected branch, `stays` when it was seen not to, `-` when it cannot run here (another host, a forge, a program that is
//! not installed). In the command `\n`, `\t` and `\\` stand for themselves.

use std::collections::BTreeMap;

use super::scene::{Scene, changed, is_protected};

struct Case {
    file: &'static str,
    verdict: String,
    scene: String,
    truth: String,
    command: String,
}

const TABLES: [(&str, &str); 11] = [
    ("refspecs", include_str!("cases/refspecs.tsv")),
    ("defaults", include_str!("cases/defaults.tsv")),
    ("git", include_str!("cases/git.tsv")),
    ("shell", include_str!("cases/shell.tsv")),
    ("scripts", include_str!("cases/scripts.tsv")),
    ("clients", include_str!("cases/clients.tsv")),
    ("files", include_str!("cases/files.tsv")),
    ("text", include_str!("cases/text.tsv")),
    ("everyday", include_str!("cases/everyday.tsv")),
    ("hidden", include_str!("cases/hidden.tsv")),
    ("carried", include_str!("cases/carried.tsv")),
];

fn cases() -> BTreeMap<String, Vec<Case>> {
    let mut by_scene: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for (file, text) in TABLES {
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut parts = line.splitn(4, '\t').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_else(|| panic!("{file}: {line}"));
            let (verdict, scene, truth, command) = (next(), next(), next(), unescape(&next()));
            by_scene.entry(scene.clone()).or_default().push(Case { file, verdict, scene, truth, command });
        }
    }
    by_scene
}

/// Every command of the tables.
pub fn commands() -> Vec<String> {
    cases().into_values().flatten().map(|case| case.command).collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next().unwrap() {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                other => out.push(other),
            },
            (letter, false) => out.push(letter),
        }
    }
    out
}

#[test]
fn verdicts() {
    let mut wrong = Vec::new();
    for (scene, cases) in cases() {
        let built = Scene::new(&scene);
        for case in cases {
            let tool = if case.command.starts_with("PS> ") { "PowerShell" } else { "Bash" };
            let command = built.fill(case.command.strip_prefix("PS> ").unwrap_or(&case.command));
            let found = built.judge_in(&built.path("wt"), tool, &command);
            if found.word != case.verdict {
                wrong.push(format!(
                    "{} {scene}: {}: {} not {} ({})",
                    case.file, case.command, found.word, case.verdict, found.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What really moves is the truth that the tables are measured by. All of it takes minutes: a part runs by default, and
/// `GUARD_REAL=all` runs the rest.
#[test]
fn truth() {
    let all = git_agent::environment::var("GUARD_REAL").is_some_and(|value| value == "all");
    let mut wrong = Vec::new();
    for (scene, cases) in cases() {
        let chosen: Vec<&Case> = cases
            .iter()
            .enumerate()
            .filter(|(at, case)| case.truth != "-" && (all || at % 9 == 0 || case.verdict == "rewrite" && at % 3 == 0))
            .map(|(_, case)| case)
            .collect();
        if chosen.is_empty() {
            continue;
        }
        let built = Scene::new(&scene);
        built.keep();
        let before = built.remote_branches();
        for case in chosen {
            let command = built.fill(&case.command);
            let verdict = built.judge(&command);
            let _ = built.run(&command);
            let moved: Vec<String> = changed(&before, &built.remote_branches())
                .into_iter()
                .filter(|name| is_protected(&case.scene, name))
                .collect();
            built.put_back();
            let line = || format!("{} {scene}: {}: {} but {moved:?} moved", case.file, case.command, verdict.word);
            if moved.is_empty() != (case.truth == "stays")
                || !moved.is_empty() && !matches!(verdict.word.as_str(), "ask" | "deny")
            {
                // A script in another language or a Makefile is opaque: the pre-push layer's.
                if !(case.truth == "moves" && case.verdict == "allow" && !moved.is_empty()) {
                    wrong.push(line());
                }
            }
            if verdict.word == "rewrite" {
                let output = built.run(&verdict.text);
                let moved: Vec<String> = changed(&before, &built.remote_branches())
                    .into_iter()
                    .filter(|name| is_protected(&case.scene, name))
                    .collect();
                if !moved.is_empty() {
                    wrong.push(format!("the rewrite moved {moved:?}: {}", verdict.text));
                }
                if !output.status.success() {
                    wrong.push(format!(
                        "the rewrite failed: {}: {}",
                        verdict.text,
                        String::from_utf8_lossy(&output.stderr)
                    ));
                }
                built.put_back();
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

//! Databases of Neon, through a stand-in for its program, and of commands that a user or a team names.

use std::path::{Path, PathBuf};

use super::server::with_path;
use crate::support::Scratch;
use crate::support::project::{put_program, text};

/// Neon's program as its documentation has it: branches in a file, arguments in another.
const NEONCTL: &str = r#"#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do printf '%s ' "$word" >>"$here/arguments"; done
echo >>"$here/arguments"
touch "$here/branches"
case "$1 $2" in
"branches list")
    printf '['
    between=
    while read -r id name; do
        printf '%s{"id":"%s","name":"%s","primary":false}' "$between" "$id" "$name"
        between=,
    done <"$here/branches"
    printf ']\n' ;;
"branches create")
    [ "$3" = --name ] || exit 2
    [ ! -e "$here/full" ] || { echo 'ERROR: branches limit exceeded, see postgres://u:hunter2@h/d' >&2; exit 1; }
    id=br-$(wc -l <"$here/branches" | tr -d ' ')
    echo "$id $4" >>"$here/branches"
    [ ! -e "$here/kill" ] || kill -9 $PPID
    printf '{"branch":{"id":"%s","name":"%s"},"endpoints":[{"id":"ep-1"}],' "$id" "$4"
    printf '"connection_uris":[{"connection_uri":"postgres://u:hunter2@ep-1.neon.tech/d"}]}\n' ;;
"branches delete") grep -v "^$3 " "$here/branches" >"$here/rest"; mv "$here/rest" "$here/branches"; echo '{}' ;;
"branches reset") echo '{}' ;;
"connection-string "*) echo "postgres://u:hunter2@ep-$2.neon.tech/d?sslmode=require" ;;
*) exit 2 ;;
esac
"#;

fn project() -> (Scratch, PathBuf) {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let bin = scratch.beside("bin");
    std::fs::create_dir(&bin).expect("it can be made");
    put_program(&bin.join("neonctl"), NEONCTL);
    for (key, value) in [("provider", "neon"), ("project", "proj-1"), ("parent", "main"), ("role", "app")] {
        scratch.config(&format!("agent-db.{key}"), value);
    }
    (scratch, bin)
}

fn branches(bin: &Path) -> String {
    std::fs::read_to_string(bin.join("branches")).unwrap_or_default()
}

#[test]
fn a_branch_at_neon() {
    let (scratch, bin) = project();
    let agent = |args: &[&str]| with_path(&scratch, &bin, args);
    agent(&["spawn", "feat/x"]).ok().does_not_say("hunter2");
    let made = branches(&bin);
    let name = made.split_whitespace().nth(1).expect("a branch").to_owned();
    assert!(name.starts_with("repo-feat-x-"), "{made}");
    let url = "postgres://u:hunter2@ep-br-0.neon.tech/d?sslmode=require";
    assert_eq!(agent(&["db", "feat/x", "url"]).ok().line(), url);
    // Without asking Neon again.
    let asked = text(&bin.join("arguments")).lines().count();
    assert_eq!(scratch.agent(&["env", "feat/x", "--json"]).ok().json()["env"]["DATABASE_URL"], url);
    assert_eq!(text(&bin.join("arguments")).lines().count(), asked);
    let json = agent(&["db", "feat/x", "--json"]).ok();
    assert!(!json.out.contains("hunter2") && json.out.contains("u:***@"), "{}", json.out);
    agent(&["db", "feat/x", "reset"]).ok();
    agent(&["rm", "feat/x"]).ok();
    assert_eq!(branches(&bin), made);
    agent(&["gc", "--purge", "feat/x"]).ok();
    agent(&["gc"]).ok();
    assert_eq!(branches(&bin), "");
    let said = text(&bin.join("arguments"));
    for line in [
        &format!("branches create --name {name} --output json --parent main --project-id proj-1 "),
        "connection-string br-0 --role-name app --project-id proj-1 ",
        "branches reset br-0 --parent --project-id proj-1 ",
        "branches delete br-0 --project-id proj-1 ",
    ] {
        assert!(said.lines().any(|other| *other == *line), "{line:?} is not in\n{said}");
    }
}

#[test]
fn a_team_reaches_the_users_account_at_neon_only_when_trusted() {
    let (scratch, bin) = project();
    scratch.git(&["config", "--remove-section", "agent-db"]);
    let team = |project: &str| {
        let text = format!("[agent-db]\n\tprovider = neon\n\tproject = {project}\n");
        std::fs::write(scratch.root().join(".gitagent"), text).expect("it can be written");
    };
    team("proj-1");
    with_path(&scratch, &bin, &["spawn", "x"]).ok().says(&["trust"]);
    assert!(!bin.join("arguments").exists(), "neonctl was started");
    assert!(with_path(&scratch, &bin, &["trust", "--show"]).ok().out.contains("proj-1"));
    with_path(&scratch, &bin, &["trust", "--yes"]).ok();
    with_path(&scratch, &bin, &["provision", "x"]).ok();
    assert_ne!(branches(&bin), "");
    // An option in the place of a name would be one for neonctl, trusted or not.
    team("--api-host=http://127.0.0.1:9");
    let asked = text(&bin.join("arguments"));
    with_path(&scratch, &bin, &["trust", "--yes"]);
    with_path(&scratch, &bin, &["provision", "x"]).says(&["agent-db.project"]);
    assert_eq!(text(&bin.join("arguments")), asked);
}

#[test]
fn what_neon_refuses_leaves_nothing_and_says_no_password() {
    let (scratch, bin) = project();
    std::fs::write(bin.join("full"), "").expect("it can be written");
    let run = with_path(&scratch, &bin, &["spawn", "x"]);
    assert!(run.err.contains("limit exceeded") && !run.err.contains("hunter2"), "{}", run.err);
    assert_eq!(branches(&bin), "");
    assert!(!scratch.admin("x").join("agent-db.json").exists());
    std::fs::remove_file(bin.join("full")).expect("it is there");
    // Killed after Neon made it: found again by its name.
    std::fs::write(bin.join("kill"), "").expect("it can be written");
    let run = with_path(&scratch, &bin, &["db", "x", "create"]);
    assert_eq!(run.code, 137, "{}", run.err);
    std::fs::remove_file(bin.join("kill")).expect("it is there");
    with_path(&scratch, &bin, &["db", "x", "create"]).ok();
    assert_eq!(branches(&bin).lines().count(), 1);
    // A branch of that name that somebody else made is left alone.
    with_path(&scratch, &bin, &["db", "x", "drop"]).ok();
    let name = text(&bin.join("arguments"));
    let name = name.lines().find_map(|line| line.strip_prefix("branches create --name ")).expect("it was made");
    let theirs = format!("br-9 {}\n", name.split(' ').next().expect("a name"));
    std::fs::write(bin.join("branches"), &theirs).expect("it can be written");
    with_path(&scratch, &bin, &["db", "x", "create"]).ok();
    with_path(&scratch, &bin, &["db", "x", "drop"]).ok();
    assert_eq!(branches(&bin), theirs);
    scratch.agent(&["db", "x", "create"]).fails(4).says(&["neonctl"]);
}

/// A program that keeps databases as files.
const KEEPER: &str = r#"#!/bin/sh
case $1 in
create) [ "$GIT_AGENT_DB" = "$2" ] && [ -n "$GIT_AGENT" ] && pwd >"%PLACE%/$2" ;;
url) echo "keeper://u:hunter2@h/$2"; echo more ;;
drop) rm "%PLACE%/$2" ;;
shell) cat "%PLACE%/$2" ;;
esac
"#;

fn keeper(scratch: &Scratch) -> (PathBuf, PathBuf) {
    let place = scratch.beside("kept");
    std::fs::create_dir(&place).expect("it can be made");
    let program = scratch.beside("keeper");
    put_program(&program, &KEEPER.replace("%PLACE%", place.to_str().expect("plain")));
    (program, place)
}

fn kept(place: &Path) -> usize {
    std::fs::read_dir(place).expect("it is there").count()
}

fn settings(program: &Path) -> Vec<(String, String)> {
    let line = |verb: &str| (verb.to_owned(), format!("{} {verb} {{db.name}}", program.display()));
    let mut all: Vec<_> = ["create", "url", "drop", "shell"].iter().map(|verb| line(verb)).collect();
    all.push(("provider".to_owned(), "command".to_owned()));
    all
}

#[test]
fn commands_of_the_user() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let (program, place) = keeper(&scratch);
    for (key, value) in settings(&program) {
        scratch.config(&format!("agent-db.{key}"), &value);
    }
    let path = scratch.spawn("it's");
    assert_eq!(kept(&place), 1);
    let url = scratch.agent(&["db", "it's", "url"]).ok().line().to_owned();
    assert!(url.starts_with("keeper://u:hunter2@h/repo_it_s_"), "{url}");
    assert_eq!(scratch.agent(&["db", "it's", "shell"]).ok().line(), path.to_str().expect("plain"));
    scratch.agent(&["db", "it's", "reset"]).ok().does_not_say("hunter2");
    // What drops it is known even if the setting is gone.
    scratch.git(&["config", "--remove-section", "agent-db"]);
    scratch.agent(&["rm", "it's"]).ok();
    assert_eq!(kept(&place), 1);
    scratch.agent(&["gc", "--purge", "it's"]).ok();
    scratch.agent(&["gc"]).ok();
    assert_eq!(kept(&place), 0);
}

#[test]
fn commands_of_a_team_run_when_they_are_trusted() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let (program, place) = keeper(&scratch);
    let lines: Vec<String> = settings(&program).iter().map(|(key, value)| format!("\t{key} = \"{value}\"\n")).collect();
    scratch.write(".gitagent", format!("[agent-db]\n{}[agent-env]\n\tPATH = /evil\n", lines.concat()));
    scratch.agent(&["spawn", "x"]).ok().says(&["git agent trust"]);
    assert_eq!(kept(&place), 0);
    scratch.agent(&["db", "x", "create"]).ok().says(&["git agent trust"]);
    assert_eq!(kept(&place), 0);
    scratch.agent(&["trust", "--yes"]).ok();
    scratch.agent(&["db", "x", "create"]).ok();
    assert_eq!(kept(&place), 1);
    assert_eq!(scratch.agent(&["env", "x", "--json"]).ok().json()["env"]["PATH"], "/evil");
    // Changed: asked again.
    scratch.write(".gitagent", format!("[agent-db]\n{}\tshell = other\n[agent-env]\n\tPATH = /evil\n", lines.concat()));
    scratch.agent(&["db", "x", "shell"]).fails(3).says(&["git agent trust"]);
    let run = scratch.agent(&["env", "x"]).ok().says(&["PATH is not set"]);
    assert!(!run.out.contains("/evil"));
}

#[test]
fn a_command_that_fails_is_undone() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let (program, place) = keeper(&scratch);
    for (key, value) in settings(&program) {
        scratch.config(&format!("agent-db.{key}"), &value);
    }
    scratch.config("agent-db.url", "false");
    scratch.agent(&["spawn", "x"]);
    assert_eq!(kept(&place), 0);
    scratch.agent(&["db", "x", "create"]).fails(1);
    assert_eq!(kept(&place), 0);
    scratch.config("agent-db.url", "no-such-program-anywhere");
    scratch.agent(&["db", "x", "create"]).fails(4);
    assert_eq!(kept(&place), 0);
}

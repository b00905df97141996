//! Databases of Neon, through a stand-in for its program, and of commands that a user or a team names.

use std::path::{Path, PathBuf};

use super::server::{started, with_path};
use crate::support::Scratch;
use crate::support::program::wait_until;
use crate::support::project::{put_program, text};

/// Neon's program as its documentation has it: branches in a file, arguments in another.
const NEONCTL: &str = r#"#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do printf '%s ' "$word" >>"$here/arguments"; done
echo >>"$here/arguments"
touch "$here/branches"
[ "$CI" = 1 ] || { echo 'ERROR: a browser is opened' >&2; exit 1; }
# As the real one: an option, else the nearest file, upwards from where it runs.
project= dir=$PWD previous=
for word in "$@"; do [ "$previous" != --project-id ] || project=$word; previous=$word; done
while [ -z "$project" ]; do
    [ ! -f "$dir/.neon" ] || project=$(sed 's/.*"projectId": *"\([^"]*\)".*/\1/' "$dir/.neon")
    [ "$dir" != / ] || break
    dir=$(dirname "$dir")
done
[ -n "$project" ] || { echo 'ERROR: Multiple projects found, please provide one with the --project-id option' >&2; exit 1; }
case "$1 $2" in
"branches list")
    printf '['
    between=
    # One page.
    { echo "br-main main $project"; grep " $project$" "$here/branches"; } | head -100 | while read -r id name its; do
        printf '%s{"id":"%s","name":"%s","project_id":"%s"}' "$between" "$id" "$name" "$its"
        between=,
    done
    printf ']\n' ;;
"branches create")
    [ "$3" = --name ] || exit 2
    [ ! -e "$here/full" ] || { echo 'ERROR: branches limit exceeded, see postgres://u:hunter2@h/d' >&2; exit 1; }
    [ ! -e "$here/slow" ] || sleep 1
    id=br-$(wc -l <"$here/branches" | tr -d ' ')
    echo "$id $4 $project" >>"$here/branches"
    [ ! -e "$here/kill" ] || kill -9 $PPID
    printf '{"branch":{"id":"%s","name":"%s","project_id":"%s"},"endpoints":[{"id":"ep-1"}],' "$id" "$4" "$project"
    printf '"connection_uris":[{"connection_uri":"postgres://u:hunter2@ep-1.neon.tech/d"}]}\n' ;;
"branches delete")
    line=$(grep -E "^($3 .*|[^ ]* $3) $project$" "$here/branches") || { echo "ERROR: Branch $3 not found." >&2; exit 1; }
    grep -vxF "$line" "$here/branches" >"$here/rest"; mv "$here/rest" "$here/branches"; echo '{}' ;;
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
    assert!(!json.out.contains("neon.tech"), "{}", json.out);
    assert!(json.json()["databases"][0]["url"].is_null());
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
    let theirs = format!("br-9 {} proj-1\n", name.split(' ').next().expect("a name"));
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
    scratch.agent(&["db", "x", "create"]).fails(3).says(&["git agent trust"]);
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

#[test]
fn a_branch_is_found_in_the_project_that_it_was_made_in_on_whatever_page() {
    let (scratch, bin) = project();
    scratch.git(&["config", "--unset", "agent-db.project"]);
    let context = |project: &str| {
        std::fs::write(scratch.root().join(".neon"), format!("{{\"projectId\": \"{project}\"}}\n")).expect("written");
    };
    let others: String = (0..150).map(|number| format!("br-o{number} other-{number} proj-a\n")).collect();
    std::fs::write(bin.join("branches"), &others).expect("written");
    context("proj-a");
    let agent = |args: &[&str]| with_path(&scratch, &bin, args);
    agent(&["spawn", "x"]).ok();
    assert_eq!(branches(&bin).lines().count(), 151);
    context("proj-b");
    agent(&["db", "x", "drop"]).ok();
    assert_eq!(branches(&bin), others);
    // Nor is it lost when the answer never came, and the settings are others when it is looked for.
    context("proj-a");
    std::fs::write(bin.join("kill"), "").expect("written");
    assert_eq!(agent(&["db", "x", "create"]).code, 137);
    std::fs::remove_file(bin.join("kill")).expect("it is there");
    scratch.config("agent-db.project", "proj-b");
    agent(&["db", "x", "create"]).ok();
    let made = branches(&bin);
    let made: Vec<&str> = made.lines().filter(|line| !others.contains(line)).collect();
    assert!(made.len() == 1 && made[0].ends_with(" proj-b"), "{made:?}");
    agent(&["db", "x", "drop"]).ok();
    assert_eq!(branches(&bin), others);
    // Its program by the other name, and not logged in.
    std::fs::rename(bin.join("neonctl"), bin.join("neon")).expect("it is there");
    scratch.config("agent-db.parent", "2026-01-31T12:00:00+01:00");
    agent(&["db", "x", "create"]).ok();
    assert!(text(&bin.join("arguments")).contains("--parent 2026-01-31T12:00:00+01:00 "));
    agent(&["db", "x", "drop"]).ok();
    assert_eq!(branches(&bin), others);
}

#[test]
fn a_branch_that_is_still_being_made_is_waited_for() {
    let (scratch, bin) = project();
    scratch.git(&["worktree", "add", "-q", scratch.tree("x").to_str().expect("plain"), "-b", "x"]);
    std::fs::write(bin.join("slow"), "").expect("it can be written");
    let mut program = started(&scratch, &bin, &["db", "x", "create"]);
    let said = || std::fs::read_to_string(bin.join("arguments")).unwrap_or_default();
    wait_until("it is begun", || said().contains("branches create"));
    program.0.kill().expect("it runs");
    program.0.wait().expect("it ends");
    with_path(&scratch, &bin, &["db", "x", "drop"]).ok();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(branches(&bin), "");
}

#[test]
fn a_command_that_goes_on_after_a_kill_is_waited_for() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let (program, place) = keeper(&scratch);
    for (key, value) in settings(&program) {
        scratch.config(&format!("agent-db.{key}"), &value);
    }
    let begun = scratch.beside("begun");
    let slow = format!("sh -c 'touch {}; sleep 1; touch {}/{{db.name}}'", begun.display(), place.display());
    scratch.config("agent-db.drop", &format!("rm -f {}/{{db.name}}", place.display()));
    scratch.config("agent-db.create", &slow);
    let kill = || {
        let mut run = started(&scratch, &place, &["spawn", "x"]);
        wait_until("it is begun", || begun.exists());
        run.0.kill().expect("it runs");
        run.0.wait().expect("it ends");
        std::fs::remove_file(&begun).expect("it is there");
    };
    kill();
    scratch.git(&["worktree", "remove", "--force", scratch.tree("x").to_str().expect("plain")]);
    scratch.agent(&["gc"]).ok();
    wait_until("it is collected", || !scratch.agent(&["gc"]).ok().out.contains("left the database"));
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert_eq!(kept(&place), 0);
    scratch.git(&["branch", "-D", "x"]);
    // One that `url` was killed for is dropped by the next, and made anew.
    scratch.config("agent-db.create", &format!("mkdir {}/{{db.name}}", place.display()));
    scratch.config("agent-db.drop", &format!("rmdir {}/{{db.name}}", place.display()));
    scratch.config("agent-db.url", &format!("sh -c 'touch {}; sleep 1; echo a://b'", begun.display()));
    kill();
    assert_eq!(kept(&place), 1);
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(kept(&place), 1);
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(kept(&place), 0);
    // What cannot be dropped stays on record, even if it is in the way of the next.
    std::fs::remove_file(&begun).expect("it is there");
    scratch.git(&["worktree", "remove", "--force", scratch.tree("x").to_str().expect("plain")]);
    scratch.git(&["branch", "-D", "x"]);
    kill();
    let inside = std::fs::read_dir(&place).expect("it is there").next().expect("one").expect("readable").path();
    std::fs::write(inside.join("busy"), "").expect("it can be written");
    scratch.agent(&["provision", "x"]).fails(7);
    std::fs::remove_file(inside.join("busy")).expect("it is there");
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(kept(&place), 0);
}

#[test]
fn a_server_that_a_command_has_started_is_not_waited_for() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let pids = scratch.beside("pids");
    scratch.config("agent-db.provider", "command");
    // It has all that the command has, its stdin too.
    let create = format!("sh -c 'sleep 600 <&0 >/dev/null 2>&1 & echo $! >>{}'", pids.display());
    scratch.config("agent-db.create", &create);
    scratch.config("agent-db.drop", "true");
    scratch.spawn("x");
    scratch.agent(&["db", "x", "drop"]).ok();
    for pid in text(&pids).lines() {
        std::process::Command::new("kill").arg(pid).status().expect("kill starts");
    }
}

#[test]
fn what_was_made_by_hand_for_a_worktree_of_others_is_collected() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    let (program, place) = keeper(&scratch);
    for (key, value) in settings(&program) {
        scratch.config(&format!("agent-db.{key}"), &value);
    }
    let path = scratch.beside("hand");
    scratch.git(&["worktree", "add", "-q", path.to_str().expect("plain"), "-b", "hand"]);
    scratch.agent(&["db", "hand", "create"]).ok();
    scratch.agent(&["rm", "hand", "--force"]).ok();
    assert_eq!(kept(&place), 1);
    scratch.agent(&["gc", "--purge", "hand"]).ok().prints(&["dropped the database of 'hand'"]);
    assert_eq!(kept(&place), 0);
    scratch.git(&["worktree", "add", "-q", path.to_str().expect("plain"), "-b", "other"]);
    scratch.agent(&["db", "hand", "create"]).ok();
    scratch.git(&["worktree", "remove", "--force", path.to_str().expect("plain")]);
    scratch.agent(&["gc"]).ok().prints(&["dropped the database of 'hand'"]);
    assert_eq!(kept(&place), 0);
}

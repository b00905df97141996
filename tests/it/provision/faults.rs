//! Steps that fail, and kill -9 at any moment: nothing is left that the next command or `git agent gc` does not take away.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::kills::{Victim, killed_after};
use crate::support::Scratch;
use crate::support::dice::Dice;
use crate::support::listing::{assert_same, listing, temporaries};
use crate::support::program::wait_until;
use crate::support::project::{names, put, text};

/// A project that uses each kind of step. What its database commands make are files in a folder beside it.
fn project() -> (Scratch, PathBuf) {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env\n/data/\n/cache\nnode_modules/\nmade\n");
    scratch.write(".worktreeinclude", ".env\ndata/\n");
    scratch.write("package.json", "{}");
    scratch.write("package-lock.json", r#"{"packages":{}}"#);
    scratch.commit("npm");
    scratch.write(".env", "SECRET=1\n");
    for number in 0..100 {
        scratch.write(&format!("data/{}/{number}", number % 7), number.to_string().repeat(50));
        scratch.write(&format!("node_modules/p{}/{number}.js", number % 9), number.to_string().repeat(90));
    }
    scratch.write("node_modules/.package-lock.json", r#"{"packages":{}}"#);
    scratch.write("cache/big", "big\n");
    let server = scratch.beside("server");
    std::fs::create_dir(&server).expect("a folder");
    let at = server.to_str().expect("plain");
    scratch.config("agent.link", "cache");
    scratch.config("agent-port.web.base", "24000");
    scratch.config("agent-db.provider", "command");
    scratch.config("agent-db.create", &format!("touch {at}/{{db.name}}"));
    scratch.config("agent-db.url", &format!("echo file:{at}/{{db.name}}"));
    scratch.config("agent-db.drop", &format!("rm -f {at}/{{db.name}}"));
    scratch.config("agent.setup", "echo up >made");
    (scratch, server)
}

/// What nobody may leave behind, once an agent is purged and the garbage collected.
#[track_caller]
fn assert_no_leak(scratch: &Scratch, server: &Path, what: &str) {
    let house = scratch.root().join(".git/agent");
    assert_eq!(names(server), Vec::<String>::new(), "{what}: databases");
    for folder in ["made", "ops", "trash"] {
        assert_eq!(names(&house.join(folder)), Vec::<String>::new(), "{what}: {folder}");
    }
    assert_eq!(names(&scratch.root().join(".claude/worktrees")), Vec::<String>::new(), "{what}");
    assert_eq!(names(&scratch.root().join(".git/worktrees")), Vec::<String>::new(), "{what}");
    assert_eq!(temporaries(&house), Vec::<PathBuf>::new(), "{what}");
}

fn removed_for_good(scratch: &Scratch, what: &str) {
    let run = scratch.agent(&["rm", "x", "--force"]);
    assert_eq!(run.code, 0, "{what}: {}", run.err);
    let run = scratch.agent(&["gc", "--purge", "x"]);
    assert_eq!(run.code, 0, "{what}: {}", run.err);
}

#[test]
fn each_step_works_and_goes() {
    let (scratch, server) = project();
    let run = scratch.agent(&["spawn", "x", "--json"]).ok();
    let json = run.json();
    let steps = json["agents"][0]["provision"]["steps"].as_array().expect("steps").clone();
    let found: Vec<_> = steps.iter().map(|step| step["step"].as_str().expect("a name")).collect();
    assert_eq!(found, ["files", "ports", "links", "database", "npm", "setup"]);
    assert!(steps.iter().all(|step| step["state"] == "done" && !step["summary"].as_str().expect("a text").is_empty()));
    assert_eq!(names(&server).len(), 1);
    scratch.agent(&["rm", "x", "--force"]).ok();
    assert_eq!(names(&server).len(), 1, "it can be restored");
    scratch.agent(&["restore", "x"]).ok();
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.agent(&["gc", "--purge", "x"]).ok().prints(&["dropped the database of 'x'"]);
    assert_no_leak(&scratch, &server, "afterwards");
}

#[test]
fn what_others_deleted_is_collected() {
    let (scratch, server) = project();
    let place = scratch.spawn("x");
    scratch.git(&["worktree", "remove", "--force", place.to_str().expect("plain")]);
    assert_eq!(names(&server).len(), 1);
    scratch.agent(&["gc", "--dry-run"]).ok().prints(&["would have dropped the database of 'x'"]);
    assert_eq!(names(&server).len(), 1);
    let gc = scratch.agent(&["gc", "--json"]).ok().json();
    assert_eq!(gc["dropped"][0]["what"], "database");
    assert_no_leak(&scratch, &server, "afterwards");
    // Another worktree of the same name has nothing to do with it.
    scratch.git(&["branch", "-D", "x"]);
    scratch.spawn("x");
    scratch.agent(&["gc"]).ok();
    assert_eq!(names(&server).len(), 1);
}

#[test]
fn a_copy_of_the_repository_drops_nothing_of_the_original() {
    let (scratch, server) = project();
    scratch.spawn("x");
    let (root, copy) = (scratch.root(), scratch.beside("copy"));
    let copied = std::process::Command::new("cp").arg("-a").args([&root, &copy]).status().expect("cp starts");
    assert!(copied.success());
    std::fs::remove_dir_all(copy.join(".git/worktrees")).expect("it is there");
    scratch.agent_in(&copy, &["gc"]).ok();
    assert_eq!(names(&server).len(), 1);
}

#[test]
fn a_database_that_cannot_be_dropped_now_is_dropped_later() {
    let (scratch, server) = project();
    let drop = scratch.git(&["config", "agent-db.drop"]);
    scratch.config("agent-db.drop", "false");
    scratch.spawn("x");
    scratch.agent(&["rm", "x", "--force"]).ok();
    scratch.agent(&["gc", "--purge", "x"]).ok().prints(&["left the database of 'x'"]);
    let lists = names(&scratch.root().join(".git/agent/made"));
    assert_eq!(lists.iter().filter(|name| name.ends_with(".json")).count(), 1);
    let list = scratch.root().join(".git/agent/made").join(&names(&scratch.root().join(".git/agent/made"))[0]);
    let mended = text(&list).replace("\"false\"", &serde_json::to_string(&drop).expect("a text").replace(' ', "\",\""));
    let db = names(&server)[0].clone();
    put(&list, mended.replace("{db.name}", &db));
    scratch.agent(&["gc"]).ok().prints(&["dropped the database of 'x'"]);
    assert_no_leak(&scratch, &server, "afterwards");
}

#[test]
fn a_step_that_fails_leaves_nothing_of_its_own_and_the_others_stand() {
    type Break = fn(&Scratch, &Path);
    let faults: [(&str, Break); 4] = [
        ("ports", |s, _| put(&s.home().join(".local/state/git-agent/ports.json"), "{")),
        ("database", |s, _| s.config("agent-db.url", "false")),
        ("setup", |s, _| s.config("agent.setup", "exit 9")),
        ("npm", |s, _| {
            s.config("agent.deps", "reflink");
            s.write("node_modules/.package-lock.json", "{}");
        }),
    ];
    for (step, fault) in &faults {
        let (scratch, server) = project();
        fault(&scratch, &server);
        let run = scratch.agent(&["spawn", "x"]).fails(7).says(&[&format!("the step '{step}' failed")]);
        run.says(&["hint: git agent provision x"]);
        assert_eq!(scratch.row("x")["provision"]["failed"], *step);
        let has_database = !["database", "ports"].contains(step);
        assert_eq!(names(&server).len(), usize::from(has_database), "{step}");
        assert!(scratch.tree("x").join(".env").is_file(), "{step}");
        assert!(!scratch.admin("x").join("agent-staging").exists(), "{step}");
        removed_for_good(&scratch, step);
        assert_no_leak(&scratch, &server, step);
    }
}

#[test]
fn kills_at_random_moments() {
    let runs = std::env::var("GIT_AGENT_TEST_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(200);
    std::thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || killed(runs / 2, worker + 1));
        }
    });
}

/// Kills a spawn, a provisioning or a removal, and afterwards makes the agent whole, or proves that there is none.
fn killed(runs: usize, seed: u64) {
    let (scratch, server) = project();
    let mut dice = Dice::new(seed);
    let mut last = Duration::from_millis(200);
    let (data, modules) = (listing(&scratch.root().join("data")), listing(&scratch.root().join("node_modules")));
    for number in 0..runs {
        scratch.config("agent.setupWait", "true");
        let deed: &[&str] = dice.pick(&[&["spawn", "x"], &["provision", "x"], &["rm", "x", "--force"]]);
        if deed[0] != "spawn" {
            scratch.agent(&["spawn", "x"]).ok();
        }
        if deed[0] == "provision" {
            // Something to be completed.
            let place = scratch.tree("x");
            std::fs::remove_dir_all(place.join("node_modules")).expect("it is there");
            std::fs::remove_dir_all(place.join("data")).expect("it is there");
        }
        let victim = dice.pick(&[Victim::Process, Victim::Group]);
        let waits = dice.pick(&["true", "false"]);
        scratch.config("agent.setupWait", waits);
        let delay = last * u32::try_from(dice.roll(1100)).unwrap_or_default() / 1000;
        let what = format!("seed {seed}, run {number}: {deed:?}, {victim:?} after {delay:?}, setupWait={waits}");
        let begun = Instant::now();
        killed_after(&mut scratch.program(&scratch.root(), deed), delay, victim);
        last = last.max(begun.elapsed().min(Duration::from_millis(600)));
        let list = scratch.agent(&["list"]);
        assert_eq!(list.code, 0, "{what}: {}", list.err);
        // A process in the background is none that was killed.
        wait_until(&what, || {
            names(&scratch.root().join(".git/agent/ops")).is_empty() || scratch.agent(&["list"]).code != 0
        });
        let place = scratch.tree("x");
        if !place.exists() && names(&scratch.root().join(".git/agent/trash")).is_empty() {
            let run = scratch.agent(&["gc"]);
            assert_eq!(run.code, 0, "{what}: {}", run.err);
            assert_no_leak(&scratch, &server, &what);
            continue;
        }
        if !place.exists() {
            let run = scratch.agent(&["restore", "x"]);
            assert_eq!(run.code, 0, "{what}: {}", run.err);
        }
        // Nobody takes it for ready before it is.
        let ready = &scratch.row("x")["provision"];
        let is_set_up = place.join("made").exists() && place.join(".env").exists();
        assert!(
            is_set_up || ["interrupted", "running", "failed"].iter().any(|word| ready["state"] == *word),
            "{what}: {ready}"
        );
        let mut run = scratch.agent(&["provision", "x"]);
        // What was started in the background, or by a command that was killed, may go on for a moment.
        for _ in 0..100 {
            if run.code != 3 {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
            run = scratch.agent(&["provision", "x"]);
        }
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "", "{what}");
        assert_same(&data, &listing(&place.join("data")), &what);
        assert_same(&modules, &listing(&place.join("node_modules")), &what);
        assert_eq!(
            (text(&place.join(".env")), text(&place.join("made"))),
            ("SECRET=1\n".into(), "up\n".into()),
            "{what}"
        );
        assert_eq!(names(&server).len(), 1, "{what}");
        assert!(!scratch.admin("x").join("agent-staging").exists(), "{what}");
        assert_eq!(names(place.parent().expect("a folder")), ["x"], "{what}");
        removed_for_good(&scratch, &what);
        assert_no_leak(&scratch, &server, &what);
    }
    assert_same(&data, &listing(&scratch.root().join("data")), "the main checkout's data");
    assert_same(&modules, &listing(&scratch.root().join("node_modules")), "the main checkout's node_modules");
}

#[test]
fn fifty_at_once() {
    let (scratch, server) = project();
    scratch.agent(&["spawn", "-n", "50", "x", "--quiet"]).ok();
    let rows = scratch.rows();
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row["provision"]["state"] == "done"));
    assert_eq!(names(&server).len(), 50, "each has its own database");
    let mut ports: Vec<String> = rows
        .iter()
        .map(|row| scratch.agent(&["port", row["name"].as_str().expect("a name"), "web"]).ok().line().to_owned())
        .collect();
    ports.sort();
    ports.dedup();
    assert_eq!(ports.len(), 50, "no port twice");
    let all: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    scratch.agent(&[&["rm", "--force"], &all[..]].concat()).ok();
    let purge: Vec<&str> = all.iter().flat_map(|name| ["--purge", name]).collect();
    scratch.agent(&[&["gc"], &purge[..]].concat()).ok();
    assert_no_leak(&scratch, &server, "afterwards");
}

//! `agent.rewriteEnv`: the agent's values in copied `.env` files.

use std::path::Path;

use crate::support::Scratch;
use crate::support::project::{put, text};

/// An agent with a `.env` that was copied from the main checkout.
fn project(content: &str) -> (Scratch, std::path::PathBuf) {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env*\n/.claude/\n");
    scratch.write(".worktreeinclude", ".env\n.env.local\n");
    scratch.commit("ignore");
    scratch.config("agent-port.web.base", "21000");
    scratch.config("agent-port.web.env", "PORT");
    scratch.config("agent-env.api-url", "http://localhost:{port.web}/?a b");
    put(&scratch.root().join(".env"), content);
    let path = scratch.tree("a");
    (scratch, path)
}

/// The port of the agent: which one it is depends on who else looks for one at the same moment.
fn port(scratch: &Scratch) -> String {
    scratch.agent(&["port", "a", "web"]).ok().line().to_owned()
}

/// Makes the agent and looks at what became of the file in both places.
#[track_caller]
fn spawned(scratch: &Scratch, path: &Path, before: &str) -> String {
    scratch.spawn("a");
    assert_eq!(text(&scratch.root().join(".env")), before, "the main checkout's file");
    text(&path.join(".env"))
}

#[test]
fn nothing_is_written_unless_asked() {
    let (scratch, path) = project("PORT=3000\n");
    assert_eq!(spawned(&scratch, &path, "PORT=3000\n"), "PORT=3000\n");
}

#[test]
fn named_variables_get_the_agents_values() {
    let before = "# the port\r\nexport PORT = \"3000\" # here\r\nAPI_URL='old'\r\nSECRET=s3cr3t\r\n";
    let (scratch, path) = project(before);
    scratch.write(".gitagent", "[agent]\n\trewriteEnv = PORT API_URL MISSING\n");
    let run = scratch.agent(&["spawn", "a"]).ok().says(&["MISSING"]);
    drop(run);
    assert_eq!(text(&scratch.root().join(".env")), before);
    let after =
        "# the port\r\nexport PORT = \"21551\" # here\r\nAPI_URL='http://localhost:21551/?a b'\r\nSECRET=s3cr3t\r\n";
    let after = after.replace("21551", &port(&scratch));
    assert_eq!(text(&path.join(".env")), after);
    // What we wrote is no work of anybody's; what somebody changes is.
    scratch.agent(&["rm", "a"]).ok();
    scratch.agent(&["restore", "a"]).ok();
    put(&path.join(".env"), format!("{after}MINE=1\r\n"));
    scratch.agent(&["rm", "a"]).fails(3).says(&[".env"]);
}

#[test]
fn true_means_all_and_the_users_false_wins() {
    let (scratch, path) = project("PORT=3000\nGIT_AGENT=no\n");
    scratch.write(".gitagent", "[agent]\n\trewriteEnv = true\n");
    let after = spawned(&scratch, &path, "PORT=3000\nGIT_AGENT=no\n");
    assert_eq!(after, format!("PORT={}\nGIT_AGENT=no\n", port(&scratch)));
    scratch.config("agent.rewriteEnv", "false");
    scratch.agent(&["rm", "a"]).ok();
    scratch.agent(&["gc", "--purge", "a"]).ok();
    assert_eq!(spawned(&scratch, &path, "PORT=3000\nGIT_AGENT=no\n"), "PORT=3000\nGIT_AGENT=no\n");
}

#[test]
fn tracked_files_links_and_examples_stay() {
    let (scratch, path) = project("PORT=3000\n");
    scratch.config("agent.rewriteEnv", "true");
    scratch.config("agent.link", ".env.local");
    scratch.write(".env.test", "PORT=3000\n");
    scratch.write(".env.example", "PORT=3000\n");
    scratch.git(&["add", "--force", ".env.test"]);
    scratch.commit("tracked");
    scratch.write(".env.local", "PORT=3000\n");
    scratch.write(".worktreeinclude", ".env\n.env.example\n");
    assert_eq!(spawned(&scratch, &path, "PORT=3000\n"), format!("PORT={}\n", port(&scratch)));
    for name in [".env.test", ".env.example"] {
        assert_eq!(text(&path.join(name)), "PORT=3000\n", "{name}");
    }
    assert_eq!(text(&scratch.root().join(".env.local")), "PORT=3000\n");
}

#[test]
fn files_elsewhere_are_named() {
    let (scratch, path) = project("PORT=3000\n");
    scratch.config("agent.rewriteEnv", "PORT");
    scratch.config("agent.envFile", "apps/web/.env");
    scratch.write(".worktreeinclude", ".env\n");
    scratch.write("apps/web/.env", "PORT=3000\n");
    spawned(&scratch, &path, "PORT=3000\n");
    assert_eq!(text(&path.join("apps/web/.env")), format!("PORT={}\n", port(&scratch)));
    assert_eq!(text(&scratch.root().join("apps/web/.env")), "PORT=3000\n");
}

#[test]
fn what_somebody_changed_stays_and_is_asked_about() {
    let (scratch, path) = project("PORT=3000\nAPI_URL=old\nX=1\n");
    scratch.config("agent.rewriteEnv", "PORT API_URL");
    spawned(&scratch, &path, "PORT=3000\nAPI_URL=old\nX=1\n");
    let ours = text(&path.join(".env"));
    // Another line is somebody's: the values are written all the same, and the file is theirs from then on.
    put(&path.join(".env"), ours.replace("X=1", "X=2"));
    scratch.config("agent-env.api-url", "http://127.0.0.1:{port.web}/");
    scratch.agent(&["provision", "a"]).ok();
    let port = port(&scratch);
    assert_eq!(text(&path.join(".env")), format!("PORT={port}\nAPI_URL='http://127.0.0.1:{port}/'\nX=2\n"));
    scratch.agent(&["rm", "a"]).fails(3).says(&[".env"]);
    // A value that is somebody's stays.
    let theirs = format!("PORT=4000\nAPI_URL='http://127.0.0.1:{port}/'\nX=2\n");
    put(&path.join(".env"), &theirs);
    scratch.agent(&["provision", "a"]).ok().says(&["PORT in '.env' is not what git-agent wrote there"]);
    assert_eq!(text(&path.join(".env")), theirs);
    scratch.agent(&["rm", "a"]).fails(3).says(&[".env"]);
}

#[test]
fn a_file_that_was_changed_before_it_was_first_written_is_asked_about() {
    let (scratch, path) = project("PORT=3000\n");
    scratch.spawn("a");
    put(&path.join(".env"), "PORT=3000\nMINE=1\n");
    scratch.config("agent.rewriteEnv", "yes");
    scratch.agent(&["provision", "a"]).ok();
    assert_eq!(text(&path.join(".env")), format!("PORT={}\nMINE=1\n", port(&scratch)));
    scratch.agent(&["rm", "a"]).fails(3).says(&[".env"]);
}

#[test]
fn a_port_that_comes_back_as_another_is_written_again() {
    let (scratch, path) = project("PORT=3000\n");
    scratch.config("agent.rewriteEnv", "PORT");
    scratch.config("agent-port.web.base", "25000");
    spawned(&scratch, &path, "PORT=3000\n");
    let before = port(&scratch);
    scratch.agent(&["rm", "a"]).ok();
    let number: u16 = before.parse().expect("a port");
    let _listener = std::net::TcpListener::bind(("127.0.0.1", number)).expect("it was free");
    scratch.agent(&["restore", "a"]).ok();
    let after = port(&scratch);
    assert_ne!(before, after);
    assert_eq!(text(&path.join(".env")), format!("PORT={after}\n"));
    // All in it is ours.
    scratch.agent(&["rm", "a"]).ok();
}

#[test]
fn the_same_variable_twice_is_told_once() {
    let (scratch, path) = project("PORT=3000\nPORT=3001\n");
    scratch.config("agent.rewriteEnv", "PORT");
    let run = scratch.agent(&["spawn", "a"]).ok().says(&["environment: PORT in .env\n"]);
    drop(run);
    assert_eq!(text(&path.join(".env")), format!("PORT={0}\nPORT={0}\n", port(&scratch)));
}

/// A repository whose `.env` leads to the main checkout's database.
fn with_database() -> (Scratch, std::path::PathBuf) {
    let (scratch, path) = project("DATABASE_URL='file:main'\nX=1\n");
    scratch.git(&["config", "--remove-section", "agent-port.web"]);
    scratch.git(&["config", "--remove-section", "agent-env"]);
    scratch.config("agent.rewriteEnv", "DATABASE_URL");
    (scratch, path)
}

/// What programs find as the database's address when the user has set one for the main checkout.
fn found(scratch: &Scratch, args: &[&str]) -> String {
    scratch.run(scratch.program(&scratch.root(), args).env("DATABASE_URL", "file:exported")).ok().line().to_owned()
}

const SHOW: &str = "echo \"${DATABASE_URL-none}\"";

#[test]
fn without_trust_nothing_leads_to_the_main_checkouts_database() {
    let (scratch, path) = with_database();
    let at = scratch.beside("made");
    scratch.write(
        ".gitagent",
        format!(
            "[agent-db]\n\tprovider = command\n\tcreate = touch {0}\n\turl = echo file:own\n\tdrop = rm {0}\n",
            at.display()
        ),
    );
    let run = scratch.agent(&["spawn", "a", "--json"]).ok();
    let warnings = run.json()["warnings"].to_string();
    for part in ["git agent trust", "pointed at a database that is not the agent's own", "git agent provision a"] {
        assert!(warnings.contains(part), "{part}: {warnings}");
    }
    assert_eq!(text(&path.join(".env")), "DATABASE_URL=''\nX=1\n");
    assert_eq!(found(&scratch, &["run", "a", "--", "sh", "-c", SHOW]), "none");
    assert_eq!(scratch.agent(&["env", "a", "--json"]).ok().json()["unset"], serde_json::json!(["DATABASE_URL"]));
    for (syntax, line) in [
        ("sh", "unset DATABASE_URL"),
        ("fish", "set -e DATABASE_URL; or true"),
        ("powershell", "Remove-Item -ErrorAction Ignore Env:DATABASE_URL"),
    ] {
        let run = scratch.agent(&["env", "a", &format!("--export={syntax}")]).ok();
        assert!(run.out.lines().any(|other| other == line), "{}", run.out);
    }
    let run = scratch.agent(&["env", "a", "--dotenv"]).ok();
    assert!(run.out.lines().any(|line| line == "DATABASE_URL="), "{}", run.out);
    // The program that spawn starts has none either.
    scratch.config("agent.show.command", &format!("sh -c '{SHOW}'"));
    assert!(found(&scratch, &["spawn", "b", "--agent", "show", "-q"]).starts_with("none"));

    scratch.agent(&["trust", "--yes"]).ok();
    scratch.agent(&["db", "a", "create"]).ok().says(&["environment: DATABASE_URL in .env"]);
    assert_eq!(text(&path.join(".env")), "DATABASE_URL='file:own'\nX=1\n");
    assert_eq!(found(&scratch, &["run", "a", "--", "sh", "-c", SHOW]), "file:own");
    // The main checkout's file, copied over it by hand, is no work of anybody's.
    std::fs::copy(scratch.root().join(".env"), path.join(".env")).expect("it can be copied");
    scratch.agent(&["db", "a", "reset"]).ok();
    assert_eq!(text(&path.join(".env")), "DATABASE_URL='file:own'\nX=1\n");
    scratch.agent(&["db", "a", "drop"]).ok();
    assert_eq!(text(&path.join(".env")), "DATABASE_URL=''\nX=1\n");
    scratch.agent(&["rm", "a"]).ok();
}

#[test]
fn when_the_database_fails_nothing_leads_to_the_main_checkouts() {
    let (scratch, path) = with_database();
    for (key, value) in [("provider", "command"), ("create", "false"), ("url", "echo file:own"), ("drop", "true")] {
        scratch.config(&format!("agent-db.{key}"), value);
    }
    scratch.config("agent-env.OTHER", "{db.url}");
    scratch
        .agent(&["spawn", "a"])
        .fails(7)
        .says(&["pointed at a database that is not the agent's own", "the step 'database' failed"]);
    assert_eq!(text(&path.join(".env")), "DATABASE_URL=''\nX=1\n");
    assert_eq!(found(&scratch, &["run", "a", "--", "sh", "-c", SHOW]), "none");
    assert_eq!(found(&scratch, &["run", "a", "--", "sh", "-c", "echo \"${OTHER-none}\""]), "none");
    scratch.config("agent-db.create", "true");
    scratch.agent(&["provision", "a"]).ok();
    assert_eq!(text(&path.join(".env")), "DATABASE_URL='file:own'\nX=1\n");
}

#[test]
fn a_value_that_does_not_fit_leaves_no_address_behind() {
    let (scratch, path) = with_database();
    for (key, value) in [("provider", "command"), ("create", "true"), ("url", "echo file:'${{x}}'"), ("drop", "true")] {
        scratch.config(&format!("agent-db.{key}"), value);
    }
    scratch.agent(&["spawn", "a"]).ok().says(&["cannot hold the value of DATABASE_URL"]);
    assert_eq!(text(&path.join(".env")), "DATABASE_URL=\nX=1\n");
}

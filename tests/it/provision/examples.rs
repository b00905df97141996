//! The worked examples of docs/environment.md, with the `.gitagent` that stands there.

use crate::support::skip::skipped;
use std::process::Command;

use super::server::{Server, project as postgres};
use crate::support::project::{put, put_program, text};

/// The `.gitagent` of the example under this heading of the page.
fn documented(heading: &str) -> String {
    let page = text(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/environment.md"));
    let (_, rest) = page.split_once(&format!("### {heading}\n")).expect("the example is on the page");
    let (_, block) = rest.split_once("```ini\n").expect("its .gitagent");
    block.split_once("```").expect("the block ends").0.to_owned()
}

#[test]
fn node_and_postgres() {
    let Some(server) = Server::start() else { return };
    if Command::new("npm").arg("--version").output().is_err() {
        skipped("there is no npm; apt install npm");
        return;
    }
    let scratch = postgres(&server);
    scratch.git(&["config", "--remove-section", "agent-db"]);
    scratch.write(".gitignore", ".env\nnode_modules/\nmigrated\n");
    scratch.write(".worktreeinclude", ".env\n");
    scratch.write(".gitagent", documented("Node and Postgres"));
    // A dependency from a folder needs no registry.
    scratch.write("vendored/greeting/package.json", r#"{"name":"greeting","version":"1.0.0"}"#);
    scratch.write("vendored/greeting/index.js", "module.exports = 'hello'\n");
    scratch.write(
        "package.json",
        r#"{"name":"app","version":"1.0.0","dependencies":{"greeting":"file:vendored/greeting"},"scripts":{"migrate":"node migrate.js"}}"#,
    );
    scratch.write("migrate.js", "require('fs').writeFileSync('migrated', require('greeting') + ' ' + process.env.PORT + ' ' + process.env.DATABASE_URL)\n");
    let npm = scratch
        .run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--offline"]).current_dir(scratch.root()));
    assert_eq!(npm.code, 0, "{}", npm.err);
    scratch.commit("app");
    scratch.agent(&["trust", "--yes"]).ok();
    let places: Vec<_> = ["one", "two"].map(|name| scratch.spawn(name)).into();
    let mut seen = Vec::new();
    for (name, place) in ["one", "two"].iter().zip(&places) {
        let env = scratch.agent(&["env", name, "--json"]).ok().json()["env"].clone();
        let (port, url) = (env["PORT"].as_str().expect("a port"), env["DATABASE_URL"].as_str().expect("a url"));
        assert_eq!(text(&place.join("migrated")), format!("hello {port} {url}"));
        let own = text(&place.join(".env"));
        assert!(own.contains(url), "the copy names the agent's own database: {own}");
        assert!(!own.contains(&format!("'{}'", server.url("app"))), "and not the main checkout's: {own}");
        seen.push((port.to_owned(), url.to_owned()));
    }
    assert_ne!(seen[0].0, seen[1].0);
    assert_ne!(seen[0].1, seen[1].1);
    assert!(text(&scratch.root().join(".env")).contains(&server.url("app")), "the main checkout's own is as it was");
    assert_eq!(server.databases().len(), 3);
    scratch.agent(&["rm", "one", "two", "--force"]).ok();
    scratch.agent(&["gc", "--purge", "one", "--purge", "two"]).ok();
    assert_eq!(server.databases(), ["app"]);
}

#[test]
fn python_and_sqlite() {
    let Some(scratch) = super::sqlite::project() else { return };
    scratch.git(&["config", "--remove-section", "agent-db"]);
    scratch.write(".gitignore", "db/\n.venv/\n.env\n");
    scratch.write(".worktreeinclude", ".env\n");
    scratch.write(".gitagent", documented("Python and SQLite"));
    scratch.write("uv.lock", "version = 1\n");
    scratch.write("manage.py", "import os, sqlite3, sys\nassert sys.argv[1:] == ['migrate']\nc = sqlite3.connect(os.environ['DATABASE_URL'].removeprefix('sqlite:///'))\nc.execute('CREATE TABLE migrated (x)')\nc.commit()\n");
    scratch.commit("app");
    scratch.write(".env", "DEBUG=1\nDATABASE_URL=sqlite:///db/dev.sqlite3\n");
    scratch.agent(&["trust", "--yes"]).ok();
    let bin = scratch.beside("bin");
    // uv itself, in so far as it is used here.
    let uv = "#!/bin/sh\ncase $1 in sync) mkdir -p .venv && echo home >.venv/pyvenv.cfg;; run) shift; exec python3 \"${@#python}\";; esac\n";
    put_program(&bin.join("uv"), &uv.replace("exec python3 \"${@#python}\"", "shift; exec python3 \"$@\""));
    super::server::with_path(&scratch, &bin, &["spawn", "one"]).ok();
    let tables = |place: &std::path::Path| {
        let out = Command::new("sqlite3").arg(place.join("db/dev.sqlite3")).arg(".tables").output().expect("sqlite3");
        String::from_utf8_lossy(&out.stdout).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(tables(&scratch.tree("one")), ["migrated", "t"]);
    assert_eq!(tables(&scratch.root()), ["t"], "the main checkout's own is as it was");
    assert!(scratch.tree("one").join(".venv/pyvenv.cfg").is_file());
    put(&scratch.tree("one").join("x"), "");
    let own = format!("DEBUG=1\nDATABASE_URL=sqlite:///{}\n", scratch.tree("one").join("db/dev.sqlite3").display());
    assert_eq!(text(&scratch.tree("one").join(".env")), own);
}

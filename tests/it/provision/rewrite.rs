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
    assert_eq!(spawned(&scratch, &path, "PORT=3000\nGIT_AGENT=no\n"), "PORT=21551\nGIT_AGENT=no\n");
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
    assert_eq!(spawned(&scratch, &path, "PORT=3000\n"), "PORT=21551\n");
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
    assert_eq!(text(&path.join("apps/web/.env")), "PORT=21551\n");
    assert_eq!(text(&scratch.root().join("apps/web/.env")), "PORT=3000\n");
}

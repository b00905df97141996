//! A push through the remote helper of strict mode against plain git, in the same worktree and to the same local remote.
//!
//! `cargo bench --bench strict`

mod common;

use common::{Ground, compare, heading};

fn main() {
    let ground = Ground::new(500);
    let bare = ground.beside("origin.git");
    let bare = bare.to_str().expect("a plain path");
    ground.git(&["init", "--quiet", "--bare", bare]);
    ground.git(&["remote", "add", "origin", bare]);
    ground.git(&["push", "--quiet", "origin", "main"]);
    ground.git(&["config", "agent.strict", "true"]);
    ground.ours(&["spawn", "--quiet", "x"]);
    let tree = ground.repo().join(".claude/worktrees/x");
    let helper = std::path::Path::new(env!("CARGO_BIN_EXE_git-remote-agent-guard")).parent().expect("a folder");
    let path = git_agent::environment::var("PATH").unwrap_or_default();
    let path = format!("{}:{}", helper.display(), path.to_string_lossy());
    // The same push without our rule: a longer one that changes nothing.
    let plain = format!("url.{bare}.pushInsteadOf={bare}");
    let push = |strict: bool, more: &[&str]| {
        let mut command = ground.command("git");
        command.current_dir(&tree).env("PATH", &path);
        if !strict {
            command.args(["-c", &plain]);
        }
        command.args(["push", "--quiet", "--no-verify"]).args(more).stdout(std::process::Stdio::null());
        let start = std::time::Instant::now();
        assert!(command.status().expect("git").success());
        start.elapsed()
    };
    let commit = || {
        let mut command = ground.command("git");
        command.current_dir(&tree).args(["commit", "--quiet", "--allow-empty", "--message=more"]);
        assert!(command.status().expect("git").success());
    };
    heading("strict", "plain");
    compare("a push with nothing new", 60, |_| push(true, &["origin", "HEAD"]), |_| push(false, &["origin", "HEAD"]));
    let onto = |strict: bool| {
        commit();
        push(strict, &["origin", "HEAD:refs/heads/x"])
    };
    compare("a push of one commit", 60, |_| onto(true), |_| onto(false));
}

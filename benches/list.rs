//! Listing worktrees, against `git status` in each and against worktrunk: `cargo bench --bench list`.
//!
//! worktrunk's `wt` is measured if it is on PATH (`cargo install worktrunk`), else left out.
#![allow(clippy::disallowed_methods, reason = "benches write files themselves")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should say where")]

mod common;

use common::{Ground, compare, heading};

fn main() {
    let ground = Ground::new(2_000);
    ground.ours(&["spawn", "--quiet", "--base", "head", "-n", "100", "w"]);
    // One in two has been worked in: a commit, a change, a new file.
    for number in (1..=100).step_by(2) {
        let tree = ground.repo().join(format!(".claude/worktrees/w-{number}"));
        std::fs::write(tree.join("committed"), "x").unwrap();
        ground.git(&["-C", tree.to_str().unwrap(), "add", "."]);
        ground.git(&["-C", tree.to_str().unwrap(), "commit", "--quiet", "--message=x"]);
        std::fs::write(tree.join("d0/e0/f0"), "changed").unwrap();
        std::fs::write(tree.join("new"), "new").unwrap();
    }
    std::fs::write(ground.repo().join("moved-on"), "x").unwrap();
    ground.git(&["add", "moved-on"]);
    ground.git(&["commit", "--quiet", "--message=two"]);
    let four = "ls -d .claude/worktrees/* | xargs -P4 -I{} git -C {} status --porcelain=v2 --branch";
    heading("git agent", "the other");
    compare(
        "list | git status, four at a time; 100 worktrees",
        11,
        |_| ground.ours(&["list"]),
        |_| ground.run("sh", &["-c", four]),
    );
    if ground.command("wt").arg("--version").output().is_ok() {
        compare("list | wt list; 100 worktrees", 7, |_| ground.ours(&["list"]), |_| ground.run("wt", &["list"]));
    } else {
        println!("wt is not on PATH: left out");
    }
    ground.ours(&["spawn", "--quiet", "--base", "head", "-n", "100", "v"]);
    compare(
        "list --no-status | git worktree list; 200 worktrees",
        15,
        |_| ground.ours(&["list", "--no-status"]),
        |_| ground.git(&["worktree", "list", "--porcelain"]),
    );
}

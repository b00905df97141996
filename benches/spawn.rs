//! Making and removing worktrees, against git itself: `cargo bench --bench spawn`.
#![allow(clippy::disallowed_methods, reason = "benches write files themselves")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should say where")]

mod common;

use common::{Ground, compare, heading};

fn main() {
    heading("git agent", "git");
    for files in [2_000, 20_000] {
        let ground = Ground::new(files);
        compare(
            &format!("spawn --base head | worktree add, {files} files"),
            15,
            |round| ground.ours(&["spawn", "--quiet", "--base", "head", &format!("ours-{round}")]),
            |round| {
                let path = ground.beside(&format!("theirs-{round}"));
                ground.git(&[
                    "worktree",
                    "add",
                    "--quiet",
                    "--no-track",
                    "-b",
                    &format!("theirs-{round}"),
                    path.to_str().unwrap(),
                    "main",
                ])
            },
        );
        compare(
            &format!("rm --force | worktree remove --force, {files} files"),
            14,
            |round| ground.ours(&["rm", "--quiet", "--force", &format!("ours-{round}")]),
            |round| {
                ground.git(&[
                    "worktree",
                    "remove",
                    "--force",
                    ground.beside(&format!("theirs-{round}")).to_str().unwrap(),
                ])
            },
        );
    }
    // Removing and restoring must not depend on how much is in the worktree: 50,000 ignored files against none.
    let (full, empty) = (Ground::new(2_000), Ground::new(2_000));
    for ground in [&full, &empty] {
        ground.ours(&["spawn", "--quiet", "--base", "head", "x"]);
    }
    full.fill(&full.repo().join(".claude/worktrees/x/ignored"), 50_000);
    heading("50,000 more", "none more");
    for verb in [&["rm", "--quiet", "--force", "x"][..], &["restore", "--quiet", "x"]] {
        let back: &[&str] =
            if verb[0] == "rm" { &["restore", "--quiet", "x"] } else { &["rm", "--quiet", "--force", "x"] };
        if verb[0] == "restore" {
            full.ours(back);
            empty.ours(back);
        }
        let timed = |ground: &Ground| {
            let took = ground.ours(verb);
            ground.ours(back);
            took
        };
        compare(&format!("{}, 2,000 tracked files", verb[0]), 15, |_| timed(&full), |_| timed(&empty));
    }
}

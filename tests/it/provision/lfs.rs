//! Files of git LFS: filled without the network, or told.

use crate::support::Scratch;
use crate::support::project::text;
use crate::support::skip::skipped;

#[test]
fn filled_from_the_common_store_or_told() {
    let version = std::process::Command::new("git").args(["lfs", "version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        skipped("there is no git-lfs; apt install git-lfs");
        return;
    }
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.git(&["lfs", "install", "--local"]);
    scratch.git(&["lfs", "track", "*.bin"]);
    scratch.write("big.bin", "large content\n");
    scratch.commit("lfs");
    assert!(scratch.git(&["show", "HEAD:big.bin"]).starts_with("version https://git-lfs"));
    let place = scratch.spawn("x");
    assert_eq!(text(&place.join("big.bin")), "large content\n", "filled with no remote at all");
    for key in ["process", "smudge", "clean", "required"] {
        scratch.git(&["config", "--unset", &format!("filter.lfs.{key}")]);
    }
    let run = scratch.agent(&["spawn", "y"]).ok();
    run.says(&["files of git LFS are pointers", "git lfs install && git -C "]);
    assert!(text(&scratch.tree("y").join("big.bin")).starts_with("version https://git-lfs"));
}

//! Kinds of repositories, and the surroundings that `git agent` is called from.

mod kinds;
mod refused;
pub mod submodules;
mod surroundings;

use std::path::{Path, PathBuf};

use crate::support::Scratch;
use crate::support::project::put;
use crate::support::state::State;

/// The main job, from the folder `dir`: an agent `x` is made, seen, run in, removed and restored. Returns its place.
#[track_caller]
pub fn assert_works(scratch: &Scratch, dir: &Path) -> PathBuf {
    let run = scratch.agent_in(dir, &["spawn", "feat/x", "--task", "Do it", "--quiet"]).ok();
    let path = PathBuf::from(run.line());
    assert_eq!(scratch.git_in(&path, &["symbolic-ref", "HEAD"]), "refs/heads/feat/x");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    let json = scratch.agent_in(dir, &["list", "--json"]).ok().json();
    let rows = json["agents"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["name"] == "feat/x").unwrap_or_else(|| panic!("{json}"));
    assert_eq!(
        (&row["problem"], &row["foreign"], &row["task"]),
        (&serde_json::Value::Null, &false.into(), &"Do it".into())
    );
    assert_eq!(row["path"], path.to_string_lossy().as_ref());
    put(&path.join("added"), "added\n");
    let run = scratch.agent_in(dir, &["run", "feat/x", "--", "pwd"]).ok();
    assert_eq!(run.line(), path.to_string_lossy());
    scratch.agent_in(dir, &["diff", "feat/x"]).ok().prints(&["+added"]);
    scratch.agent_in(dir, &["rm", "feat/x"]).fails(3).says(&["1 untracked path"]);
    let before = State::of(scratch, &path);
    scratch.agent_in(dir, &["rm", "feat/x", "--force"]).ok();
    assert!(!path.exists());
    scratch.agent_in(dir, &["gc", "--dry-run"]).ok();
    scratch.agent_in(dir, &["restore", "feat/x"]).ok();
    before.assert_is(&State::of(scratch, &path), "restored");
    path
}

/// The program's folder in front of PATH.
pub fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").expect("a PATH");
    std::env::join_paths([folder.to_owned()].into_iter().chain(std::env::split_paths(&path))).expect("a PATH")
}

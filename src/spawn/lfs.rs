//! Files of git LFS in a new worktree. The checkout fills them as git is configured, from the store that all worktrees share
//! (`.git/lfs`); what is left to do is to say so where it leaves pointers.

use std::path::Path;

use crate::agent::shell_word;
use crate::git::program::Git;
use crate::{environment, store};

/// A note for a worktree at `path` whose LFS files are pointers; `None` if they are files, or there are none.
pub fn note(path: &Path) -> Option<String> {
    let attributes = store::read(&path.join(".gitattributes")).ok().flatten()?;
    if !String::from_utf8_lossy(&attributes).lines().any(|line| !line.starts_with('#') && line.contains("filter=lfs")) {
        return None;
    }
    let set = |key: &str| Git::at(path).args(["config", "--get", key]).succeeds().unwrap_or(true);
    let shown = shell_word(&path.to_string_lossy());
    if !set("filter.lfs.process") && !set("filter.lfs.smudge") {
        let remedy = format!("git lfs install && git -C {shown} lfs checkout");
        return Some(format!("files of git LFS are pointers, for git is not set up to fill them: {remedy}"));
    }
    environment::var("GIT_LFS_SKIP_SMUDGE")
        .map(|_| format!("files of git LFS are pointers, for GIT_LFS_SKIP_SMUDGE is set: git -C {shown} lfs pull"))
}

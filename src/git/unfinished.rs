//! A checkout that was cut short: git writes the index last, so one without an index is not complete.

use std::path::Path;
use std::time::Duration;

use crate::error::{Context, Result};
use crate::git::program::Git;
use crate::git::repo::real;
use crate::store;

/// Adds the files of `commit` that are missing in the checkout at `top`, whose git directory `git_dir` has no index, and
/// touches none that is there.
///
/// # Errors
/// When git fails.
pub fn fill_in(git_dir: &Path, top: &Path, commit: &str) -> Result<()> {
    // Beside the index until the files are there: killed before, the checkout is still known to be incomplete.
    let draft = git_dir.join("agent-index");
    store::remove_file(&draft)?;
    let git = || Git::at(top).env("GIT_DIR", git_dir).env("GIT_WORK_TREE", top).env("GIT_INDEX_FILE", &draft);
    git().args(["read-tree", commit]).run()?;
    // It fails for each file that exists; those are exactly the ones to keep.
    git().args(["checkout-index", "--all", "--quiet"]).output()?;
    std::fs::rename(&draft, git_dir.join("index")).context(|| format!("cannot complete {}", top.display()))
}

/// Whether the folder `top` holds a file that is not in the commit of the repository with the git directory `git_dir`, or is
/// another there: then somebody has worked in it.
pub fn has_foreign_files(git_dir: &Path, top: &Path, commit: &str) -> bool {
    has_foreign_names(git_dir, top, commit) || has_changes(git_dir, top, commit).unwrap_or(true)
}

/// Whether a file differs from the commit's in another way than that it ends too early: git was writing it.
fn has_changes(git_dir: &Path, top: &Path, commit: &str) -> Result<bool> {
    let draft = git_dir.join(format!("agent-index.{}", store::random_hex()));
    let git = || Git::at(top).env("GIT_DIR", git_dir).env("GIT_WORK_TREE", top).env("GIT_INDEX_FILE", &draft);
    let look = || -> Result<bool> {
        git().args(["read-tree", commit]).run()?;
        // It says by its exit code that there are differences.
        git().args(["update-index", "-q", "--refresh"]).output()?;
        let changed = git().args(["diff-files", "-z", "--name-only", "--diff-filter=MT"]).output()?.stdout;
        for name in changed.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            let name = String::from_utf8_lossy(name);
            let path = top.join(&*name);
            if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Ok(true);
            }
            let found = store::read(&path)?.unwrap_or_default();
            let whole = git().args(["cat-file", "blob", &format!("{commit}:{name}")]).output()?.stdout;
            if !whole.starts_with(&found) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let found = look();
    store::remove_file(&draft)?;
    found
}

fn has_foreign_names(git_dir: &Path, top: &Path, commit: &str) -> bool {
    let git = Git::at(git_dir).env("GIT_DIR", git_dir);
    let Ok(listed) = git.args(["ls-tree", "-r", "-z", "--name-only", commit]).output() else { return true };
    let known: std::collections::HashSet<&[u8]> = listed.stdout.split(|&byte| byte == 0).collect();
    foreign_below(top, top, &known)
}

fn foreign_below(top: &Path, folder: &Path, known: &std::collections::HashSet<&[u8]>) -> bool {
    let Ok(names) = store::names(folder) else { return true };
    names.iter().map(|name| folder.join(name)).any(|path| {
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let Ok(inside) = path.strip_prefix(top) else { return true };
        let name = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let known_name = known.contains(name.as_bytes());
        if metadata.is_dir() && !known_name {
            foreign_below(top, &path, known)
        } else {
            !known_name && inside != Path::new(".git")
        }
    })
}

/// Removes a lock file of git that stays unchanged for a second: git holds these for moments, so its owner was killed
/// with the operation that is being mended.
pub fn clear_stale_lock(path: &Path) {
    let stamp = || real(path).metadata().and_then(|metadata| metadata.modified()).ok();
    let Some(first) = stamp() else { return };
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(50));
        if stamp() != Some(first) {
            return;
        }
    }
    // If it cannot be removed, git's own error names it with the next command.
    std::fs::remove_file(path).ok();
}

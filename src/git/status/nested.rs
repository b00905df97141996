//! Whether a folder in a worktree is a repository or worktree of its own.

use std::path::{Path, PathBuf};

/// Whether git takes the folder at `path`, which has a `.git`, for another repository than the one at `git_dir`.
pub(super) fn is_repository(path: &Path, git_dir: &Path) -> bool {
    let dot_git = path.join(".git");
    let Ok(meta) = dot_git.metadata() else { return false };
    if meta.is_dir() {
        return is_git_dir(&dot_git) && dot_git.canonicalize().ok() != git_dir.canonicalize().ok();
    }
    if !meta.is_file() {
        return false;
    }
    // A file that cannot be read may hide a repository: git assumes one, to be safe.
    let Ok(text) = std::fs::read(&dot_git) else { return true };
    let Some(target) = text.strip_prefix(b"gitdir: ") else { return false };
    let end = target.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    is_git_dir(&path.join(to_path(&target[..end])))
}

/// What git demands of a git directory: a HEAD that could be one, `objects` and `refs`.
fn is_git_dir(path: &Path) -> bool {
    let common = match std::fs::read(path.join("commondir")) {
        Ok(text) => path.join(to_path(text.trim_ascii_end())),
        Err(_) => path.to_owned(),
    };
    has_head(path) && common.join("objects").is_dir() && common.join("refs").is_dir()
}

fn has_head(git_dir: &Path) -> bool {
    let head = git_dir.join("HEAD");
    if let Ok(target) = head.read_link() {
        return target.starts_with("refs");
    }
    let Ok(text) = std::fs::read(head) else { return false };
    match text.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => text.len() >= 40 && text[..40].iter().all(u8::is_ascii_hexdigit),
    }
}

/// A path of git's as one of this system's.
pub(super) fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

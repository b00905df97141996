//! Files of git LFS in a new checkout. git fills them as it is configured, from the store that all worktrees share
//! (`.git/lfs`) or from the server; what is left to do is to go on without those that are in neither, and to say where it
//! leaves pointers.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::agent::shell_word;
use crate::error::{Error, Result};
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::git::retry;
use crate::git::tracked::Tracked;
use crate::{environment, store};

/// The variable with which git LFS leaves pointers.
const SKIP: &str = "GIT_LFS_SKIP_SMUDGE";

/// What each pointer begins with, and how long it may be (git-lfs, docs/spec.md).
const HEAD: &[u8] = b"version https://git-lfs.github.com/spec/";
const LONGEST: u64 = 1024;

/// Runs a git that checks files out; where git LFS cannot fill one, a second time without filling any. Returns whether that
/// was so.
///
/// # Errors
/// When git fails for another reason.
pub fn checked_out(make: impl Fn() -> Git) -> Result<bool> {
    match retry::run(&make) {
        Err(error) if is_of_lfs(&error) => retry::run(|| make().env(SKIP, "1")).map(|()| true),
        other => other.map(|()| false),
    }
}

fn is_of_lfs(error: &Error) -> bool {
    error.causes.iter().any(|cause| cause.contains("smudge filter lfs failed"))
}

/// What is said of a checkout at `top` where some could not be filled.
pub fn missing(top: &Path) -> String {
    let remedy = pull(top);
    format!("files of git LFS are pointers, for the content of some is not here and was not to be had: {remedy}")
}

fn pull(top: &Path) -> String {
    format!("git -C {} lfs pull", shell_word(&top.to_string_lossy()))
}

/// A note for a checkout at `top` with the git directory `git_dir` whose LFS files are pointers; `None` if they are files,
/// or there are none.
pub fn note(repo: &Repo, top: &Path, git_dir: &Path) -> Option<String> {
    if !knows_lfs(repo, top, git_dir) || !has_pointer(top) {
        return None;
    }
    let value = |key: &str| Git::at(top).args(["config", "--get", key]).text().ok().filter(|value| !value.is_empty());
    let pull = pull(top);
    let (why, remedy) = if value("filter.lfs.process").is_none() && value("filter.lfs.smudge").is_none() {
        let fill = format!("git lfs install && {pull}");
        ("git is not set up to fill them", fill)
    } else if environment::var(SKIP).is_some() {
        ("GIT_LFS_SKIP_SMUDGE is set", pull)
    } else if value("lfs.fetchexclude").or_else(|| value("lfs.fetchinclude")).is_some() {
        ("lfs.fetchexclude or lfs.fetchinclude leaves them out", format!("{pull} --include '*' --exclude ''"))
    } else {
        ("git is set up to leave them so (git lfs install --skip-smudge)", pull)
    };
    Some(format!("files of git LFS are pointers, for {why}: {remedy}"))
}

/// Whether a tracked `.gitattributes`, or that of the repository, names the filter. It spares most repositories the search.
fn knows_lfs(repo: &Repo, top: &Path, git_dir: &Path) -> bool {
    let Ok(tracked) = Tracked::read(repo, git_dir) else { return false };
    let names = tracked.paths().filter(|path| path.ends_with(b".gitattributes"));
    let files = names.filter_map(|path| gix::path::from_bstr(path).ok()).map(|path| top.join(path));
    files.chain([repo.common().join("info/attributes")]).any(|file| {
        let text = store::read(&file).ok().flatten().unwrap_or_default();
        String::from_utf8_lossy(&text).lines().any(|line| !line.starts_with('#') && line.contains("filter=lfs"))
    })
}

fn has_pointer(top: &Path) -> bool {
    let listed = Git::at(top).args(["ls-files", "-z", "--", ":(attr:filter=lfs)"]).output();
    let listed = listed.map(|output| output.stdout).unwrap_or_default();
    let mut paths = listed.split(|&byte| byte == 0).filter(|path| !path.is_empty());
    paths.any(|path| gix::path::from_byte_slice(path).is_ok_and(|path| is_pointer(&top.join(path))))
}

fn is_pointer(path: &Path) -> bool {
    if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST) {
        return false;
    }
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
    read.is_ok() && text.starts_with(HEAD)
}

//! What lies in the files of a worktree: changes, untracked and ignored paths, repositories and submodules inside.

use std::path::Path;

use gix::bstr::{BString, ByteSlice};

use super::Agent;
use crate::config::{Config, glob_matches};
use crate::error::Result;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::git::status::{Options, Place, Reader, Untracked};
use crate::policy::removal::Kind;
use crate::policy::reproducible::{self, Proof as Sign};
use crate::provision::is_ours as is_provisioned;

/// The work that lies in the files of a worktree.
pub(super) struct Contents {
    /// Kinds of it with their counts, zero included.
    pub work: Vec<(Kind, usize)>,
    /// A few ignored paths and repositories, which no diff would show.
    pub examples: Vec<String>,
}

/// Counts the work that lies in the files of a worktree.
///
/// # Errors
/// When the files or the index cannot be read.
pub(super) fn look(repo: &Repo, config: &Config, agent: &Agent) -> Result<Contents> {
    let local = repo.gix();
    let top = &agent.tree.path;
    let options = Options { untracked: Untracked::Normal, ignored: true, paths: true };
    let status = Reader::new(&local).status(Place { root: top, git_dir: &agent.tree.admin }, options)?;
    let patterns = config.reproducible();
    let mut repositories = nested(top, status.untracked.iter().chain(&status.ignored));
    let untracked = status.untracked.iter().filter(|path| !repositories.contains(path)).count();
    let ignored: Vec<&BString> = status.ignored.iter().filter(|path| !repositories.contains(path)).collect();
    let (made, own): (Vec<_>, Vec<_>) = ignored
        .into_iter()
        .partition(|path| is_reproducible(repo, top, path, &patterns) || is_provisioned(agent, &path.to_str_lossy()));
    // What a tool makes again may still be a checkout that somebody works in (`node_modules/mine`, `deps/`).
    repositories.extend(made.into_iter().filter(|path| holds_repository(&at(top, path), 2)));
    let examples = own.iter().chain(&repositories).take(5).map(std::string::ToString::to_string).collect();
    let (ignored, repositories) = (own.len(), repositories.len());
    let counts = status.counts;
    let work = vec![
        (Kind::Conflicted, counts.conflicted as usize),
        (Kind::Staged, counts.staged as usize),
        (Kind::Changed, counts.changed as usize + hidden_changes(&local, agent)),
        (Kind::Untracked, untracked),
        (Kind::Ignored, ignored),
        (Kind::Nested, repositories),
        (Kind::InProgress, usize::from(in_progress(&agent.tree.admin))),
        (Kind::Submodules, submodule_commits(&agent.tree.admin.join("modules"), &repo.common().join("modules"))?),
    ];
    Ok(Contents { work, examples })
}

/// Commits and stashes in the worktree's own copies of submodules, below `own`, that neither their remotes nor the main
/// checkout's copies, below `main`, have. Both folders hold git directories by the submodules' names, which may nest.
fn submodule_commits(own: &Path, main: &Path) -> Result<usize> {
    let mut count = 0;
    for name in crate::store::names(own)? {
        let (own, main) = (own.join(&name), main.join(&name));
        if own.join("HEAD").is_file() {
            let list = Git::at(&own).args(["rev-list", "HEAD", "--all", "--not", "--remotes", "--"]).text()?;
            let theirs = gix::open(&main).ok();
            let known = |id: &str| {
                gix::ObjectId::from_hex(id.as_bytes())
                    .ok()
                    .zip(theirs.as_ref())
                    .is_some_and(|(id, repo)| repo.has_object(id))
            };
            count += list.lines().filter(|id| !known(id)).count();
            count += submodule_commits(&own.join("modules"), &main.join("modules"))?;
        } else if own.is_dir() {
            count += submodule_commits(&own, &main)?;
        }
    }
    Ok(count)
}

/// Those of the paths that are repositories of their own.
fn nested<'p>(top: &Path, paths: impl Iterator<Item = &'p BString>) -> Vec<&'p BString> {
    paths.filter(|path| path.ends_with(b"/") && at(top, path).join(".git").exists()).collect()
}

/// Whether a checkout with a `.git` folder of its own is at most `depth` folders down.
fn holds_repository(folder: &Path, depth: u32) -> bool {
    let names = crate::store::names(folder).unwrap_or_default();
    depth > 0
        && names
            .iter()
            .map(|name| folder.join(name))
            .filter(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()))
            .any(|path| path.join(".git").is_dir() || holds_repository(&path, depth - 1))
}

/// Changes that git was told not to look for (`git update-index --skip-worktree` and `--assume-unchanged`): files that
/// are there and are not what the index holds.
fn hidden_changes(local: &gix::Repository, agent: &Agent) -> usize {
    use gix::index::entry::{Flags, Mode};
    let options = gix::index::decode::Options::default();
    let index = gix::index::File::at(agent.tree.admin.join("index"), local.object_hash(), true, options);
    let Ok(index) = index else { return 0 };
    let flagged =
        index.entries().iter().filter(|entry| entry.flags.intersects(Flags::ASSUME_VALID | Flags::SKIP_WORKTREE));
    let files = flagged.filter(|entry| entry.mode.contains(Mode::FILE) && !entry.mode.contains(Mode::SYMLINK));
    let differs = |entry: &&gix::index::Entry| {
        let bytes = std::fs::read(at(&agent.tree.path, &entry.path(&index).to_owned())).ok()?;
        let id = gix::objs::compute_hash(local.object_hash(), gix::object::Kind::Blob, &bytes).ok()?;
        Some(id != entry.id)
    };
    files.filter(|entry| differs(entry).unwrap_or(false)).count()
}

/// Files and folders that git keeps while something is under way (gitrepository-layout(5), git-rebase(1)).
const UNDER_WAY: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply"];

fn in_progress(admin: &Path) -> bool {
    UNDER_WAY.iter().any(|name| admin.join(name).exists())
}

fn at(top: &Path, path: &BString) -> std::path::PathBuf {
    let bare = path.trim_end_with(|c| c == '/');
    gix::path::from_bstr(bare.as_bstr()).map_or_else(|_| top.join(bare.to_str_lossy().as_ref()), |path| top.join(path))
}

fn is_reproducible(repo: &Repo, top: &Path, path: &BString, patterns: &[String]) -> bool {
    let full = at(top, path);
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = path.trim_end_with(|c| c == '/').to_str_lossy().into_owned();
    if patterns.iter().any(|pattern| glob_matches(pattern, &text) || glob_matches(pattern, &name)) {
        return true;
    }
    match reproducible::proof(&name, path.ends_with(b"/")) {
        Sign::Name => true,
        Sign::Beside(signs) => signs.iter().any(|sign| full.with_file_name(sign).exists()),
        Sign::Inside(signs) => signs.iter().any(|sign| full.join(sign).exists()),
        Sign::TagOrCopy if path.ends_with(b"/") => {
            let mut budget = COMPARED;
            full.join("CACHEDIR.TAG").exists()
                || repo.main().is_some_and(|main| same_folder(&full, &at(main, path), &mut budget))
        }
        Sign::TagOrCopy => repo.main().is_some_and(|main| same_content(&full, &at(main, path))),
    }
}

/// So many files of a folder are compared with the main checkout's, at most.
const COMPARED: usize = 5_000;

/// Whether a folder holds nothing but what the main checkout's has as well.
fn same_folder(left: &Path, right: &Path, budget: &mut usize) -> bool {
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let Ok(names) = crate::store::names(left) else { return false };
    names.iter().all(|name| {
        let (left, right) = (left.join(name), right.join(name));
        *budget = budget.saturating_sub(1);
        *budget > 0
            && if is_folder(&left) {
                is_folder(&right) && same_folder(&left, &right, budget)
            } else {
                same_content(&left, &right)
            }
    })
}

/// Whether two files hold the same bytes; two symlinks, the same target.
fn same_content(left: &Path, right: &Path) -> bool {
    let (Ok(ours), Ok(theirs)) = (left.symlink_metadata(), right.symlink_metadata()) else { return false };
    if ours.is_symlink() && std::fs::read_link(left).is_ok_and(|target| target == right) {
        return true;
    }
    if ours.is_symlink() || theirs.is_symlink() {
        return std::fs::read_link(left).ok().is_some_and(|target| std::fs::read_link(right).ok() == Some(target));
    }
    ours.is_file()
        && theirs.is_file()
        && ours.len() == theirs.len()
        && std::fs::read(left).ok().is_some_and(|bytes| std::fs::read(right).ok() == Some(bytes))
}

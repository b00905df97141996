//! The ref that keeps a removed worktree's commits and staged content from git's garbage collection, which looks at
//! the index and reflog of worktrees but not into the trash.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use crate::error::Result;
use crate::git::history::History;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::git::retry;

/// Commits that are looked at to find out which reflog entries the tip reaches anyway.
const HORIZON: usize = 2_000;

/// The ref for the entry `id` of the trash.
pub fn reference(id: &str) -> String {
    format!("refs/agent/trash/{id}")
}

/// Points the ref at something that reaches all that the worktree with the git directory `admin` holds: its HEAD, the
/// commits in its reflog and in an unfinished merge or rebase, and the blobs that are only in its index.
///
/// # Errors
/// When git fails.
pub fn hold(repo: &Repo, id: &str, admin: &Path, tip: Option<ObjectId>) -> Result<()> {
    let local = repo.gix();
    let blobs = index_only(&local, admin, tip);
    let commits = loose_commits(&local, admin, tip);
    let target = match (tip, blobs.is_empty() && commits.is_empty()) {
        (Some(tip), true) => tip.to_string(),
        (None, true) => return Ok(()),
        _ => bundle(repo, &local, tip, &blobs, &commits)?,
    };
    retry::run(|| repo.git().args(["update-ref", &reference(id), &target]))
}

/// Blobs of the index that the commit's tree does not hold under the same path.
fn index_only(repo: &gix::Repository, admin: &Path, tip: Option<ObjectId>) -> Vec<ObjectId> {
    let options = gix::index::decode::Options::default();
    let Ok(index) = gix::index::File::at(admin.join("index"), repo.object_hash(), true, options) else {
        return Vec::new();
    };
    let tree = tip.and_then(|tip| repo.find_commit(tip).ok()?.tree_id().ok()).map(gix::Id::detach);
    // The index knows the tree it was written for; where that is the commit's, nothing is staged.
    if tree.is_some() && index.tree().is_some_and(|cached| cached.num_entries.is_some() && Some(cached.id) == tree) {
        return Vec::new();
    }
    let committed = tree.and_then(|tree| repo.index_from_tree(&tree).ok());
    let known: std::collections::HashSet<ObjectId> =
        committed.iter().flat_map(|committed| committed.entries().iter().map(|entry| entry.id)).collect();
    let blobs = index.entries().iter().filter(|entry| entry.mode != gix::index::entry::Mode::COMMIT);
    let mut extra: Vec<ObjectId> =
        blobs.map(|entry| entry.id).filter(|id| !known.contains(id) && repo.has_object(id)).collect();
    extra.sort();
    extra.dedup();
    extra
}

/// Commits that the worktree's own refs and reflog name and that its tip does not reach.
fn loose_commits(repo: &gix::Repository, admin: &Path, tip: Option<ObjectId>) -> Vec<ObjectId> {
    let mut named = Vec::new();
    let log = std::fs::read(admin.join("logs/HEAD")).unwrap_or_default();
    for line in log.lines() {
        named.extend(line.split(|&byte| byte == b' ').take(2).filter_map(|hex| ObjectId::from_hex(hex).ok()));
    }
    let files = ["ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "AUTO_MERGE"];
    let rebase = ["onto", "orig-head", "stopped-sha", "autostash"].map(|name| format!("rebase-merge/{name}"));
    let texts = files
        .iter()
        .map(|name| (*name).to_owned())
        .chain(rebase)
        .filter_map(|name| std::fs::read(admin.join(name)).ok());
    for text in texts {
        named.extend(text.lines().filter_map(|line| ObjectId::from_hex(line.trim()).ok()));
    }
    for folder in ["refs/bisect", "refs/worktree", "refs/rewritten"] {
        collect_refs(&admin.join(folder), &mut named);
    }
    named.sort();
    named.dedup();
    let mut history = History::new(repo);
    let reached = tip.and_then(|tip| history.reachable(tip, HORIZON).ok()).unwrap_or_default();
    let is_commit =
        |id: &ObjectId| repo.find_header(*id).is_ok_and(|header| header.kind() == gix::object::Kind::Commit);
    named.retain(|id| !id.is_null() && !reached.contains(id) && is_commit(id));
    named
}

fn collect_refs(folder: &Path, into: &mut Vec<ObjectId>) {
    for name in crate::store::names(folder).unwrap_or_default() {
        let path = folder.join(name);
        if path.is_dir() {
            collect_refs(&path, into);
        } else if let Ok(text) = std::fs::read(&path) {
            into.extend(ObjectId::from_hex(text.trim()).ok());
        }
    }
}

/// A commit that nobody reads: its parents are the commits and its tree holds the blobs.
fn bundle(
    repo: &Repo,
    local: &gix::Repository,
    tip: Option<ObjectId>,
    blobs: &[ObjectId],
    commits: &[ObjectId],
) -> Result<String> {
    use gix::objs::tree::{Entry, EntryKind};
    let entries =
        blobs.iter().map(|id| Entry { mode: EntryKind::Blob.into(), filename: id.to_string().into(), oid: *id });
    let tree = gix::objs::Tree { entries: entries.collect() };
    let tree = crate::error::Context::context(local.write_object(&tree), || "cannot write a tree object".to_owned())?;
    let parents: Vec<String> = tip.iter().chain(commits).map(ToString::to_string).collect();
    let git = Git::at(repo.common())
        .env("GIT_AUTHOR_NAME", "git-agent")
        .env("GIT_AUTHOR_EMAIL", "git-agent@localhost")
        .env("GIT_COMMITTER_NAME", "git-agent")
        .env("GIT_COMMITTER_EMAIL", "git-agent@localhost")
        .args([
            "-c",
            "commit.gpgSign=false",
            "commit-tree",
            "--no-gpg-sign",
            "-m",
            "Kept by git-agent for a removed worktree",
        ]);
    git.args(parents.iter().flat_map(|parent| ["-p", parent.as_str()])).arg(tree.to_string()).text()
}

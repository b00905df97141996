//! The ref that keeps a removed worktree's commits and staged content from git's garbage collection, which looks at
//! the index and reflog of worktrees but not into the trash.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use gix::ObjectId;

use crate::error::{Context, Result};
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

/// Points the ref at something that reaches all that the worktree with the git directory `admin` holds: its HEAD, what
/// its reflog and an unfinished merge or rebase name, and what is only in its index.
///
/// # Errors
/// When git fails.
pub fn hold(repo: &Repo, id: &str, admin: &Path, tip: Option<ObjectId>) -> Result<()> {
    let local = repo.gix();
    let mut named = index_only(&local, admin, tip);
    named.extend(loose(&local, admin, tip));
    let target = match (tip, named.is_empty()) {
        (Some(tip), true) => tip.to_string(),
        (None, true) => return Ok(()),
        _ => bundle(repo, &local, tip, named)?,
    };
    retry::run(|| repo.git().args(["update-ref", &reference(id), &target]))
}

/// Lets the objects go. If git refuses (a reference-transaction hook may), they stay in the repository: that costs
/// space, and is no reason to fail what is done otherwise.
pub fn release(repo: &Repo, id: &str) {
    let reference = reference(id);
    retry::run(|| repo.git().args(["update-ref", "-d", &reference])).ok();
}

/// Objects of the index that the commit's tree does not hold: blobs, and the trees that stand for folders in a sparse
/// index.
fn index_only(repo: &gix::Repository, admin: &Path, tip: Option<ObjectId>) -> BTreeSet<ObjectId> {
    let options = gix::index::decode::Options::default();
    let index = gix::index::File::at(admin.join("index"), repo.object_hash(), true, options);
    let Ok(index) = index else { return BTreeSet::new() };
    let tree = tip.and_then(|tip| repo.find_commit(tip).ok()?.tree_id().ok()).map(gix::Id::detach);
    // The index knows the tree it was written for; where that is the commit's, nothing is staged.
    if tree.is_some() && index.tree().is_some_and(|cached| cached.num_entries.is_some() && Some(cached.id) == tree) {
        return BTreeSet::new();
    }
    let committed = tree.and_then(|tree| repo.index_from_tree(&tree).ok());
    let known: HashSet<ObjectId> =
        committed.iter().flat_map(|index| index.entries().iter().map(|entry| entry.id)).collect();
    let own = index.entries().iter().filter(|entry| entry.mode != gix::index::entry::Mode::COMMIT);
    own.map(|entry| entry.id).filter(|id| !known.contains(id)).collect()
}

/// Files of a worktree's git directory that name no objects, or only ones that are looked at otherwise.
const SILENT: [&str; 3] = ["index", "agent.log", "agent-provision.log"];
/// Folders of it that name objects: an unfinished rebase, `am` or sequence of picks, and refs of its own.
const FOLDERS: [&str; 5] = ["rebase-merge", "rebase-apply", "sequencer", "refs", "logs"];

/// Objects that the files in the worktree's git directory name and that its tip does not reach: commits in the reflog,
/// the heads of an unfinished merge, what an autostash put aside. Every file is read, for new versions of git bring new
/// ones.
fn loose(repo: &gix::Repository, admin: &Path, tip: Option<ObjectId>) -> BTreeSet<ObjectId> {
    let mut named = BTreeSet::new();
    collect(
        admin,
        &mut |name, is_folder| if is_folder { FOLDERS.contains(&name) } else { !SILENT.contains(&name) },
        &mut named,
    );
    let mut history = History::new(repo);
    let reached = tip.and_then(|tip| history.reachable(tip, HORIZON).ok()).unwrap_or_default();
    named.retain(|id| id.kind() == repo.object_hash() && !id.is_null() && !reached.contains(id));
    named
}

fn collect(folder: &Path, wanted: &mut dyn FnMut(&str, bool) -> bool, into: &mut BTreeSet<ObjectId>) {
    for name in crate::store::names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if !wanted(&name.to_string_lossy(), metadata.is_dir()) {
            continue;
        }
        if metadata.is_dir() {
            collect(&path, &mut |_, _| true, into);
        } else if metadata.is_file() {
            let text = std::fs::read(&path).unwrap_or_default();
            let words = text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| matches!(word.len(), 40 | 64));
            into.extend(words.filter_map(|word| ObjectId::from_hex(word).ok()));
        }
    }
}

/// A commit that nobody reads: its parents are the commits, its tree holds the rest. Objects that are not there (an id
/// in a log may name anything) are left out.
fn bundle(repo: &Repo, local: &gix::Repository, tip: Option<ObjectId>, named: BTreeSet<ObjectId>) -> Result<String> {
    use gix::object::Kind;
    use gix::objs::tree::{Entry, EntryKind};
    let mut parents: Vec<ObjectId> = tip.into_iter().collect();
    let mut entries = Vec::new();
    for id in named {
        let kind = match local.find_header(id).map(|header| header.kind()) {
            Ok(Kind::Commit) => {
                parents.push(id);
                continue;
            }
            Ok(Kind::Blob) => EntryKind::Blob,
            Ok(Kind::Tree) => EntryKind::Tree,
            Ok(Kind::Tag) | Err(_) => continue,
        };
        entries.push(Entry { mode: kind.into(), filename: id.to_string().into(), oid: id });
    }
    entries.sort();
    let tree = local.write_object(&gix::objs::Tree { entries }).context(|| "cannot write a tree object".to_owned())?;
    parents.dedup();
    let git = Git::at(repo.common())
        .env("GIT_AUTHOR_NAME", "git-agent")
        .env("GIT_AUTHOR_EMAIL", "git-agent@localhost")
        .env("GIT_COMMITTER_NAME", "git-agent")
        .env("GIT_COMMITTER_EMAIL", "git-agent@localhost")
        .args(["commit-tree", "--no-gpg-sign", "-m", "Kept by git-agent for a removed worktree"]);
    let parents = parents.iter().flat_map(|parent| ["-p".to_owned(), parent.to_string()]);
    git.args(parents).arg(tree.to_string()).text()
}

//! Moving a worktree into the trash.

use gix::ObjectId;

use crate::agent::{self, Agent};
use crate::error::{Context, Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::journal::{self, Entry, Operation, Transfer};
use crate::store::{self, Lock};
use crate::trash::{Item, Meta, branch, folder, keep, leftover, new_id, partial, recover, transfer};

/// Moves the agent's worktree into the trash and deletes its branch if `delete_branch` says so. Two renames, whatever
/// the size, unless the trash is on another file system. `looked_at` is the commit that was judged, if one was: an agent
/// that has committed since is left alone. Call it with the repository's lock held, which `_held` proves.
///
/// # Errors
/// When it has changed or is gone, or something cannot be moved; then all is as before.
pub fn remove(
    repo: &Repo,
    agent: &Agent,
    looked_at: Option<ObjectId>,
    delete_branch: bool,
    _held: &Lock,
) -> Result<Item> {
    let tree = &agent.tree;
    if tree.admin.symlink_metadata().is_err() {
        // Somebody else was faster: the error says where it is.
        return agent::find(repo, &agent.name())
            .and_then(|_| Err(Error::failed("the agent was made anew meanwhile").hint("git agent list")));
    }
    let now = journal::now();
    let id = new_id(repo, &tree.folder(), now);
    let place = folder(repo).join(&id);
    let branch = tree.branch().map(str::to_owned);
    let tip = tree.head.commit(&repo.gix());
    let head = worktrees::read(repo.common(), &tree.admin).head;
    if head != tree.head || looked_at.is_some_and(|looked_at| Some(looked_at) != tip) {
        return Err(Error::new(Kind::Refused, format!("'{}' changed while it was looked at", agent.name()))
            .hint(format!("git agent rm {}", agent.shown_name())));
    }
    // A handle that was opened in the worktree cannot be read any more when that is gone.
    let elsewhere = if repo.here() == tree.path { Some(Repo::discover(repo.root())?) } else { None };
    let repo = elsewhere.as_ref().unwrap_or(repo);
    // git would not let the user delete a branch that another worktree holds.
    let elsewhere = |holder: &worktrees::Holder| holder.path != tree.path && holder.branch == branch;
    let held = delete_branch && worktrees::holders(repo)?.iter().any(elsewhere);
    let delete_branch = delete_branch && branch.is_some() && tip.is_some() && !held;
    let meta = Meta {
        version: 1,
        name: agent.name(),
        path: tree.path.clone(),
        inside: tree.path.strip_prefix(repo.root()).ok().map(std::path::Path::to_owned),
        admin_id: tree.id.clone(),
        branch_config: match &branch {
            Some(branch) if delete_branch => branch::config(repo, branch)?,
            _ => Vec::new(),
        },
        branch,
        tip: tip.map(|tip| tip.to_string()),
        branch_deleted: delete_branch,
        branch_stays: held.then(|| "another worktree has it checked out".to_owned()),
        removed: now,
    };
    let entry = Transfer { trash: place.clone(), path: tree.path.clone(), admin: tree.admin.clone() };
    let operation = Operation::begin(repo, &Entry::Remove(entry.clone()))?;
    let item = Item { id, folder: place, meta };
    if let Err(error) = move_in(repo, &item, &entry, tip) {
        recover::undo_removal(repo, &entry)?;
        operation.finish()?;
        return Err(error);
    }
    // From here on nothing is undone any more: the tree is in the trash, and what follows can be repeated.
    let meta = recover::finish_removal(repo, &entry, &item.meta)?;
    operation.finish()?;
    Ok(Item { meta, ..item })
}

fn move_in(repo: &Repo, item: &Item, entry: &Transfer, tip: Option<ObjectId>) -> Result<()> {
    store::create_folder(&item.folder)?;
    store::write_json(&item.folder.join("meta.json"), &item.meta)?;
    store::sync(&item.folder.join("meta.json"))?;
    keep::hold(repo, &item.id, &entry.admin, tip)?;
    if let Some(branch) = &item.meta.branch
        && let Some(log) = store::read(&branch::log(repo, branch))?
    {
        store::write_atomic(&item.folder.join("branch.log"), &log)?;
    }
    // git's entry first: while the folder is there without an entry nothing prunes anything, the other way round
    // `git worktree prune` may delete the index.
    let admin = item.folder.join("admin");
    std::fs::rename(&entry.admin, &admin).context(|| format!("cannot move {}", entry.admin.display()))?;
    let to = item.folder.join("tree");
    if entry.path.symlink_metadata().is_err() {
        // The folder was gone before: what is kept is git's entry, so that a restore brings index and branch back.
        store::create_folder(&to)?;
        return store::write_atomic(&to.join(".git"), format!("gitdir: {}\n", entry.admin.display()).as_bytes());
    }
    transfer::move_tree(&entry.path, &to, &partial(&to, &item.id), &leftover(&entry.path, &item.id))
}

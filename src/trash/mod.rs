//! The trash: `.git/agent/trash/<id>/` holds a removed worktree whole. `tree/` is the folder as it was, `admin/` git's
//! entry for it (HEAD, index, reflog, an unfinished rebase, our record), `meta.json` what is needed to put it back. A
//! ref below `refs/agent/trash/` keeps its commits and staged content from git's garbage collection.

pub mod branch;
pub mod keep;
pub mod recover;
pub mod remove;
pub mod restore;
pub mod transfer;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::store;

/// What is known of a removed worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The format of this file: 1.
    pub version: u32,
    /// The agent's name.
    pub name: String,
    /// Where it was.
    pub path: PathBuf,
    /// The same from the main checkout, if it was below that: the repository may be moved while it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<PathBuf>,
    /// Its folder's name in `.git/worktrees/`.
    pub admin_id: String,
    /// Its branch; `None` for a detached HEAD.
    pub branch: Option<String>,
    /// The commit that its HEAD named; `None` for a branch without commits.
    pub tip: Option<String>,
    /// Whether the branch was deleted with it.
    pub branch_deleted: bool,
    /// Why the branch stayed although it was to be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_stays: Option<String>,
    /// The branch's configuration (`branch.<name>.*`), deleted with the branch.
    pub branch_config: Vec<(String, String)>,
    /// When it was removed: seconds since 1970.
    pub removed: u64,
}

/// One removed worktree.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name in the trash.
    pub id: String,
    /// Its folder in the trash.
    pub folder: PathBuf,
    /// What is known of it.
    pub meta: Meta,
}

/// The trash of a repository.
pub fn folder(repo: &Repo) -> PathBuf {
    repo.house().join("trash")
}

/// Every removed worktree, the newest first. An entry without a readable `meta.json` is not listed.
///
/// # Errors
/// When the trash cannot be read.
pub fn all(repo: &Repo) -> Result<Vec<Item>> {
    let trash = folder(repo);
    let mut items = Vec::new();
    for name in store::names(&trash)? {
        let id = name.to_string_lossy().into_owned();
        let folder = trash.join(&name);
        if id.starts_with('.') || !folder.join("tree").exists() {
            continue;
        }
        if let Some(mut meta) = store::read_json::<Meta>(&folder.join("meta.json")).ok().flatten() {
            if let Some(inside) = &meta.inside {
                meta.path = repo.root().join(inside);
            }
            items.push(Item { id, folder, meta });
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse((item.meta.removed, item.id.clone())));
    Ok(items)
}

/// The newest removed worktree called `name`, by its agent's name, its branch or its name in the trash.
///
/// # Errors
/// When the trash cannot be read.
pub fn find(repo: &Repo, name: &str) -> Result<Option<Item>> {
    let items = all(repo)?;
    let position = items.iter().position(|item| item.meta.name == name || item.id == name);
    let position = position.or_else(|| items.iter().position(|item| item.meta.branch.as_deref() == Some(name)));
    Ok(position.map(|at| items[at].clone()))
}

/// As [`find`], for one that must be there.
///
/// # Errors
/// When there is none.
pub fn require(repo: &Repo, name: &str) -> Result<Item> {
    find(repo, name)?.ok_or_else(|| {
        Error::new(Kind::NotFound, format!("there is no '{name}' in the trash")).hint("git agent restore")
    })
}

/// Deletes a removed worktree for good. Call it with the repository's lock held.
///
/// # Errors
/// When a file cannot be removed; what is left goes with the next `git agent gc`.
pub fn purge(repo: &Repo, item: &Item) -> Result<()> {
    // Renamed first: a half-deleted tree must never look like something that can be restored.
    let doomed = item.folder.with_file_name(format!(".purge-{}", item.id));
    std::fs::rename(&item.folder, &doomed)
        .map_err(|cause| Error::failed(format!("cannot remove {}", item.folder.display())).because(cause))?;
    keep::release(repo, &item.id);
    store::remove_folder(&doomed)
}

/// Removes what an interrupted [`purge`] left behind. Returns how many. Call it with the repository's lock held.
///
/// # Errors
/// When a file cannot be removed.
pub fn sweep(repo: &Repo) -> Result<usize> {
    let trash = folder(repo);
    let names = store::names(&trash)?;
    let doomed =
        names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with(".purge-")).collect::<Vec<_>>();
    for name in &doomed {
        keep::release(repo, name.trim_start_matches(".purge-"));
        store::remove_folder(&trash.join(name))?;
    }
    Ok(doomed.len())
}

/// A name for a new entry of the trash.
fn new_id(repo: &Repo, folder_name: &str, now: u64) -> String {
    let trash = folder(repo);
    let tame: String =
        folder_name.chars().map(|c| if c.is_alphanumeric() || "-_+".contains(c) { c } else { '_' }).collect();
    let mut id = format!("{tame}.{now}");
    let mut number = 1;
    while trash.join(&id).exists() || trash.join(format!(".purge-{id}")).exists() {
        number += 1;
        id = format!("{tame}.{now}-{number}");
    }
    id
}

/// Where a moved-away tree waits for its deletion when it had to be copied: beside its old place.
fn leftover(path: &Path, id: &str) -> PathBuf {
    path.with_file_name(format!(".{id}.git-agent-leftover"))
}

/// Where a copy grows until it is complete: beside its new place.
fn partial(path: &Path, id: &str) -> PathBuf {
    path.with_file_name(format!(".{id}.git-agent-partial"))
}

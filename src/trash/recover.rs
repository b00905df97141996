//! Removals and restorings that failed or were killed.

use std::path::Path;

use crate::error::{Context, Result};
use crate::git::repo::Repo;
use crate::git::unfinished::clear_stale_lock;
use crate::journal::Transfer;
use crate::store;
use crate::trash::{Meta, branch, keep, leftover, partial, restore};

/// Puts everything back as it was before a removal whose tree has not reached the trash.
///
/// # Errors
/// When git's entry cannot be moved back.
pub fn undo_removal(repo: &Repo, entry: &Transfer) -> Result<()> {
    let id = id_of(entry);
    let admin = entry.trash.join("admin");
    if admin.exists() && !entry.admin.exists() {
        std::fs::rename(&admin, &entry.admin).context(|| format!("cannot move {} back", admin.display()))?;
    }
    store::remove_folder(&partial(&entry.trash.join("tree"), &id))?;
    let reference = keep::reference(&id);
    clear_stale_lock(&repo.common().join(format!("{reference}.lock")));
    clear_stale_lock(&repo.common().join("packed-refs.lock"));
    keep::release(repo, &id);
    store::remove_folder(&entry.trash)
}

/// What is left to do once the tree is in the trash. Each step may have been done before. Returns what is known of the
/// worktree afterwards: its branch stays if git refuses to delete it (a reference-transaction hook may).
///
/// # Errors
/// When files cannot be written.
pub fn finish_removal(repo: &Repo, entry: &Transfer, meta: &Meta) -> Result<Meta> {
    store::remove_folder(&leftover(&entry.path, &id_of(entry)))?;
    let mut meta = meta.clone();
    if let Err(error) = branch::delete(repo, &meta) {
        meta.branch_deleted = false;
        meta.branch_stays = Some(error.to_string());
        store::write_json(&entry.trash.join("meta.json"), &meta)?;
    }
    // The folder of worktrees goes with its last one; in a folder of the user's other things it is simply not empty.
    for parent in entry
        .path
        .ancestors()
        .skip(1)
        .take(2)
        .take_while(|parent| Some(*parent) != repo.main() && parent.starts_with(repo.root()))
    {
        if std::fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(meta)
}

/// Mends a removal whose processes are gone. Returns what was done, for the user. Call it with the repository's lock
/// held.
///
/// # Errors
/// When a step fails; the next command tries again.
pub fn mend_removal(repo: &Repo, entry: &Transfer) -> Result<String> {
    let shown = entry.path.display();
    if !entry.trash.join("tree").exists() {
        undo_removal(repo, entry)?;
        return Ok(format!("the removal of {shown} was cut short: the worktree is as it was"));
    }
    if entry.path.join(".git").exists() && !same_file_system(entry) {
        // The copy is complete (it has its name), the original was not set aside yet.
        std::fs::rename(&entry.path, leftover(&entry.path, &id_of(entry)))
            .context(|| format!("cannot move {shown}"))?;
    }
    let meta: Option<Meta> = store::read_json(&entry.trash.join("meta.json"))?;
    let Some(meta) = meta else {
        return Ok(format!("the removal of {shown} was cut short: it is in {}", entry.trash.display()));
    };
    if let Some(branch) = &meta.branch {
        clear_stale_lock(&repo.common().join(format!("refs/heads/{branch}.lock")));
    }
    clear_stale_lock(&repo.common().join("packed-refs.lock"));
    clear_stale_lock(&repo.common().join("config.lock"));
    finish_removal(repo, entry, &meta)?;
    Ok(format!(
        "the removal of '{}' was cut short: it is finished, git agent restore {} undoes it",
        meta.name, meta.name
    ))
}

/// Mends a restoring whose processes are gone: it is carried on, or the worktree stays in the trash. Returns what was
/// done, for the user. Call it with the repository's lock held.
///
/// # Errors
/// When the worktree is neither whole in the trash nor can be put back; the next command tries again.
pub fn mend_restore(repo: &Repo, entry: &Transfer) -> Result<String> {
    let id = id_of(entry);
    let tree = entry.trash.join("tree");
    store::remove_folder(&partial(&entry.path, &id))?;
    store::remove_folder(&leftover(&tree, &id))?;
    let Some(meta) = store::read_json::<Meta>(&entry.trash.join("meta.json"))? else {
        // The last step is the removal of the trash's folder: all else was done.
        keep::release(repo, &id);
        store::remove_folder(&entry.trash)?;
        return Ok(format!("{} is restored", entry.path.display()));
    };
    if let Some(branch) = &meta.branch {
        clear_stale_lock(&repo.common().join(format!("refs/heads/{branch}.lock")));
    }
    clear_stale_lock(&repo.common().join(format!("{}.lock", keep::reference(&id))));
    clear_stale_lock(&repo.common().join("packed-refs.lock"));
    clear_stale_lock(&repo.common().join("config.lock"));
    if tree.exists() && belongs(&entry.path, &entry.admin) {
        // A complete copy stands at its place, the original in the trash was not deleted yet.
        std::fs::rename(&tree, leftover(&tree, &id)).context(|| format!("cannot move {}", tree.display()))?;
        store::remove_folder(&leftover(&tree, &id))?;
    }
    let name = meta.name.clone();
    match restore::move_out(repo, entry, &meta) {
        Ok(()) => Ok(format!("the restoring of '{name}' was cut short: it is finished")),
        Err(error) if tree.exists() => {
            Ok(format!("the restoring of '{name}' was cut short: it is in the trash still ({error})"))
        }
        Err(error) => Err(error),
    }
}

/// Whether the folder at `path` is the worktree whose git directory is `admin`.
fn belongs(path: &Path, admin: &Path) -> bool {
    let text = std::fs::read_to_string(path.join(".git")).unwrap_or_default();
    let target = text.trim().strip_prefix("gitdir: ").map(|to| path.join(to));
    target.is_some_and(|to| crate::git::repo::real(&to) == crate::git::repo::real(admin))
}

#[cfg(unix)]
fn same_file_system(entry: &Transfer) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.symlink_metadata().map(|metadata| metadata.dev()).ok();
    device(&entry.path) == device(&entry.trash)
}

#[cfg(not(unix))]
fn same_file_system(entry: &Transfer) -> bool {
    entry.path.components().next() == entry.trash.components().next()
}

fn id_of(entry: &Transfer) -> String {
    entry.trash.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

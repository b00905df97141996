//! Moving a worktree out of the trash, to where it was.

use std::path::{Path, PathBuf};

use crate::agent::shell_word;
use crate::error::{Context, Error, Kind, Result};
use crate::git::repo::{Repo, real};
use crate::git::{retry, worktrees};
use crate::journal::{Entry, Operation, Transfer};
use crate::policy::place::normal;
use crate::store::{self, Lock};
use crate::trash::{Item, Meta, branch, keep, leftover, partial, transfer};

/// Puts a removed worktree back, branch and all, to where it was. Call it with the repository's lock held, which
/// `_held` proves. Returns its place.
///
/// # Errors
/// When the place or the branch is taken; then nothing is changed.
pub fn restore(repo: &Repo, item: &Item, _held: &Lock) -> Result<PathBuf> {
    check(repo, item)?;
    let admin = free_admin(repo, item)?;
    let entry = Transfer { trash: item.folder.clone(), path: item.meta.path.clone(), admin };
    let operation = Operation::begin(repo, &Entry::Restore(entry.clone()))?;
    let result = move_out(repo, &entry, &item.meta);
    operation.finish()?;
    result.map(|()| entry.path)
}

/// Says what stands against the restoring of `item`, if something does. Changes nothing.
///
/// # Errors
/// The obstacle, with the command that clears it.
pub fn check(repo: &Repo, item: &Item) -> Result<()> {
    let meta = &item.meta;
    let name = shell_word(&meta.name);
    let path = &meta.path;
    if path.symlink_metadata().is_ok() {
        let quoted = shell_word(&path.to_string_lossy());
        return Err(Error::new(Kind::Exists, format!("something is at {} already", path.display()))
            .hint(format!("mv {quoted} {quoted}.old && git agent restore {name}")));
    }
    let Some(branch) = &meta.branch else { return Ok(()) };
    let shown = shell_word(branch);
    let holder = worktrees::holders(repo)?.into_iter().find(|holder| holder.branch.as_ref() == Some(branch));
    if let Some(holder) = holder {
        return Err(Error::new(Kind::Exists, format!("branch '{branch}' is checked out at {}", holder.path.display()))
            .hint(format!(
                "git -C {} switch --detach && git agent restore {name}",
                shell_word(&holder.path.to_string_lossy())
            )));
    }
    let Some(tip) = &meta.tip else { return Ok(()) };
    let now = repo.ref_commit(&format!("refs/heads/{branch}")).map(|id| id.to_string());
    match now {
        Some(now) if now == *tip => {}
        None if meta.branch_deleted => {}
        None => {
            return Err(Error::new(Kind::NotFound, format!("branch '{branch}' stayed, and was deleted since"))
                .hint(format!("git branch {shown} {tip} && git agent restore {name}")));
        }
        // With the old index on another commit, the difference would look like staged work.
        Some(_) if meta.branch_deleted => {
            return Err(Error::new(Kind::Exists, format!("there is another branch '{branch}' now, on another commit"))
                .hint(format!("git branch --move {shown} {shown}-2 && git agent restore {name}")));
        }
        Some(now) => {
            let aside = format!("git branch --move {shown} {shown}-2 && git branch {shown} {tip}");
            return Err(Error::new(Kind::Exists, format!("branch '{branch}' has moved since"))
                .because(format!("then {tip}\nnow  {now}"))
                .hint(format!("{aside} && git agent restore {name}")));
        }
    }
    Ok(())
}

/// A place in `.git/worktrees/`: the old one, else one with digits, as git itself would name it.
fn free_admin(repo: &Repo, item: &Item) -> Result<PathBuf> {
    let folder = repo.common().join("worktrees");
    let admin = folder.join(&item.meta.admin_id);
    if admin.symlink_metadata().is_err() {
        return Ok(admin);
    }
    if item.folder.join("admin/modules").exists() {
        // Submodules hold the path of their git directory: they would have to be rewritten one by one.
        return Err(Error::new(Kind::Exists, format!("git keeps another worktree as '{}'", item.meta.admin_id))
            .because("and this one has submodules that refer to that name")
            .hint("git worktree list"));
    }
    let numbered = (1u32..).map(|number| folder.join(format!("{}{number}", item.meta.admin_id)));
    numbered
        .into_iter()
        .find(|path| path.symlink_metadata().is_err())
        .ok_or_else(|| Error::failed("no free name in .git/worktrees"))
}

/// Carries the restoring out, or on: each step is skipped if it was done before.
///
/// # Errors
/// When a step fails; the worktree is then still in the trash, or already back at its place.
pub fn move_out(repo: &Repo, entry: &Transfer, meta: &Meta) -> Result<()> {
    let id = entry.trash.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (tree, admin) = (entry.trash.join("tree"), entry.trash.join("admin"));
    recreate_branch(repo, meta, &entry.trash)?;
    if tree.exists() && !entry.path.exists() {
        point(&tree.join(".git"), "gitdir: ", &entry.path, &entry.admin)?;
        if let Some(parent) = entry.path.parent() {
            store::create_folder(parent)?;
        }
        transfer::move_tree(&tree, &entry.path, &partial(&entry.path, &id), &leftover(&tree, &id))?;
    }
    if admin.exists() {
        point(&admin.join("gitdir"), "", &entry.admin, &entry.path.join(".git"))?;
        if let Some(parent) = entry.admin.parent() {
            store::create_folder(parent)?;
        }
        std::fs::rename(&admin, &entry.admin).context(|| format!("cannot move {}", admin.display()))?;
    }
    for (key, value) in meta.branch_config.iter().filter(|_| meta.branch_deleted) {
        let known = repo.git().args(["config", "--local", "--get-all", key]).text().unwrap_or_default();
        if !known.lines().any(|line| line == value) {
            retry::run(|| repo.git().args(["config", "--local", "--add", key, value]))?;
        }
    }
    keep::release(repo, &id);
    store::remove_folder(&entry.trash)
}

/// Makes sure that the file, which will lie in the folder `from`, names `to` behind its `prefix`. One that does so
/// already, in whatever spelling, stays as it is.
fn point(file: &Path, prefix: &str, from: &Path, to: &Path) -> Result<()> {
    let text = store::read(file)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let named = text.trim_end().strip_prefix(prefix).map(|path| real(&normal(&from.join(path))));
    if named == Some(real(to)) {
        return Ok(());
    }
    store::write_atomic(file, format!("{prefix}{}\n", to.display()).as_bytes())
}

/// What the reflog of a branch says that has just been created again.
const RESTORED: &str = "branch: Restored by git agent restore";

fn recreate_branch(repo: &Repo, meta: &Meta, trash: &Path) -> Result<()> {
    let (Some(branch), Some(tip), true) = (&meta.branch, &meta.tip, meta.branch_deleted) else { return Ok(()) };
    let reference = format!("refs/heads/{branch}");
    if repo.ref_commit(&reference).is_none() {
        let zero = "0".repeat(tip.len());
        retry::run(|| repo.git().args(["update-ref", "--create-reflog", "-m", RESTORED, &reference, tip, &zero]))?;
    }
    // The old reflog takes the place of the new one while that says nothing but that the branch is back: a killed
    // restoring may come here twice.
    let log = branch::log(repo, branch);
    let now = store::read(&log)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    if let Some(old) = store::read(&trash.join("branch.log"))?
        && now.lines().count() <= 1
        && now.lines().all(|line| line.ends_with(RESTORED))
    {
        store::write_atomic(&log, &old)?;
    }
    Ok(())
}

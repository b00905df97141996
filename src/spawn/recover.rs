//! Undoing a spawn that failed, and mending one that was killed.

use std::path::PathBuf;

use crate::agent::record::Record;
use crate::agent::shell_word;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::unfinished::{clear_stale_lock, fill_in, has_foreign_files};
use crate::git::{retry, worktrees};
use crate::provision::record::Record as Readiness;
use crate::{journal, store};

/// What the reflog of a branch says that was created for the operation `id`.
pub fn reflog_message(id: &str, record: &Record) -> String {
    let base = record.base.branch.as_deref().unwrap_or(&record.base.commit);
    format!("branch: Created from {base} ({id})")
}

/// Takes away all that the spawn made: the worktree, git's entry for it, the branch if it was created for it and did
/// not move, and the folders above. Each part may be missing. Call it with the repository's lock held.
///
/// # Errors
/// When a part cannot be removed.
pub fn undo(repo: &Repo, entry: &journal::Spawn, id: &str) -> Result<()> {
    let admins = admins_of(repo, entry);
    store::remove_folder(&entry.path)?;
    for admin in admins {
        store::remove_folder(&admin)?;
    }
    if entry.record.branch_created {
        remove_branch(repo, entry, id)?;
    }
    for folder in &entry.made_folders {
        if std::fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// git's entries for the worktree: the one with its path, and one that a killed `git worktree add` left unfinished.
fn admins_of(repo: &Repo, entry: &journal::Spawn) -> Vec<PathBuf> {
    let folder = entry.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let trees = worktrees::list(repo).unwrap_or_default();
    // git names the entry after the folder, with digits behind it if the name is taken.
    let unfinished = |id: &str| id.strip_prefix(&folder).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    let ours = trees.into_iter().filter(|tree| {
        tree.path == entry.path
            || (tree.path.as_os_str().is_empty() && unfinished(&tree.id) && !tree.admin.join("index").exists())
    });
    ours.map(|tree| tree.admin).collect()
}

fn remove_branch(repo: &Repo, entry: &journal::Spawn, id: &str) -> Result<()> {
    let branch = &entry.record.branch;
    if crate::policy::name::check(branch).is_err() {
        // Files are removed by this name below: one that git would refuse must never get that far.
        return Ok(());
    }
    let reference = format!("refs/heads/{branch}");
    clear_stale_lock(&repo.common().join(format!("{reference}.lock")));
    let log = repo.common().join("logs").join(&reference);
    let log_text = store::read(&log)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let ours = log_text.lines().count() <= 1 && log_text.lines().all(|line| line.contains(&format!("({id})")));
    match repo.ref_commit(&reference).map(|tip| tip.to_string()) {
        Some(tip) if ours && !log_text.is_empty() && tip == entry.commit => {
            clear_stale_lock(&repo.common().join("packed-refs.lock"));
            retry::run(|| repo.git().args(["update-ref", "-d", &reference, &entry.commit]))?;
        }
        // Killed between the reflog and the ref: the log, perhaps still empty, of a branch that never was.
        None if ours => store::remove_file(&log)?,
        _ => {}
    }
    if entry.sets_upstream && repo.ref_commit(&reference).is_none() {
        clear_stale_lock(&repo.common().join("config.lock"));
        let section = format!("branch.{branch}");
        let known = repo
            .git()
            .args(["config", "--local", "--get-regexp"])
            .arg(format!("^branch\\.{}\\.", regex_escape(branch)));
        if known.succeeds()? {
            retry::run(|| repo.git().args(["config", "--local", "--remove-section", &section]))?;
        }
    }
    Ok(())
}

fn regex_escape(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_ascii_punctuation() { vec!['\\', c] } else { vec![c] }).collect()
}

/// Finishes or undoes a spawn whose processes are gone. Returns what was done, for the user. Call it with the
/// repository's lock held.
///
/// A worktree with an index was checked out completely (git writes the index last), and somebody may have worked in
/// it since: it is kept. So is one with files that are not from its commit. Everything else is undone.
///
/// # Errors
/// When a part cannot be mended; the next command tries again.
pub fn mend(repo: &Repo, entry: &journal::Spawn, id: &str) -> Result<String> {
    let name = &entry.record.name;
    let reference = format!("refs/heads/{}.lock", entry.record.branch);
    for lock in ["config.lock", "packed-refs.lock", &reference] {
        clear_stale_lock(&repo.common().join(lock));
    }
    let tree = worktrees::list(repo)?.into_iter().find(|tree| tree.path == entry.path && tree.problem.is_none());
    if let Some(tree) = tree {
        let complete = tree.admin.join("index").exists();
        if complete || has_foreign_files(repo.common(), &entry.path, &entry.commit) {
            let names = store::names(&tree.admin)?;
            let names = names.iter().map(|name| name.to_string_lossy());
            // Our own are let go by the kernel.
            for name in names.filter(|name| name.ends_with(".lock") && !name.starts_with("agent-")) {
                clear_stale_lock(&tree.admin.join(&*name));
            }
            if !complete {
                fill_in(&tree.admin, &entry.path, "HEAD")?;
            }
            entry.record.save(&tree.admin)?;
            if Readiness::load(&tree.admin)?.is_none() {
                Readiness::pending().save(&tree.admin)?;
            }
            let missed = "git's post-checkout hook may not have run";
            return Ok(format!(
                "the spawn of '{name}' was cut short: its worktree is there, {missed}; git agent provision {} makes it ready",
                shell_word(name)
            ));
        }
    }
    undo(repo, entry, id)?;
    Ok(format!("the spawn of '{name}' was cut short: what it had made is removed"))
}

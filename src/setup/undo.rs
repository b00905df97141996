//! The way back: what `git agent init --undo` takes away, and what it leaves.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::policy::{carried, hooks, ignore, include, protected};
use crate::setup::change::Change;
use crate::setup::record::{self, Record};
use crate::{journal, store, trash};

/// The plan back.
#[derive(Debug, Default)]
pub struct Undo {
    /// The files to change, in this order.
    pub changes: Vec<Change>,
    /// What stays, and why: a sentence each.
    pub kept: Vec<String>,
    /// Whether `.git/agent` goes as a whole: no agent and nothing in the trash needs it.
    pub empty: bool,
}

/// What of git-agent is in the repository and can go. `is_ours` tells a hook that git-agent wrote; `users` is the folder
/// where git finds the user's hooks. Call it with the repository's lock held, if it is to be carried out.
///
/// # Errors
/// When a file cannot be read.
pub fn plan(repo: &Repo, is_ours: impl Fn(&[u8]) -> bool, users: &Path) -> Result<Undo> {
    let mut undo = Undo::default();
    let mut record = Record::load(repo)?;
    let trees = worktrees::list(repo)?;
    let busy = journal::busy_paths(repo);
    // First git's file: a git that runs now finds the include with all that it names, or none.
    let without = if record.config_newline { include::without_stanza_and_newline } else { include::without_stanza };
    undo.changes.extend(Change::shared(&repo.common().join("config"), without)?);
    record.config_newline = false;
    for file in [include::PATH, carried::PATH] {
        undo.changes.extend(Change::file(&repo.common().join(file), None)?);
    }
    hooks_folder(repo, is_ours, users, &mut undo)?;
    protected_file(repo, &mut record, &mut undo)?;

    let inhabited = |folder: &str| {
        let folder = repo.root().join(folder.trim_matches('/'));
        let paths = trees.iter().map(|tree| &tree.path).chain(&busy);
        paths.into_iter().any(|path| path.starts_with(&folder))
    };
    let mut remaining = Vec::new();
    for entry in std::mem::take(&mut record.ignored) {
        if inhabited(&entry.entry) {
            undo.kept.push(format!("{} in {}: worktrees are there", entry.entry, entry.file.display()));
            remaining.push(entry);
            continue;
        }
        let text = store::read(&entry.file)?.unwrap_or_default();
        if let Some(new) = ignore::without_entry(&text, &entry.entry, entry.newline) {
            let gone = new.is_empty() && entry.created;
            undo.changes.extend(Change::file(&entry.file, (!gone).then_some(&new))?);
        }
    }
    record.ignored = remaining;
    if record.ignored.is_empty() {
        undo.changes.extend(Change::file(&record::path(repo), None)?);
    } else {
        undo.changes.extend(record.change(repo)?);
    }

    let agents = trees.iter().filter(|tree| tree.admin.join(crate::agent::record::FILE).exists()).count();
    if agents > 0 {
        let (who, stay) = if agents == 1 { ("1 agent", "its") } else { (&*format!("{agents} agents"), "their") };
        undo.kept.push(format!("{who} with {stay} worktrees; 'git push' there goes where git's own settings say"));
    }
    let trashed = trash::all(repo)?.len();
    if trashed > 0 {
        undo.kept.push(format!("the trash, with {trashed} removed agent{}", if trashed == 1 { "" } else { "s" }));
    }
    undo.empty = trees.is_empty() && busy.is_empty() && trashed == 0 && undo.kept.is_empty();
    Ok(undo)
}

/// Our hooks go. One that a tool has put among them goes to where it would have gone without us, or stays.
fn hooks_folder(repo: &Repo, is_ours: impl Fn(&[u8]) -> bool, users: &Path, undo: &mut Undo) -> Result<()> {
    let folder = repo.common().join(hooks::PATH);
    for name in store::names(&folder)? {
        let path = folder.join(&name);
        let text = store::read(&path)?.unwrap_or_default();
        if !is_ours(&text) {
            if users.join(&name).exists() {
                undo.kept.push(format!("{}: not written by git-agent", path.display()));
                continue;
            }
            if store::is_program(&path) {
                undo.changes.push(Change::program(&users.join(&name), None, &text));
            } else {
                undo.changes.extend(Change::file(&users.join(&name), Some(&text))?);
            }
        }
        undo.changes.extend(Change::file(&path, None)?);
    }
    Ok(())
}

fn protected_file(repo: &Repo, record: &mut Record, undo: &mut Undo) -> Result<()> {
    let file: PathBuf = repo.common().join(protected::PATH);
    if let Some(bytes) = store::read(&file)? {
        let rest = protected::without(&String::from_utf8_lossy(&bytes), &record.protected);
        if rest.is_some() {
            undo.kept.push(format!("{}: it has names that git-agent did not write", file.display()));
        }
        undo.changes.extend(Change::file(&file, rest.as_deref().map(str::as_bytes))?);
    }
    record.protected.clear();
    Ok(())
}

/// Carries the plan out. Call it with the repository's lock held.
///
/// # Errors
/// When a file cannot be changed.
pub fn carry_out(repo: &Repo, undo: &Undo) -> Result<()> {
    undo.changes.iter().try_for_each(Change::apply)?;
    let hooks = repo.common().join(hooks::PATH);
    if store::names(&hooks)?.is_empty() {
        store::remove_folder(&hooks)?;
    }
    if undo.empty {
        store::remove_folder(&repo.house())?;
    }
    Ok(())
}

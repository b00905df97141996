//! The hooks folder that linked worktrees use, in `.git/agent`.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Result;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::policy::hooks;
use crate::setup::change::Change;
use crate::store;

/// The program that the hooks ask.
pub const PROGRAM: &str = if cfg!(windows) { "git-agent-hook.exe" } else { "git-agent-hook" };

/// The folder as it shall be.
#[derive(Debug, Default)]
pub struct Planned {
    /// The folder as git is to be told of it; `None` when git is to use none of ours.
    pub folder: Option<String>,
    /// Why there is none, for the user.
    pub warning: Option<String>,
    /// What must be done to the files in it.
    pub changes: Vec<Change>,
}

/// What must be done so that the folder is there and up to date.
///
/// # Errors
/// When a file of it cannot be read.
pub fn plan(repo: &Repo, config: &Config) -> Result<Planned> {
    if config.guard_is_off() {
        return Ok(Planned::default());
    }
    let warning = |text: &str| Planned { warning: Some(text.to_owned()), ..Planned::default() };
    let Some(program) = program() else {
        return Ok(warning("the guard is not active: install git-agent-hook beside git-agent, then spawn again"));
    };
    let folder = repo.common().join(hooks::PATH);
    let (Some(shown), Some(program)) = (plain(&folder), plain(&program)) else {
        return Ok(warning("the guard is not active: the path of this repository is not Unicode"));
    };
    let script = hooks::script(&program);
    let users = users_folder(repo, &shown);
    let mut changes = Vec::new();
    for event in hooks::ALWAYS {
        put(&folder.join(event), &users.join(event), &script, &mut changes)?;
    }
    for event in hooks::ON_DEMAND {
        if store::is_program(&users.join(event)) {
            put(&folder.join(event), &users.join(event), &script, &mut changes)?;
        } else {
            changes.extend(Change::file(&folder.join(event), None)?);
        }
    }
    // lefthook sets ours aside, and refuses to do so twice.
    for name in store::names(&folder)?.into_iter().filter(|name| name.to_string_lossy().ends_with(".old")) {
        if store::read(&folder.join(&name))?.is_some_and(|text| is_ours(&text)) {
            changes.extend(Change::file(&folder.join(&name), None)?);
        }
    }
    Ok(Planned { folder: Some(shown), warning: None, changes })
}

/// Each file is replaced as a whole: git may start it at this moment. What a tool has put in its place from within a
/// worktree goes to where it would have gone without us, unless there is one already.
fn put(path: &Path, users: &Path, script: &str, changes: &mut Vec<Change>) -> Result<()> {
    let found = store::read(path)?;
    let executable = store::is_program(path);
    if executable && found.as_deref() == Some(script.as_bytes()) {
        return Ok(());
    }
    let text = found.as_deref().unwrap_or_default();
    if executable && !is_ours(text) && !users.exists() && users.parent().is_some_and(Path::is_dir) {
        changes.push(Change::program(users, None, text));
    }
    changes.push(Change::program(path, found, script.as_bytes()));
    Ok(())
}

/// Whether another tool has taken the place of our pre-push, or it is gone or out of use. Two small looks, for where it is
/// asked before every command.
pub fn are_displaced(common: &Path) -> bool {
    let folder = common.join(hooks::PATH);
    let file = folder.join("pre-push");
    match store::read(&file) {
        Ok(Some(text)) => !is_ours(&text) || !store::is_program(&file),
        Ok(None) => folder.is_dir(),
        Err(_) => true,
    }
}

/// The folder of our hooks, as git is told of it.
pub fn folder(repo: &Repo) -> String {
    let folder = repo.common().join(hooks::PATH);
    plain(&folder).unwrap_or_else(|| folder.to_string_lossy().into_owned())
}

/// Whether a hook is one that git-agent wrote, of this version or another.
pub fn is_ours(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).lines().nth(1).is_some_and(|line| line.starts_with(hooks::MARK))
}

/// The program that the hooks ask: beside this one, else on PATH. Where both are the same file, the name on PATH is recorded:
/// the other may be the folder of one version, which an update removes.
pub fn program() -> Option<PathBuf> {
    let on_path = which::which(PROGRAM).ok().filter(|path| path.is_absolute());
    let own = std::env::current_exe().ok().and_then(|own| own.canonicalize().ok());
    let beside = own.map(|own| own.with_file_name(PROGRAM)).filter(|path| store::is_program(path));
    match (beside, on_path) {
        (Some(beside), Some(found)) if found.canonicalize().is_ok_and(|real| real == beside) => Some(found),
        (beside, found) => beside.or(found),
    }
}

/// The folder that git takes hooks from where ours is not configured.
pub fn users_folder(repo: &Repo, ours: &str) -> PathBuf {
    let all = Git::at(repo.root()).args(["config", "--null", "--type=path", "--get-all", "core.hooksPath"]).text();
    let all = all.unwrap_or_default();
    match all.split_terminator('\0').rfind(|folder| *folder != ours) {
        Some(folder) => repo.root().join(folder),
        None => repo.common().join("hooks"),
    }
}

/// A path as git and sh write it, if they can.
pub fn plain(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    Some(if cfg!(windows) { text.trim_start_matches(r"\\?\").replace('\\', "/") } else { text.to_owned() })
}

//! The hooks folder that linked worktrees use, in `.git/agent`.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Result;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::policy::hooks;
use crate::store;

/// The program that the hooks ask.
const PROGRAM: &str = if cfg!(windows) { "git-agent-hook.exe" } else { "git-agent-hook" };

/// Writes the folder, or brings it up to date, and returns it as git is to be told of it; or why there is none. Call it
/// with the repository's lock held.
///
/// # Errors
/// When the folder cannot be written.
pub fn ensure(repo: &Repo, config: &Config) -> Result<std::result::Result<String, Option<String>>> {
    if config.guard_is_off() {
        return Ok(Err(None));
    }
    let Some(program) = beside_or_on_path(PROGRAM) else {
        let missing = "the guard is not active: install git-agent-hook beside git-agent, then spawn again".to_owned();
        return Ok(Err(Some(missing)));
    };
    let folder = repo.common().join(hooks::PATH);
    let (Some(shown), Some(program)) = (plain(&folder), plain(&program)) else {
        return Ok(Err(Some("the guard is not active: the path of this repository is not Unicode".to_owned())));
    };
    store::create_folder(&folder)?;
    let script = hooks::script(&program);
    let users = users_folder(repo, &shown);
    for event in hooks::ALWAYS {
        put(&folder.join(event), &users.join(event), &script)?;
    }
    for event in hooks::ON_DEMAND {
        if store::is_program(&users.join(event)) {
            put(&folder.join(event), &users.join(event), &script)?;
        } else {
            store::remove_file(&folder.join(event))?;
        }
    }
    store::sweep(&folder)?;
    Ok(Ok(shown))
}

/// Each file is replaced as a whole: git may start it at this moment. What a tool has put in its place from within a
/// worktree goes to where it would have gone without us, unless there is one already.
fn put(path: &Path, users: &Path, script: &str) -> Result<()> {
    let found = store::read(path)?.unwrap_or_default();
    let executable = store::is_program(path);
    if executable && found == script.as_bytes() {
        return Ok(());
    }
    let ours = String::from_utf8_lossy(&found).lines().nth(1).is_some_and(|line| line.starts_with(hooks::MARK));
    if executable && !ours && !users.exists() && users.parent().is_some_and(Path::is_dir) {
        store::write_program(users, &found)?;
    }
    store::write_program(path, script.as_bytes())
}

/// A program of ours beside this one, else on PATH. Where both are the same file, the name on PATH is recorded: the other
/// may be the folder of one version, which an update removes.
fn beside_or_on_path(name: &str) -> Option<PathBuf> {
    let on_path = which::which(name).ok().filter(|path| path.is_absolute());
    let own = std::env::current_exe().ok().and_then(|own| own.canonicalize().ok());
    let beside = own.map(|own| own.with_file_name(name)).filter(|path| store::is_program(path));
    match (beside, on_path) {
        (Some(beside), Some(found)) if found.canonicalize().is_ok_and(|real| real == beside) => Some(found),
        (beside, found) => beside.or(found),
    }
}

/// The folder that git takes hooks from where ours is not configured.
fn users_folder(repo: &Repo, ours: &str) -> PathBuf {
    let all = Git::at(repo.root()).args(["config", "--null", "--type=path", "--get-all", "core.hooksPath"]).text();
    let all = all.unwrap_or_default();
    match all.split_terminator('\0').rfind(|folder| *folder != ours) {
        Some(folder) => repo.root().join(folder),
        None => repo.common().join("hooks"),
    }
}

/// A path as git and sh write it, if they can.
fn plain(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    Some(if cfg!(windows) { text.trim_start_matches(r"\\?\").replace('\\', "/") } else { text.to_owned() })
}

//! The agent's own folder for data (`agent.dataDir`): inside the worktree, so that it goes into the trash and comes back
//! with it, and so that a sandbox which allows the worktree allows the folder.
//!
//! It ignores itself, by a `.gitignore` of its own, so no shared file changes for it; and it bears a `CACHEDIR.TAG`
//! (<https://bford.info/cachedir/>), by which a removal asks no question about it and backups pass it over.

use std::path::{Component, Path, PathBuf};

use crate::agent::Agent;
use crate::config::{Config, section};
use crate::error::{Error, Kind, Result};
use crate::policy::variable;
use crate::store;

/// The file that marks it.
pub const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# Data of one agent, made by git-agent.\n";

/// The folder, and the variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Where it is.
    pub path: PathBuf,
    /// The variable.
    pub variable: String,
}

/// The folder of an agent, made if it is missing; `None` where none is configured.
///
/// # Errors
/// When the setting leads out of the worktree, or something else is in the way.
pub fn folder(config: &Config, agent: &Agent) -> Result<Option<Data>> {
    let Some(setting) = section::setting(config, "dataDir").filter(|entry| !entry.value.is_empty()) else {
        return Ok(None);
    };
    let hint = "git config agent.dataDir .agent-data";
    let path = inside(&agent.tree.path, &setting.value)
        .map_err(|why| Error::new(Kind::Usage, format!("agent.dataDir is '{}': {why}", setting.value)).hint(hint))?;
    let variable = match section::setting(config, "dataEnv") {
        None => "DATA_PATH".to_owned(),
        Some(entry) => {
            let bad = !variable::is_valid(&entry.value)
                || variable::is_ours(&entry.value)
                || (entry.team && variable::is_dangerous(&entry.value));
            if bad {
                return Err(Error::new(
                    Kind::Usage,
                    format!("agent.dataEnv is '{}', which it may not set", entry.value),
                )
                .hint("git config agent.dataEnv DATA_PATH"));
            }
            entry.value
        }
    };
    if agent.tree.path.is_dir() && !path.join(TAG).exists() {
        if !store::names(&path)?.is_empty() || path.is_file() {
            let what = format!("{} is not a data folder of git-agent: something else is in it", path.display());
            return Err(Error::new(Kind::Exists, what).hint(hint));
        }
        store::create_folder(&path)?;
        store::write_atomic(&path.join(".gitignore"), b"*\n")?;
        store::write_atomic(&path.join(TAG), TAG_TEXT.as_bytes())?;
    }
    Ok(Some(Data { path, variable }))
}

/// A path of a setting below `top`: relative, without a way out, through no symlink.
///
/// # Errors
/// The rule that it breaks.
pub fn inside(top: &Path, relative: &str) -> std::result::Result<PathBuf, &'static str> {
    let parts: Vec<Component<'_>> = Path::new(relative).components().collect();
    let tame = |part: &Component<'_>| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    if parts.is_empty() || !parts.iter().all(tame) {
        return Err("it takes a path inside the worktree");
    }
    let mut path = top.to_owned();
    for part in parts {
        path.push(part);
        if path.is_symlink() {
            return Err("a symlink is on the way");
        }
    }
    Ok(path)
}

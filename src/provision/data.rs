//! The agent's own folder for data (`agent.dataDir`): inside the worktree, so that it goes into the trash and comes back
//! with it, and so that a sandbox which allows the worktree allows the folder.
//!
//! It ignores itself, by a `.gitignore` of its own, so no shared file changes for it; and it bears a `CACHEDIR.TAG`
//! (<https://bford.info/cachedir/>), by which a removal asks no question about it and backups pass it over. That it is ours
//! says a record in the worktree's git directory, and not what lies in it: anybody can commit a tag.

use std::path::{Component, Path, PathBuf};

use crate::agent::{Agent, shell_word};
use crate::config::{Config, section};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::policy::variable::{self, Value};
use crate::store;

/// The file that marks it for other programs.
const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# Data of one agent, made by git-agent.\n";

/// The file by which it ignores itself.
const IGNORE: &str = ".gitignore";
const IGNORE_TEXT: &str = "*\n";

/// The folder that was made for the worktree, in its git directory: a path from the top.
const FILE: &str = "agent-data";

const HINT: &str = "git config agent.dataDir .agent-data";

/// The folder, and the variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Where it is.
    pub path: PathBuf,
    /// The variable.
    pub variable: String,
}

/// What is configured: a path from the top of each worktree, and the variable.
///
/// # Errors
/// When the path leads out of the worktree, or the variable may not be set.
pub fn setting(config: &Config) -> Result<Option<(String, String)>> {
    let Some(folder) = section::setting(config, "dataDir").filter(|entry| !entry.value.is_empty()) else {
        return Ok(None);
    };
    tame(&folder.value).map_err(|why| wrong(&folder.value, why))?;
    let Some(entry) = section::setting(config, "dataEnv") else {
        return Ok(Some((folder.value, "DATA_PATH".to_owned())));
    };
    let refuse = |why: &str| {
        Error::new(Kind::Usage, format!("agent.dataEnv is '{}': {why}", entry.value))
            .hint("git config agent.dataEnv DATA_PATH")
    };
    if !variable::is_valid(&entry.value) || variable::is_ours(&entry.value) {
        return Err(refuse("it takes letters, digits and underscores, and no name of git-agent's own"));
    }
    if entry.team && !variable::may_hold(Value::Data, &entry.value) {
        return Err(refuse(".gitagent may choose a name that ends as DATA_PATH or DATA_DIR"));
    }
    Ok(Some((folder.value, entry.value)))
}

/// The folder of an agent, made if it is missing; `None` where none is configured.
///
/// # Errors
/// When the setting leads out of the worktree, or something else is in the way.
pub fn folder(repo: &Repo, config: &Config, agent: &Agent) -> Result<Option<Data>> {
    let Some((setting, variable)) = setting(config)? else { return Ok(None) };
    let path = inside(&agent.tree.path, &setting).map_err(|why| wrong(&setting, why))?;
    if agent.tree.path.is_dir() {
        let relative = relative(&setting);
        if made(&agent.tree.admin).as_deref() != Some(&*relative) {
            check_free(repo, agent, &relative, &path)?;
            store::write_atomic(&agent.tree.admin.join(FILE), relative.as_bytes())?;
        }
        complete(&path)?;
    }
    Ok(Some(Data { path, variable }))
}

/// Whether the ignored path, from the top of the worktree, is its data folder.
pub fn is_ours(agent: &Agent, path: &str) -> bool {
    made(&agent.tree.admin).is_some_and(|made| made == path)
}

fn made(admin: &Path) -> Option<String> {
    String::from_utf8(store::read(&admin.join(FILE)).ok().flatten()?).ok()
}

/// What a program or a person took away of it, `rm -rf "$DATA_PATH"/*` for one, comes back.
fn complete(path: &Path) -> Result<()> {
    for (name, text) in [(IGNORE, IGNORE_TEXT), (TAG, TAG_TEXT)] {
        let file = path.join(name);
        if file.symlink_metadata().is_err() {
            store::create_folder(path)?;
            store::write_atomic(&file, text.as_bytes())?;
        }
    }
    Ok(())
}

/// Nothing that somebody else has put there becomes ours: what ignores itself, and goes without a question, must hold
/// nothing but what programs write there from now on.
fn check_free(repo: &Repo, agent: &Agent, relative: &str, path: &Path) -> Result<()> {
    let refuse = |why: &str| Error::new(Kind::Exists, format!("{} cannot be a data folder: {why}", path.display()));
    if Tracked::read(repo, &agent.tree.admin)?.holds(relative.as_bytes()) {
        let other = if relative == ".agent-data" { ".agent-data-own" } else { ".agent-data" };
        return Err(refuse("the branch tracks files there").hint(format!("git config agent.dataDir {other}")));
    }
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    let holds = |name: &str, text: &str| {
        store::read(&path.join(name)).ok().flatten().is_some_and(|bytes| bytes == text.as_bytes())
    };
    let names = if metadata.is_dir() { store::names(path)? } else { Vec::new() };
    let ignores_itself = holds(IGNORE, IGNORE_TEXT);
    let is_empty = names.iter().all(|name| name == TAG || name == IGNORE && ignores_itself);
    // The second was made before there was a record.
    if metadata.is_dir() && (is_empty || ignores_itself && holds(TAG, TAG_TEXT)) {
        return Ok(());
    }
    let word = shell_word(&path.to_string_lossy());
    Err(refuse("something else is in it").hint(format!("mv {word} {word}.before")))
}

fn relative(setting: &str) -> String {
    let parts: Vec<_> = Path::new(setting).components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

fn wrong(setting: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("agent.dataDir is '{setting}': {why}")).hint(HINT)
}

/// Whether a path of a setting can be one below a worktree: relative, without a way out.
///
/// # Errors
/// The rule that it breaks.
pub fn tame(relative: &str) -> std::result::Result<(), &'static str> {
    let mut parts = Path::new(relative).components().peekable();
    let plain = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    if parts.peek().is_none() || !parts.all(plain) {
        return Err("it takes a path inside the worktree");
    }
    Ok(())
}

/// A path of a setting below `top`: relative, without a way out, through no symlink.
///
/// # Errors
/// The rule that it breaks.
pub fn inside(top: &Path, relative: &str) -> std::result::Result<PathBuf, &'static str> {
    tame(relative)?;
    let mut path = top.to_owned();
    for part in Path::new(relative).components() {
        path.push(part);
        if path.is_symlink() {
            return Err("a symlink is on the way");
        }
    }
    Ok(path)
}

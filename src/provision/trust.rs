//! May commands that come with the repository run? Only if the user has said so for exactly these.
//!
//! The answer is kept on this machine, outside of the repository, by three things that must all be the same: the path of
//! its git directory; a random word that is kept in that directory, which no clone brings along, so that another
//! repository at the same path is a stranger; and a digest of all the commands, so that a changed one is asked about again.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::agent::shell_word;
use crate::config::Config;
use crate::error::{Context, Result};
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::policy::provision::{Kind, deps};
use crate::provision::command::digest;
use crate::{environment, journal, machine, store};

/// The user's file on this machine.
const FILE: &str = "trust.json";

/// The word of a repository, in `.git/agent/`.
const WORD: &str = "identity";

/// Everything that the repository would run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The commands of `.gitagent`, by key, in their order.
    pub commands: Vec<(String, String)>,
    /// The installs of its lockfiles.
    pub installs: Vec<Install>,
}

/// An install: it runs code of the repository and of packages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Install {
    /// The tool.
    pub tool: &'static str,
    /// Where it runs, from the top; empty for the top.
    pub folder: String,
    /// What runs, one after the other.
    pub commands: Vec<String>,
}

/// What the user has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// There is nothing to be trusted.
    Nothing,
    /// Yes, to exactly this.
    Given,
    /// Yes, to something else.
    Changed,
    /// Never anything, or no.
    None,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    version: u32,
    repositories: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    path: PathBuf,
    word: String,
    digest: String,
    at: u64,
}

impl Asked {
    /// Whether nothing would run.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.installs.is_empty()
    }

    fn digest(&self) -> String {
        let mut parts: Vec<&[u8]> = vec![b"commands"];
        for (key, value) in &self.commands {
            parts.extend([key.as_bytes(), value.as_bytes()]);
        }
        parts.push(b"installs");
        for install in &self.installs {
            parts.extend([b"in", install.folder.as_bytes()]);
            parts.extend(install.commands.iter().map(String::as_bytes));
        }
        digest(&parts)
    }

    /// Whether the install of this tool in this folder is part of it.
    pub fn installs(&self, tool: &str, folder: &str) -> bool {
        self.installs.iter().any(|install| install.tool == tool && install.folder == folder)
    }
}

/// What the repository would run: the commands in the main checkout's `.gitagent`, and the installs of the lockfiles that the
/// main checkout tracks.
///
/// # Errors
/// When the index cannot be read.
pub fn asked(repo: &Repo, config: &Config) -> Result<Asked> {
    let tracked = Tracked::read(repo, repo.common())?;
    let mut installs: Vec<Install> = deps::choose(&crate::provision::facts::lockfiles(&tracked, repo.main()))
        .into_iter()
        .filter_map(|kind| match kind {
            Kind::Dependencies { tool, folder, .. } if !tool.commands().is_empty() => {
                let commands = tool.commands().iter().map(|words| words.join(" ")).collect();
                Some(Install { tool: tool.name, folder, commands })
            }
            _ => None,
        })
        .collect();
    installs.sort_unstable();
    Ok(Asked { commands: config.team_commands(), installs })
}

/// What the user has said to this. A table that cannot be read says nothing.
pub fn state(repo: &Repo, asked: &Asked) -> Trust {
    if asked.is_empty() {
        return Trust::Nothing;
    }
    let table = || table(&machine::folder().ok()?.join(FILE)).ok();
    let (Some(table), Some(word)) = (table(), word(repo)) else { return Trust::None };
    let ours = table.repositories.iter().find(|entry| entry.path == repo.common() && entry.word == word);
    match ours {
        Some(entry) if entry.digest == asked.digest() => Trust::Given,
        Some(_) => Trust::Changed,
        None => Trust::None,
    }
}

/// Whether the commands of `.gitagent` may run.
///
/// # Errors
/// As [`asked`].
pub fn is_given(repo: &Repo, config: &Config) -> Result<bool> {
    Ok(state(repo, &asked(repo, config)?) == Trust::Given)
}

/// Whether it is an agent that asks: what it works on would run with its own yes.
pub fn is_agent() -> bool {
    environment::var("GIT_AGENT").is_some()
}

/// Looks whether what was said can be read.
///
/// # Errors
/// When it is damaged: it counts for nothing then.
pub fn check_list() -> Result<()> {
    table(&machine::folder()?.join(FILE)).map(drop)
}

fn table(path: &Path) -> Result<Table> {
    let read = store::read_json(path).map_err(|error| {
        let file = shell_word(&path.to_string_lossy());
        error.because("nothing is trusted while it is").hint(format!("mv {file} {file}.damaged"))
    });
    Ok(read?.unwrap_or_default())
}

/// Remembers a yes to exactly this.
///
/// # Errors
/// When the user's state or the repository cannot be written to.
pub fn grant(repo: &Repo, asked: &Asked) -> Result<()> {
    let word = match word(repo) {
        Some(word) => word,
        None => {
            store::create_folder(&repo.house())?;
            let word = store::random_hex();
            store::write_private(&repo.house().join(WORD), word.as_bytes())?;
            word
        }
    };
    let entry = Entry { path: repo.common().to_owned(), word, digest: asked.digest(), at: journal::now() };
    change(repo, Some(entry)).map(drop)
}

/// Forgets what was said. Returns whether there was anything.
///
/// # Errors
/// When the user's state cannot be written to.
pub fn revoke(repo: &Repo) -> Result<bool> {
    change(repo, None)
}

fn change(repo: &Repo, entry: Option<Entry>) -> Result<bool> {
    let guarded = machine::locked(FILE)?;
    let mut table = table(&guarded.path)?;
    let before = table.repositories.len();
    table.version = 1;
    table.repositories.retain(|other| other.path != repo.common());
    let removed = before != table.repositories.len();
    table.repositories.extend(entry);
    let text = serde_json::to_vec_pretty(&table).context(|| "cannot encode what is trusted".to_owned())?;
    store::write_private(&guarded.path, &text)?;
    Ok(removed)
}

fn word(repo: &Repo) -> Option<String> {
    let bytes = store::read(&repo.house().join(WORD)).ok().flatten()?;
    let text = String::from_utf8(bytes).ok()?;
    (text.len() >= 32).then_some(text)
}

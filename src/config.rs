//! Settings: `agent.*` in git's configuration, and below it what a team commits in `.gitagent`, in the same syntax.
//!
//! git's configuration is the user's own and wins. `.gitagent` comes with the repository, from whoever could write to
//! it: only the keys in [`TEAM_KEYS`] are read from it, none of which starts a program or leads away from the
//! repository.

mod provision;
pub mod section;
mod team;

use std::path::PathBuf;

use gix::bstr::{BStr, ByteSlice};

use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::{age, place, profile};
use crate::{environment, store};

pub use provision::{Command, boolean};

/// The keys that a committed `.gitagent` may set. Not `agent.trashExpire` and `agent.reproducible`: what is deleted
/// without a question, and when, is the user's alone to say.
pub const TEAM_KEYS: [&str; 10] = [
    "agent.worktreedir",
    "agent.branchprefix",
    "agent.base",
    "agent.ignorein",
    "agent.protect",
    "agent.strict",
    "agent.copy",
    "agent.link",
    "agent.deps",
    "agent.setupwait",
];

/// The settings in force for one repository.
pub struct Config {
    git: gix::Repository,
    /// What `git -c key=value` said, in its order; gix does not read that variable.
    command_line: Vec<(String, String)>,
    team: Option<gix::config::File>,
}

/// Where the base of a new agent comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseChoice {
    /// The remote's default branch, fetched now.
    Fresh,
    /// The commit that the user stands on.
    Head,
    /// A ref or commit, as it is.
    Ref(String),
}

/// Where the ignore entry for the worktree folder goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreIn {
    /// The main checkout's `.gitignore`.
    GitIgnore,
    /// `.git/info/exclude`.
    Exclude,
    /// Nowhere.
    Nowhere,
}

impl Config {
    /// Reads the settings of `repo`.
    ///
    /// # Errors
    /// When `.gitagent` is there and is not in git's configuration syntax.
    pub fn load(repo: &Repo) -> Result<Self> {
        let team = match repo.main().map(|main| main.join(".gitagent")) {
            Some(path) => match store::read_limited(&path, 1 << 24)? {
                Some(bytes) => Some(parse(&bytes).map_err(|cause| {
                    Error::new(Kind::Usage, format!("{} is not in git's configuration syntax", path.display()))
                        .because(cause)
                        .because(underscores(&bytes))
                        .hint(format!("git config --file '{}' --list", path.display()))
                })?),
                None => None,
            },
            None => None,
        };
        Ok(Self { git: repo.gix(), command_line: command_line(repo)?, team })
    }

    /// The settings of `repo`, without those of a `.gitagent` that is not in git's syntax, and what is wrong with that: for
    /// what can be done all the same.
    ///
    /// # Errors
    /// When it cannot be read at all, or what `git -c` said cannot be.
    pub fn readable(repo: &Repo) -> Result<(Self, Option<Error>)> {
        match Self::load(repo) {
            Ok(config) => Ok((config, None)),
            Err(error) if error.kind == Kind::Usage => {
                Ok((Self { git: repo.gix(), command_line: command_line(repo)?, team: None }, Some(error)))
            }
            Err(error) => Err(error),
        }
    }

    /// The last value of `key`, the user's before the team's.
    pub fn string(&self, key: &str) -> Option<String> {
        self.mine(key).or_else(|| self.theirs(key))
    }

    /// Every value of `key`, the team's and the user's.
    pub fn strings(&self, key: &str) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(team) = self.team.as_ref().filter(|_| TEAM_KEYS.contains(&key.to_lowercase().as_str())) {
            all.extend(team.strings(key).into_iter().flatten().map(|value| value.to_string()));
        }
        let snapshot = self.git.config_snapshot();
        all.extend(snapshot.plumbing().strings(key).into_iter().flatten().map(|value| value.to_string()));
        let said = self.command_line.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key));
        all.extend(said.map(|(_, value)| value.clone()));
        all
    }

    fn mine(&self, key: &str) -> Option<String> {
        let said = self.command_line.iter().rev().find(|(other, _)| other.eq_ignore_ascii_case(key));
        if let Some((_, value)) = said {
            return Some(value.clone());
        }
        self.git.config_snapshot().string(key).map(|value| value.to_string())
    }

    fn theirs(&self, key: &str) -> Option<String> {
        let team = self.team.as_ref().filter(|_| TEAM_KEYS.contains(&key.to_lowercase().as_str()))?;
        team.string(key).map(|value| value.to_string())
    }

    /// `agent.base`.
    pub fn base(&self) -> BaseChoice {
        match self.string("agent.base").as_deref() {
            None | Some("" | "fresh") => BaseChoice::Fresh,
            Some("head") => BaseChoice::Head,
            Some(other) => BaseChoice::Ref(other.to_owned()),
        }
    }

    /// `agent.branchPrefix`: what goes in front of an agent's name in its branch.
    pub fn branch_prefix(&self) -> String {
        self.string("agent.branchPrefix").unwrap_or_default()
    }

    /// `agent.worktreeDir`: the template of worktree paths.
    ///
    /// # Errors
    /// When the committed `.gitagent` sets one that leads away from the repository.
    pub fn worktree_template(&self, bare: bool) -> Result<String> {
        if let Some(mine) = self.mine("agent.worktreeDir").filter(|value| !value.is_empty()) {
            return Ok(expand_home(&mine));
        }
        match self.theirs("agent.worktreeDir").filter(|value| !value.is_empty()) {
            None => Ok(place::default_template(bare).to_owned()),
            Some(template) if place::is_modest(&template) => Ok(template),
            Some(template) => Err(Error::new(
                Kind::Refused,
                format!(".gitagent puts worktrees into '{template}', away from this repository"),
            )
            .hint(format!("git config agent.worktreeDir '{}'", place::DEFAULT))),
        }
    }

    /// `agent.ignoreIn`.
    ///
    /// # Errors
    /// When it is none of the known words.
    pub fn ignore_in(&self) -> Result<IgnoreIn> {
        match self.string("agent.ignoreIn").as_deref() {
            None | Some("gitignore") => Ok(IgnoreIn::GitIgnore),
            Some("exclude") => Ok(IgnoreIn::Exclude),
            Some("none" | "false") => Ok(IgnoreIn::Nowhere),
            Some(other) => Err(Error::new(
                Kind::Usage,
                format!("agent.ignoreIn is '{other}': it takes gitignore, exclude or none"),
            )
            .hint("git config agent.ignoreIn exclude")),
        }
    }

    /// `agent.trashExpire` in seconds; `None` for never. Fourteen days where nothing is set.
    ///
    /// # Errors
    /// When it is not a span of time.
    pub fn trash_expire(&self) -> Result<Option<u64>> {
        let text = self.mine("agent.trashExpire").unwrap_or_else(|| "14d".to_owned());
        age::parse(&text).map_err(|cause| {
            Error::new(Kind::Usage, "agent.trashExpire is not a span of time")
                .because(cause)
                .hint("git config agent.trashExpire 14d")
        })
    }

    /// `agent.guard = off`: git's hooks stay as they are. Only from the user's own configuration.
    pub fn guard_is_off(&self) -> bool {
        self.mine("agent.guard").is_some_and(|value| value == "off")
    }

    /// `agent.strict`: pushes go through our remote helper. The user's own word counts, on or off; where there is none, the
    /// team may switch it on.
    pub fn is_strict(&self) -> bool {
        // A word that is no boolean was meant to protect.
        let flag = |file: &gix::config::File| file.boolean("agent.strict").unwrap_or(Some(true));
        let said = self.command_line.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case("agent.strict"));
        let mine = match said {
            Some((_, value)) => Some(crate::policy::push::config::truth(value)),
            None => flag(self.git.config_snapshot().plumbing()),
        };
        mine.or_else(|| self.team.as_ref().and_then(flag)).unwrap_or(false)
    }

    /// `agent.protect`: globs of branches that no agent may update, beside the default branch.
    pub fn protect(&self) -> Vec<String> {
        self.strings("agent.protect")
    }

    /// `agent.reproducible`: globs of ignored paths that need no question on removal, without slashes around them.
    pub fn reproducible(&self) -> Vec<String> {
        self.strings("agent.reproducible").iter().map(|glob| glob.trim_matches('/').to_owned()).collect()
    }

    /// `agent.default`: the profile to start when none is named. Only from the user's own configuration.
    pub fn default_profile(&self) -> Option<String> {
        self.mine("agent.default").filter(|value| !value.is_empty())
    }

    /// The profile `name`: from `agent.<name>.command` in the user's own configuration, else the one built in.
    ///
    /// # Errors
    /// When there is none, or its command cannot be split into words.
    pub fn profile(&self, name: &str) -> Result<profile::Profile> {
        let key = |field: &str| self.mine(&format!("agent.{name}.{field}"));
        if let Some(command) = key("command") {
            return profile::configured(&command, key("prompt").as_deref(), key("headless").as_deref()).ok_or_else(
                || {
                    Error::new(Kind::Usage, format!("agent.{name}.command cannot be split into words: {command}"))
                        .hint(format!("git config agent.{name}.command 'PROGRAM ARGUMENTS'"))
                },
            );
        }
        let shell = environment::var("SHELL")
            .map_or_else(|| "/bin/sh".to_owned(), |shell| shell.to_string_lossy().into_owned());
        profile::built_in(name, &shell).ok_or_else(|| {
            Error::new(Kind::NotFound, format!("there is no agent profile '{name}'"))
                .because(format!("built in: {}", profile::names().collect::<Vec<_>>().join(", ")))
                .hint(format!("git config agent.{name}.command 'PROGRAM ARGUMENTS'"))
        })
    }

    /// `agent.open`: the program that `--open` starts. Only from the user's own configuration.
    pub fn open_command(&self) -> Option<Vec<String>> {
        shlex::split(&self.mine("agent.open")?).filter(|words| !words.is_empty())
    }

    /// Any other setting of git, as text.
    pub fn git_string(&self, key: &str) -> Option<String> {
        self.mine(key)
    }
}

/// The `agent.*` settings of `git -c`, which git hands on in a variable of its own format: git itself reads it back.
fn command_line(repo: &Repo) -> Result<Vec<(String, String)>> {
    if environment::command_line_config().is_none() {
        return Ok(Vec::new());
    }
    let text = repo.git().args(["config", "--null", "--show-scope", "--list"]).text()?;
    let fields: Vec<&str> = text.split('\0').collect();
    let pairs = fields.chunks_exact(2).filter(|pair| pair[0] == "command").filter_map(|pair| pair[1].split_once('\n'));
    Ok(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// The commonest mistake of all: git's syntax has no underscores in keys.
fn underscores(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    let mut keys = text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim());
    let is_word = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if keys.any(|key| key.contains('_') && is_word(key)) {
        "keys have no underscores: in [agent-env] write PUBLIC-URL for the variable PUBLIC_URL"
    } else {
        ""
    }
}

fn parse(bytes: &[u8]) -> std::result::Result<gix::config::File, String> {
    let meta = gix::config::file::Metadata::from(gix::config::Source::Worktree);
    gix::config::File::from_bytes_no_includes(bytes.as_bstr(), meta, gix::config::file::init::Options::default())
        .map_err(|cause| cause.to_string())
}

fn expand_home(path: &str) -> String {
    let home = environment::var("HOME").map(PathBuf::from);
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        _ => path.to_owned(),
    }
}

/// Whether `text` matches a gitignore-like glob.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    gix::glob::wildmatch(BStr::new(pattern), BStr::new(text), gix::glob::wildmatch::Mode::NO_MATCH_SLASH_LITERAL)
}

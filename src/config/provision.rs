//! Settings of what makes a worktree ready.

use super::Config;
use super::section::{self, Entry};
use crate::error::{Error, Kind, Result};
use crate::policy::provision::deps::Mode;
use crate::policy::variable;

/// The keys of commands, which `.gitagent` may name and which run only when they are trusted.
const COMMANDS: [&str; 2] = ["agent.setup", "agent.teardown"];

/// What git takes for yes and for no; `None` for anything else.
pub fn boolean(text: &str) -> Option<bool> {
    gix::config::Boolean::try_from(gix::bstr::BStr::new(text)).ok().map(gix::config::Boolean::is_true)
}

/// A command that a shell runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its text.
    pub text: String,
    /// Whether it is from the user's own configuration, and so needs no trust.
    pub is_own: bool,
}

impl Config {
    /// `agent.copy`: patterns of ignored files that come along, beside `.worktreeinclude`.
    pub fn copy(&self) -> Vec<String> {
        self.strings("agent.copy")
    }

    /// `agent.link`: ignored paths of the main checkout that worktrees link to.
    pub fn link(&self) -> Vec<String> {
        self.strings("agent.link")
    }

    /// `agent.deps`.
    ///
    /// # Errors
    /// When it is none of the known words.
    pub fn deps(&self) -> Result<Mode> {
        let text = self.string("agent.deps").unwrap_or_else(|| "auto".to_owned());
        Mode::parse(&text).ok_or_else(|| {
            Error::new(Kind::Usage, format!("agent.deps is '{text}': it takes auto, reflink, install or none"))
                .hint("git config agent.deps auto")
        })
    }

    /// `agent.setupWait`: whether a spawn waits for steps that may take minutes.
    ///
    /// # Errors
    /// When it is none of git's booleans.
    pub fn setup_waits(&self) -> Result<bool> {
        let Some(text) = self.string("agent.setupWait") else { return Ok(true) };
        boolean(&text).ok_or_else(|| {
            Error::new(Kind::Usage, format!("agent.setupWait is '{text}': it takes true or false"))
                .hint("git config agent.setupWait false")
        })
    }

    /// `agent.setup`: the team's commands, then the user's.
    pub fn setup(&self) -> Vec<Command> {
        self.commands("agent.setup")
    }

    /// `agent.teardown`: the team's commands, then the user's.
    pub fn teardown(&self) -> Vec<Command> {
        self.commands("agent.teardown")
    }

    fn commands(&self, key: &str) -> Vec<Command> {
        let team = self.team.as_ref().and_then(|team| team.strings(key)).unwrap_or_default();
        let team = team.into_iter().map(|text| Command { text: text.to_string(), is_own: false });
        let own = self.strings(key).into_iter().map(|text| Command { text, is_own: true });
        team.chain(own).filter(|command| !command.text.trim().is_empty()).collect()
    }

    /// Every command that `.gitagent` names, with its key: what the user is asked to trust.
    pub fn team_commands(&self) -> Vec<(String, String)> {
        let all = COMMANDS.iter().flat_map(|key| self.commands(key).into_iter().map(|command| (*key, command)));
        let commands = all.filter(|(_, command)| !command.is_own).map(|(key, command)| (key.to_owned(), command.text));
        commands.chain(self.team_places()).collect()
    }

    /// What `.gitagent` says of databases and variables that acts on servers or starts programs, or can.
    fn team_places(&self) -> Vec<(String, String)> {
        let key = |section: &str, entry: &Entry| match entry.subsection.as_str() {
            "" => format!("{section}.{}", entry.key),
            subsection => format!("{section}.{subsection}.{}", entry.key),
        };
        let groups = section::grouped(self.section("agent-db"));
        let databases = groups.iter().flat_map(|(_, entries)| section::acts_elsewhere(entries));
        let databases: Vec<_> = databases.map(|entry| (key("agent-db", entry), entry.value.clone())).collect();
        let asked = |entry: &Entry| {
            let name =
                if entry.subsection.is_empty() { variable::of_key(&entry.key) } else { entry.subsection.clone() };
            entry.team && !variable::may_set(&name, &entry.value)
        };
        let variables = self.section("agent-env").into_iter().filter(asked);
        databases.into_iter().chain(variables.map(|entry| (key("agent-env", &entry), entry.value))).collect()
    }
}

//! What the walk asks of the world. Everything is a question; nothing is changed.

use std::rc::Rc;

use crate::policy::push::Repository;

/// Which repository a git process would find: its directory and the variables that point elsewhere (git(1), "ENVIRONMENT").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The working directory, absolute.
    pub dir: String,
    /// GIT_DIR or `--git-dir`, relative to `dir`.
    pub git_dir: Option<String>,
    /// GIT_COMMON_DIR
    pub common_dir: Option<String>,
    /// HOME
    pub home: Option<String>,
    /// XDG_CONFIG_HOME
    pub xdg: Option<String>,
    /// GIT_CONFIG_GLOBAL
    pub global: Option<String>,
    /// GIT_CONFIG_SYSTEM
    pub system: Option<String>,
    /// GIT_CONFIG_NOSYSTEM
    pub no_system: bool,
}

/// Why a repository cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is none.
    None,
    /// There is one, but it cannot be read.
    Unreadable(String),
}

/// Who runs the command, and where.
#[derive(Clone, Debug)]
pub struct Session {
    /// The directory in which the command starts.
    pub cwd: String,
    /// The session is an agent's: it stands in a linked worktree or was launched in one, or agent.guard says so.
    pub agent: bool,
    /// The text is for PowerShell, which is read as POSIX shell as far as it is the same.
    pub powershell: bool,
}

/// The world, as far as the policy asks about it.
pub trait World {
    /// The repository that git would use.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn repository(&self, place: &Place) -> Result<Rc<dyn Repository>, Trouble>;
    /// A variable of the agent's own environment.
    fn env(&self, name: &str) -> Option<String>;
    /// Whether a directory is there.
    fn is_dir(&self, path: &str) -> bool;
}

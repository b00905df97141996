//! The one room that reads this process's environment, so that every dependency on it can be seen in one place.
#![expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Context, Result};
use crate::policy::carried;

/// The value of environment variable `name`; `None` when it is unset or empty.
pub fn var(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// What `git -c key=value` hands on, in git's own format; `None` also when it is only what git-agent itself gives to the
/// programs of agents, which says nothing about git-agent.
pub fn command_line_config() -> Option<OsString> {
    var(carried::VARIABLE).filter(|value| !value.to_str().is_some_and(carried::is_ours_alone))
}

/// Every variable of this process.
pub fn vars() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// The directory that the user stands in.
///
/// # Errors
/// When it was removed or cannot be read.
pub fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().context(|| "the current directory is gone or unreadable".to_owned())
}

//! A window of tmux for an agent's program.
#![expect(clippy::disallowed_methods, reason = "this is the room that starts programs")]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment;
use crate::error::{Error, Result};
use crate::launch::supervise::{self, Start};

/// Opens a window that runs the program, in the user's tmux session if there is one, else in a session of the
/// repository's own. Returns how to get there.
///
/// tmux runs a command of several arguments without a shell, but it expands formats (`#(…)` runs a command) in names
/// and in `-c`: so the folder goes through the supervisor, and names are made tame.
///
/// # Errors
/// When tmux fails.
pub fn open(tmux: &Path, repository: &str, name: &str, admin: &Path, start: &Start) -> Result<String> {
    supervise::prepare(admin, start)?;
    let (program, arguments) = supervise::command_line(admin)?;
    let window = tame(name);
    let session = format!("agents-{}", tame(repository));
    let inside = environment::var("TMUX").is_some();
    let exists = || run(tmux, &["has-session".into(), "-t".into(), format!("={session}").into()]).is_ok();
    let mut line: Vec<OsString> = if inside {
        vec!["new-window".into(), "-d".into()]
    } else if exists() {
        vec!["new-window".into(), "-d".into(), "-t".into(), format!("={session}:").into()]
    } else {
        vec!["new-session".into(), "-d".into(), "-s".into(), session.clone().into()]
    };
    line.extend(["-n".into(), window.clone().into(), program.into_os_string()]);
    line.extend(arguments);
    run(tmux, &line)?;
    Ok(if inside { format!("tmux select-window -t {window}") } else { format!("tmux attach -t {session}") })
}

fn run(tmux: &Path, line: &[OsString]) -> Result<()> {
    let output = Command::new(tmux).args(line).stdin(Stdio::null()).output();
    let output = output.map_err(|cause| Error::failed("tmux cannot be started").because(cause))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::failed("tmux failed").because(String::from_utf8_lossy(&output.stderr)))
}

fn tame(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_nothing_that_tmux_expands() {
        assert_eq!(tame("feat/x#(touch y)"), "feat-x--touch-y-");
        assert_eq!(tame("a.b:c"), "a-b-c");
    }
}

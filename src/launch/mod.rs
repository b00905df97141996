//! Programs that are not git: agents' clients, the user's commands, tmux, an editor. Started without a shell; a prompt
//! or a path is always an argument of its own.
#![expect(clippy::disallowed_methods, reason = "this is the room that starts programs")]

pub mod logged;
pub mod process;
pub mod supervise;
pub mod tmux;
pub mod tool;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::agent::Agent;
use crate::error::{Error, Kind, Result};

/// Variables that would point git in the worktree at another repository: `git rev-parse --local-env-vars` names them.
/// They are set where git-agent is called from a hook or with `git --git-dir`.
const REPOSITORY_VARIABLES: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"];

/// Changes of a program's environment: variables with their values, `None` for one that must not be there, whoever has
/// set it.
pub type Variables = [(String, Option<String>)];

/// A program about to be started in a folder with the agent's environment.
pub fn command(program: &Path, arguments: &[OsString], folder: &Path, environment: &Variables) -> Command {
    let mut command = Command::new(program);
    for name in REPOSITORY_VARIABLES {
        command.env_remove(name);
    }
    for (name, value) in environment {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(arguments).current_dir(folder);
    command
}

/// Where the program `name` is: on PATH, or at the path that it is.
///
/// # Errors
/// When there is none; `hint` is a command that gets it.
pub fn find_program(name: &str, folder: &Path, hint: &str) -> Result<PathBuf> {
    which::which_in(name, crate::environment::var("PATH"), folder)
        .map_err(|_| Error::new(Kind::NotFound, format!("'{name}' is not on PATH")).hint(hint))
}

/// Replaces this process by the program where the system can, else waits for it. Returns only the exit code of the
/// second kind, 128 and the signal's number if a signal ended it.
///
/// # Errors
/// When the program cannot be started.
pub fn become_program(mut command: Command) -> Result<i32> {
    let name = command.get_program().to_string_lossy().into_owned();
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(not_started(&name, &command.exec()))
    }
    #[cfg(not(unix))]
    {
        command.status().map(exit_code).map_err(|cause| not_started(&name, &cause))
    }
}

fn not_started(name: &str, cause: &std::io::Error) -> Error {
    let kind = if cause.kind() == std::io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Failed };
    Error::new(kind, format!("'{name}' cannot be started"))
        .because(cause)
        .hint("git agent run NAME -- PROGRAM ARGUMENTS")
}

/// Runs a program to its end, on our terminal.
///
/// # Errors
/// When it cannot be started.
pub fn wait_for(mut command: Command) -> Result<i32> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status =
        command.status().map_err(|cause| Error::failed(format!("'{name}' cannot be started")).because(cause))?;
    Ok(exit_code(status))
}

/// The exit code as a shell would give it.
pub fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return 128 + signal;
        }
    }
    status.code().unwrap_or(1)
}

/// The version that a program prints with `--version`, as its last word; `None` when it does not.
pub fn version_of(program: &Path) -> Option<String> {
    let text = output(&program.to_string_lossy(), &["--version"])?;
    text.lines().next()?.split_whitespace().last().map(str::to_owned)
}

/// What a helper program prints; `None` when it is missing or fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The editor or file manager for `--open`: `agent.open`, else the first of the usual ones that is there.
///
/// # Errors
/// When there is none.
pub fn find_opener(configured: Option<Vec<String>>, folder: &Path) -> Result<Vec<String>> {
    let remedy = "git config --global agent.open code";
    if let Some(mut words) = configured {
        words[0] = find_program(&words[0], folder, remedy)?.to_string_lossy().into_owned();
        return Ok(words);
    }
    let usual = ["code", "cursor", "zed", "subl", "idea"];
    let found = usual.iter().find_map(|name| find_program(name, folder, remedy).ok());
    found.map(|path| vec![path.to_string_lossy().into_owned()]).ok_or_else(|| {
        Error::new(Kind::NotFound, "there is no editor to open the worktree with")
            .because(format!("looked for {}", usual.join(", ")))
            .hint(remedy)
    })
}

/// Starts the opener and does not wait for it: its output is of no interest and it lives longer than we do.
///
/// # Errors
/// When it cannot be started.
pub fn open(words: &[String], agent: &Agent, environment: &Variables) -> Result<()> {
    let mut arguments: Vec<OsString> = words[1..].iter().map(OsString::from).collect();
    arguments.push(agent.tree.path.clone().into_os_string());
    let mut command = command(Path::new(&words[0]), &arguments, &agent.tree.path, environment);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|cause| Error::failed(format!("'{}' cannot be started", words[0])).because(cause))
}

//! Running a command to its end with its output in a log.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use crate::error::{Context, Error, Kind, Result};
use crate::{launch, store};

/// Variables that would make an installer work on another project's environment, or beside its own: they are set where
/// git-agent is started from within one. What is configured for the agent stays.
const FOREIGN: [&str; 36] = [
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_PYTHON",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
    "POETRY_VIRTUALENVS_PATH",
    "BUNDLE_GEMFILE",
    "BUNDLE_PATH",
    "BUNDLE_APP_CONFIG",
    "BUNDLE_BIN_PATH",
    "BUNDLE_CLEAN",
    "COMPOSER",
    "COMPOSER_VENDOR_DIR",
    "COMPOSER_BIN_DIR",
    "MIX_EXS",
    "MIX_DEPS_PATH",
    "MIX_BUILD_PATH",
    "MIX_BUILD_ROOT",
    "SWIFTPM_BUILD_DIR",
    "npm_config_global",
    "npm_config_location",
    "npm_config_prefix",
    "npm_config_dir",
    "npm_config_modules_dir",
    "npm_config_lockfile_dir",
    "pnpm_config_modules_dir",
    "pnpm_config_lockfile_dir",
    "yarn_modules_folder",
    "YARN_LOCKFILE_FILENAME",
];

/// A command and its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// The program and its arguments.
    pub line: &'a [OsString],
    /// Where it runs.
    pub folder: &'a Path,
    /// What is changed in its environment.
    pub environment: &'a launch::Variables,
    /// The file that its output is appended to. The command has the file itself, no pipe of ours: what it leaves running
    /// may go on writing when we are gone.
    pub log: &'a Path,
    /// A lock that lives as long as the command: it is the command's empty stdin.
    pub hold: Option<&'a File>,
}

impl Logged<'_> {
    /// Runs it to its end and returns its exit code.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self) -> Result<i32> {
        let shown = self.line[0].to_string_lossy();
        let log = store::append(self.log)?;
        let copy = log.try_clone().context(|| "cannot open the log twice".to_owned())?;
        let stdin = self.hold.and_then(|lock| lock.try_clone().ok()).map_or_else(Stdio::null, Stdio::from);
        let mut command = launch::command(Path::new(&self.line[0]), &self.line[1..], self.folder, self.environment);
        for name in FOREIGN.iter().filter(|name| !self.environment.iter().any(|(own, _)| own == *name)) {
            command.env_remove(name);
        }
        let status = command.stdin(stdin).stdout(log).stderr(copy).status();
        let status = status.map_err(|cause| Error::failed(format!("'{shown}' cannot be started")).because(cause))?;
        Ok(launch::exit_code(status))
    }
}

/// The command line that has a shell run `text`: the text is the user's own, and no value is ever written into it.
///
/// # Errors
/// When there is no shell.
pub fn shell(text: &str, folder: &Path) -> Result<Vec<OsString>> {
    let program = launch::find_program("sh", folder, "install a POSIX shell")
        .map_err(|_| Error::new(Kind::NotFound, "there is no 'sh' to run commands with").hint("command -v sh"))?;
    Ok(vec![program.into_os_string(), "-c".into(), text.into()])
}

//! Tools that do their work and end: psql, sqlite3, neonctl. What they print is for us; a secret reaches them through
//! the environment and never through an argument, and what is said of a failure bears no password.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Kind, Result};
use crate::launch;
use crate::policy::postgres::masked;

/// A tool about to be run.
#[derive(Clone, Debug)]
pub struct Tool {
    program: PathBuf,
    name: String,
    arguments: Vec<OsString>,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Tool {
    /// The tool `name`: on PATH, or at the path that it is from `folder`, in which it runs.
    ///
    /// # Errors
    /// When there is none; `hint` is a command that gets it.
    pub fn find(name: &str, folder: &Path, hint: &str) -> Result<Self> {
        let program = launch::find_program(name, folder, hint)?;
        let (folder, name) = (folder.to_owned(), name.to_owned());
        Ok(Self { program, name, arguments: Vec::new(), folder, environment: Vec::new() })
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<OsString>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Adds variables to its environment.
    #[must_use]
    pub fn envs(mut self, pairs: &[(String, String)]) -> Self {
        self.environment.extend_from_slice(pairs);
        self
    }

    fn command(&self) -> Command {
        let environment: Vec<_> =
            self.environment.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        launch::command(&self.program, &self.arguments, &self.folder, &environment)
    }

    /// Runs it with `input` on its stdin. Returns its stdout without the last newline.
    ///
    /// # Errors
    /// When it cannot be started or fails; its own words are the cause, without passwords.
    pub fn text(&self, input: &str) -> Result<String> {
        let mut command = self.command();
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| self.not_started(&cause))?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // Beside the reading: a tool that prints while it reads would wait for us, and we for it.
            scope.spawn(|| {
                if let Some(mut stdin) = stdin {
                    // One that ended before it read all says so itself.
                    stdin.write_all(input.as_bytes()).ok();
                }
            });
            child.wait_with_output()
        });
        let output = output.context(|| format!("cannot read from '{}'", self.name))?;
        if !output.status.success() {
            return Err(self.failed(&output.stderr, &output.stdout));
        }
        let mut text = String::from_utf8(output.stdout)
            .map_err(|_| Error::failed(format!("'{}' printed something that is not UTF-8", self.name)))?;
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        Ok(text)
    }

    /// Runs it with its stdout as the stdin of `other`, until both have ended.
    ///
    /// # Errors
    /// When one of them cannot be started or fails.
    pub fn pipe_into(&self, other: &Self) -> Result<()> {
        let mut first = self
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| self.not_started(&cause))?;
        let between = first.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let second = other.command().stdin(between).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let second = match second {
            Ok(second) => second,
            Err(cause) => {
                // Without a reader it would end by itself as well.
                first.kill().ok();
                first.wait().ok();
                return Err(other.not_started(&cause));
            }
        };
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| second.wait_with_output());
            (first.wait_with_output(), second.join())
        });
        let first = first.context(|| format!("cannot read from '{}'", self.name))?;
        let second = second.map_err(|_| Error::failed(format!("cannot read from '{}'", other.name)))?;
        let second = second.context(|| format!("cannot read from '{}'", other.name))?;
        match (first.status.success(), second.status.success()) {
            (true, true) => Ok(()),
            // The second's failure ends the first with a broken pipe: what the second says is why.
            (_, false) => Err(other.failed(&second.stderr, &[])),
            (false, true) => Err(self.failed(&first.stderr, &[])),
        }
    }

    /// Becomes the tool, on our terminal. Returns its exit code where the system cannot replace a process.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn take_over(&self) -> Result<i32> {
        launch::become_program(self.command())
    }

    fn failed(&self, err: &[u8], out: &[u8]) -> Error {
        let said = String::from_utf8_lossy(if err.trim_ascii().is_empty() { out } else { err });
        Error::failed(format!("'{}' failed", self.name)).because(self.without_secrets(&said))
    }

    /// Its own words without the password that it got: some tools quote what they were given.
    fn without_secrets(&self, said: &str) -> String {
        let secrets = self.environment.iter().filter(|(name, value)| name == "PGPASSWORD" && value.len() > 2);
        secrets.fold(masked(said), |text, (_, secret)| text.replace(secret.as_str(), "***"))
    }

    fn not_started(&self, cause: &std::io::Error) -> Error {
        Error::new(Kind::Failed, format!("'{}' cannot be started", self.name)).because(cause)
    }
}

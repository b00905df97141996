//! Tools that do their work and end: psql, sqlite3, neonctl. What they print is for us; a secret reaches them through
//! the environment and never through an argument, and what is said of a failure bears no password.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

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
    /// Variables that it does not get from us.
    without: Vec<&'static str>,
    /// What is never said of it.
    secrets: Vec<String>,
    hold: Option<Arc<File>>,
}

impl Tool {
    /// The tool `name`: on PATH, or at the path that it is from `folder`, in which it runs.
    ///
    /// # Errors
    /// When there is none; `hint` is a command that gets it.
    pub fn find(name: &str, folder: &Path, hint: &str) -> Result<Self> {
        let program = launch::find_program(name, folder, hint)?;
        Ok(Self {
            program,
            name: name.to_owned(),
            arguments: Vec::new(),
            folder: folder.to_owned(),
            environment: Vec::new(),
            without: Vec::new(),
            secrets: Vec::new(),
            hold: None,
        })
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

    /// Keeps variables of our own environment from it; what [`Tool::envs`] adds it gets nevertheless.
    #[must_use]
    pub fn without(mut self, names: &[&'static str]) -> Self {
        self.without.extend_from_slice(names);
        self
    }

    /// A text that is not to be seen in what is said of it.
    #[must_use]
    pub fn secret(mut self, text: &str) -> Self {
        // One that is shorter would be found in every other word.
        if text.len() > 2 {
            self.secrets.push(text.to_owned());
        }
        self
    }

    /// A lock that lives as long as the tool, even if we do not: it is the tool's stdin, with the tool's input in it.
    #[must_use]
    pub fn holding(mut self, lock: Option<&Arc<File>>) -> Self {
        self.hold = lock.cloned();
        self
    }

    fn command(&self) -> Command {
        let mut environment: Vec<_> =
            self.environment.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        let is_given = |name: &str| self.environment.iter().any(|(other, _)| other == name);
        let without = self.without.iter().filter(|name| !is_given(name));
        environment.extend(without.map(|name| ((*name).to_owned(), None)));
        launch::command(&self.program, &self.arguments, &self.folder, &environment)
    }

    /// The stdin of a tool, and what is written to it when it runs.
    fn stdin<'t>(&self, input: &'t str) -> Result<(Stdio, &'t str)> {
        match self.held(input)? {
            Some(file) => Ok((Stdio::from(file), "")),
            None if input.is_empty() => Ok((Stdio::null(), "")),
            None => Ok((Stdio::piped(), input)),
        }
    }

    /// The lock's file with `input` in it, ready to be read.
    fn held(&self, input: &str) -> Result<Option<File>> {
        // Elsewhere a locked file cannot be read by another process.
        let Some(lock) = self.hold.as_ref().filter(|_| cfg!(unix)) else { return Ok(None) };
        let fill = || -> std::io::Result<File> {
            let mut file: &File = lock;
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(input.as_bytes())?;
            file.rewind()?;
            file.try_clone()
        };
        fill().context(|| format!("cannot hand '{}' what it is to do", self.name)).map(Some)
    }

    /// Runs it with `input` on its stdin. Returns its stdout without the last newline.
    ///
    /// # Errors
    /// When it cannot be started or fails; its own words are the cause, without passwords.
    pub fn text(&self, input: &str) -> Result<String> {
        let (stdin, input) = self.stdin(input)?;
        let mut child = self.start(stdin, Stdio::piped())?;
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
        let mut first = self.start(self.stdin("")?.0, Stdio::piped())?;
        let between = first.stdout.take().map_or_else(Stdio::null, Stdio::from);
        // It prints nothing; so that it holds the lock as well.
        let out = other.held("")?.map_or_else(Stdio::null, Stdio::from);
        let second = match other.start(between, out) {
            Ok(second) => second,
            Err(error) => {
                // Without a reader it would end by itself as well.
                first.kill().ok();
                first.wait().ok();
                return Err(error);
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
            (false, _) if is_own(&first.stderr) => Err(self.failed(&first.stderr, &[])),
            (_, false) => Err(other.failed(&second.stderr, &[])),
            (false, true) => Err(self.failed(&first.stderr, &[])),
        }
    }

    fn start(&self, stdin: Stdio, stdout: Stdio) -> Result<Child> {
        let mut command = self.command();
        let child = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn();
        child.map_err(|cause| self.not_started(&cause))
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

    /// Its own words without the secrets that we know of, and what else looks like one: some tools quote what they got.
    fn without_secrets(&self, said: &str) -> String {
        masked(&self.secrets.iter().fold(said.to_owned(), |text, secret| text.replace(secret.as_str(), "***")))
    }

    fn not_started(&self, cause: &std::io::Error) -> Error {
        Error::new(Kind::Failed, format!("'{}' cannot be started", self.name)).because(cause)
    }
}

/// Whether these are the words of a program that failed by itself, and not because its reader was gone.
fn is_own(said: &[u8]) -> bool {
    let said = String::from_utf8_lossy(said);
    !said.trim().is_empty() && !said.contains("roken pipe")
}

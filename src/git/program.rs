//! The git program: started without a shell, in the C locale, with nothing on stdin, and with the variables scrubbed
//! that would point it at another repository.
#![expect(clippy::disallowed_methods, reason = "this is the room that starts git")]

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::error::{Context, Error, Kind, Result};

/// What `git rev-parse --local-env-vars` names, without the variables that carry `git -c key=value`: a user who says
/// `git -c agent.base=head agent spawn x` means it for the git processes below as well.
const SCRUBBED: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// One git process about to be started.
#[derive(Debug)]
pub struct Git {
    command: Command,
    line: Vec<OsString>,
}

impl Git {
    /// `git -C dir`, with the directory passed as a working directory so that no path is ever read as an option.
    pub fn at(dir: &Path) -> Self {
        let mut command = Command::new("git");
        command.current_dir(dir).stdin(Stdio::null()).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
        for name in SCRUBBED {
            command.env_remove(name);
        }
        Self { command, line: Vec::new() }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.line.push(arg.as_ref().to_owned());
        self.command.arg(arg);
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(self, args: I) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets one environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives the process an empty file as its stdin. A lock that is held on the file then lives until both we and the
    /// process have ended: so an operation counts as alive while an orphaned git still works for it.
    #[must_use]
    pub fn holding(mut self, lock: Option<&File>) -> Self {
        if let Some(copy) = lock.and_then(|file| file.try_clone().ok()) {
            self.command.stdin(Stdio::from(copy));
        }
        self
    }

    /// Runs it with our terminal: git pages, colours and asks as usual.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn interactive(mut self) -> Result<ExitStatus> {
        self.speak_the_users_language();
        self.command.stdin(Stdio::inherit());
        self.command.status().map_err(|cause| not_started(&cause))
    }

    /// Runs it as the user would, its output on our stderr, and waits for it alone: a process that it leaves in the
    /// background may keep the output open.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn aloud(mut self) -> Result<ExitStatus> {
        self.speak_the_users_language();
        self.command.env_remove("GIT_OPTIONAL_LOCKS").stdout(std::io::stderr()).stderr(Stdio::inherit());
        self.command.status().map_err(|cause| not_started(&cause))
    }

    /// Runs it and returns whatever came of it.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn output(mut self) -> Result<Output> {
        self.command.output().map_err(|cause| not_started(&cause))
    }

    /// As [`Git::output`], with `input` on its stdin.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn output_for(mut self, input: &[u8]) -> Result<Output> {
        use std::io::Write;
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|cause| not_started(&cause))?;
        let stdin = child.stdin.take();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // A git that ends early has all it wants.
                stdin.map(|mut stdin| stdin.write_all(input)).transpose().ok();
            });
            child.wait_with_output().map_err(|cause| not_started(&cause))
        })
    }

    fn speak_the_users_language(&mut self) {
        match crate::environment::var("LC_ALL") {
            Some(locale) => self.command.env("LC_ALL", locale),
            None => self.command.env_remove("LC_ALL"),
        };
    }

    /// Runs it and returns stdout without the final newline.
    ///
    /// # Errors
    /// When git cannot be started or fails; git's own words are the cause.
    pub fn text(self) -> Result<String> {
        let line = self.shown();
        let output = self.output()?;
        if !output.status.success() {
            return Err(failed(&line, &output));
        }
        let mut text =
            String::from_utf8(output.stdout).context(|| format!("{line} printed something that is not UTF-8"))?;
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        Ok(text)
    }

    /// Runs it for its effect.
    ///
    /// # Errors
    /// When git cannot be started or fails; git's own words are the cause.
    pub fn run(self) -> Result<()> {
        let line = self.shown();
        let output = self.output()?;
        if output.status.success() { Ok(()) } else { Err(failed(&line, &output)) }
    }

    /// Whether it exits with 0.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn succeeds(self) -> Result<bool> {
        Ok(self.output()?.status.success())
    }

    fn shown(&self) -> String {
        let words = self.line.iter().map(|word| word.to_string_lossy());
        std::iter::once("git".into()).chain(words).collect::<Vec<_>>().join(" ")
    }
}

/// `git` with nothing scrubbed, for a remote helper: git has started it, and its environment is meant for what it starts.
pub(super) fn for_helper() -> Command {
    Command::new("git")
}

fn failed(line: &str, output: &Output) -> Error {
    Error::failed(format!("'{line}' failed")).because(String::from_utf8_lossy(&output.stderr))
}

fn not_started(cause: &std::io::Error) -> Error {
    if cause.kind() == std::io::ErrorKind::NotFound {
        return Error::new(Kind::Unsupported, "git is not on PATH")
            .because(cause)
            .hint("install git, then: git --version");
    }
    Error::failed("git cannot be started").because(cause)
}

/// The oldest git that every part of git-agent works with: 2.37 brought push.autoSetupRemote, 2.38 `merge-tree
/// --write-tree`.
pub const OLDEST: (u32, u32) = (2, 38);

/// The version of the git program on PATH, as (major, minor).
///
/// # Errors
/// When git is missing or prints something else than a version.
pub fn version() -> Result<(u32, u32)> {
    let text = Git::at(Path::new(".")).arg("version").text()?;
    parse_version(&text).ok_or_else(|| Error::failed(format!("'git version' says '{text}'")))
}

/// As [`version`], and the git is one that git-agent works with.
///
/// # Errors
/// As [`version`], and when it is older than [`OLDEST`].
pub fn require_supported_version() -> Result<(u32, u32)> {
    let version = version()?;
    if version < OLDEST {
        let (major, minor) = OLDEST;
        return Err(Error::new(
            Kind::Unsupported,
            format!("git {}.{} is too old: git-agent needs {major}.{minor}", version.0, version.1),
        )
        .hint("install a newer git, then check with: git --version"));
    }
    Ok(version)
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix("git version ")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_vendor() {
        for (text, expected) in [
            ("git version 2.47.3", Some((2, 47))),
            ("git version 2.39.5 (Apple Git-154)", Some((2, 39))),
            ("git version 2.54.0.windows.1", Some((2, 54))),
            ("git version 3.0", Some((3, 0))),
            ("hub version 2", None),
            ("", None),
        ] {
            assert_eq!(parse_version(text), expected, "{text}");
        }
    }
}

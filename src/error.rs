//! What went wrong, why, and the command that helps.
//!
//! Every error a person sees reads `error: what happened`, then the causes, then `hint: a command that can be run`.
//! [`Kind`] decides the exit code; the table is in `docs/exit-codes.md`.

use std::fmt;

/// The class of an error, which is all that the exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Git, the file system or another program failed.
    Failed = 1,
    /// The command line cannot be understood. clap uses the same code.
    Usage = 2,
    /// Going on would lose or endanger work, and nobody said `--force`.
    Refused = 3,
    /// There is no agent, branch, commit or program of that name.
    NotFound = 4,
    /// The name, branch or folder is taken.
    Exists = 5,
    /// The repository or the installed git cannot do this.
    Unsupported = 6,
    /// The worktree is there, and a part of what it needs is not.
    Incomplete = 7,
}

/// An error with its class, its causes and what to do about it.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What happened: one sentence without a full stop, lower case.
    pub message: String,
    /// Why, outermost first; git's own words go here.
    pub causes: Vec<String>,
    /// Commands that help, each complete enough to be pasted.
    pub hints: Vec<String>,
}

/// The result of everything in this house.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A failure of git, the file system or another program.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// Adds one line of why. Empty text adds nothing.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        let cause = cause.to_string();
        if !cause.trim().is_empty() {
            self.causes.push(cause.trim().to_owned());
        }
        self
    }

    /// Adds a command, or a sentence with one, that helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        for cause in &self.causes {
            for line in cause.lines() {
                write!(f, "\n  {line}")?;
            }
        }
        for hint in &self.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Says what was being done when a lower layer failed.
pub trait Context<T> {
    /// Turns any error into a [`Kind::Failed`] one that says `what` and keeps the cause.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: fmt::Display> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::failed(what()).because(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_message_causes_hints() {
        let error =
            Error::new(Kind::Refused, "'x' has changes").because("1 changed\n2 untracked").hint("git agent diff x");
        assert_eq!(error.to_string(), "'x' has changes\n  1 changed\n  2 untracked\nhint: git agent diff x");
    }
}

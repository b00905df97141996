//! One line of the doctor's report.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// It may be meant so, or does no harm yet.
    Warn,
    /// Something does not work, or a push would get past the guard.
    Bad,
}

impl Level {
    /// The word that begins a line, and that JSON has.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// What `--fix` can do about a finding without risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Set the repository up, as `git agent init` does.
    Setup,
    /// Bring our entries in the settings of this client up to date.
    Client(&'static str),
    /// Give this branch its own upstream, or none.
    Upstream(String),
    /// Tell git where this worktree is now.
    Repair(String),
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check; it stays the same from version to version.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found: one line.
    pub what: String,
    /// Commands that help.
    pub hints: Vec<String>,
    /// What `--fix` does about it.
    pub fix: Option<Fix>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, what: what.into(), hints: Vec::new(), fix: None }
    }

    /// Something to know.
    pub fn warn(check: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Warn, ..Self::ok(check, what) }
    }

    /// Something to mend.
    pub fn bad(check: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Bad, ..Self::ok(check, what) }
    }

    /// Adds a command, or a sentence with one, that helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says what `--fix` does about it, which is then the first hint.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.hints.insert(0, "git agent doctor --fix".to_owned());
        self.fix = Some(fix);
        self
    }
}

//! The verdict and its words.

use std::fmt;

/// What the hook answers, from the mildest to the strictest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Say nothing.
    Allow,
    /// Run this text instead.
    Rewrite(String),
    /// A person decides.
    Ask,
    /// Refuse.
    Deny,
}

/// Why something is rewritten, asked about or denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// True for a denial, false for a question.
    pub deny: bool,
    /// What would happen, in one line.
    pub what: String,
    /// What to do instead: a command where there is one.
    pub instead: Option<String>,
}

/// One step on the way to a verdict, for `git agent guard check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was looked at: command, directory, alias, push, …
    pub what: &'static str,
    /// What was found.
    pub found: String,
}

/// The verdict on a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// What led to it, strictest first.
    pub findings: Vec<Finding>,
    /// The way to it.
    pub steps: Vec<Step>,
}

impl Verdict {
    /// The lines that the agent and the user read.
    pub fn message(&self) -> String {
        let mut lines = Vec::new();
        let denies = self.decision == Decision::Deny;
        for finding in self.findings.iter().filter(|finding| finding.deny == denies).take(3) {
            lines.push(format!("git-agent: {}", finding.what));
            if let Some(instead) = &finding.instead {
                lines.push(instead.clone());
            }
        }
        if let Decision::Rewrite(text) = &self.decision {
            lines.push(format!("git-agent: the branch has no upstream of its own yet, so this runs instead: {text}"));
        }
        lines.join("\n")
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Rewrite(_) => "rewrite",
            Self::Ask => "ask",
            Self::Deny => "deny",
        })
    }
}

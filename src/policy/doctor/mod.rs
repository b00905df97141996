//! What `git agent doctor` finds: each check is a function of the facts that were gathered.
//!
//! To add a check: a field of [`Facts`] for what it has to know, and a function in [`CHECKS`]. It says one thing in
//! one line, and gives a command that helps unless all is well.

mod finding;

pub use finding::{Finding, Fix, Level};

/// What was found in the repository and on the machine.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The version of git, and the oldest one that is supported.
    pub git: Option<(u32, u32)>,
    /// See [`Facts::git`].
    pub oldest_git: (u32, u32),
}

/// One check. It may find several things, or have nothing to say.
pub type Check = fn(&Facts) -> Vec<Finding>;

/// All checks, in the order in which they are shown.
pub const CHECKS: &[Check] = &[git_version];

/// Runs all checks.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| check(facts)).collect()
}

fn git_version(facts: &Facts) -> Vec<Finding> {
    let (major, minor) = facts.oldest_git;
    vec![match facts.git {
        Some(version) if version >= facts.oldest_git => {
            Finding::ok("git-version", format!("git {}.{}", version.0, version.1))
        }
        Some(version) => {
            Finding::bad("git-version", format!("git {}.{} is older than {major}.{minor}", version.0, version.1))
                .hint("install a newer git, then check with: git --version")
        }
        None => Finding::bad("git-version", "git cannot be started").hint("install git, then: git --version"),
    }]
}

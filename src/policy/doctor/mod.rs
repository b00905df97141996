//! What `git agent doctor` finds: each check is a function of the facts that were gathered.
//!
//! To add a check: a field of [`Facts`] for what it has to know, which `crate::doctor` fills, and a function in
//! [`CHECKS`]. It says one thing in one line, and gives a command that helps unless all is well. A part of the house
//! that knows more than facts can say puts its findings into [`Facts::more`].

mod facts;
mod finding;
mod guard;
mod rest;
mod trees;

pub use facts::{Facts, HookFile, HookProgram, Proof, Setting, Setup, Team, Tree};
pub use finding::{Finding, Fix, Level};

/// One check. It may find several things, or have nothing to say.
pub type Check = fn(&Facts) -> Vec<Finding>;

/// All checks, in the order in which they are shown.
pub const CHECKS: &[Check] = &[
    rest::git_version,
    rest::hook_program,
    guard::include,
    guard::hooks,
    guard::in_force,
    guard::proof,
    guard::protected,
    guard::openings,
    trees::broken,
    trees::foreign,
    trees::upstreams,
    trees::plain_push,
    rest::ignored,
    rest::team,
    rest::trash,
    rest::journal,
    |facts| facts.more.clone(),
    rest::server,
];

/// Runs all checks.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| check(facts)).collect()
}

#[cfg(test)]
mod tests;

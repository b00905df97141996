//! What the doctor has to know: gathered elsewhere, judged here.

use crate::policy::include::Stanza;

/// What was found in the repository and on the machine.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The version of git; `None` when it cannot be started.
    pub git: Option<(u32, u32)>,
    /// The oldest git that is supported.
    pub oldest_git: (u32, u32),
    /// The version of this program.
    pub version: String,
    /// git-agent-hook; `None` when there is none.
    pub hook: Option<HookProgram>,
    /// What is set up in the repository.
    pub setup: Setup,
    /// The linked worktrees.
    pub trees: Vec<Tree>,
    /// What came of a push that must be refused.
    pub proof: Proof,
    /// Settings that open the guard, each with where it is set.
    pub openings: Vec<Setting>,
    /// The remote that the repository works with.
    pub remote: Option<String>,
    /// Settings of the committed `.gitagent`.
    pub team: Team,
    /// Removed agents that are kept for longer than the user wants.
    pub expired: usize,
    /// Operations that died and could not be mended.
    pub dead: Vec<String>,
    /// What another part of git-agent found by itself: the settings of clients, for one.
    pub more: Vec<super::Finding>,
}

/// The program that git's hooks and clients call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HookProgram {
    /// Where the hooks call it.
    pub path: String,
    /// Its version; `None` when it does not tell.
    pub version: Option<String>,
    /// Whether it is on PATH, where clients look for it.
    pub on_path: bool,
}

/// What is set up in the repository.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where the include stands in `.git/config`.
    pub stanza: Option<Stanza>,
    /// Whether the user has switched the guard off.
    pub guard_off: bool,
    /// The folder of our hooks.
    pub folder: String,
    /// Whether the included file names another folder: the repository was moved.
    pub moved: bool,
    /// Whether the included file says something else than it should.
    pub stale: bool,
    /// Hooks that are missing or not as git-agent wrote them.
    pub hooks: Vec<(String, HookFile)>,
    /// What is recorded as protected.
    pub protected: Vec<String>,
    /// The ignore file that lacks an entry for the worktree folder.
    pub not_ignored: Option<String>,
}

/// What is wrong with a file in the folder of hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookFile {
    /// It is not there.
    Missing,
    /// git passes over it.
    NotExecutable,
    /// Another version of git-agent wrote it, or it was edited.
    Changed,
    /// A tool has put its own in its place.
    Foreign,
}

/// One setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `local`, `global`, `system`, `worktree` or `command`.
    pub scope: String,
    /// Where it is written, as git says it.
    pub origin: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// One linked worktree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The agent's name, else the folder's.
    pub name: String,
    /// Its place.
    pub path: String,
    /// Whether git-agent made it.
    pub agent: bool,
    /// What is wrong with it and what mends it.
    pub problem: Option<(String, String)>,
    /// Where it is now, if git looks for it in another place.
    pub found_at: Option<String>,
    /// Why its record cannot be read.
    pub damage: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// The upstream of its branch: remote and ref.
    pub upstream: Option<(String, String)>,
    /// The core.hooksPath in force there.
    pub hooks_path: Option<Setting>,
    /// The push.default in force there.
    pub push_default: Option<Setting>,
}

/// What came of the push that must be refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// It was not tried, and why.
    #[default]
    Untried,
    /// The push was refused by our hook.
    Refused,
    /// The push went through.
    Passed,
    /// Something else stopped it; git's words.
    Failed(String),
}

/// The committed `.gitagent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Why it cannot be read.
    pub broken: Option<String>,
    /// Keys in it that count for nothing.
    pub unknown: Vec<String>,
}

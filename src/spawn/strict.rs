//! Strict mode (`agent.strict`): what the include for linked worktrees holds, so that pushes go through our remote helper.

use crate::config::Config;
use crate::error::Result;
use crate::git::connect;
use crate::git::repo::Repo;
use crate::policy::strict::route::{self, Routes};

/// The remote helper. git looks for it on PATH and in its own folder of programs.
const PROGRAM: &str = if cfg!(windows) { "git-remote-agent-guard.exe" } else { "git-remote-agent-guard" };

/// What strict mode adds to the include, and what the user should know.
#[derive(Debug, Default)]
pub struct Strict {
    /// Lines for the include; none where strict mode is off.
    pub text: String,
    /// Warnings on remotes that it does not reach.
    pub uncovered: Vec<String>,
    /// The warning that the helper cannot be found.
    pub missing: Option<String>,
}

/// The routes are written even where the helper cannot be found: then pushes fail, and that is what strict mode is for.
///
/// # Errors
/// When git cannot read its configuration.
pub fn plan(repo: &Repo, config: &Config) -> Result<Strict> {
    if !config.is_strict() || config.guard_is_off() {
        return Ok(Strict::default());
    }
    let Routes { text, uncovered } = route::routes(&connect::settings(repo.root(), None)?);
    let warn =
        |(remote, why)| format!("agent.strict does not reach pushes to '{remote}': {why}; only the hook guards them");
    let found = which::which(PROGRAM).is_ok() || in_gits_own_folder(repo);
    let missing = "no push from a worktree will work: agent.strict is on and git-remote-agent-guard is not on PATH; put it there, or: git config agent.strict false";
    Ok(Strict {
        text,
        uncovered: uncovered.into_iter().map(warn).collect(),
        missing: (!found).then(|| missing.to_owned()),
    })
}

fn in_gits_own_folder(repo: &Repo) -> bool {
    let folder = repo.git().arg("--exec-path").text();
    folder.is_ok_and(|folder| crate::store::is_program(&std::path::Path::new(&folder).join(PROGRAM)))
}

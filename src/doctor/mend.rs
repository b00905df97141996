//! Mending what can be mended without risk.

use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::{remote, retry};
use crate::policy::doctor::Fix;
use crate::spawn::repository;
use crate::{clients, journal};

/// Does what the fix says. Returns what was done, as a sentence.
///
/// # Errors
/// When it cannot be done.
pub fn mend(repo: &Repo, fix: &Fix) -> Result<String> {
    match fix {
        Fix::Setup => {
            let config = Config::load(repo)?;
            let plan = repository::plan(repo, &config)?;
            let held = journal::repository_lock(repo)?;
            repository::carry_out(repo, &config, plan, &held)?;
            Ok("set the repository up".to_owned())
        }
        Fix::Client(name) => clients::mend(name),
        Fix::Upstream(branch) => upstream(repo, branch),
        Fix::Repair(path) => {
            let _held = journal::repository_lock(repo)?;
            retry::run(|| repo.git().args(["worktree", "repair", "--"]).arg(path))?;
            Ok(format!("told git where {path} is"))
        }
    }
}

/// The branch's own counterpart on the remote, if it is known; else none, and the first push sets it.
fn upstream(repo: &Repo, branch: &str) -> Result<String> {
    let _held = journal::repository_lock(repo)?;
    let own = remote::choose(repo).map(|remote| remote::tracking_ref(repo, &remote, branch));
    let git = || repo.git().args(["branch", "--quiet"]);
    match own.filter(|own| repo.ref_commit(own).is_some()) {
        Some(own) => {
            retry::run(|| git().arg(format!("--set-upstream-to={own}")).arg("--").arg(branch))?;
            Ok(format!("'{branch}' has its own branch as the upstream"))
        }
        None => {
            retry::run(|| git().arg("--unset-upstream").arg("--").arg(branch))?;
            Ok(format!("'{branch}' has no upstream: the first 'git push' sets its own"))
        }
    }
}

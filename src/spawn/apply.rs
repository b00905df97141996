//! Carrying out the plan of a spawn.

use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::agent::record::Record;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::program::Git;
use crate::git::repo::{Repo, real};
use crate::git::retry;
use crate::journal::{self, Entry, Operation};
use crate::policy::spawn::{Branch, Upstream};
use crate::provision::record::{LOCK_FILE, Record as Readiness};
use crate::provision::{lfs, submodules};
use crate::spawn::{birth, recover};
use crate::store::{self, Lock};

/// One worktree to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The record it gets, with its name, branch and base.
    pub record: Record,
    /// Where its branch comes from.
    pub source: Branch,
    /// The commit that is checked out.
    pub start: ObjectId,
    /// Where it goes.
    pub path: PathBuf,
    /// The remote's default branch, which is recorded as protected for the whole repository.
    pub default_branch: Option<String>,
}

/// A worktree that is registered; its files are still missing.
#[derive(Debug)]
pub struct Registered {
    plan: Plan,
    admin: PathBuf,
    entry: journal::Spawn,
    operation: Operation,
    ignored_in: Option<PathBuf>,
    warnings: Vec<String>,
}

/// A worktree that is ready.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its git directory.
    pub admin: PathBuf,
    /// Its place.
    pub path: PathBuf,
    /// Its record.
    pub record: Record,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The ignore file that got an entry for the worktree folder.
    pub ignored_in: Option<PathBuf>,
}

/// Creates the branch and registers the worktree with git, without its files: the part of a spawn in which git races
/// with itself, a few milliseconds under the repository's lock, which `_held` proves.
///
/// # Errors
/// When git fails; whatever was made is gone again.
pub fn register(repo: &Repo, config: &Config, plan: Plan, _held: &Lock) -> Result<Registered> {
    let entry = journal::Spawn {
        path: plan.path.clone(),
        made_folders: missing_folders(&plan.path),
        commit: plan.start.to_string(),
        sets_upstream: matches!(plan.source, Branch::Track { .. }),
        record: plan.record.clone(),
    };
    let operation = Operation::begin(repo, &Entry::Spawn(Box::new(entry.clone())))?;
    match attempt(repo, config, &plan, &operation) {
        Ok((admin, ignored_in, warnings)) => Ok(Registered { plan, admin, entry, operation, ignored_in, warnings }),
        Err(error) => Err(undone(repo, &entry, operation, error)),
    }
}

/// The worktree's git directory, the ignore file that got an entry, and what the user should know.
type Attempt = (PathBuf, Option<PathBuf>, Vec<String>);

fn attempt(repo: &Repo, config: &Config, plan: &Plan, operation: &Operation) -> Result<Attempt> {
    let warnings = birth::ensure(repo, config, plan.default_branch.as_slice())?;
    let ignored_in = birth::ensure_ignored(repo, config, &plan.path)?;
    let branch = &plan.record.branch;
    if plan.record.branch_created {
        // The zero id makes git create or fail, so that a branch is ours or somebody else's, never in between; the
        // operation's id in the reflog proves it later.
        let reference = format!("refs/heads/{branch}");
        let message = recover::reflog_message(operation.id(), &plan.record);
        let zero = ObjectId::null(plan.start.kind()).to_string();
        retry::run(|| {
            let git = repo.git().holding(Some(operation.lock().file()));
            git.args(["update-ref", "--create-reflog", "-m", &message]).args([
                &reference,
                &plan.start.to_string(),
                &zero,
            ])
        })?;
    }
    if let Some(parent) = plan.path.parent() {
        store::create_folder(parent)?;
    }
    retry::run(|| {
        let git = repo.git_here().holding(Some(operation.lock().file()));
        git.args(["worktree", "add", "--quiet", "--no-checkout", "--"]).arg(&plan.path).arg(branch)
    })?;
    let admin = admin_of(&plan.path)?;
    plan.record.save(&admin)?;
    // What comes behind the spawn is begun with it: killed in between, the worktree must not look ready.
    Readiness::pending().save(&admin)?;
    Ok((admin, ignored_in, warnings))
}

/// The git directory of a new worktree, from the `.git` file that git wrote there: its name is git's to choose.
fn admin_of(path: &Path) -> Result<PathBuf> {
    let link = store::read(&path.join(".git"))?.unwrap_or_default();
    let link = String::from_utf8_lossy(&link);
    let admin = link.trim_end().strip_prefix("gitdir: ").map(|to| real(&path.join(to)));
    admin.ok_or_else(|| Error::failed(format!("git made no worktree at {}", path.display())).hint("git worktree list"))
}

/// Takes a registered worktree back. Call it with the repository's lock held.
///
/// # Errors
/// When a part cannot be removed.
pub fn abandon(repo: &Repo, registered: Registered) -> Result<()> {
    recover::undo(repo, &registered.entry, registered.operation.id())?;
    registered.operation.finish()
}

/// Fills the registered worktree: files, submodules, upstream, git's post-checkout hook. Runs without the repository's
/// lock, so that many fill at once.
///
/// # Errors
/// When the checkout fails; whatever was made is gone again.
pub fn fill(repo: &Repo, registered: Registered) -> Result<Made> {
    let Registered { plan, admin, entry, operation, ignored_in, mut warnings } = registered;
    let lock = operation.lock();
    let filled =
        check_out(&plan, lock).and_then(|lacks| set_upstream(repo, &plan, lock, &mut warnings).map(|()| lacks));
    let lacks = match filled {
        Ok(lacks) => lacks,
        Err(error) => {
            let held = journal::repository_lock(repo)?;
            let error = undone(repo, &entry, operation, error);
            drop(held);
            return Err(error);
        }
    };
    let note = if lacks { Some(lfs::missing(&plan.path)) } else { lfs::note(repo, &plan.path, &admin) };
    warnings.extend(note);
    bring_submodules(repo, &plan.path, &admin, lock);
    warnings.extend(post_checkout(&plan)?);
    operation.finish()?;
    Ok(Made { admin, path: plan.path, record: plan.record, warnings, ignored_in })
}

/// Submodules before git's hook, which finds them. They are a step of the provisioning as well: what cannot be done now is
/// tried, and told, there.
fn bring_submodules(repo: &Repo, path: &Path, admin: &Path, lock: &Lock) {
    if submodules::are_wanted(repo, path, admin).unwrap_or(false)
        && let Ok(_held) = Lock::wait(&admin.join(LOCK_FILE))
    {
        submodules::initialise(repo, path, admin, Some(lock.file())).ok();
    }
}

/// What `git worktree add` does itself after it has registered a worktree. Returns whether files of git LFS could not be
/// filled.
fn check_out(plan: &Plan, lock: &Lock) -> Result<bool> {
    lfs::checked_out(|| {
        let git = Git::at(&plan.path).holding(Some(lock.file()));
        git.args(["reset", "--hard", "--quiet", "--no-recurse-submodules"])
    })
}

fn set_upstream(repo: &Repo, plan: &Plan, lock: &Lock, warnings: &mut Vec<String>) -> Result<()> {
    let branch = &plan.record.branch;
    match &plan.source {
        Branch::Create => Ok(()),
        Branch::Track { tracking } => set_upstream_to(repo, branch, tracking, Some(lock)),
        Branch::Take { upstream } => {
            warnings.extend(mend_upstream(repo, branch, upstream, Some(lock))?);
            Ok(())
        }
    }
}

fn set_upstream_to(repo: &Repo, branch: &str, tracking: &str, lock: Option<&Lock>) -> Result<()> {
    let to = format!("--set-upstream-to={tracking}");
    retry::run(|| branch_command(repo, &to, branch, lock))
}

fn branch_command(repo: &Repo, to: &str, branch: &str, lock: Option<&Lock>) -> Git {
    repo.git().holding(lock.map(Lock::file)).args(["branch", "--quiet"]).arg(to).arg("--").arg(branch)
}

/// Carries out what was decided of the upstream of a branch that was there before. Returns what the user should know.
///
/// # Errors
/// When git cannot write its configuration.
pub fn mend_upstream(repo: &Repo, branch: &str, upstream: &Upstream, lock: Option<&Lock>) -> Result<Option<String>> {
    match upstream {
        Upstream::Leave => Ok(None),
        Upstream::Set(was) => {
            let tracking =
                crate::git::remote::choose(repo).map(|remote| crate::git::remote::tracking_ref(repo, &remote, branch));
            let Some(tracking) = tracking else { return Ok(None) };
            set_upstream_to(repo, branch, &tracking, lock)?;
            Ok(Some(format!("the upstream of '{branch}' was {was}: it is its own branch now")))
        }
        Upstream::Unset(was) => {
            retry::run(|| branch_command(repo, "--unset-upstream", branch, lock))?;
            let said = "it is unset, the first 'git push' sets the right one";
            Ok(Some(format!("the upstream of '{branch}' was {was}: {said}")))
        }
    }
}

/// git's hook as `git worktree add` runs it: with the null id, the commit and 1 (githooks(5), post-checkout), its output
/// on stderr. That it failed is a warning, for git keeps the worktree as well.
///
/// It does not hold the operation's lock: what it leaves running (a watcher, a server) is not part of the spawn.
fn post_checkout(plan: &Plan) -> Result<Option<String>> {
    let zero = ObjectId::null(plan.start.kind()).to_string();
    let git = Git::at(&plan.path).args(["hook", "run", "--ignore-missing", "post-checkout", "--"]);
    let status = git.args([&zero, &plan.start.to_string(), "1"]).aloud()?;
    let code = status.code().unwrap_or(-1);
    Ok((!status.success()).then(|| format!("the post-checkout hook exited with {code}")))
}

fn undone(repo: &Repo, entry: &journal::Spawn, operation: Operation, error: Error) -> Error {
    match recover::undo(repo, entry, operation.id()).and_then(|()| operation.finish()) {
        Ok(()) => error,
        Err(second) => error.because(format!("and undoing it failed as well: {second}")).hint("git agent list"),
    }
}

/// The folders above `path` that do not exist yet, innermost first.
fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let parents = path.ancestors().skip(1);
    parents.take_while(|parent| !parent.exists()).map(Path::to_owned).collect()
}

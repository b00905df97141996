//! What a worktree holds that a removal would take away, and the proof that its branch is merged.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};

use crate::agent::{Agent, activity};
use crate::config::{Config, glob_matches};
use crate::environment;
use crate::error::Result;
use crate::git::history::History;
use crate::git::merged::{self, Proof};
use crate::git::program::Git;
use crate::git::repo::{Head, Repo, ref_commit};
use crate::git::status::{Options, Place, Reader, Untracked};
use crate::launch::process;
use crate::policy::removal::{Facts, Kind};
use crate::policy::reproducible::{self, Proof as Sign};

/// What was found in a worktree.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What [`crate::policy::removal::obstacle`] decides by.
    pub facts: Facts,
    /// Commits that are not in the base, merged or not.
    pub own_commits: usize,
    /// The proof that the branch is merged.
    pub merged: Option<Proof>,
    /// When its HEAD was committed: seconds since 1970.
    pub last_commit: Option<i64>,
}

/// Looks at everything that matters for a removal: files, commits, operations under way, processes, locks.
///
/// # Errors
/// When the worktree or its objects cannot be read.
pub fn examine(repo: &Repo, config: &Config, agent: &Agent) -> Result<Findings> {
    let mut found = occupation(agent);
    if agent.tree.path.exists() {
        files(repo, config, agent, &mut found.facts)?;
    }
    commits(repo, agent, &mut found)?;
    Ok(found)
}

/// Only who holds the worktree: locks and processes. Takes the same time whatever is in it.
pub fn occupation(agent: &Agent) -> Findings {
    let mut found = Findings::default();
    found.facts.locked.clone_from(&agent.tree.locked);
    inhabitants(agent, &mut found.facts);
    found
}

fn inhabitants(agent: &Agent, facts: &mut Facts) {
    let (ancestors, others): (Vec<_>, Vec<_>) =
        process::inhabitants(&agent.tree.path).into_iter().partition(|one| one.ancestor);
    let here =
        !cfg!(target_os = "linux") && environment::current_dir().is_ok_and(|here| here.starts_with(&agent.tree.path));
    facts.standing = !ancestors.is_empty() || here;
    facts.running = others.into_iter().map(|one| (one.name, one.pid)).collect();
    if let Ok(Some(run)) = activity::run(&agent.tree.admin) {
        let alive = [Some(&run.supervisor), run.program.as_ref()]
            .into_iter()
            .flatten()
            .find(|one| one.is_alive() && run.exit.is_none());
        if let Some(alive) = alive.filter(|alive| !facts.running.iter().any(|(_, pid)| *pid == alive.pid)) {
            let name = run.command.first().and_then(|program| Path::new(program).file_name()).unwrap_or_default();
            facts.running.push((name.to_string_lossy().into_owned(), alive.pid));
        }
    }
}

fn files(repo: &Repo, config: &Config, agent: &Agent, facts: &mut Facts) -> Result<()> {
    let local = repo.gix();
    let place = Place { root: &agent.tree.path, git_dir: &agent.tree.admin };
    let options = Options { untracked: Untracked::Normal, ignored: true, paths: true };
    let status = Reader::new(&local).status(place, options)?;
    let nested = |path: &BString| path.ends_with(b"/") && at(&agent.tree.path, path).join(".git").exists();
    let repositories = status.untracked.iter().chain(&status.ignored).filter(|path| nested(path)).count();
    let untracked = status.untracked.iter().filter(|path| !nested(path)).count();
    let patterns = config.reproducible();
    let ignored = status
        .ignored
        .iter()
        .filter(|path| !nested(path) && !is_reproducible(repo, &agent.tree.path, path, &patterns))
        .count();
    let counts = status.counts;
    facts.work.extend([
        (Kind::Conflicted, counts.conflicted as usize),
        (Kind::Staged, counts.staged as usize),
        (Kind::Changed, counts.changed as usize),
        (Kind::Untracked, untracked),
        (Kind::Ignored, ignored),
        (Kind::Nested, repositories),
        (Kind::InProgress, usize::from(in_progress(&agent.tree.admin))),
    ]);
    Ok(())
}

/// Files and folders that git keeps while something is under way (gitrepository-layout(5), git-rebase(1)).
const UNDER_WAY: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply"];

fn in_progress(admin: &Path) -> bool {
    UNDER_WAY.iter().any(|name| admin.join(name).exists())
}

fn at(top: &Path, path: &BString) -> std::path::PathBuf {
    let bare = path.trim_end_with(|c| c == '/');
    gix::path::from_bstr(bare.as_bstr()).map_or_else(|_| top.join(bare.to_str_lossy().as_ref()), |path| top.join(path))
}

fn is_reproducible(repo: &Repo, top: &Path, path: &BString, patterns: &[String]) -> bool {
    let full = at(top, path);
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = path.trim_end_with(|c| c == '/').to_str_lossy().into_owned();
    if patterns.iter().any(|pattern| glob_matches(pattern, &text) || glob_matches(pattern, &name)) {
        return true;
    }
    match reproducible::proof(&name, path.ends_with(b"/")) {
        Sign::Name => true,
        Sign::Beside(signs) => signs.iter().any(|sign| full.with_file_name(sign).exists()),
        Sign::Inside(signs) => signs.iter().any(|sign| full.join(sign).exists()),
        Sign::TagOrCopy if path.ends_with(b"/") => full.join("CACHEDIR.TAG").exists(),
        Sign::TagOrCopy => repo.main().is_some_and(|main| same_content(&full, &at(main, path))),
    }
}

/// Whether two files hold the same bytes; two symlinks, the same target.
fn same_content(left: &Path, right: &Path) -> bool {
    let (Ok(ours), Ok(theirs)) = (left.symlink_metadata(), right.symlink_metadata()) else { return false };
    if ours.is_symlink() || theirs.is_symlink() {
        return std::fs::read_link(left).ok().is_some_and(|target| std::fs::read_link(right).ok() == Some(target));
    }
    ours.is_file()
        && theirs.is_file()
        && ours.len() == theirs.len()
        && std::fs::read(left).ok().is_some_and(|bytes| std::fs::read(right).ok() == Some(bytes))
}

fn commits(repo: &Repo, agent: &Agent, found: &mut Findings) -> Result<()> {
    let local = repo.gix();
    let tip = match &agent.tree.head {
        Head::Branch(name) => ref_commit(&local, &format!("refs/heads/{name}")),
        Head::Detached(id) => Some(*id),
        Head::Broken(_) => None,
    };
    let Some(tip) = tip else { return Ok(()) };
    let mut history = History::new(&local);
    found.last_commit = history.time(tip).ok();
    let Some(base) = base_tip(repo, &local, agent) else {
        found.facts.work.push((Kind::Unpushed, unpushed(repo, tip, None)?));
        return Ok(());
    };
    let distance = history.distance(tip, base)?;
    found.own_commits = distance.ahead;
    let worked = merged::has_worked(repo, &agent.tree.admin, agent.tree.branch());
    found.merged = merged::by_content(repo, &local, tip, base, &distance, worked)?;
    if found.merged.is_none() && distance.ahead > 0 {
        found.merged = merged::by_patch_id(repo, tip, base)?;
    }
    if found.merged.is_none() && distance.ahead > 0 {
        found.facts.work.push((Kind::Unpushed, unpushed(repo, tip, Some(base))?));
    }
    Ok(())
}

/// The base as it is now: the recorded ref, else the recorded commit; for a foreign worktree the default branch.
pub fn base_tip(repo: &Repo, local: &gix::Repository, agent: &Agent) -> Option<ObjectId> {
    let Some(record) = &agent.record else { return default_tip(repo, local) };
    let now = record.base.reference.as_deref().and_then(|reference| ref_commit(local, reference));
    now.or_else(|| ObjectId::from_hex(record.base.commit.as_bytes()).ok())
}

/// The default branch as it is known here.
pub fn default_tip(repo: &Repo, local: &gix::Repository) -> Option<ObjectId> {
    let remote =
        crate::git::remote::choose(repo).and_then(|remote| ref_commit(local, &format!("refs/remotes/{remote}/HEAD")));
    let names = ["main", "master", "trunk"];
    remote.or_else(|| names.iter().find_map(|name| ref_commit(local, &format!("refs/heads/{name}"))))
}

/// Commits that neither the base nor any remote has, as far as is known here.
fn unpushed(repo: &Repo, tip: ObjectId, base: Option<ObjectId>) -> Result<usize> {
    let mut git = Git::at(repo.common()).args(["rev-list", "--count", &tip.to_string(), "--not"]);
    if let Some(base) = base {
        git = git.arg(base.to_string());
    }
    Ok(git.args(["--remotes", "--"]).text()?.parse().unwrap_or(usize::MAX))
}

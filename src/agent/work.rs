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
    /// The commit that was looked at: what holds of it holds of no other. `None` if no commit was looked at.
    pub tip: Option<ObjectId>,
    /// The first few ignored paths and nested repositories that stand in the way, which no diff shows.
    pub examples: Vec<String>,
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
        files(repo, config, agent, &mut found)?;
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
    let (ancestors, others): (Vec<_>, Vec<_>) = settled(&agent.tree.path).into_iter().partition(|one| one.ancestor);
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

/// Who is in the folder once git has ended: after a commit its housekeeping goes on for a moment.
fn settled(folder: &Path) -> Vec<process::Inhabitant> {
    for _ in 0..20 {
        let found = process::inhabitants(folder);
        if found.is_empty() || found.iter().any(|one| one.name != "git") {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    process::inhabitants(folder)
}

fn files(repo: &Repo, config: &Config, agent: &Agent, found: &mut Findings) -> Result<()> {
    let local = repo.gix();
    let top = &agent.tree.path;
    let options = Options { untracked: Untracked::Normal, ignored: true, paths: true };
    let status = Reader::new(&local).status(Place { root: top, git_dir: &agent.tree.admin }, options)?;
    let patterns = config.reproducible();
    let mut repositories = nested(top, status.untracked.iter().chain(&status.ignored));
    let untracked = status.untracked.iter().filter(|path| !repositories.contains(path)).count();
    let mut ignored: Vec<&BString> = status.ignored.iter().filter(|path| !repositories.contains(path)).collect();
    let (made, own): (Vec<_>, Vec<_>) = ignored.drain(..).partition(|path| is_reproducible(repo, top, path, &patterns));
    // What a tool makes again may still be a checkout that somebody works in (`node_modules/mine`, `deps/`).
    repositories.extend(made.into_iter().filter(|path| holds_repository(&at(top, path), 2)));
    found.examples = own.iter().chain(&repositories).take(5).map(std::string::ToString::to_string).collect();
    let (ignored, repositories) = (own.len(), repositories.len());
    let facts = &mut found.facts;
    let counts = status.counts;
    facts.work.extend([
        (Kind::Conflicted, counts.conflicted as usize),
        (Kind::Staged, counts.staged as usize),
        (Kind::Changed, counts.changed as usize + hidden_changes(&local, agent)),
        (Kind::Untracked, untracked),
        (Kind::Ignored, ignored),
        (Kind::Nested, repositories),
        (Kind::InProgress, usize::from(in_progress(&agent.tree.admin))),
        (Kind::Submodules, submodule_commits(&agent.tree.admin.join("modules"), &repo.common().join("modules"))?),
    ]);
    Ok(())
}

/// Commits and stashes in the worktree's own copies of submodules, below `own`, that neither their remotes nor the main
/// checkout's copies, below `main`, have. Both folders hold git directories by the submodules' names, which may nest.
fn submodule_commits(own: &Path, main: &Path) -> Result<usize> {
    let mut count = 0;
    for name in crate::store::names(own)? {
        let (own, main) = (own.join(&name), main.join(&name));
        if own.join("HEAD").is_file() {
            let list = Git::at(&own).args(["rev-list", "HEAD", "--all", "--not", "--remotes", "--"]).text()?;
            let theirs = gix::open(&main).ok();
            let known = |id: &str| {
                gix::ObjectId::from_hex(id.as_bytes())
                    .ok()
                    .zip(theirs.as_ref())
                    .is_some_and(|(id, repo)| repo.has_object(id))
            };
            count += list.lines().filter(|id| !known(id)).count();
            count += submodule_commits(&own.join("modules"), &main.join("modules"))?;
        } else if own.is_dir() {
            count += submodule_commits(&own, &main)?;
        }
    }
    Ok(count)
}

/// Those of the paths that are repositories of their own.
fn nested<'p>(top: &Path, paths: impl Iterator<Item = &'p BString>) -> Vec<&'p BString> {
    paths.filter(|path| path.ends_with(b"/") && at(top, path).join(".git").exists()).collect()
}

/// Whether a checkout with a `.git` folder of its own is at most `depth` folders down.
fn holds_repository(folder: &Path, depth: u32) -> bool {
    let names = crate::store::names(folder).unwrap_or_default();
    depth > 0
        && names
            .iter()
            .map(|name| folder.join(name))
            .filter(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()))
            .any(|path| path.join(".git").is_dir() || holds_repository(&path, depth - 1))
}

/// Changes that git was told not to look for (`git update-index --skip-worktree` and `--assume-unchanged`): files that
/// are there and are not what the index holds.
fn hidden_changes(local: &gix::Repository, agent: &Agent) -> usize {
    use gix::index::entry::{Flags, Mode};
    let options = gix::index::decode::Options::default();
    let index = gix::index::File::at(agent.tree.admin.join("index"), local.object_hash(), true, options);
    let Ok(index) = index else { return 0 };
    let flagged =
        index.entries().iter().filter(|entry| entry.flags.intersects(Flags::ASSUME_VALID | Flags::SKIP_WORKTREE));
    let files = flagged.filter(|entry| entry.mode.contains(Mode::FILE) && !entry.mode.contains(Mode::SYMLINK));
    let differs = |entry: &&gix::index::Entry| {
        let bytes = std::fs::read(at(&agent.tree.path, &entry.path(&index).to_owned())).ok()?;
        let id = gix::objs::compute_hash(local.object_hash(), gix::object::Kind::Blob, &bytes).ok()?;
        Some(id != entry.id)
    };
    files.filter(|entry| differs(entry).unwrap_or(false)).count()
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
    found.tip = Some(tip);
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
    // An agent on the branch that it started from has no moving base: against itself everything is merged.
    let own = |reference: &str| {
        [agent.tree.branch(), Some(&record.branch)].into_iter().flatten().any(|branch| is_ref_of(reference, branch))
    };
    let reference = record.base.reference.as_deref().filter(|reference| !own(reference));
    let now = reference.and_then(|reference| ref_commit(local, reference));
    now.or_else(|| ObjectId::from_hex(record.base.commit.as_bytes()).ok())
}

/// Whether a ref is the branch itself, or follows it on a remote.
fn is_ref_of(reference: &str, branch: &str) -> bool {
    let remote = reference.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/'));
    reference.strip_prefix("refs/heads/") == Some(branch) || remote.is_some_and(|(_, name)| name == branch)
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

//! The submodules step: those that are initialised in the main checkout, from its own copies and without the network.
//!
//! `git submodule` is not used, for it does what `.gitmodules` and the configuration say; whoever can commit writes the
//! first. Of that file only names and paths are read here. Everything else is the main checkout's: what is cloned, and the
//! URL that the clone gets. No hook runs, and nothing is done in a folder whose own `.git` is not known.

mod own;

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::agent::shell_word;
use crate::error::{Error, Result};
use crate::git::program::Git;
use crate::git::repo::{Repo, real};
use crate::git::retry;
use crate::git::submodules::{self, Submodule, git_dir_of};
use crate::provision::scene::{Done, Scene};
use crate::provision::stage;
use crate::store;
use own::Own;

/// The folder in the worktree's git directory in which a clone grows.
const STAGE: &str = "agent-submodule";

/// What came of it.
#[derive(Debug, Default)]
pub struct Initialised {
    /// The paths of those that were initialised now.
    pub paths: Vec<String>,
    /// What could not be done: a worktree without a submodule is still a worktree.
    pub warnings: Vec<String>,
}

/// A checkout of the worktree, or of a submodule in it, with the main checkout's of the same.
struct Pair<'p> {
    main: &'p Path,
    main_git: &'p Path,
    top: &'p Path,
    git_dir: &'p Path,
    /// The path from the top of the worktree, with a slash behind it; empty for the worktree.
    inside: &'p str,
}

/// Whether the branch that is checked out in `tree` has a submodule that the main checkout has initialised.
///
/// # Errors
/// When the index or `.gitmodules` cannot be read.
pub fn are_wanted(repo: &Repo, tree: &Path, admin: &Path) -> Result<bool> {
    let Some(main) = repo.main() else { return Ok(false) };
    let listed = submodules::list(repo, tree, admin)?;
    Ok(listed.iter().any(|one| copy_of_main(main, repo.common(), one).is_some()))
}

/// Initialises them, or completes what was begun.
///
/// # Errors
/// When the index or `.gitmodules` cannot be read.
pub fn bring(scene: &Scene<'_>) -> Result<Done> {
    let done = initialise(scene.repo, scene.tree(), &scene.agent.tree.admin, scene.hold)?;
    Ok(Done { summary: done.paths.join(", "), warnings: done.warnings, ..Done::default() })
}

/// Initialises in the worktree at `tree` with the git directory `admin` each submodule that is initialised in the main
/// checkout, and theirs. One in which somebody can have worked is left as it is. Call it with the lock of the worktree's
/// provisioning held.
///
/// # Errors
/// When the index or `.gitmodules` cannot be read.
pub fn initialise(repo: &Repo, tree: &Path, admin: &Path, hold: Option<&File>) -> Result<Initialised> {
    let mut done = Initialised::default();
    let Some(main) = repo.main() else { return Ok(done) };
    let stage = admin.join(STAGE);
    store::remove_folder(&stage)?;
    let pair = Pair { main, main_git: repo.common(), top: tree, git_dir: admin, inside: "" };
    let result = walk(repo, &pair, &stage, hold, &mut done);
    store::remove_folder(&stage)?;
    result.map(|()| done)
}

fn walk(repo: &Repo, pair: &Pair<'_>, stage: &Path, hold: Option<&File>, done: &mut Initialised) -> Result<()> {
    for one in submodules::list(repo, pair.top, pair.git_dir)? {
        let Some(source) = copy_of_main(pair.main, pair.main_git, &one) else { continue };
        let top = pair.top.join(&one.path);
        let git_dir = pair.git_dir.join("modules").join(&one.name);
        let inside = format!("{}{}", pair.inside, one.path);
        let own = Own { source: &source, git_dir: &git_dir, top: &top, stage, commit: &one.commit, hold };
        match settle(pair, &one, &own, repo) {
            Ok(State::Left) => continue,
            Ok(State::There) => {}
            Ok(State::Made(note)) => {
                done.paths.push(inside.clone());
                done.warnings.extend(note);
            }
            Err(error) => {
                done.warnings.push(warning(pair.top, &one, &error));
                continue;
            }
        }
        let below = Pair {
            main: &pair.main.join(&one.path),
            main_git: &source,
            top: &top,
            git_dir: &git_dir,
            inside: &format!("{inside}/"),
        };
        walk(repo, &below, stage, hold, done)?;
    }
    Ok(())
}

/// The git directory of a submodule that is initialised in the main checkout at `main`: below `main_git`, its git
/// directory, or in the submodule itself (`git submodule add` of a repository that was there).
fn copy_of_main(main: &Path, main_git: &Path, one: &Submodule) -> Option<PathBuf> {
    let folder = main.join(&one.path);
    if stage::stands_in_the_way(main, &folder.join(".git")).is_some() {
        return None;
    }
    let link = folder.join(".git").symlink_metadata().ok()?;
    let copy = if link.is_dir() { folder.join(".git") } else { main_git.join("modules").join(&one.name) };
    copy.join("HEAD").is_file().then_some(copy)
}

/// What became of one.
enum State {
    /// It was there.
    There,
    /// It is somebody else's, or not wanted.
    Left,
    /// It is there now; what there is to know of it.
    Made(Option<String>),
}

fn settle(pair: &Pair<'_>, one: &Submodule, own: &Own<'_>, repo: &Repo) -> Result<State> {
    if let Some(why) = stage::stands_in_the_way(pair.top, &own.top.join(".git")) {
        return Err(Error::failed(why));
    }
    let is_linked = own.top.join(".git").symlink_metadata().is_ok();
    if is_linked && git_dir_of(own.top).as_deref() != Some(&real(own.git_dir)) {
        return Ok(State::Left);
    }
    // git writes the index last, and takes it away with nothing.
    let is_complete = own.git_dir.join("index").exists();
    if is_linked && is_complete {
        return Ok(State::There);
    }
    if is_off(pair.main_git, &one.name) {
        return Ok(State::Left);
    }
    if is_complete {
        return Err(Error::failed("its repository is there, and was taken out of its folder"));
    }
    if !is_linked && !store::names(own.top)?.is_empty() {
        return Err(Error::failed(format!("something is in {} already; move it away first", own.top.display())));
    }
    let url = url(pair, one, own, repo)?;
    if !own.is_half_there(&pair.git_dir.join("modules"))? {
        if !own.source_has_commit() {
            let short = one.commit.get(..10).unwrap_or(&one.commit);
            return Err(Error::failed(format!("the main checkout does not have its commit {short}")));
        }
        own.clone(url.as_deref())?;
    }
    own.check_out().map(State::Made)
}

/// Whether the user has said that it is not to be touched.
fn is_off(main_git: &Path, name: &str) -> bool {
    let value = |kind: &[&str], key: &str| {
        let git = Git::at(main_git).env("GIT_DIR", main_git).arg("config").args(kind);
        git.args(["--get", &format!("submodule.{name}.{key}")]).text().ok()
    };
    value(&["--type=bool"], "active").is_some_and(|active| active == "false")
        || value(&[], "update").is_some_and(|update| update == "none")
}

/// The URL that it has in the main checkout, put where `git submodule` looks for it: in the configuration of what it is a
/// submodule of.
fn url(pair: &Pair<'_>, one: &Submodule, own: &Own<'_>, repo: &Repo) -> Result<Option<String>> {
    let key = format!("submodule.{}.url", one.name);
    let config = |git_dir: &Path| Git::at(git_dir).args(["config", "--file"]).arg(git_dir.join("config"));
    let get = |git_dir: &Path| config(git_dir).args(["--get", &key]).text().ok();
    let url = get(pair.main_git).or_else(|| own.url_of_source());
    // The worktree shares its configuration with the main checkout.
    let home = if pair.inside.is_empty() { repo.common() } else { pair.git_dir };
    if let Some(url) = &url
        && get(home).is_none()
    {
        retry::run(|| config(home).args(["--", &key, url]))?;
    }
    Ok(url)
}

fn warning(top: &Path, one: &Submodule, error: &Error) -> String {
    let why = error.causes.first().and_then(|cause| cause.lines().last()).unwrap_or(&error.message);
    let [top, path] = [&top.to_string_lossy(), one.path.as_str()].map(shell_word);
    format!("submodule '{}' was not initialised ({why}); try: git -C {top} submodule update --init -- {path}", one.name)
}

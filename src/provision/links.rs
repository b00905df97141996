//! The links step: symlinks to ignored paths of the main checkout (`agent.link`), for what many worktrees only read.

use std::path::{Component, Path, PathBuf};

use gix::bstr::BString;

use crate::error::{Context, Result};
use crate::git::ignored;
use crate::git::repo::real;
use crate::git::tracked::Tracked;
use crate::git::worktrees;
use crate::provision::scene::{Done, Scene};
use crate::provision::stage;
use crate::store;

/// Makes the symlinks.
///
/// # Errors
/// When one cannot be made.
pub fn make(scene: &Scene<'_>) -> Result<Done> {
    let (main, tree) = (scene.main()?, scene.tree());
    let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
    let trees: Vec<PathBuf> = worktrees::list(scene.repo)?
        .into_iter()
        .filter(|one| !one.path.as_os_str().is_empty())
        .map(|one| real(&one.path))
        .collect();
    let mut done = Done::default();
    let mut made = Vec::new();
    for name in scene.config()?.link() {
        let name = name.trim_end_matches('/').to_owned();
        let (from, to) = (main.join(&name), tree.join(&name));
        let points_here = || std::fs::read_link(&to).is_ok_and(|target| target == from);
        match obstacle(main, tree, &tracked, &trees, &name)? {
            Some(why) if !points_here() => done.warnings.push(format!("'{name}' is not linked: {why}")),
            Some(_) => {}
            None => {
                if let Some(parent) = to.parent() {
                    store::create_folder(parent)?;
                }
                symlink(&from, &to).context(|| format!("cannot link {}", to.display()))?;
                made.push(name);
            }
        }
    }
    done.summary = made.join(", ");
    Ok(done)
}

/// Why there is no link. The path comes from a committed file, perhaps: it must not lead out of either checkout.
fn obstacle(main: &Path, tree: &Path, tracked: &Tracked, trees: &[PathBuf], name: &str) -> Result<Option<String>> {
    let path = Path::new(name);
    let plain = !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.starts_with(".git") {
        return Ok(Some("it is no path inside the repository".to_owned()));
    }
    let (from, to) = (main.join(path), tree.join(path));
    if let Some(why) = stage::stands_in_the_way(tree, &to).or_else(|| stage::stands_in_the_way(main, &from)) {
        return Ok(Some(why));
    }
    if tree.starts_with(&from) {
        return Ok(Some("the worktree lies in it".to_owned()));
    }
    // An agent must not get into the work of another. Where the link ends counts, and a `.git` file on the way: a worktree
    // or a submodule of whatever repository.
    let end = real(&from);
    let is_work = trees.iter().any(|other| end.starts_with(other) || other.starts_with(&end));
    let inner = || from.ancestors().take_while(|folder| *folder != main).any(|folder| folder.join(".git").is_file());
    if is_work || inner() || end.join(".git").is_file() {
        return Ok(Some("a worktree or a submodule is there".to_owned()));
    }
    if from.symlink_metadata().is_err() {
        return Ok(Some("the main checkout does not have it".to_owned()));
    }
    if to.symlink_metadata().is_ok() || tracked.holds(name.as_bytes()) {
        return Ok(Some("something is there already".to_owned()));
    }
    // As a file: a rule with a slash at its end ignores a folder and not a symlink of that name.
    let visible = ignored::not_ignored(tree, &[BString::from(name)])?;
    Ok((!visible.is_empty()).then(|| format!("git does not ignore a symlink of that name; a rule for it: /{name}")))
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        std::os::windows::fs::symlink_dir(from, to)
    } else {
        std::os::windows::fs::symlink_file(from, to)
    }
}

//! Finding the repository, as git does (git(1), "GIT_DIR" and "GIT_CEILING_DIRECTORIES" aside).

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::policy::guard::{Place, Trouble};

/// Where the parts of a repository are.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) git_dir: String,
    pub(super) common_dir: String,
    pub(super) top: Option<String>,
    pub(super) linked: bool,
}

/// Whether the directory, or one above it, is the top of a linked worktree.
pub(super) fn in_linked_worktree(dir: &Path) -> bool {
    dir.ancestors().any(|dir| {
        let file = dir.join(".git");
        fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file())
            && read_link(&file).is_some_and(|target| is_linked(&absolute(dir, &target)))
    })
}

/// The common directory of the linked worktree that `dir` is in: `<common>/worktrees/<id>` is what its `.git` file names.
pub(super) fn linked_common(dir: &Path) -> Option<PathBuf> {
    let top = dir.ancestors().find(|dir| dir.join(".git").exists())?;
    let git_dir = absolute(top, &read_link(&top.join(".git"))?);
    let entries = git_dir.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "worktrees"))?;
    entries.parent().map(Path::to_owned)
}

/// `gitdir: …` of a `.git` file.
fn read_link(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(text.strip_prefix("gitdir:")?.trim().to_owned())
}

/// A git directory below `worktrees/`: a linked worktree's own, or that of a submodule in one.
fn is_linked(git_dir: &Path) -> bool {
    git_dir.components().any(|part| part == Component::Normal("worktrees".as_ref()))
        && (git_dir.join("commondir").exists()
            || git_dir.components().any(|part| part == Component::Normal("modules".as_ref())))
}

fn absolute(base: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

fn is_git_dir(dir: &Path) -> bool {
    dir.join("HEAD").symlink_metadata().is_ok()
        && (dir.join("commondir").exists() || (dir.join("objects").is_dir() && dir.join("refs").exists()))
}

pub(super) fn find(place: &Place) -> Result<Layout, Trouble> {
    let dir = Path::new(&place.dir);
    let real = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    if let Some(git_dir) = &place.git_dir {
        let mut git_dir = absolute(&real, git_dir);
        if git_dir.is_file() {
            let link = read_link(&git_dir).ok_or_else(|| unreadable(&git_dir))?;
            git_dir = absolute(git_dir.parent().unwrap_or(Path::new("/")), &link);
        }
        if !is_git_dir(&git_dir) {
            return Err(Trouble::None);
        }
        let top = if git_dir.ends_with(".git") { git_dir.parent().map(Path::to_owned) } else { linked_top(&git_dir) };
        return layout(place, &git_dir, Some(&top.unwrap_or(real)));
    }
    if !real.is_dir() {
        return Err(Trouble::None);
    }
    for dir in real.ancestors() {
        let entry = dir.join(".git");
        match fs::metadata(&entry) {
            Ok(meta) if meta.is_dir() && is_git_dir(&entry) => return layout(place, &entry, Some(dir)),
            Ok(meta) if meta.is_file() => {
                let link = read_link(&entry).ok_or_else(|| unreadable(&entry))?;
                let git_dir = absolute(dir, &link);
                if !is_git_dir(&git_dir) {
                    return Err(unreadable(&git_dir));
                }
                return layout(place, &git_dir, Some(dir));
            }
            _ => {}
        }
        if is_git_dir(dir) && dir.join("config").exists() {
            return layout(place, dir, None);
        }
    }
    Err(Trouble::None)
}

/// The worktree that a linked git directory belongs to, from its `gitdir` file.
fn linked_top(git_dir: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(git_dir.join("gitdir")).ok()?;
    absolute(git_dir, text.trim()).parent().map(Path::to_owned)
}

fn layout(place: &Place, git_dir: &Path, top: Option<&Path>) -> Result<Layout, Trouble> {
    let git_dir = fs::canonicalize(git_dir).map_err(|_| unreadable(git_dir))?;
    let common_dir = match &place.common_dir {
        Some(common) => absolute(Path::new(&place.dir), common),
        None => match fs::read_to_string(git_dir.join("commondir")) {
            Ok(text) => absolute(&git_dir, text.trim()),
            Err(_) => git_dir.clone(),
        },
    };
    let common_dir = fs::canonicalize(&common_dir).map_err(|_| unreadable(&common_dir))?;
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| unreadable(path));
    Ok(Layout {
        linked: is_linked(&git_dir),
        top: top.map(text).transpose()?,
        git_dir: text(&git_dir)?,
        common_dir: text(&common_dir)?,
    })
}

fn unreadable(path: &Path) -> Trouble {
    Trouble::Unreadable(format!("'{}' cannot be read", path.display()))
}

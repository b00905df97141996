//! What there is of one lockfile's dependencies, in the main checkout and in the worktree.

use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice};

use crate::error::Result;
use crate::git::tracked::Tracked;
use crate::policy::provision::deps::{self, Tool};
use crate::policy::provision::shape::{self, Shape};
use crate::provision::scene::Scene;
use crate::provision::{command, copy, stage};
use crate::store;

/// More than any lockfile has: what a repository tracks under that name may be anything.
const MOST: u64 = 1 << 28;

/// One lockfile and where it is.
pub struct Lock<'a> {
    /// Whose it is.
    pub tool: &'static Tool,
    /// From the top; empty for the top.
    pub folder: &'a str,
    /// How the tool installs here.
    pub shape: Shape,
    /// The worktree's.
    pub bytes: Vec<u8>,
    /// The main checkout's.
    pub theirs: Vec<u8>,
    /// Stands for the worktree's.
    pub digest: String,
    /// What the main checkout has installed for it, from the top.
    pub installed: Vec<BString>,
    /// Settings of the main checkout that belong to it, from the top.
    pub with: Vec<BString>,
}

/// A path in the folder, from the top.
pub fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Looks at the lockfile and what belongs to it.
///
/// # Errors
/// When something cannot be read.
pub fn look<'a>(scene: &Scene<'_>, tool: &'static Tool, folder: &'a str, lockfile: &str) -> Result<Lock<'a>> {
    let read =
        |top: &Path, name: &str| store::read_limited(&top.join(folder).join(name), MOST).map(Option::unwrap_or_default);
    let bytes = read(scene.tree(), lockfile)?;
    let digest = command::digest(&[lockfile.as_bytes(), &bytes]);
    let main = scene.repo.main();
    let text = |top: Option<&Path>, name: &str| -> Result<String> {
        let bytes = top.map(|top| read(top, name)).transpose()?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let main_has = |name: &str| main.is_some_and(|main| main.join(folder).join(name).exists());
    let shape = match tool.name {
        "bundler" => shape::bundler(tool, &text(main, shape::BUNDLE_CONFIG)?, main_has("vendor/bundle/ruby")),
        "yarn-berry" => {
            shape::berry(tool, &text(Some(scene.tree()), ".yarnrc.yml")?, main_has("node_modules/.yarn-state.yml"))
        }
        _ => shape::plain(tool),
    };
    let mut lock =
        Lock { tool, folder, shape, bytes, theirs: Vec::new(), digest, installed: Vec::new(), with: Vec::new() };
    if let Some(main) = main {
        lock.theirs = read(main, lockfile)?;
        lock.installed = installed(scene, main, &lock)?;
        let with = lock.shape.with.iter().filter(|name| main_has(name));
        lock.with = with.map(|name| inside(folder, name).into()).collect();
    }
    Ok(lock)
}

/// What the main checkout has installed, from its top: beside the lockfile, and where the tool does so in packages below
/// that have no lockfile of their own.
fn installed(scene: &Scene<'_>, main: &Path, lock: &Lock<'_>) -> Result<Vec<BString>> {
    let (tool, folder) = (lock.tool, lock.folder);
    let tracked = Tracked::read(scene.repo, scene.repo.common())?;
    let beside = lock.shape.installed.iter().map(|name| inside(folder, name));
    let mut found: Vec<BString> = beside.filter(|path| is_there(main, &tracked, path)).map(BString::from).collect();
    if found.is_empty() || !tool.below {
        return Ok(found);
    }
    let prefix = inside(folder, "");
    for one in scene.ignored()?.iter().filter(|one| one.is_folder && one.path.starts_with(prefix.as_bytes())) {
        let Ok(path) = gix::path::from_bstr(one.path.as_bstr()) else { continue };
        let package = path.parent().map(Path::to_owned).unwrap_or_default();
        let named = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| tool.installed.contains(&name));
        let own_lock =
            || deps::TOOLS.iter().any(|other| other.is_locked(&|name| main.join(&package).join(name).exists()));
        if named && !found.contains(&one.path) && package != Path::new(folder) && !own_lock() {
            found.push(one.path.clone());
        }
    }
    Ok(found)
}

/// Whether something is installed at the path from `top`: a file, or a folder with more in it than what is tracked.
pub fn is_there(top: &Path, tracked: &Tracked, path: &str) -> bool {
    let full = top.join(path);
    let Ok(metadata) = full.symlink_metadata() else { return false };
    if !metadata.is_dir() {
        return metadata.is_file();
    }
    if !tracked.holds(path.as_bytes()) {
        return store::names(&full).is_ok_and(|names| !names.is_empty());
    }
    store::names(&full).unwrap_or_default().iter().any(|name| {
        let below = format!("{path}/{}", name.to_string_lossy());
        !tracked.holds(below.as_bytes()) || full.join(name).is_dir() && is_there(top, tracked, &below)
    })
}

/// The symlink of the worktree, if any, through which an install or a copy would write somewhere else.
pub fn symlink(scene: &Scene<'_>, lock: &Lock<'_>) -> Result<Option<PathBuf>> {
    let tree = scene.tree();
    let of_tool = lock.tool.installed.iter().map(|name| (*name).to_owned()).chain(lock.shape.installed.iter().cloned());
    let mut paths: Vec<PathBuf> = of_tool.map(|name| tree.join(inside(lock.folder, &name))).collect();
    // Whatever the table says, nothing runs in a folder that is elsewhere.
    paths.push(tree.join(lock.folder));
    for name in scene.config()?.link() {
        let parts = || name.trim_end_matches('/').split('/');
        if parts().any(|part| lock.tool.installed.contains(&part)) && name.starts_with(&inside(lock.folder, "")) {
            paths.push(tree.join(parts().collect::<PathBuf>()));
        }
    }
    let below = lock.installed.iter().filter_map(|path| gix::path::from_bstr(path.as_bstr()).ok());
    paths.extend(below.map(|path| tree.join(path)));
    let on_the_way = |path: &PathBuf| {
        let inside = path.ancestors().take_while(|above| *above != tree).map(Path::to_owned).collect::<Vec<_>>();
        inside.into_iter().rev().find(|one| one.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()))
    };
    Ok(paths.iter().filter(|path| path.starts_with(tree)).find_map(on_the_way))
}

/// Whether a copy of what the main checkout has installed costs no room.
pub fn can_share(scene: &Scene<'_>, lock: &Lock<'_>) -> bool {
    let Ok(main) = scene.main() else { return false };
    let first = lock.installed.first().and_then(|path| gix::path::from_bstr(path.as_bstr()).ok());
    first.is_some_and(|first| {
        stage::stands_in_the_way(main, &main.join(&first)).is_none()
            && copy::can_share(&main.join(first), scene.staging.folder())
    })
}

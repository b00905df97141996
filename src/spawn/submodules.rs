//! Submodules of a new worktree, initialised from the main checkout's objects: no network.

use std::path::Path;

use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::store::Lock;

/// Initialises in the worktree at `path` each submodule that is initialised in the main checkout. Returns what could
/// not be done, as warnings: a worktree without a submodule is still a worktree.
pub fn initialise(repo: &Repo, path: &Path, lock: &Lock) -> Vec<String> {
    let Some(main) = repo.main() else { return Vec::new() };
    let mut warnings = Vec::new();
    initialise_in(main, &repo.common().join("modules"), path, lock, &mut warnings);
    warnings
}

fn initialise_in(main: &Path, modules: &Path, path: &Path, lock: &Lock, warnings: &mut Vec<String>) {
    for (name, folder) in listed(path) {
        let source = modules.join(&name);
        if !source.join("HEAD").is_file() || !main.join(&folder).join(".git").exists() {
            continue;
        }
        if let Err(error) = clone_from(&source, path, &name, &folder, lock) {
            let why = error.causes.first().and_then(|cause| cause.lines().last()).unwrap_or_default().to_owned();
            let command = format!("git -C {} submodule update --init -- {}", shown(path), shown(Path::new(&folder)));
            warnings.push(format!("submodule '{name}' was not initialised ({why}); try: {command}"));
            continue;
        }
        // Submodules of the submodule: the same again, one level down.
        initialise_in(&main.join(&folder), &source.join("modules"), &path.join(&folder), lock, warnings);
    }
}

/// Names and paths from `.gitmodules` (gitmodules(5)).
fn listed(path: &Path) -> Vec<(String, String)> {
    if !path.join(".gitmodules").is_file() {
        return Vec::new();
    }
    let git =
        Git::at(path).args(["config", "--null", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$"]);
    let text = git.text().unwrap_or_default();
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('\n'));
    pairs
        .filter_map(|(key, folder)| {
            let name = key.strip_prefix("submodule.")?.strip_suffix(".path")?;
            // git refuses such names as well (CVE-2018-11235); here they would lead out of `.git/modules`.
            let tame = !name.split('/').any(|part| part == "..") && !folder.split('/').any(|part| part == "..");
            (tame && !name.starts_with('/') && !folder.starts_with('/')).then(|| (name.to_owned(), folder.to_owned()))
        })
        .collect()
}

/// Clones from the main checkout's own copy, then gives the clone the URL that it would have had.
fn clone_from(source: &Path, path: &Path, name: &str, folder: &str, lock: &Lock) -> crate::error::Result<()> {
    let url = Git::at(source).args(["config", "remote.origin.url"]).text().unwrap_or_default();
    let mut local = std::ffi::OsString::from(format!("submodule.{name}.url="));
    local.push(source);
    // The URL that belongs into the configuration comes from .gitmodules; with the local one on the command line git
    // would believe that it is there already.
    if Git::at(path).args(["config", "--get", &format!("submodule.{name}.url")]).text().is_err() {
        Git::at(path).holding(Some(lock.file())).args(["submodule", "--quiet", "init", "--", folder]).run()?;
    }
    Git::at(path)
        .holding(Some(lock.file()))
        .args(["-c", "protocol.file.allow=always", "-c"])
        .arg(local)
        .args(["submodule", "--quiet", "update", "--", folder])
        .run()?;
    if url.is_empty() {
        return Ok(());
    }
    Git::at(&path.join(folder)).holding(Some(lock.file())).args(["config", "remote.origin.url", &url]).run()
}

fn shown(path: &Path) -> String {
    crate::agent::shell_word(&path.to_string_lossy())
}

//! What a repository needs once, before its first worktree: the include that makes every linked worktree push to its
//! own branch and run our hooks, and the ignore entry that keeps the worktrees out of the main checkout's status.

use std::path::Path;

use crate::config::{Config, IgnoreIn};
use crate::error::{Context, Result};
use crate::git::program::Git;
use crate::git::repo::{MAIN_FILE, Repo};
use crate::git::retry;
use crate::policy::include::{self, Stanza};
use crate::policy::{ignore, place};
use crate::spawn::{hooks, strict};
use crate::store;

/// Makes sure that `.git/config` includes our file for linked worktrees, behind everything that could override it, and
/// that the file is up to date, as is the folder of hooks that it names. Returns what the user should know, once for
/// each time that it changes. Call it with the repository's lock held.
///
/// # Errors
/// When git cannot write its configuration.
pub fn ensure_include(repo: &Repo, config: &Config) -> Result<Vec<String>> {
    remember_main(repo)?;
    let file = repo.common().join(include::PATH);
    // First the folder, then the file that names it: a git that runs now finds either both or neither.
    let (folder, warning) = match hooks::ensure(repo, config)? {
        Ok(folder) => (Some(folder), None),
        Err(warning) => (None, warning),
    };
    let strict = strict::ensure(repo, config)?;
    let mut warnings: Vec<String> = warning.into_iter().chain(strict.uncovered).collect();
    let wanted = include::worktree_config(&relative_remotes(repo), folder.as_deref(), &strict.text);
    if store::read(&file)?.as_deref() == Some(wanted.as_bytes()) {
        warnings.clear();
    } else {
        store::write_atomic(&file, wanted.as_bytes())?;
    }
    // This one is said each time: nothing can be pushed.
    warnings.extend(strict.missing);
    let path = repo.common().join("config");
    let text = store::read(&path)?.unwrap_or_default();
    let git_config = || Git::at(repo.common()).args(["config", "--file"]).arg(&path);
    match include::stanza(&String::from_utf8_lossy(&text)) {
        Stanza::Fine => return Ok(warnings),
        Stanza::Missing => {}
        Stanza::Overridden => retry::run(|| git_config().args(["--remove-section", include::SECTION]))?,
    }
    retry::run(|| git_config().args([include::KEY, include::PATH]))?;
    Ok(warnings)
}

/// Writes down where the main checkout is, if it could not be told from a linked worktree otherwise.
fn remember_main(repo: &Repo) -> Result<()> {
    let Some(main) = repo.main().filter(|main| main.join(".git") != repo.common()) else { return Ok(()) };
    let file = repo.common().join(MAIN_FILE);
    let line = format!("{}\n", main.display());
    if store::read(&file)?.as_deref() == Some(line.as_bytes()) {
        Ok(())
    } else {
        store::write_atomic(&file, line.as_bytes())
    }
}

/// Moves the include behind what was configured since; one look at `.git/config` where there is nothing to do. A
/// repository without the include is left alone.
///
/// # Errors
/// When git cannot write its configuration.
pub fn repair_include(repo: &Repo) -> Result<()> {
    let text = store::read(&repo.common().join("config"))?.unwrap_or_default();
    if include::stanza(&String::from_utf8_lossy(&text)) == Stanza::Overridden {
        let _held = crate::journal::repository_lock(repo)?;
        ensure_include(repo, &Config::load(repo)?)?;
    }
    Ok(())
}

/// Remotes whose own configuration sends a plain `git push` somewhere else, whatever push.default says (git-config(1),
/// `remote.<name>.push` and `.mirror`), with the key.
pub fn misdirecting_remotes(repo: &Repo) -> Vec<String> {
    let local = repo.gix();
    let snapshot = local.config_snapshot();
    let names = local.remote_names();
    let keys = names.iter().flat_map(|name| [format!("remote.{name}.push"), format!("remote.{name}.mirror")]);
    keys.filter(|key| snapshot.string(key.as_str()).is_some_and(|value| value != "false")).collect()
}

/// Remote URLs that are relative paths, with the absolute paths that they mean in the main checkout.
fn relative_remotes(repo: &Repo) -> Vec<(String, String)> {
    let Some(main) = repo.main() else { return Vec::new() };
    let local = repo.gix();
    let snapshot = local.config_snapshot();
    let mut found = Vec::new();
    for section in snapshot.plumbing().sections_by_name("remote").into_iter().flatten() {
        for url in section.values("url").into_iter().chain(section.values("pushurl")) {
            let url = url.to_string();
            let known = found.iter().any(|(other, _)| *other == url);
            if include::is_relative_path(&url) && !known {
                let absolute = crate::git::repo::real(&main.join(&url));
                found.push((url, absolute.to_string_lossy().into_owned()));
            }
        }
    }
    found
}

/// Makes sure that git ignores `path` (a worktree below the main checkout), unless a rule does so already. Returns
/// the file that got an entry. Call it with the repository's lock held.
///
/// # Errors
/// When the ignore file cannot be read or written.
pub fn ensure_ignored(repo: &Repo, config: &Config, path: &Path) -> Result<Option<std::path::PathBuf>> {
    let Some(main) = repo.main() else { return Ok(None) };
    let (Ok(inside), wish) = (path.strip_prefix(main), config.ignore_in()?) else { return Ok(None) };
    if wish == IgnoreIn::Nowhere {
        return Ok(None);
    }
    let default = Path::new(place::DEFAULT);
    let folder = if inside.starts_with(default) {
        default
    } else {
        inside.parent().filter(|p| *p != Path::new("")).unwrap_or(inside)
    };
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    let entry = ignore::pattern(&parts.join("/"));
    let exclude = repo.common().join("info").join("exclude");
    let tracked = main.join(".gitignore");
    // git does not follow a symlinked .gitignore, and neither do we: it may lead out of the repository.
    let through_link = |file: &Path| file.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let file = if wish == IgnoreIn::Exclude || through_link(&tracked) { &exclude } else { &tracked };
    let Some(content) = ignore::with_entry(&store::read(file)?.unwrap_or_default(), &entry) else { return Ok(None) };
    if ignored(main, inside)? || through_link(file) {
        return Ok(None);
    }
    if let Some(parent) = file.parent() {
        store::create_folder(parent)?;
    }
    store::write_atomic(file, &content).map(|()| Some(file.clone()))
}

fn ignored(main: &Path, inside: &Path) -> Result<bool> {
    let mut folder = inside.as_os_str().to_owned();
    folder.push("/");
    let output = Git::at(main).args(["check-ignore", "--quiet", "--"]).arg(folder).output()?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()).context(|| "git check-ignore failed".to_owned()),
    }
}

//! What a repository needs once, before its first worktree: the include that makes every linked worktree push to its
//! own branch and run our hooks, and the ignore entry that keeps the worktrees out of the main checkout's status.

use std::path::Path;

use crate::config::{Config, IgnoreIn};
use crate::error::{Context, Result};
use crate::git::program::Git;
use crate::git::repo::{MAIN_FILE, Repo};
use crate::policy::include::{self, Stanza};
use crate::policy::{carried, hooks as policy_hooks, ignore, place, protected};
use crate::setup::change::Change;
use crate::setup::record::{Ignored, Record};
use crate::spawn::hooks::{self, Planned};
use crate::spawn::strict;
use crate::store;

/// What must be done before a worktree is made, and what the user should know.
#[derive(Debug, Default)]
pub struct Setup {
    /// The files to change, in the order in which they must change.
    pub changes: Vec<Change>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What must be done so that `.git/config` includes our file for linked worktrees, behind everything that could override
/// it, and so that the file, the folder of hooks that it names and what `names` says of protected branches are up to date.
/// What is put into files of others goes into `record`.
///
/// # Errors
/// When a file cannot be read.
pub fn plan_include(repo: &Repo, config: &Config, names: &[String], record: &mut Record) -> Result<Setup> {
    let mut changes = Vec::new();
    changes.extend(remember_main(repo)?);
    // First the folder, then the files that name it: a git that runs now finds either both or neither.
    let Planned { folder, warning, changes: hooks } = hooks::plan(repo, config)?;
    changes.extend(hooks);
    let strict = strict::plan(repo, config)?;
    let wanted = include::worktree_config(&relative_remotes(repo), folder.as_deref(), &strict.text);
    let include = Change::file(&repo.common().join(include::PATH), Some(wanted.as_bytes()))?;
    let news = warning.into_iter().chain(strict.uncovered);
    let mut warnings: Vec<String> = news.filter(|_| include.is_some()).collect();
    // This one is said each time: nothing can be pushed.
    warnings.extend(strict.missing);
    changes.extend(include);
    let carried = folder.as_deref().map(carried::file);
    changes.extend(Change::file(&repo.common().join(carried::PATH), carried.as_deref().map(str::as_bytes))?);
    let file = repo.common().join(protected::PATH);
    let text = store::read(&file)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if let Some(new) = protected::with(text.as_deref(), names) {
        let added = names.iter().filter(|name| !text.iter().flat_map(|text| text.lines()).any(|line| line == *name));
        record.protected.extend(added.cloned());
        changes.extend(Change::file(&file, Some(new.as_bytes()))?);
    }
    let path = repo.common().join("config");
    let text = store::read(&path)?.unwrap_or_default();
    match include::stanza(&String::from_utf8_lossy(&text)) {
        Stanza::Fine => return Ok(Setup { changes, warnings }),
        Stanza::Missing => record.config_newline = !text.is_empty() && !text.ends_with(b"\n"),
        Stanza::Overridden => record.config_newline = false,
    }
    changes.extend(Change::shared(&path, include::with_stanza)?);
    Ok(Setup { changes, warnings })
}

/// As [`ensure`], with nothing to record.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_include(repo: &Repo, config: &Config) -> Result<Vec<String>> {
    ensure(repo, config, &[])
}

/// Carries [`plan_include`] out. Returns what the user should know, once for each time that it changes. Call it with the
/// repository's lock held.
///
/// # Errors
/// When a file cannot be written.
pub fn ensure(repo: &Repo, config: &Config, names: &[String]) -> Result<Vec<String>> {
    let mut record = Record::load(repo)?;
    let mut setup = plan_include(repo, config, names, &mut record)?;
    if !setup.changes.is_empty() {
        setup.changes.extend(record.change(repo)?);
    }
    carry_out(repo, &setup.changes)?;
    Ok(setup.warnings)
}

/// Makes the changes. Call it with the repository's lock held.
///
/// # Errors
/// When a file cannot be written.
pub fn carry_out(repo: &Repo, changes: &[Change]) -> Result<()> {
    changes.iter().try_for_each(Change::apply)?;
    store::sweep(&repo.common().join(policy_hooks::PATH))
}

/// Writes down where the main checkout is, if it could not be told from a linked worktree otherwise.
fn remember_main(repo: &Repo) -> Result<Option<Change>> {
    let Some(main) = repo.main().filter(|main| main.join(".git") != repo.common()) else { return Ok(None) };
    Change::file(&repo.common().join(MAIN_FILE), Some(format!("{}\n", main.display()).as_bytes()))
}

/// Moves the include behind what was configured since, names the folder of hooks anew after the repository was moved, and
/// puts our pre-push back; three small files are read where there is nothing to do. A repository without the include is left alone.
///
/// # Errors
/// When the files cannot be written.
pub fn repair_include(repo: &Repo) -> Result<()> {
    let text = store::read(&repo.common().join("config"))?.unwrap_or_default();
    let broken = match include::stanza(&String::from_utf8_lossy(&text)) {
        Stanza::Missing => false,
        Stanza::Overridden => true,
        Stanza::Fine => names_other_hooks(repo)? || hooks::are_displaced(repo.common()),
    };
    if broken {
        let _held = crate::journal::repository_lock(repo)?;
        ensure_include(repo, &Config::load(repo)?)?;
    }
    Ok(())
}

/// Whether the include is gone, or names hooks that are not this repository's: it was moved or copied.
fn names_other_hooks(repo: &Repo) -> Result<bool> {
    let Some(text) = store::read(&repo.common().join(include::PATH))? else { return Ok(true) };
    let Some(folder) = hooks::plain(&repo.common().join(policy_hooks::PATH)) else { return Ok(false) };
    Ok(include::names_other_hooks(&String::from_utf8_lossy(&text), &folder))
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

/// What to say of such a key.
pub fn misdirection(key: &str) -> String {
    format!(
        "{key} decides where a plain 'git push' goes, in every worktree; to have it go to the agent's own branch: git config --unset-all {key}"
    )
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
    let mut record = Record::load(repo)?;
    let Some(change) = plan_ignored(repo, config, path, &mut record)? else { return Ok(None) };
    // First the record: an entry that nobody remembers is the user's.
    if let Some(record) = record.change(repo)? {
        record.apply()?;
    }
    change.apply()?;
    Ok(Some(change.path))
}

/// What must be done so that git ignores `path`, if anything. What is put into the ignore file goes into `record`.
///
/// # Errors
/// When the ignore file cannot be read.
pub fn plan_ignored(repo: &Repo, config: &Config, path: &Path, record: &mut Record) -> Result<Option<Change>> {
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
    let before = store::read(file)?;
    let text = before.as_deref().unwrap_or_default();
    let Some(content) = ignore::with_entry(text, &entry) else { return Ok(None) };
    if ignored(main, inside)? || through_link(file) {
        return Ok(None);
    }
    record.ignored.retain(|other| other.file != *file || other.entry != entry);
    let newline = !text.is_empty() && !text.ends_with(b"\n");
    record.ignored.push(Ignored { file: file.clone(), entry, newline, created: before.is_none() });
    Change::file(file, Some(&content))
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

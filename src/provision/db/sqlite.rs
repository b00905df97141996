//! SQLite: a copy of the file by SQLite's own online backup, so that it is whole while others write, with what stands in
//! the write-ahead log.
//!
//! The `sqlite3` program does it rather than a library of ours: it is there wherever people use such databases, `git agent
//! db NAME shell` needs it anyway, and the library is a quarter of a million lines of C to compile.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gix::bstr::BString;

use crate::agent::Agent;
use crate::error::{Context, Error, Kind, Result};
use crate::git::ignored;
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::launch::tool::Tool;
use crate::provision::db::hold::Site;
use crate::provision::db::record::Identity;
use crate::provision::stage;
use crate::store;

/// The program and how to get it.
const HINT: &str = "install sqlite3 (apt install sqlite3, brew install sqlite), then try again";

/// The copy while it grows.
const DRAFT: &str = "copy.tmp-git-agent";

/// The database itself, and what SQLite may keep beside it.
const ENDINGS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Looks for the source and for the program that copies it.
///
/// # Errors
/// When one of them is not there.
pub fn find_source(source: &Path, folder: &Path) -> Result<()> {
    if !source.is_file() {
        return Err(Error::new(Kind::NotFound, format!("there is no database at {}", source.display()))
            .hint("git config agent-db.source PATH"));
    }
    Tool::find("sqlite3", folder, HINT).map(drop)
}

/// Copies `source` into the folder of `room` and returns the copy's path there: it is moved to its place when it is complete.
///
/// The backup runs inside a read transaction: all of it is from one moment, and a writer makes it neither fail nor begin
/// again, as a backup in steps would.
///
/// # Errors
/// When the source is no database, or it stays locked for half a minute.
pub fn copy(source: &Path, room: Site<'_>) -> Result<PathBuf> {
    // The program reads the name of the copy from a command of its own: it gets one without anything to quote.
    backup(source, room)?;
    let draft = room.folder.join(DRAFT);
    keep_mode(source, &draft)?;
    store::sync(&draft)?;
    Ok(draft)
}

/// Who may not read the source may not read its copy.
#[cfg(unix)]
fn keep_mode(source: &Path, draft: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let set = || {
        let mode = source.metadata()?.permissions().mode();
        // The agent is to write to it, whoever may write to the source.
        std::fs::set_permissions(draft, std::fs::Permissions::from_mode(mode & 0o777 | 0o200))
    };
    set().context(|| format!("cannot set the mode of {}", draft.display()))
}

#[cfg(not(unix))]
fn keep_mode(_: &Path, _: &Path) -> Result<()> {
    Ok(())
}

/// Moves a complete copy to `target`, in the place of nothing.
///
/// # Errors
/// When something is there by now, or the folder cannot be written to.
pub fn put(draft: &Path, target: &Path) -> Result<()> {
    store::create_folder(target.parent().ok_or_else(|| Error::failed("the copy has no folder"))?)?;
    stage::move_in(draft, target).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => there(target),
        _ => Error::failed(format!("cannot write {}", target.display())).because(cause),
    })
}

/// Looks whether a copy may be put at `path` (from the top of the worktree; `target` is the same in full). Nothing may be
/// there, nor where SQLite keeps its log; nothing of it may be tracked; and git must ignore it, for a private database
/// would be one `git add` away from being published.
///
/// # Errors
/// When it may not.
pub fn check_free(repo: &Repo, agent: &Agent, path: &str, target: &Path) -> Result<()> {
    let tracked = Tracked::read(repo, &agent.tree.admin)?;
    let path = path.replace('\\', "/");
    let hint = "git config agent-db.path db/development.sqlite3";
    if let Some(taken) =
        ENDINGS.map(|ending| format!("{path}{ending}")).iter().find(|path| tracked.holds(path.as_bytes()))
    {
        return Err(Error::new(Kind::Refused, format!("this branch tracks '{taken}': a database would overwrite it"))
            .hint(hint));
    }
    if let Some(taken) = with_beside(target).into_iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(there(&taken));
    }
    if ignored::not_ignored(&agent.tree.path, &[BString::from(path.as_str())])?.is_empty() {
        return Ok(());
    }
    let rule = crate::agent::shell_word(&format!("/{path}*"));
    Err(Error::new(Kind::Refused, format!("no database is made at '{path}': this branch does not ignore it"))
        .because("with one 'git add' it would be published")
        .hint(format!(
            "echo {rule} >>{}",
            crate::agent::shell_word(&repo.common().join("info/exclude").to_string_lossy())
        )))
}

fn there(path: &Path) -> Error {
    Error::new(Kind::Exists, format!("something is at {} already", path.display()))
        .because("a copied file is no safe copy of a database that is in use: leave it out of .worktreeinclude")
        .hint(format!("mv {0} {0}.old", crate::agent::shell_word(&path.to_string_lossy())))
}

/// What the file at `path` is recognized by; `None` if there is no file.
pub fn identity(path: &Path) -> Option<Identity> {
    let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    let nanoseconds = |time: std::io::Result<SystemTime>| {
        let since = time.ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        u64::try_from(since.as_nanos()).ok()
    };
    let (born, written) = (nanoseconds(metadata.created()), nanoseconds(metadata.modified()));
    Some(Identity { number: number(&metadata), born, size: metadata.len(), written })
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> u64 {
    0
}

/// Whether the copy was moved to `target` and is there still, whatever was written to it since.
pub fn is_moved_in(target: &Path, copy: Option<&Identity>) -> bool {
    let found = identity(target);
    found.zip(copy).is_some_and(|(found, copy)| (found.number, found.born) == (copy.number, copy.born))
}

fn backup(source: &Path, room: Site<'_>) -> Result<()> {
    let source = source.to_str().ok_or_else(|| Error::failed("the path of the database is not Unicode"))?;
    // Not with -readonly: it would leave an empty write-ahead log behind that was not there before.
    let script =
        format!(".timeout 30000\nBEGIN;\nSELECT count(*) FROM sqlite_schema;\n.backup main {DRAFT}\nROLLBACK;\n");
    let tool = Tool::find("sqlite3", room.folder, HINT)?.holding(room.lock).args([
        "-batch",
        "-bail",
        "-init",
        "/dev/null",
        source,
    ]);
    let look = format!("sqlite3 {} 'PRAGMA integrity_check'", crate::agent::shell_word(source));
    tool.text(&script).map_err(|error| error.hint(look))?;
    if room.folder.join(DRAFT).is_file() { Ok(()) } else { Err(Error::failed("sqlite3 made no copy").hint(HINT)) }
}

/// Looks whether the file at `target` may be removed: it is nothing else than the copy that we moved there.
///
/// # Errors
/// When it is tracked by now, or another file.
pub fn check_ours(repo: &Repo, agent: &Agent, target: &Path, copy: Option<&Identity>) -> Result<()> {
    let quoted = crate::agent::shell_word(&target.to_string_lossy());
    if is_tracked(repo, agent)?(target) {
        return Err(Error::new(Kind::Refused, format!("{} is tracked by now, and stays", target.display()))
            .hint(format!("git rm --cached {quoted}")));
    }
    let is_there = target.symlink_metadata().is_ok();
    if is_there && copy.is_some() && !is_moved_in(target, copy) {
        let what = format!("{} is not the file that git-agent put there, and stays", target.display());
        return Err(Error::new(Kind::Refused, what)
            .because("somebody has replaced it since")
            .hint(format!("mv {quoted} {quoted}.old")));
    }
    Ok(())
}

/// Removes a complete database with what belongs to it.
///
/// # Errors
/// When it is tracked by now or not the one that we made, or a file cannot be removed.
pub fn remove(repo: &Repo, agent: &Agent, target: &Path, copy: Option<&Identity>) -> Result<()> {
    check_ours(repo, agent, target, copy)?;
    let is_tracked = is_tracked(repo, agent)?;
    with_beside(target).iter().filter(|path| !is_tracked(path)).try_for_each(|path| store::remove_file(path))
}

/// Tells of a path in the worktree whether git tracks it.
fn is_tracked<'a>(repo: &Repo, agent: &'a Agent) -> Result<impl Fn(&Path) -> bool + 'a> {
    let tracked = Tracked::read(repo, &agent.tree.admin)?;
    Ok(move |path: &Path| {
        let inside = path.strip_prefix(&agent.tree.path).unwrap_or(path).to_string_lossy().replace('\\', "/");
        tracked.holds(inside.as_bytes())
    })
}

/// Removes a copy whose maker was killed: only if it is just what was moved in. Anything else there is somebody's work. Of one
/// that is half removed, what SQLite kept beside it.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_incomplete(target: &Path, copy: Option<&Identity>) -> Result<()> {
    match (identity(target), copy) {
        (Some(found), Some(copy)) if found == *copy => store::remove_file(target),
        (None, Some(_)) => with_beside(target).iter().try_for_each(|path| store::remove_file(path)),
        _ => Ok(()),
    }
}

fn with_beside(path: &Path) -> [PathBuf; 4] {
    ENDINGS.map(|ending| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        path.with_file_name(name)
    })
}

/// SQLite's shell on a database.
///
/// # Errors
/// When there is no such program.
pub fn shell(path: &Path, folder: &Path, arguments: &[String]) -> Result<Tool> {
    let path = path.to_string_lossy().into_owned();
    Ok(Tool::find("sqlite3", folder, HINT)?.args([path]).args(arguments.to_vec()))
}

//! SQLite: a copy of the file by SQLite's own online backup, so that it is whole while others write, with what stands in
//! the write-ahead log.
//!
//! The `sqlite3` program does it rather than a library of ours: it is there wherever people use such databases, `git agent
//! db NAME shell` needs it anyway, and the library is a quarter of a million lines of C to compile.

use std::path::Path;

use crate::error::{Context, Error, Kind, Result};
use crate::launch::tool::Tool;
use crate::store;

/// The program and how to get it.
const HINT: &str = "install sqlite3 (apt install sqlite3, brew install sqlite), then try again";

/// The copy while it grows.
const DRAFT: &str = "copy.tmp-git-agent";

/// What SQLite may keep beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Copies `source` to `target`, in the place of a file that is there.
///
/// The backup runs inside a read transaction: all of it is from one moment, and a writer makes it neither fail nor begin
/// again, as a backup in steps would.
///
/// # Errors
/// When there is no such database, or it stays locked for half a minute.
pub fn copy(source: &Path, target: &Path) -> Result<()> {
    if !source.is_file() {
        return Err(Error::new(Kind::NotFound, format!("there is no database at {}", source.display()))
            .hint("git config agent-db.source PATH"));
    }
    let folder = target.parent().ok_or_else(|| Error::failed("the copy has no folder"))?;
    store::create_folder(folder)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // The program reads the name of the copy from a command of its own: it gets one without anything to quote.
    let room = folder.join(format!(".{name}.{}.git-agent", std::process::id()));
    store::remove_folder(&room)?;
    store::create_private_folder(&room)?;
    let copied = backup(source, &room).and_then(|()| {
        store::sync(&room.join(DRAFT))?;
        remove_beside(target)?;
        std::fs::rename(room.join(DRAFT), target).context(|| format!("cannot write {}", target.display()))
    });
    store::remove_folder(&room)?;
    copied
}

fn backup(source: &Path, room: &Path) -> Result<()> {
    let source = source.to_str().ok_or_else(|| Error::failed("the path of the database is not Unicode"))?;
    // Not with -readonly: it would leave an empty write-ahead log behind that was not there before.
    let script =
        format!(".timeout 30000\nBEGIN;\nSELECT count(*) FROM sqlite_schema;\n.backup main {DRAFT}\nROLLBACK;\n");
    let tool = Tool::find("sqlite3", room, HINT)?.args(["-batch", "-bail", "-init", "/dev/null", source]);
    let look = format!("sqlite3 {} 'PRAGMA integrity_check'", crate::agent::shell_word(source));
    tool.text(&script).map_err(|error| error.hint(look))?;
    if room.join(DRAFT).is_file() { Ok(()) } else { Err(Error::failed("sqlite3 made no copy").hint(HINT)) }
}

/// Removes a database with what belongs to it.
///
/// # Errors
/// When a file cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    store::remove_file(path)?;
    remove_beside(path)
}

fn remove_beside(path: &Path) -> Result<()> {
    for ending in BESIDE {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        store::remove_file(&path.with_file_name(name))?;
    }
    Ok(())
}

/// SQLite's shell on a database.
///
/// # Errors
/// When there is no such program.
pub fn shell(path: &Path, folder: &Path, arguments: &[String]) -> Result<Tool> {
    let path = path.to_string_lossy().into_owned();
    Ok(Tool::find("sqlite3", folder, HINT)?.args([path]).args(arguments.to_vec()))
}

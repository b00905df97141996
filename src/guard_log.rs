//! What the guard denied, asked about and rewrote lately: `.git/agent/guard.log`, a line of JSON each, bounded.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::store;

/// The file is set aside at this size, and the one set aside before it is dropped: at most twice as much is kept.
const LARGEST: u64 = 256 << 10;
/// No more of a command is kept: enough to recognise it.
const LONGEST: usize = 400;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When: seconds since 1970.
    pub at: u64,
    /// Which client asked: `claude`, `codex`, …; `git` for git's own hook.
    pub host: String,
    /// `deny`, `ask` or `rewrite`.
    pub decision: String,
    /// Where the command would have run.
    pub cwd: String,
    /// The command, cut, with passwords in URLs made unreadable.
    pub command: String,
    /// What the agent was told.
    pub message: String,
}

/// Adds an entry to the log of the repository with the common directory `common`.
///
/// # Errors
/// When the log cannot be written to.
pub fn add(common: &Path, entry: &Entry) -> Result<()> {
    let file = place(common);
    store::create_folder(&common.join("agent"))?;
    if file.metadata().is_ok_and(|metadata| metadata.len() > LARGEST) {
        // Two processes may do so at once: the second sets a short file aside, and no entry is torn.
        std::fs::rename(&file, aside(&file)).context(|| format!("cannot move {}", file.display()))?;
    }
    let tame = Entry { command: cut(&redacted(&entry.command)), message: redacted(&entry.message), ..entry.clone() };
    let mut line = serde_json::to_vec(&tame).context(|| "cannot encode an entry of the guard's log".to_owned())?;
    line.push(b'\n');
    // One write to a file opened for appending: lines of several processes do not mix.
    store::append(&file)?.write_all(&line).context(|| format!("cannot write {}", file.display()))
}

/// The newest `limit` entries, oldest first. Lines that cannot be read are passed over.
///
/// # Errors
/// When the log is there and cannot be read.
pub fn read(common: &Path, limit: usize) -> Result<Vec<Entry>> {
    let file = place(common);
    let mut text = store::read(&aside(&file))?.unwrap_or_default();
    text.extend(store::read(&file)?.unwrap_or_default());
    let mut entries: Vec<Entry> =
        text.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    Ok(entries.split_off(entries.len().saturating_sub(limit)))
}

fn place(common: &Path) -> PathBuf {
    common.join("agent").join("guard.log")
}

fn aside(file: &Path) -> PathBuf {
    file.with_extension("log.1")
}

fn cut(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    end.map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]))
}

/// `scheme://user:password@host` without the user and the password.
fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let authority =
            after.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').unwrap_or(after.len());
        rest = match after[..authority].rfind('@') {
            Some(sign) => {
                out.push('…');
                &after[sign..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_reach_the_log() {
        for (text, expected) in [
            ("git push https://me:tok@h/x main", "git push https://…@h/x main"),
            ("git push https://tok@h main && echo a@b", "git push https://…@h main && echo a@b"),
            ("git push ssh://h/x@y", "git push ssh://h/x@y"),
            ("a://b://c:d@e", "a://b://…@e"),
            ("plain a@b", "plain a@b"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn the_log_is_bounded_and_keeps_the_newest() {
        let dir = assert_fs::TempDir::new().unwrap();
        let entry = |at| Entry {
            at,
            host: "claude".into(),
            decision: "deny".into(),
            cwd: "/x".into(),
            command: "c".repeat(1000),
            message: "m".into(),
        };
        for at in 0..2_000 {
            add(dir.path(), &entry(at)).unwrap();
        }
        let size = place(dir.path()).metadata().unwrap().len() + aside(&place(dir.path())).metadata().unwrap().len();
        assert!(size < 3 * LARGEST, "{size}");
        let entries = read(dir.path(), 3).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.at).collect::<Vec<_>>(), [1997, 1998, 1999]);
        assert_eq!(entries[0].command.chars().count(), LONGEST + 1);
    }
}

//! What the sessions of clients in a worktree do: `agent-state.json` in its git directory, written by the clients' hooks
//! and read by `git agent list`.
//!
//! A worktree may have several sessions at once, and a session may be killed: so each is an entry of its own with the
//! process that it belongs to. An entry that claims to be at work counts for as long as its process lives.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::launch::process::Identity;
use crate::store::{self, Lock};

/// The file, in `.git/worktrees/<id>/`.
pub const FILE: &str = "agent-state.json";
/// Not `.lock` at its end: git's own locks are called so, and one that stays behind is trouble.
const LOCK: &str = "agent-state-lock";

/// More sessions than this are not kept: the oldest go.
const MOST: usize = 16;
/// No more of a message is kept, in characters.
const LONGEST: usize = 200;

/// What a session does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Activity {
    /// It works.
    Working,
    /// It wants something from a person.
    Waiting,
    /// It has answered.
    Done,
}

impl Activity {
    /// The word for people and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

/// The file's content. The first fields are those of the session that counts, for readers that want no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The format of this file: 1.
    pub version: u32,
    /// `working`, `waiting` or `done`.
    pub state: String,
    /// When it was reported: seconds since 1970.
    pub at: u64,
    /// The first line of the client's last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Every session, in the order of their last words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The client's name for it.
    pub id: String,
    /// The client.
    pub client: String,
    /// What it does.
    pub state: Activity,
    /// Since when: seconds since 1970.
    pub at: u64,
    /// The first line of its last message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The client's process; `None` where it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Identity>,
}

impl Session {
    /// Whether its client still runs, as far as can be told.
    fn is_alive(&self) -> bool {
        self.process.as_ref().is_none_or(Identity::is_alive)
    }
}

impl Report {
    /// The state that counts, with its message: that of a session that waits before that of one that works, before the
    /// last that is done. `None` when sessions were at work and all of them are gone.
    pub fn current(&self) -> Option<(String, u64, Option<String>)> {
        if self.sessions.is_empty() {
            return Some((self.state.clone(), self.at, self.message.clone()));
        }
        let alive: Vec<&Session> = self.sessions.iter().filter(|one| one.is_alive()).collect();
        let at_work = |wanted| alive.iter().rfind(|one| one.state == wanted).copied();
        let done = || self.sessions.iter().rfind(|one| one.state == Activity::Done);
        let session = at_work(Activity::Waiting).or_else(|| at_work(Activity::Working)).or_else(done)?;
        Some((session.state.word().to_owned(), session.at, session.message.clone()))
    }
}

/// One word of a session.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// The client's name for the session.
    pub id: &'a str,
    /// The client.
    pub client: &'a str,
    /// What the session does now; `None` when it is over.
    pub state: Option<Activity>,
    /// What it said, of any length.
    pub message: Option<&'a str>,
    /// When: seconds since 1970.
    pub at: u64,
}

/// Writes down what a session said. `process` finds the client's process, and is asked when a session speaks for the first
/// time.
///
/// # Errors
/// When the git directory cannot be written to.
pub fn tell(admin: &Path, word: &Word<'_>, process: impl FnOnce() -> Option<Identity>) -> Result<()> {
    let _held = lock(admin);
    let mut sessions = read(admin).map(|report| report.sessions).unwrap_or_default();
    let before = sessions.iter().position(|one| one.id == word.id).map(|at| sessions.remove(at));
    sessions.retain(|one| one.state == Activity::Done || one.is_alive());
    let known = before.as_ref().and_then(|one| one.process.clone()).filter(Identity::is_alive);
    let message = word.message.and_then(first_line);
    let entry = match word.state {
        Some(state) => Session {
            id: word.id.to_owned(),
            client: word.client.to_owned(),
            state,
            at: word.at,
            message,
            process: known.or_else(process),
        },
        // Over: what it said last is worth keeping if nobody else is there.
        None => match before {
            Some(before) => Session { state: Activity::Done, at: word.at, process: None, ..before },
            None => return Ok(()),
        },
    };
    let over = word.state.is_none();
    if !over || sessions.is_empty() {
        sessions.push(entry);
    }
    // Of those that are over or gone, the last is enough.
    let last = sessions.pop();
    sessions.retain(|one| one.process.is_some() && one.is_alive());
    sessions.extend(last);
    let surplus = sessions.len().saturating_sub(MOST);
    sessions.drain(..surplus);
    let mut report = Report { version: 1, state: String::new(), at: word.at, message: None, sessions };
    if let Some((state, at, message)) = report.current() {
        (report.state, report.at, report.message) = (state, at, message);
    }
    store::write_json(&admin.join(FILE), &report)
}

/// A session that waited has been answered, for it goes on. One look into the file where it did not wait.
///
/// # Errors
/// As [`tell`].
pub fn resumed(admin: &Path, id: &str, at: u64) -> Result<()> {
    let waiting = |one: &Session| one.id == id && one.state == Activity::Waiting;
    let Some(found) = read(admin).and_then(|report| report.sessions.into_iter().find(waiting)) else { return Ok(()) };
    let word = Word { id, client: &found.client, state: Some(Activity::Working), message: None, at };
    tell(admin, &word, || found.process.clone())
}

/// Whether the session works or waits in this worktree, by its own words.
pub fn knows(admin: &Path, id: &str) -> bool {
    let own = |one: &Session| one.id == id && one.process.is_some();
    read(admin).is_some_and(|report| report.sessions.iter().any(own))
}

/// What was written down; a damaged file counts as none, for it is only a report.
pub fn read(admin: &Path) -> Option<Report> {
    store::read_json(&admin.join(FILE)).ok().flatten()
}

/// Two hooks write at once only for a moment. Who gets no lock after a while goes on without: a lost word is better than a
/// client that waits.
fn lock(admin: &Path) -> Option<Lock> {
    for _ in 0..50 {
        if let Some(lock) = Lock::attempt(&admin.join(LOCK)).ok()? {
            return Some(lock);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    None
}

/// The first line with something in it, cut, without characters that a terminal would take for commands or that change
/// the direction of what follows.
fn first_line(text: &str) -> Option<String> {
    let unsafe_to_print = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let tame = |line: &str| line.chars().filter(|&c| c == '\t' || !unsafe_to_print(c)).collect::<String>();
    let line = text.lines().map(tame).find(|line| !line.trim().is_empty())?.trim().replace('\t', " ");
    let end = line.char_indices().nth(LONGEST).map(|(end, _)| end);
    Some(end.map_or_else(|| line.clone(), |end| format!("{}…", &line[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tame_and_short() {
        for (text, expected) in [
            ("one\ntwo", Some("one")),
            ("\n \n\t x\ty \n", Some("x y")),
            ("\x1b[31mred\x07\u{9b}2J\u{202e}", Some("[31mred2J")),
            ("\x1b\x07\nnext", Some("next")),
            ("", None),
            ("\u{200b}", None),
        ] {
            assert_eq!(first_line(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(first_line(&"ä".repeat(1_000)).unwrap().chars().count(), LONGEST + 1);
    }

    /// A session, what it does, whether its process lives.
    type Told<'a> = (&'a str, Option<Activity>, bool);

    fn after(words: &[Told<'_>]) -> Option<(String, u64, Option<String>)> {
        let dir = assert_fs::TempDir::new().unwrap();
        for (at, (id, state, lives)) in words.iter().enumerate() {
            let word = Word { id, client: "claude", state: *state, message: Some(id), at: at as u64 };
            let dead = Identity { pid: 3_999_999_999, started: 1 };
            tell(dir.path(), &word, || Some(if *lives { Identity::own() } else { dead })).unwrap();
        }
        read(dir.path()).unwrap().current()
    }

    #[test]
    fn which_session_counts() {
        use Activity::{Done, Waiting, Working};
        type Case<'a> = (&'a [Told<'a>], Option<(&'a str, &'a str)>);
        let cases: [Case<'_>; 9] = [
            (&[("a", Some(Working), true)], Some(("working", "a"))),
            (&[("a", Some(Working), true), ("a", Some(Done), true)], Some(("done", "a"))),
            (&[("a", Some(Working), true), ("b", Some(Working), true), ("b", None, true)], Some(("working", "a"))),
            (&[("a", Some(Waiting), true), ("b", Some(Working), true)], Some(("waiting", "a"))),
            (&[("a", Some(Working), true), ("b", Some(Done), true)], Some(("working", "a"))),
            (&[("a", Some(Working), false)], None),
            (&[("a", Some(Done), false), ("a", None, false)], Some(("done", "a"))),
            (&[("a", Some(Working), false), ("b", Some(Done), true), ("b", None, true)], Some(("done", "b"))),
            (&[("a", Some(Working), true), ("a", None, true)], Some(("done", "a"))),
        ];
        for (words, expected) in cases {
            let found = after(words);
            let found =
                found.as_ref().map(|(state, _, message)| (state.as_str(), message.as_deref().unwrap_or_default()));
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn the_file_is_bounded() {
        let dir = assert_fs::TempDir::new().unwrap();
        for number in 0..100 {
            let id = number.to_string();
            let word = Word { id: &id, client: "c", state: Some(Activity::Working), message: None, at: number };
            tell(dir.path(), &word, || None).unwrap();
        }
        assert!(read(dir.path()).unwrap().sessions.len() <= MOST);
    }
}

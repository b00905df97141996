//! Who works at the databases of an agent: one process at a time, and nobody before the programs of a killed one have ended.
//!
//! Two locks stand beside the list of what was made, where they outlive the worktree. The first is the process's own. The
//! second every program that makes or drops something has as its stdin: a process that is killed leaves its programs
//! running, and what they make a moment later must be on record still.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::agent::{Agent, shell_word};
use crate::error::{Context, Error, Kind, Result};
use crate::git::repo::Repo;
use crate::provision::made::{self, LOCKS};
use crate::store::{self, Lock};

/// How long programs that were left running are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same where others wait for us.
const SHORT: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_millis(20);

/// So often is tried to end what a server still makes.
const AGAIN: Duration = Duration::from_secs(1);

/// The right to work at an agent's databases.
#[derive(Debug)]
pub struct Hold {
    tools: Lock,
    file: Arc<File>,
    list: PathBuf,
    _own: Lock,
}

/// Where programs run, and the lock that they hold.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Their folder.
    pub folder: &'a Path,
    /// Their lock; `None` for those that only look.
    pub lock: Option<&'a Arc<File>>,
}

impl Hold {
    /// Waits for whoever is at it. `end` is called while programs of a dead process hold the lock.
    ///
    /// # Errors
    /// When such a program does not end.
    pub fn wait(repo: &Repo, agent: &Agent, end: &dyn Fn()) -> Result<Self> {
        let list = made::place(repo, &made::require_token(&agent.tree.admin)?);
        let own = Lock::wait(&list.with_extension(LOCKS[0]))?;
        let busy = || busy(&agent.name(), &list);
        Self::over_programs(own, &list, PATIENCE, end)?.ok_or_else(busy)
    }

    /// The same for an agent of which only the token is left, without waiting for long.
    ///
    /// # Errors
    /// When somebody is at it.
    pub fn soon(repo: &Repo, token: &str, name: &str, end: &dyn Fn()) -> Result<Self> {
        let list = made::place(repo, token);
        let own = Lock::attempt(&list.with_extension(LOCKS[0]))?.ok_or_else(|| busy(name, &list))?;
        Self::over_programs(own, &list, SHORT, end)?.ok_or_else(|| busy(name, &list))
    }

    /// The same, if nobody is at it right now.
    ///
    /// # Errors
    /// When somebody is.
    pub fn at_once(repo: &Repo, token: &str, name: &str) -> Result<Self> {
        let list = made::place(repo, token);
        let own = Lock::attempt(&list.with_extension(LOCKS[0]))?.ok_or_else(|| busy(name, &list))?;
        Self::over_programs(own, &list, Duration::ZERO, &|| {})?.ok_or_else(|| busy(name, &list))
    }

    fn over_programs(own: Lock, list: &Path, patience: Duration, end: &dyn Fn()) -> Result<Option<Self>> {
        let path = list.with_extension(LOCKS[1]);
        let begun = Instant::now();
        let mut asked: Option<Instant> = None;
        loop {
            if let Some(tools) = Lock::attempt(&path)? {
                let file = tools.file().try_clone().context(|| format!("cannot open {} twice", path.display()))?;
                return Ok(Some(Self { tools, file: Arc::new(file), list: list.to_owned(), _own: own }));
            }
            if begun.elapsed() > patience {
                return Ok(None);
            }
            if asked.is_none_or(|moment| moment.elapsed() > AGAIN) {
                end();
                asked = Some(Instant::now());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Where programs run for it.
    pub fn site<'a>(&'a self, folder: &'a Path) -> Site<'a> {
        Site { folder, lock: Some(&self.file) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // A lock that stays is in nobody's way, and is swept by `git agent gc`.
        if !self.list.exists() {
            LOCKS.iter().for_each(|ending| drop(store::remove_file(&self.list.with_extension(ending))));
        }
        // Said aloud, because a server that a command has started may have the file as well, and it is not waited for.
        self.tools.file().unlock().ok();
    }
}

fn busy(name: &str, list: &Path) -> Error {
    Error::new(Kind::Refused, format!("somebody is at work at the databases of '{name}'"))
        .because("a git agent, or a program that a killed one has left running")
        .hint(format!("lsof {}", shell_word(&list.with_extension(LOCKS[1]).to_string_lossy())))
}

//! What the steps of one worktree share.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::ignored::{self, Ignored};
use crate::git::repo::Repo;
use crate::provision::copy::Counter;
use crate::provision::env;
use crate::provision::made::Book;
use crate::provision::record::{LOG_FILE, Record};
use crate::provision::stage::Staging;

/// What is told while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// A step begins.
    Begun(&'a str),
    /// A step copies: what it has copied by now.
    Copied(&'a str, &'a Counter),
    /// A command of a step printed this.
    Printed(&'a [u8]),
    /// A step ended; the record has the details.
    Ended(&'a crate::provision::record::Progress),
}

/// What came of a step that worked.
#[derive(Debug, Default)]
pub struct Done {
    /// What it did, for people; empty if there was nothing to do.
    pub summary: String,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// It left something out that nobody has trusted.
    pub waits_for_trust: bool,
    /// Stands for what it was done from.
    pub inputs: Option<String>,
    /// More, for programs.
    pub details: Value,
}

/// What the steps share.
pub struct Scene<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The worktree.
    pub agent: &'a Agent,
    /// What is made outside of it.
    pub book: &'a Book,
    /// How far the last run came.
    pub before: Option<&'a Record>,
    /// Whether what is done is done again.
    pub again: bool,
    /// The lock that says that somebody works here.
    pub hold: Option<&'a File>,
    /// Where copies grow until they are complete.
    pub staging: Staging,
    /// Is told what goes on.
    pub say: &'a (dyn Fn(Said<'_>) + Sync),
    /// One command at a time: installers use all cores by themselves.
    pub commands: Mutex<()>,
    /// What git ignores in the main checkout, once somebody asked.
    pub ignored: Mutex<Option<Arc<Vec<Ignored>>>>,
}

impl Scene<'_> {
    /// The settings, read for the calling thread: the reader cannot be shared.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn config(&self) -> Result<Config> {
        Config::load(self.repo)
    }

    /// The main checkout.
    ///
    /// # Errors
    /// When there is none.
    pub fn main(&self) -> Result<&Path> {
        self.repo.main().ok_or_else(|| Error::failed("a bare repository has no main checkout to copy from"))
    }

    /// The top of the worktree.
    pub fn tree(&self) -> &Path {
        &self.agent.tree.path
    }

    /// Where commands write what they print.
    pub fn log(&self) -> PathBuf {
        self.agent.tree.admin.join(LOG_FILE)
    }

    /// What git ignores in the main checkout.
    ///
    /// # Errors
    /// When git fails.
    pub fn ignored(&self) -> Result<Arc<Vec<Ignored>>> {
        let mut known = self.ignored.lock().map_err(|_| Error::failed("a step panicked"))?;
        if let Some(list) = &*known {
            return Ok(Arc::clone(list));
        }
        let list = Arc::new(ignored::list(self.main()?)?);
        *known = Some(Arc::clone(&list));
        Ok(list)
    }

    /// What the step called `name` was last done from, if it was done.
    pub fn inputs(&self, name: &str) -> Option<&str> {
        let step = self.before.and_then(|record| record.step(name)).filter(|_| !self.again)?;
        step.inputs.as_deref()
    }

    /// The agent's environment.
    ///
    /// # Errors
    /// When a part of it cannot be read.
    pub fn environment(&self) -> Result<Vec<(String, Option<String>)>> {
        Ok(env::of(self.repo, &self.config()?, self.agent)?.variables())
    }
}

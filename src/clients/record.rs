//! What was written into the settings of clients, so that it can be taken back: `init.json` in the user's state.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::machine::{self, Guarded};
use crate::policy::settings::Patch;
use crate::store;

/// The record. While it is open for writing no other process writes it.
#[derive(Clone, Debug, Default)]
pub struct Record {
    content: Content,
    held: Option<std::rc::Rc<Guarded>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    version: u32,
    files: BTreeMap<String, Written>,
}

/// What was written into one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// There was no such file.
    pub(super) created: bool,
    /// How many folders above it were made for it.
    #[serde(default)]
    pub(super) folders: usize,
    /// Entries of ours were there before the first edit.
    #[serde(default)]
    pub(super) found: bool,
    /// The edit.
    pub(super) patch: Patch,
}

impl Record {
    /// Opens the record; waits while another process writes it.
    ///
    /// # Errors
    /// When it cannot be read or locked.
    pub fn open() -> Result<Self> {
        let held = machine::locked("init.json")?;
        let content = store::read_json(&held.path)?.unwrap_or_default();
        Ok(Self { content, held: Some(std::rc::Rc::new(held)) })
    }

    pub(super) fn of(&self, path: &Path) -> Option<&Written> {
        self.content.files.get(&store::json_path(path))
    }

    pub(super) fn set(&mut self, path: &Path, written: Option<Written>) {
        let key = store::json_path(path);
        match written {
            Some(written) => self.content.files.insert(key, written),
            None => self.content.files.remove(&key),
        };
    }

    pub(super) fn save(&mut self) -> Result<()> {
        self.content.version = 1;
        let Some(held) = &self.held else { return Ok(()) };
        if self.content.files.is_empty() {
            return store::remove_file(&held.path);
        }
        store::write_json(&held.path, &self.content)
    }

    pub(super) fn replace_with(self, mut other: Self) -> Result<()> {
        if self.content == other.content { Ok(()) } else { other.save() }
    }
}

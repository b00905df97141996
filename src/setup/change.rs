//! One file that is to be changed.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::store;

/// A file, as it is and as it shall be.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it is.
    pub path: PathBuf,
    /// What is there; `None` for nothing.
    pub before: Option<Vec<u8>>,
    /// What shall be there; `None` for nothing.
    pub after: Option<Vec<u8>>,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// Replaced as a whole.
    File,
    /// The same, and executable.
    Program,
    /// git writes it as well: edited under git's lock, from what is there at that moment.
    Shared(fn(&[u8]) -> Vec<u8>),
}

impl Change {
    /// `path` shall hold `after`. `None` when it does so already.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn file(path: &Path, after: Option<&[u8]>) -> Result<Option<Self>> {
        let before = store::read(path)?;
        if before.as_deref() == after {
            return Ok(None);
        }
        Ok(Some(Self { path: path.to_owned(), before, after: after.map(<[u8]>::to_vec), how: How::File }))
    }

    /// `path` shall hold `after` and be executable, whatever is there.
    pub fn program(path: &Path, before: Option<Vec<u8>>, after: &[u8]) -> Self {
        Self { path: path.to_owned(), before, after: Some(after.to_vec()), how: How::Program }
    }

    /// A file of git's shall be as `edit` makes it. `None` when it is so already.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn shared(path: &Path, edit: fn(&[u8]) -> Vec<u8>) -> Result<Option<Self>> {
        let before = store::read(path)?;
        let after = edit(before.as_deref().unwrap_or_default());
        if before.as_deref().unwrap_or_default() == after {
            return Ok(None);
        }
        Ok(Some(Self { path: path.to_owned(), before, after: Some(after), how: How::Shared(edit) }))
    }

    /// Makes it so. Call it with the repository's lock held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn apply(&self) -> Result<()> {
        let Some(after) = &self.after else { return store::remove_file(&self.path) };
        if let Some(folder) = self.path.parent() {
            store::create_folder(folder)?;
        }
        match self.how {
            How::File => store::write_atomic(&self.path, after),
            How::Program => store::write_program(&self.path, after),
            How::Shared(edit) => store::edit_locked(&self.path, |found| Some(edit(found)).filter(|new| new != found)),
        }
    }
}

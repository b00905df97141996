//! An edit as it was made, so that it can be taken back to the byte.

use serde::{Deserialize, Serialize};

/// One stretch of whole lines that was put in the place of another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// What stood there.
    pub before: String,
    /// What stands there now.
    pub after: String,
}

impl Patch {
    /// What turns one text into the other.
    pub fn between(before: &str, after: &str) -> Self {
        let (old, new): (Vec<_>, Vec<_>) =
            (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
        let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
        let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
        let tail = rest.take_while(|(one, other)| one == other).count();
        Self { before: old[same..old.len() - tail].concat(), after: new[same..new.len() - tail].concat() }
    }

    /// The text before the edit. `None` when the stretch is not in it as it was written, or more than once.
    pub fn taken_back(&self, text: &str) -> Option<String> {
        let mut found = text.match_indices(&self.after);
        let (at, _) = found.next().filter(|_| !self.after.is_empty())?;
        if found.next().is_some() {
            return None;
        }
        Some([&text[..at], &self.before, &text[at + self.after.len()..]].concat())
    }
}

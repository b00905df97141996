//! What is known of a string after expansion: its known pieces, and that something stands between them.

use std::fmt;

/// A string that is put together of others and gets longer than this is no longer followed: `x=$x$x` doubles it each time.
const LONGEST: usize = 1 << 20;

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// These letters.
    Known(String),
    /// Anything, also nothing.
    Unknown,
}

/// A string of which some pieces may be unknown. Known pieces never stand side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Chunk>);

impl Text {
    /// A string that is wholly known.
    pub fn known(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self(vec![Chunk::Known(text)]) }
    }

    /// A string of which nothing is known.
    pub fn unknown() -> Self {
        Self(vec![Chunk::Unknown])
    }

    /// The whole string, if it is known.
    pub fn get(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Chunk::Known(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether every letter is known.
    pub fn is_known(&self) -> bool {
        self.get().is_some()
    }

    /// What the string begins with: all of it, or what stands in front of the first unknown piece.
    pub fn prefix(&self) -> &str {
        match self.0.first() {
            Some(Chunk::Known(text)) => text,
            _ => "",
        }
    }

    /// The pieces.
    pub fn chunks(&self) -> &[Chunk] {
        &self.0
    }

    /// Adds letters.
    pub fn push_str(&mut self, more: &str) {
        if more.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(Chunk::Known(text)) => text.push_str(more),
            _ => self.0.push(Chunk::Known(more.to_owned())),
        }
    }

    /// Adds another string.
    pub fn push(&mut self, more: &Self) {
        if self.len() + more.len() > LONGEST {
            self.0 = vec![Chunk::Unknown];
            return;
        }
        for chunk in &more.0 {
            match chunk {
                Chunk::Known(text) => self.push_str(text),
                Chunk::Unknown if self.0.last() == Some(&Chunk::Unknown) => {}
                Chunk::Unknown => self.0.push(Chunk::Unknown),
            }
        }
    }

    /// Cuts at the last known `mark`: what stands in front of it, and behind it. Git reads refspecs so.
    pub fn split_last(&self, mark: char) -> Option<(Self, Self)> {
        let at = self.0.iter().rposition(|chunk| matches!(chunk, Chunk::Known(text) if text.contains(mark)))?;
        let Chunk::Known(text) = &self.0[at] else { return None };
        let (left, right) = text.rsplit_once(mark)?;
        let mut before = Self(self.0[..at].to_vec());
        before.push_str(left);
        let mut after = Self::known(right);
        after.push(&Self(self.0[at + 1..].to_vec()));
        Some((before, after))
    }

    /// Cuts at the first `mark`, if everything in front of it is known.
    pub fn split_first(&self, mark: char) -> Option<(String, Self)> {
        let Some(Chunk::Known(text)) = self.0.first() else { return None };
        let (left, right) = text.split_once(mark)?;
        let mut after = Self::known(right);
        after.push(&Self(self.0[1..].to_vec()));
        Some((left.to_owned(), after))
    }

    /// The string without a known prefix.
    pub fn strip_prefix(&self, prefix: &str) -> Option<Self> {
        if prefix.is_empty() {
            return Some(self.clone());
        }
        let Some(Chunk::Known(text)) = self.0.first() else { return None };
        let mut rest = Self::known(text.strip_prefix(prefix)?);
        rest.push(&Self(self.0[1..].to_vec()));
        Some(rest)
    }

    /// The known letters, with a gap that no word contains for what is unknown: for messages and for looking for words.
    pub fn shown(&self) -> String {
        self.0.iter().map(|chunk| if let Chunk::Known(text) = chunk { text.as_str() } else { "…" }).collect()
    }

    /// How much memory it holds, roughly.
    pub fn len(&self) -> usize {
        self.0.iter().map(|chunk| if let Chunk::Known(text) = chunk { text.len() } else { 1 }).sum()
    }

    /// Whether it is the empty string for certain.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::known(text)
    }
}

//! Shell text to a small tree of commands and words.
//!
//! The grammar is that of bash ("SHELL GRAMMAR" and "EXPANSION" in its manual), of which POSIX sh is a part. Nothing is
//! expanded here: a [`tree::Word`] keeps its parts, so that whoever walks the tree can tell text from code.
//!
//! The parser is the house's own. A general one would have to be translated into this tree anyway, and the guard needs
//! three things of it: the place of every word in the text (a rewrite changes those bytes and no other), one pass in
//! linear time, and a refusal, never a guess, when nesting or length goes beyond a bound.

pub mod brace;
mod command;
mod compound;
mod param;
mod quote;
pub mod text;
pub mod tree;
mod word;

pub use text::{Chunk, Text};
pub use tree::{Assign, Node, Param, ParamOp, Part, Redirect, RedirectOp, Simple, Value, Word};

use std::cell::OnceCell;
use std::rc::Rc;

/// How deep substitutions, groups and quotes may nest: bash itself has no bound, people stay below ten.
const DEEPEST: u32 = 48;

/// Why a text is not a script, or not one that will be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not in the grammar; the offset is where reading stopped.
    Syntax(usize),
    /// Nested deeper than any honest script.
    TooDeep,
    /// More work than the parser is given.
    TooLong,
}

/// A here-document whose body has not been reached yet.
struct Pending {
    end: String,
    literal: bool,
    strip_tabs: bool,
    body: Rc<OnceCell<Word>>,
}

/// Reads one text. `base` is where the text begins in the text that the user sent, if it is a literal slice of that.
pub(crate) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    base: Option<usize>,
    depth: u32,
    fuel: u32,
    pending: Vec<Pending>,
}

/// Parses a whole script.
///
/// # Errors
/// When the text is not in the grammar or goes beyond the bounds.
pub fn parse(text: &str, base: Option<usize>) -> Result<Node, Fault> {
    let mut parser = Parser::new(text, base, 0);
    let node = parser.list()?;
    if parser.pos < parser.bytes.len() { Err(parser.syntax()) } else { Ok(node) }
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, base: Option<usize>, depth: u32) -> Self {
        // Every byte is looked at a few times at most; the factor leaves room for the one place that tries twice: `((`.
        let fuel = u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_add(64);
        Self { text, bytes: text.as_bytes(), pos: 0, base, depth, fuel, pending: Vec::new() }
    }

    fn syntax(&self) -> Fault {
        Fault::Syntax(self.pos)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    fn starts(&self, with: &str) -> bool {
        self.bytes[self.pos..].starts_with(with.as_bytes())
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.starts(text);
        if there {
            self.pos += text.len();
        }
        there
    }

    fn span(&self, from: usize) -> Option<(usize, usize)> {
        self.base.map(|base| (base + from, base + self.pos))
    }

    fn burn(&mut self) -> Result<(), Fault> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Fault::TooLong)?;
        Ok(())
    }

    /// Runs `read` one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= DEEPEST {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Blanks, escaped newlines and a comment.
    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.pos += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.pos += 2,
                Some(b'#') => {
                    let rest = &self.bytes[self.pos..];
                    self.pos += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    /// Blanks, comments and newlines; the bodies of here-documents begin after a newline.
    fn newlines(&mut self) -> Result<(), Fault> {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.pos += 1;
            self.bodies()?;
        }
    }

    fn bodies(&mut self) -> Result<(), Fault> {
        for doc in std::mem::take(&mut self.pending) {
            let start = self.pos;
            let mut body = String::new();
            let mut end = self.bytes.len();
            loop {
                let rest = &self.text[self.pos..];
                if rest.is_empty() {
                    break; // bash warns, and takes what is there
                }
                let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
                let mut line = &rest[..length];
                if doc.strip_tabs {
                    line = line.trim_start_matches('\t');
                }
                let bare = line.strip_suffix('\n').unwrap_or(line);
                // Inside `$(…)` the closing parenthesis may stand on the last line, as bash allows with a warning.
                if bare == doc.end {
                    end = self.pos;
                    self.pos += length;
                    break;
                }
                body.push_str(line);
                self.pos += length;
            }
            let base = if doc.strip_tabs { None } else { self.base.map(|base| base + start) };
            let span = base.map(|from| (from, from + end.min(self.pos) - start));
            let parts = if doc.literal {
                vec![Part::Quoted(body)]
            } else {
                let mut inner = Parser::new(&body, base, self.depth + 1);
                if inner.depth >= DEEPEST {
                    return Err(Fault::TooDeep);
                }
                vec![Part::Double(inner.quoted_parts(word::Until::Text)?)]
            };
            // A here-document is parsed once, so the cell is empty.
            let _ = doc.body.set(Word { parts, span });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Parameter expansions: `${ … }`.

use std::rc::Rc;

use super::command::is_name;
use super::tree::{Param, ParamOp, Part, Word};
use super::word::Until;
use super::{Fault, Parser};

impl Parser<'_> {
    /// `${ … }` from the `$` on.
    pub(super) fn braced(&mut self, quoted: bool) -> Result<Part, Fault> {
        self.burn()?;
        self.pos += 2;
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'|')) {
            let _ = self.take("|"); // `${ list; }` and `${| list; }` of bash 5.3
            let node = self.list()?;
            self.newlines()?;
            return if self.take("}") { Ok(Part::Command(Rc::new(node))) } else { Err(self.syntax()) };
        }
        let mut computed = false;
        if matches!(self.peek(), Some(b'#' | b'!'))
            && self.peek_at(1).is_some_and(|next| is_name(next) || b"@*".contains(&next))
        {
            self.pos += 1; // length or indirection
            computed = true;
        }
        let start = self.pos;
        while self.peek().is_some_and(is_name) {
            self.pos += 1;
        }
        if self.pos == start {
            match self.peek() {
                Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => self.pos += 1,
                _ => return Err(self.syntax()),
            }
        }
        let name = self.text[start..self.pos].to_owned();
        let mut index = None;
        if self.peek() == Some(b'[') {
            let from = self.pos + 1;
            let inside = &self.bytes[from..];
            let Some(close) = inside.iter().position(|byte| matches!(byte, b']' | b'\n')) else {
                return Err(self.syntax());
            };
            if inside[close] != b']' {
                return Err(self.syntax());
            }
            index = Some(self.text[from..from + close].to_owned());
            self.pos = from + close + 1;
        }
        let colon = self.peek() == Some(b':') && matches!(self.peek_at(1), Some(b'-' | b'=' | b'+' | b'?'));
        if colon {
            self.pos += 1;
        }
        let op = match self.peek() {
            Some(b'}') => ParamOp::Plain,
            Some(sign @ (b'-' | b'=' | b'+' | b'?')) => {
                self.pos += 1;
                let word = self.operand(quoted)?;
                match sign {
                    b'+' => ParamOp::Alternative(colon, word),
                    b'?' => ParamOp::Require(word),
                    _ => ParamOp::Default(colon, sign == b'=', word),
                }
            }
            Some(_) => ParamOp::Edit(self.operand(quoted)?),
            None => return Err(self.syntax()),
        };
        if !self.take("}") {
            return Err(self.syntax());
        }
        let op = match (computed, op) {
            (true, ParamOp::Plain) => ParamOp::Other(Vec::new()),
            (
                true,
                ParamOp::Default(_, _, word)
                | ParamOp::Alternative(_, word)
                | ParamOp::Require(word)
                | ParamOp::Edit(word),
            ) => ParamOp::Other(vec![word]),
            (_, op) => op,
        };
        // An index is arithmetic, and what is substituted in it runs.
        let inside = index.as_deref().map_or(Ok(None), |index| self.index_word(index))?;
        let op = match (inside, op) {
            (None, op) => op,
            (Some(inside), ParamOp::Plain) => ParamOp::Other(vec![inside]),
            (Some(inside), ParamOp::Other(words)) => ParamOp::Other([vec![inside], words].concat()),
            (
                Some(inside),
                ParamOp::Default(_, _, word)
                | ParamOp::Alternative(_, word)
                | ParamOp::Require(word)
                | ParamOp::Edit(word),
            ) => ParamOp::Other(vec![inside, word]),
        };
        Ok(Part::Param(Box::new(Param { name, index, op })))
    }

    /// The index of an array, if something is substituted in it.
    pub(super) fn index_word(&self, index: &str) -> Result<Option<Word>, Fault> {
        if !index.contains('`') && !index.contains("$(") {
            return Ok(None);
        }
        if self.depth >= super::DEEPEST {
            return Err(Fault::TooDeep);
        }
        let parts = Parser::new(index, None, self.depth + 1).quoted_parts(Until::Text)?;
        Ok(Some(Word { parts, span: None }))
    }

    /// The word of a parameter expansion, up to its `}`.
    fn operand(&mut self, quoted: bool) -> Result<Word, Fault> {
        let mut parts = Vec::new();
        loop {
            self.burn()?;
            match self.peek() {
                None => return Err(self.syntax()),
                Some(b'}') => return Ok(Word { parts, span: None }),
                // Between double quotes a single quote is a letter here.
                Some(b'\'') if quoted => {
                    self.pos += 1;
                    parts.push(Part::Quoted("'".to_owned()));
                }
                Some(_) => self.piece(&mut parts)?,
            }
        }
    }
}

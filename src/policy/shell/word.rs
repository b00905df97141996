//! Words: quotes, expansions and substitutions.

use std::rc::Rc;

use super::command::{is_meta, is_name};
use super::tree::{Node, Param, ParamOp, Part, Word};
use super::{Fault, Parser};

/// Where a piece of a word ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The end of the text: the body of a here-document, where `"` is a letter.
    Text,
    /// `"`
    Quote,
    /// `))`
    DoubleParen,
    /// `]`: the old `$[ … ]`
    Bracket,
}

impl Parser<'_> {
    /// One word; something must be there.
    pub(super) fn word(&mut self) -> Result<Word, Fault> {
        let start = self.pos;
        let mut parts = Vec::new();
        loop {
            self.burn()?;
            match self.peek() {
                Some(byte @ (b'<' | b'>')) if self.peek_at(1) == Some(b'(') => {
                    self.pos += 2;
                    let node = Rc::new(self.deeper(Self::list)?);
                    if !self.take(")") {
                        return Err(self.syntax());
                    }
                    parts.push(if byte == b'<' { Part::Process(node) } else { Part::Sink(node) });
                }
                // An extended glob: bash takes `(` only right behind one of these.
                Some(b'(') if matches!(parts.last(), Some(Part::Plain(text)) if text.ends_with(['?', '*', '+', '@', '!'])) =>
                {
                    self.glob_group(&mut parts)?;
                }
                Some(byte) if !is_meta(byte) => self.piece(&mut parts)?,
                _ => break,
            }
        }
        if self.pos == start { Err(self.syntax()) } else { Ok(Word { parts, span: self.span(start) }) }
    }

    /// A word of `[[ … ]]`, where parentheses and bars belong to patterns.
    pub(super) fn test_word(&mut self) -> Result<Word, Fault> {
        let mut parts = Vec::new();
        while let Some(byte) = self.peek() {
            self.burn()?;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                b'(' | b')' | b'|' | b'&' | b';' => {
                    push_plain(&mut parts, char::from(byte));
                    self.pos += 1;
                }
                b'<' | b'>' if self.peek_at(1) != Some(b'(') => {
                    push_plain(&mut parts, char::from(byte));
                    self.pos += 1;
                }
                b'<' | b'>' => {
                    let word = self.word()?;
                    parts.extend(word.parts);
                }
                _ => self.piece(&mut parts)?,
            }
        }
        Ok(Word { parts, span: None })
    }

    /// `(a|b)` of an extended glob, kept as plain text.
    fn glob_group(&mut self, parts: &mut Vec<Part>) -> Result<(), Fault> {
        let mut depth = 0;
        loop {
            self.burn()?;
            match self.peek() {
                None | Some(b'\n') => return Err(self.syntax()),
                Some(byte @ (b'(' | b')' | b'|' | b' ')) => {
                    self.pos += 1;
                    push_plain(parts, char::from(byte));
                    depth += i32::from(byte == b'(') - i32::from(byte == b')');
                    if depth == 0 {
                        return Ok(());
                    }
                }
                Some(byte) if is_meta(byte) => return Err(self.syntax()),
                Some(_) => self.piece(parts)?,
            }
        }
    }

    /// One piece outside of double quotes.
    pub(super) fn piece(&mut self, parts: &mut Vec<Part>) -> Result<(), Fault> {
        match self.peek() {
            Some(b'\\') => {
                self.pos += 1;
                match self.text[self.pos..].chars().next() {
                    Some('\n') => self.pos += 1,
                    Some(letter) => {
                        self.pos += letter.len_utf8();
                        parts.push(Part::Quoted(letter.to_string()));
                    }
                    None => push_plain(parts, '\\'),
                }
            }
            Some(b'\'') => parts.push(Part::Quoted(self.single()?)),
            Some(b'"') => {
                self.pos += 1;
                parts.push(self.double()?);
            }
            Some(b'$') if self.peek_at(1) == Some(b'\'') => {
                self.pos += 1;
                parts.push(Part::Quoted(self.ansi()?));
            }
            Some(b'$') if self.peek_at(1) == Some(b'"') => {
                self.pos += 2;
                parts.push(self.double()?);
            }
            Some(b'$' | b'`') => match self.expansion(false)? {
                Some(part) => parts.push(part),
                None => {
                    self.pos += 1;
                    push_plain(parts, '$');
                }
            },
            _ => {
                let Some(letter) = self.text[self.pos..].chars().next() else { return Err(self.syntax()) };
                self.pos += letter.len_utf8();
                push_plain(parts, letter);
            }
        }
        Ok(())
    }

    fn double(&mut self) -> Result<Part, Fault> {
        Ok(Part::Double(self.quoted_parts(Until::Quote)?))
    }

    /// The inside of double quotes, behind the first one, or the body of a here-document.
    pub(super) fn quoted_parts(&mut self, until: Until) -> Result<Vec<Part>, Fault> {
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let Some(letter) = self.text[self.pos..].chars().next() else {
                if until == Until::Quote {
                    return Err(self.syntax());
                }
                break;
            };
            match letter {
                '"' if until == Until::Quote => {
                    self.pos += 1;
                    break;
                }
                '\\' => {
                    self.pos += 1;
                    match self.text[self.pos..].chars().next() {
                        Some('\n') => self.pos += 1,
                        Some(next @ ('$' | '`' | '\\')) => {
                            self.pos += 1;
                            text.push(next);
                        }
                        Some('"') if until == Until::Quote => {
                            self.pos += 1;
                            text.push('"');
                        }
                        _ => text.push('\\'),
                    }
                }
                '$' | '`' => {
                    self.burn()?;
                    match self.expansion(true)? {
                        Some(part) => {
                            flush(&mut parts, &mut text);
                            parts.push(part);
                        }
                        None => {
                            self.pos += 1;
                            text.push('$');
                        }
                    }
                }
                _ => {
                    self.pos += letter.len_utf8();
                    text.push(letter);
                }
            }
        }
        flush(&mut parts, &mut text);
        if parts.is_empty() {
            parts.push(Part::Quoted(String::new()));
        }
        Ok(parts)
    }

    /// What `$` or a backquote begins; `None` when the `$` is a letter.
    fn expansion(&mut self, quoted: bool) -> Result<Option<Part>, Fault> {
        if self.peek() == Some(b'`') {
            return self.backquotes(quoted).map(Some);
        }
        match self.peek_at(1) {
            Some(b'(') => {
                if self.peek_at(2) == Some(b'(') {
                    let start = self.pos;
                    self.pos += 3;
                    match self.deeper(|parser| parser.number_parts(Until::DoubleParen)) {
                        Ok(parts) => return Ok(Some(Part::Number(parts))),
                        Err(Fault::Syntax(_)) => self.pos = start,
                        Err(fault) => return Err(fault),
                    }
                }
                self.pos += 2;
                let node = self.deeper(Self::list)?;
                if !self.take(")") {
                    return Err(self.syntax());
                }
                Ok(Some(Part::Command(Rc::new(node))))
            }
            Some(b'{') => self.deeper(|parser| parser.braced(quoted)).map(Some),
            Some(b'[') => {
                self.pos += 2;
                Ok(Some(Part::Number(self.deeper(|parser| parser.number_parts(Until::Bracket))?)))
            }
            Some(byte) if is_name(byte) => {
                let start = self.pos + 1;
                let digits = byte.is_ascii_digit();
                let rest = &self.bytes[start..];
                let length =
                    if digits { 1 } else { rest.iter().position(|byte| !is_name(*byte)).unwrap_or(rest.len()) };
                self.pos = start + length;
                Ok(Some(param(&self.text[start..start + length], ParamOp::Plain)))
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                self.pos += 2;
                Ok(Some(param(&char::from(byte).to_string(), ParamOp::Plain)))
            }
            _ => Ok(None),
        }
    }

    /// Arithmetic: only the substitutions in it are of interest.
    pub(super) fn number_parts(&mut self, until: Until) -> Result<Vec<Part>, Fault> {
        let mut parts = Vec::new();
        let mut depth = 0_u32;
        loop {
            self.burn()?;
            match self.peek() {
                None => return Err(self.syntax()),
                Some(b']') if until == Until::Bracket && depth == 0 => {
                    self.pos += 1;
                    return Ok(parts);
                }
                Some(b')') if until == Until::DoubleParen && depth == 0 => {
                    return if self.take("))") { Ok(parts) } else { Err(self.syntax()) };
                }
                Some(byte @ (b'(' | b'[')) => {
                    depth += 1;
                    self.pos += 1;
                    push_plain(&mut parts, char::from(byte));
                }
                Some(byte @ (b')' | b']')) => {
                    depth = depth.saturating_sub(1);
                    self.pos += 1;
                    push_plain(&mut parts, char::from(byte));
                }
                Some(_) => self.piece(&mut parts)?,
            }
        }
    }

    fn backquotes(&mut self, quoted: bool) -> Result<Part, Fault> {
        self.pos += 1;
        let start = self.pos;
        let mut inner = String::new();
        let mut verbatim = true;
        loop {
            let Some(letter) = self.text[self.pos..].chars().next() else { return Err(self.syntax()) };
            self.pos += letter.len_utf8();
            match letter {
                '`' => break,
                '\\' => match self.text[self.pos..].chars().next() {
                    Some(next) if matches!(next, '$' | '`' | '\\') || (quoted && next == '"') => {
                        verbatim = false;
                        self.pos += 1;
                        inner.push(next);
                    }
                    _ => inner.push('\\'),
                },
                _ => inner.push(letter),
            }
        }
        if self.depth >= super::DEEPEST {
            return Err(Fault::TooDeep);
        }
        let base = if verbatim { self.base.map(|base| base + start) } else { None };
        let mut parser = Parser::new(&inner, base, self.depth + 1);
        let node: Node = parser.list()?;
        if parser.pos < parser.bytes.len() { Err(self.syntax()) } else { Ok(Part::Command(Rc::new(node))) }
    }
}

fn param(name: &str, op: ParamOp) -> Part {
    Part::Param(Box::new(Param { name: name.to_owned(), index: None, op }))
}

fn flush(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Quoted(std::mem::take(text)));
    }
}

fn push_plain(parts: &mut Vec<Part>, letter: char) {
    if let Some(Part::Plain(text)) = parts.last_mut() {
        text.push(letter);
    } else {
        parts.push(Part::Plain(letter.to_string()));
    }
}

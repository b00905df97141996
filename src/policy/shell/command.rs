//! Lists, pipelines and simple commands.

use std::cell::OnceCell;
use std::rc::Rc;

use super::tree::{Assign, Node, Part, Redirect, RedirectOp, Simple, Value, Word};
use super::{Fault, Parser, Pending};

/// Words that end a list where a command could begin.
const CLOSERS: [&str; 8] = ["then", "do", "done", "fi", "elif", "else", "esac", "}"];

/// Builtins whose arguments are assignments, arrays included.
const DECLARERS: [&str; 6] = ["export", "declare", "typeset", "local", "readonly", "alias"];

impl Parser<'_> {
    /// A list, up to whatever closes it: the caller looks at what that is.
    pub(super) fn list(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        loop {
            self.newlines()?;
            if self.at_list_end() {
                break;
            }
            self.burn()?;
            let mut node = self.and_or()?;
            self.blanks();
            if self.peek() == Some(b'&') {
                self.pos += 1;
                node = Node::Background(Box::new(node));
            } else if self.peek() == Some(b';') && !matches!(self.peek_at(1), Some(b';' | b'&')) {
                self.pos += 1;
            } else if self.peek() != Some(b'\n') && !self.at_list_end() {
                return Err(self.syntax());
            }
            nodes.push(node);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    fn at_list_end(&self) -> bool {
        match self.peek() {
            None | Some(b')') => true,
            Some(b';') => matches!(self.peek_at(1), Some(b';' | b'&')),
            _ => CLOSERS.iter().any(|word| self.at_reserved(word)),
        }
    }

    /// Whether the reserved word stands here, as a word of its own.
    pub(super) fn at_reserved(&self, word: &str) -> bool {
        self.starts(word) && self.peek_at(word.len()).is_none_or(is_meta)
    }

    pub(super) fn take_reserved(&mut self, word: &str) -> bool {
        let there = self.at_reserved(word);
        if there {
            self.pos += word.len();
        }
        there
    }

    fn and_or(&mut self) -> Result<Node, Fault> {
        let mut left = self.pipeline()?;
        loop {
            self.blanks();
            let and = self.starts("&&");
            if !and && !self.starts("||") {
                return Ok(left);
            }
            self.pos += 2;
            self.newlines()?;
            self.burn()?;
            let right = Box::new(self.pipeline()?);
            left = if and { Node::And(Box::new(left), right) } else { Node::Or(Box::new(left), right) };
        }
    }

    fn pipeline(&mut self) -> Result<Node, Fault> {
        let start = self.pos;
        loop {
            self.blanks();
            if self.peek() == Some(b'!') && self.peek_at(1).is_none_or(|next| is_meta(next) && next != b'(') {
                self.pos += 1;
            } else if self.take_reserved("time") {
                self.blanks();
                if self.take_reserved("-p") {
                    self.blanks();
                }
                let _ = self.take_reserved("--");
            } else {
                break;
            }
        }
        if self.bytes[start..self.pos].iter().any(|byte| !is_meta(*byte))
            && (self.at_list_end() || matches!(self.peek(), Some(b';' | b'\n')))
        {
            return Ok(Node::Sequence(Vec::new())); // a lone `!` or `time`
        }
        let mut parts = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.pos += 1;
            let _ = self.take("&");
            self.newlines()?;
            self.burn()?;
            parts.push(self.command()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Node::Pipe(parts) })
    }

    fn command(&mut self) -> Result<Node, Fault> {
        self.blanks();
        if let Some(node) = self.deeper(Self::compound)? {
            let mut redirects = Vec::new();
            if !matches!(node, Node::Function(..)) {
                loop {
                    self.blanks();
                    match self.redirect()? {
                        Some(redirect) => redirects.push(redirect),
                        None => break,
                    }
                }
            }
            return Ok(if redirects.is_empty() { node } else { Node::Redirected(Box::new(node), redirects) });
        }
        self.simple()
    }

    pub(super) fn simple(&mut self) -> Result<Node, Fault> {
        let mut simple = Simple::default();
        let start = self.pos;
        let mut declares = false;
        loop {
            self.blanks();
            self.burn()?;
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            let Some(next) = self.peek() else { break };
            if next == b'(' && simple.words.len() == 1 && simple.assigns.is_empty() && simple.redirects.is_empty() {
                return self.function_after(&simple.words[0]);
            }
            if is_meta(next) && !self.starts("<(") && !self.starts(">(") {
                break;
            }
            if (simple.words.is_empty() || declares)
                && let Some(assign) = self.assignment()?
            {
                if declares {
                    simple.declared.push(assign);
                } else {
                    simple.assigns.push(assign);
                }
                continue;
            }
            let word = self.word()?;
            // `command export x=y` declares as well.
            let declarer = word.plain().is_some_and(|name| DECLARERS.contains(&name));
            declares |= declarer && simple.words.iter().all(|word| matches!(word.plain(), Some("command" | "builtin")));
            simple.words.push(word);
        }
        if self.pos == start { Err(self.syntax()) } else { Ok(Node::Simple(Rc::new(simple))) }
    }

    /// `name=…` here? Anything else leaves the position untouched.
    fn assignment(&mut self) -> Result<Option<Assign>, Fault> {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let length = rest.iter().position(|byte| !is_name(*byte)).unwrap_or(rest.len());
        if length == 0 || rest[0].is_ascii_digit() {
            return Ok(None);
        }
        let name = self.text[start..start + length].to_owned();
        self.pos += length;
        let mut indexed = false;
        let mut index = None;
        if self.peek() == Some(b'[') {
            let inside = &self.bytes[self.pos..];
            let close = inside.iter().position(|byte| *byte == b']' || *byte == b'\n');
            match close.filter(|at| inside[*at] == b']' && matches!(inside.get(at + 1), Some(b'=' | b'+'))) {
                Some(at) => {
                    index = self.index_word(&self.text[self.pos + 1..self.pos + at])?;
                    self.pos += at + 1;
                }
                None => {
                    self.pos = start;
                    return Ok(None);
                }
            }
            indexed = true;
        }
        let append = self.starts("+=");
        if !append && self.peek() != Some(b'=') {
            self.pos = start;
            return Ok(None);
        }
        self.pos += 1 + usize::from(append);
        let value =
            if self.peek() == Some(b'(') { Value::Many(self.array()?) } else { Value::One(self.word_or_empty()?) };
        Ok(Some(Assign { name, indexed, index, append, value }))
    }

    fn array(&mut self) -> Result<Vec<Word>, Fault> {
        self.pos += 1;
        let mut words = Vec::new();
        loop {
            self.newlines()?;
            self.burn()?;
            match self.peek() {
                None => return Err(self.syntax()),
                Some(b')') => {
                    self.pos += 1;
                    return Ok(words);
                }
                Some(_) => words.push(self.word()?),
            }
        }
    }

    /// The value of an assignment, which may be empty.
    fn word_or_empty(&mut self) -> Result<Word, Fault> {
        match self.peek() {
            Some(next) if !is_meta(next) || self.starts("<(") || self.starts(">(") => self.word(),
            _ => Ok(Word::default()),
        }
    }

    /// A redirection, if one begins here.
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>, Fault> {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let mut fd = None;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            fd = self.text[start..start + digits].parse().ok();
            self.pos += digits;
        } else if rest.first() == Some(&b'{') {
            let name = rest[1..].iter().take_while(|byte| is_name(**byte)).count();
            if name > 0 && rest.get(name + 1) == Some(&b'}') {
                self.pos += name + 2;
            }
        }
        let both = digits == 0 && self.pos == start && (self.starts("&>") || self.starts("&>>"));
        if both {
            self.pos += 1;
        }
        if !matches!(self.peek(), Some(b'<' | b'>')) || (self.pos == start && self.peek_at(1) == Some(b'(')) {
            self.pos = start;
            return Ok(None);
        }
        self.burn()?;
        let op = match () {
            () if self.take("<<<") => RedirectOp::HereString,
            () if self.take("<<-") => return self.here(fd, true).map(Some),
            () if self.take("<<") => return self.here(fd, false).map(Some),
            () if self.take("<>") => RedirectOp::Read,
            () if self.take("<&") => RedirectOp::Duplicate,
            () if self.take(">&") => RedirectOp::Duplicate,
            () if self.take(">>") => RedirectOp::Append,
            () if self.take(">|") => RedirectOp::Write,
            () if self.take("<") => RedirectOp::Read,
            () => {
                self.pos += 1;
                RedirectOp::Write
            }
        };
        self.blanks();
        let word = self.word()?;
        // `>&word` with anything but a number or `-` is `&>word`.
        let number =
            word.plain().is_some_and(|text| text.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit()));
        let op = if op == RedirectOp::Duplicate && !number { RedirectOp::Write } else { op };
        let target = Rc::new(OnceCell::from(word));
        Ok(Some(Redirect { fd, op, target }))
    }

    fn here(&mut self, fd: Option<u32>, strip_tabs: bool) -> Result<Redirect, Fault> {
        self.blanks();
        let word = self.word()?;
        let mut end = String::new();
        let mut literal = false;
        for part in &word.parts {
            match part {
                Part::Plain(text) => end.push_str(text),
                Part::Quoted(text) => {
                    literal = true;
                    end.push_str(text);
                }
                Part::Double(inner) => {
                    literal = true;
                    for part in inner {
                        match part {
                            Part::Quoted(text) => end.push_str(text),
                            _ => return Err(self.syntax()),
                        }
                    }
                }
                _ => return Err(self.syntax()),
            }
        }
        let body = Rc::new(OnceCell::new());
        self.pending.push(Pending { end, literal, strip_tabs, body: Rc::clone(&body) });
        Ok(Redirect { fd, op: RedirectOp::Here, target: body })
    }
}

/// A byte that ends an unquoted word ("metacharacter" in bash's manual).
pub(super) fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

/// A byte of a variable's name.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

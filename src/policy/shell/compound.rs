//! Compound commands: groups, conditions, loops, functions.

use std::rc::Rc;

use super::command::{is_meta, is_name};
use super::tree::{Node, Part, Word};
use super::word::Until;
use super::{Fault, Parser};

impl Parser<'_> {
    /// A compound command, if one begins here.
    pub(super) fn compound(&mut self) -> Result<Option<Node>, Fault> {
        self.burn()?;
        Ok(Some(match self.peek() {
            Some(b'(') if self.peek_at(1) == Some(b'(') => match self.arithmetic()? {
                Some(node) => node,
                None => self.subshell()?,
            },
            Some(b'(') => self.subshell()?,
            Some(b'{') if self.take_reserved("{") => {
                let list = self.list()?;
                self.close("}")?;
                list
            }
            Some(b'!') if self.peek_at(1) == Some(b'(') => {
                self.pos += 1;
                self.subshell()?
            }
            Some(b'[') if self.take_reserved("[[") => self.test()?,
            Some(b'i') if self.take_reserved("if") => self.condition()?,
            Some(b'w') if self.take_reserved("while") => self.repeat()?,
            Some(b'u') if self.take_reserved("until") => self.repeat()?,
            Some(b'f') if self.take_reserved("for") => self.each()?,
            Some(b's') if self.take_reserved("select") => self.each()?,
            Some(b'c') if self.take_reserved("case") => self.case()?,
            Some(b'c') if self.take_reserved("coproc") => self.coprocess()?,
            Some(b'f') if self.take_reserved("function") => self.function()?,
            _ => return Ok(None),
        }))
    }

    fn close(&mut self, word: &str) -> Result<(), Fault> {
        self.newlines()?;
        if self.take_reserved(word) { Ok(()) } else { Err(self.syntax()) }
    }

    fn subshell(&mut self) -> Result<Node, Fault> {
        self.pos += 1;
        let list = self.list()?;
        if self.take(")") { Ok(Node::Subshell(Box::new(list))) } else { Err(self.syntax()) }
    }

    /// `(( … ))`; `None`, with the position as it was, if it turns out to be two subshells.
    fn arithmetic(&mut self) -> Result<Option<Node>, Fault> {
        let start = self.pos;
        self.pos += 2;
        match self.number_parts(Until::DoubleParen) {
            Ok(parts) => Ok(Some(Node::Evaluate(vec![Word { parts, span: None }]))),
            Err(Fault::Syntax(_)) => {
                self.pos = start;
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn test(&mut self) -> Result<Node, Fault> {
        let mut words = Vec::new();
        loop {
            self.newlines()?;
            self.burn()?;
            if self.take_reserved("]]") {
                return Ok(Node::Evaluate(words));
            }
            match self.peek() {
                None => return Err(self.syntax()),
                Some(b'&' | b'|' | b'<' | b'>' | b';') if !self.starts("<(") && !self.starts(">(") => self.pos += 1,
                Some(_) => words.push(self.test_word()?),
            }
        }
    }

    fn condition(&mut self) -> Result<Node, Fault> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list()?;
            self.close("then")?;
            arms.push((condition, self.list()?));
            if self.take_reserved("elif") {
                continue;
            }
            if self.take_reserved("else") {
                otherwise = Some(Box::new(self.list()?));
            }
            self.close("fi")?;
            return Ok(Node::If(arms, otherwise));
        }
    }

    fn repeat(&mut self) -> Result<Node, Fault> {
        let condition = Box::new(self.list()?);
        Ok(Node::Loop(condition, Box::new(self.body()?)))
    }

    fn body(&mut self) -> Result<Node, Fault> {
        self.newlines()?;
        if self.take_reserved("{") {
            let list = self.list()?;
            self.close("}")?;
            return Ok(list);
        }
        self.close("do")?;
        let list = self.list()?;
        self.close("done")?;
        Ok(list)
    }

    fn each(&mut self) -> Result<Node, Fault> {
        self.blanks();
        if self.starts("((") {
            self.pos += 2;
            let head = self.number_parts(Until::DoubleParen)?;
            self.blanks();
            let _ = self.take(";");
            let body = self.body()?;
            let head = Node::Evaluate(vec![Word { parts: head, span: None }]);
            return Ok(Node::Loop(Box::new(head), Box::new(body)));
        }
        let name = self.name()?;
        self.newlines()?;
        let words = if self.take_reserved("in") {
            let mut words = Vec::new();
            loop {
                self.blanks();
                match self.peek() {
                    Some(next) if !is_meta(next) || self.starts("<(") => words.push(self.word()?),
                    _ => break,
                }
            }
            Some(words)
        } else {
            None
        };
        self.blanks();
        let _ = self.take(";");
        let body = self.body()?;
        Ok(Node::For(name, words, Rc::new(body)))
    }

    fn case(&mut self) -> Result<Node, Fault> {
        self.blanks();
        let subject = self.word()?;
        self.close("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.take_reserved("esac") {
                return Ok(Node::Case(subject, arms));
            }
            let _ = self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                if !self.take("|") {
                    break;
                }
            }
            if !self.take(")") {
                return Err(self.syntax());
            }
            arms.push((patterns, self.list()?));
            if !(self.take(";;&") || self.take(";;") || self.take(";&")) {
                self.close("esac")?;
                return Ok(Node::Case(subject, arms));
            }
        }
    }

    fn coprocess(&mut self) -> Result<Node, Fault> {
        self.blanks();
        // `coproc NAME compound`: the name is only one if a compound command follows.
        let start = self.pos;
        if self.name().is_ok() {
            self.blanks();
            if let Some(node) = self.deeper(Self::compound)? {
                return Ok(Node::Background(Box::new(node)));
            }
        }
        self.pos = start;
        let node = self.deeper(Self::list_item)?;
        Ok(Node::Background(Box::new(node)))
    }

    fn list_item(&mut self) -> Result<Node, Fault> {
        match self.compound()? {
            Some(node) => Ok(node),
            None => self.simple(),
        }
    }

    fn function(&mut self) -> Result<Node, Fault> {
        self.blanks();
        let word = self.word()?;
        self.blanks();
        if self.take("(") {
            self.blanks();
            if !self.take(")") {
                return Err(self.syntax());
            }
        }
        self.function_body(&word)
    }

    /// `name` has been read and `(` stands here.
    pub(super) fn function_after(&mut self, name: &Word) -> Result<Node, Fault> {
        self.pos += 1;
        self.blanks();
        if !self.take(")") {
            return Err(self.syntax());
        }
        self.function_body(name)
    }

    fn function_body(&mut self, name: &Word) -> Result<Node, Fault> {
        let mut text = String::new();
        for part in &name.parts {
            match part {
                Part::Plain(piece) | Part::Quoted(piece) => text.push_str(piece),
                _ => return Err(self.syntax()),
            }
        }
        self.newlines()?;
        let Some(body) = self.deeper(Self::compound)? else { return Err(self.syntax()) };
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => break,
            }
        }
        let body = if redirects.is_empty() { body } else { Node::Redirected(Box::new(body), redirects) };
        Ok(Node::Function(text, Rc::new(body)))
    }

    fn name(&mut self) -> Result<String, Fault> {
        let start = self.pos;
        while self.peek().is_some_and(is_name) {
            self.pos += 1;
        }
        if self.pos == start { Err(self.syntax()) } else { Ok(self.text[start..self.pos].to_owned()) }
    }
}

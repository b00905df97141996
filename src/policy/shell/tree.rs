//! The tree: only what the guard has to tell apart.

use std::cell::OnceCell;
use std::rc::Rc;

/// A command of any kind.
#[derive(Clone, Debug)]
pub enum Node {
    /// Words to run, with assignments and redirections.
    Simple(Rc<Simple>),
    /// Commands one after the other, as `;` and newline separate them.
    Sequence(Vec<Node>),
    /// `left && right`
    And(Box<Node>, Box<Node>),
    /// `left || right`
    Or(Box<Node>, Box<Node>),
    /// `one | two | …`; `|&` is the same here.
    Pipe(Vec<Node>),
    /// `command &` and `coproc command`
    Background(Box<Node>),
    /// `( list )`
    Subshell(Box<Node>),
    /// A compound command with redirections of its own.
    Redirected(Box<Node>, Vec<Redirect>),
    /// `if … elif … else … fi`: conditions with what they lead to, and what is left.
    If(Vec<(Node, Node)>, Option<Box<Node>>),
    /// `while` and `until`: condition and body.
    Loop(Box<Node>, Box<Node>),
    /// `for name in words`, and `select`; without `in` the words are the positional parameters.
    For(String, Option<Vec<Word>>, Rc<Node>),
    /// `case subject in patterns) list ;; …`
    Case(Word, Vec<(Vec<Word>, Node)>),
    /// `name() body`
    Function(String, Rc<Node>),
    /// `[[ … ]]`, `(( … ))` and the head of `for ((…))`: words that are evaluated but not run.
    Evaluate(Vec<Word>),
}

/// A simple command.
#[derive(Clone, Debug, Default)]
pub struct Simple {
    /// Assignments before the first word.
    pub assigns: Vec<Assign>,
    /// The words, the command's name first.
    pub words: Vec<Word>,
    /// Assignments among the arguments of `export`, `declare` and their kin.
    pub declared: Vec<Assign>,
    /// Redirections, in order.
    pub redirects: Vec<Redirect>,
}

/// `name=value`, `name+=value`, `name[index]=value`, `name=(words)`.
#[derive(Clone, Debug)]
pub struct Assign {
    /// The variable.
    pub name: String,
    /// An index was given: one element of an array.
    pub indexed: bool,
    /// The index, if something is substituted in it.
    pub index: Option<Word>,
    /// `+=`
    pub append: bool,
    /// What is assigned.
    pub value: Value,
}

/// The right side of an assignment.
#[derive(Clone, Debug)]
pub enum Value {
    /// One string.
    One(Word),
    /// An array.
    Many(Vec<Word>),
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectOp {
    /// `<` and `<>`
    Read,
    /// `>`, `>|`, `&>`
    Write,
    /// `>>`, `&>>`
    Append,
    /// `<&` and `>&` with a number or `-`
    Duplicate,
    /// `<<` and `<<-`: the target is the body.
    Here,
    /// `<<<`
    HereString,
}

/// A redirection.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The file descriptor in front, if it was written.
    pub fd: Option<u32>,
    /// What is done.
    pub op: RedirectOp,
    /// The file, the here-string, or the body of the here-document once it has been read.
    pub target: Rc<OnceCell<Word>>,
}

/// A word before expansion, and where it stands in the user's text if it is literally there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Byte offsets in the text that the user sent.
    pub span: Option<(usize, usize)>,
}

/// A part of a word.
#[derive(Clone, Debug)]
pub enum Part {
    /// Unquoted text: braces, tildes and globs in it are live.
    Plain(String),
    /// Text from quotes or behind a backslash.
    Quoted(String),
    /// The inside of double quotes or of an unquoted here-document.
    Double(Vec<Part>),
    /// `$name`, `${name…}`
    Param(Box<Param>),
    /// `$( … )`, backquotes, `${ …; }`
    Command(Rc<Node>),
    /// `<( … )`
    Process(Rc<Node>),
    /// `>( … )`
    Sink(Rc<Node>),
    /// `$(( … ))`, `$[ … ]`
    Number(Vec<Part>),
}

/// A parameter expansion.
#[derive(Clone, Debug)]
pub struct Param {
    /// Name, number or special character.
    pub name: String,
    /// The text between brackets.
    pub index: Option<String>,
    /// What is done with the value.
    pub op: ParamOp,
}

/// The operator of a parameter expansion.
#[derive(Clone, Debug)]
pub enum ParamOp {
    /// None.
    Plain,
    /// `${x-word}` and `${x:-word}`, `${x=word}` and `${x:=word}`; the flags: with a colon, assigns.
    Default(bool, bool, Word),
    /// `${x+word}` and `${x:+word}`; the flag: with a colon.
    Alternative(bool, Word),
    /// `${x?word}`: the value, or the shell ends.
    Require(Word),
    /// `${x#word}`, `${x/word/word}`, `${x:1:2}` and the like: the operator and all behind it.
    Edit(Word),
    /// Any other: the result is not followed, only the substitutions in its words.
    Other(Vec<Word>),
}

impl PartialEq for Part {
    /// Only text is ever equal; code never is.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) | (Self::Quoted(a), Self::Quoted(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => a == b,
            _ => false,
        }
    }
}

impl Word {
    /// The text, if the word is a single unquoted piece: only such a word can be reserved or an alias.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// Where the word's content begins in the user's text, if it stands there to the letter inside one pair of quotes.
    pub fn content_at(&self, content: &str) -> Option<usize> {
        let (from, to) = self.span?;
        match self.parts.as_slice() {
            [Part::Quoted(_)] if to - from == content.len() + 2 => Some(from + 1),
            [Part::Double(inner)] => match inner.as_slice() {
                [Part::Quoted(_)] if to - from == content.len() + 2 => Some(from + 1),
                [Part::Quoted(_)] if to - from == content.len() => Some(from),
                _ => None,
            },
            [Part::Plain(_) | Part::Quoted(_)] if to - from == content.len() => Some(from),
            _ => None,
        }
    }
}

//! What a shell knows at one moment, and what the commands so far have changed on disk.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::policy::push::{Config, Head, Setting};
use crate::policy::shell::{Node, Text};

/// The value of a shell variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    One(Text),
    Many(Vec<Text>),
    Unset,
}

/// A shell variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) value: Value,
    pub(crate) exported: bool,
}

/// A change to a repository that an earlier part of the command makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Below this common directory, or everywhere.
    Set(Option<String>, String, Setting, bool),
    Unset(Option<String>, String),
    RemoveSection(Option<String>, String),
    /// HEAD of the worktree with this git directory.
    Head(String, Head),
    /// A ref came or went below this common directory.
    Ref(String, String, bool),
    /// A folder is made.
    Folder(String),
    /// A worktree is made at this path, from this directory, with this HEAD.
    Worktree(String, String, Head),
}

/// What outlives a subshell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Disk {
    pub(crate) changes: Vec<Change>,
    /// Files that the command itself wrote.
    pub(crate) files: BTreeMap<String, Text>,
}

/// One possible state of the shell.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// `None` when it cannot be known.
    pub(crate) cwd: Option<String>,
    pub(crate) stack: Vec<Option<String>>,
    pub(crate) vars: BTreeMap<String, Var>,
    pub(crate) functions: BTreeMap<String, Rc<Node>>,
    pub(crate) aliases: BTreeMap<String, Text>,
    pub(crate) args: Vec<Text>,
    pub(crate) disk: Disk,
    /// What was written to stdout since somebody began to listen.
    pub(crate) out: Text,
    /// Variables of the function at hand, with what they were before.
    pub(crate) locals: Vec<(String, Option<Var>)>,
    /// What `exec <file` made the shell's standard input.
    pub(crate) stdin: Option<super::Stdin>,
    /// The directory and the disk if the last command, which may fail, failed.
    pub(crate) undone: Option<(Option<String>, Disk)>,
    /// `set -e`: nothing runs behind a command that failed.
    pub(crate) strict: bool,
}

impl State {
    pub(crate) fn new(cwd: &str) -> Self {
        Self {
            cwd: Some(cwd.to_owned()),
            stack: Vec::new(),
            vars: BTreeMap::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            args: Vec::new(),
            disk: Disk::default(),
            out: Text::default(),
            locals: Vec::new(),
            stdin: None,
            undone: None,
            strict: false,
        }
    }

    /// The state in which the last command failed, if it may have.
    pub(crate) fn failed(&self) -> Option<Self> {
        let (cwd, disk) = self.undone.clone()?;
        Some(Self { cwd, disk, undone: None, ..self.clone() })
    }

    /// The last command did not fail.
    pub(crate) fn succeeded(&mut self) {
        self.undone = None;
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.cwd == other.cwd
            && self.vars == other.vars
            && self.disk == other.disk
            && self.out == other.out
            && self.undone == other.undone
            && self.strict == other.strict
            && self.aliases == other.aliases
            && self.functions.len() == other.functions.len()
            && self.functions.iter().zip(&other.functions).all(|(a, b)| a.0 == b.0 && Rc::ptr_eq(a.1, b.1))
    }

    /// Stands for another state as well: what differs is unknown. `false` if they differ in more than variables.
    pub(crate) fn widen(&mut self, other: &Self) -> bool {
        if self.disk != other.disk
            || self.cwd != other.cwd
            || self.aliases != other.aliases
            || self.undone != other.undone
        {
            return false;
        }
        let unknown = || Value::One(Text::unknown());
        for (name, var) in &other.vars {
            let exported = var.exported;
            let mine = self.vars.entry(name.clone()).or_insert_with(|| Var { value: unknown(), exported });
            if mine.value != var.value {
                mine.value = unknown();
            }
        }
        for (name, var) in &mut self.vars {
            if !other.vars.contains_key(name) {
                var.value = unknown();
            }
        }
        if self.out != other.out {
            self.out = Text::unknown();
        }
        true
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) {
        let exported = self.vars.get(name).is_some_and(|var| var.exported);
        self.vars.insert(name.to_owned(), Var { value, exported });
    }

    /// A text that is read at another file descriptor.
    pub(crate) fn open(&mut self, fd: u32, text: Text) {
        self.disk.files.insert(format!("/dev/fd/{fd}"), text);
    }

    /// What a program written to stdout, if it can be known.
    pub(crate) fn print(&mut self, text: &Text) {
        // Long output is of no interest, and must not be copied around.
        if self.out.len() + text.len() > 1 << 16 {
            self.out = Text::unknown();
        } else {
            self.out.push(text);
        }
    }

    /// Turns a path of the command into an absolute one.
    pub(crate) fn path(&self, path: &str) -> Option<String> {
        match path.strip_prefix("/proc/self/fd/") {
            Some(fd) => Some(format!("/dev/fd/{fd}")),
            None if path.starts_with('/') => Some(normal(path)),
            None => Some(join(self.cwd.as_deref()?, path)),
        }
    }
}

/// `path` as seen from `dir`.
pub(crate) fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') { normal(path) } else { normal(&format!("{dir}/{path}")) }
}

/// Without `.`, `..` and doubled slashes, by the text alone, as a shell's `cd` does it.
pub(crate) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Disk {
    /// Applies what earlier parts of the command did to a repository's configuration.
    pub(crate) fn apply(&self, common: &str, config: &mut Config) {
        let here = |at: &Option<String>| at.as_deref().is_none_or(|at| at == common);
        for change in &self.changes {
            match change {
                Change::Set(at, key, value, append) if here(at) => {
                    if !append {
                        config.unset(key);
                    }
                    config.push(key, value.clone());
                }
                Change::Unset(at, key) if here(at) => config.unset(key),
                Change::RemoveSection(at, section) if here(at) => config.remove_section(section),
                _ => {}
            }
        }
    }
}

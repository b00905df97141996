//! What a shell knows at one moment, and what the commands so far have changed on disk.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::policy::push::{Config, Head, Setting};
use crate::policy::shell::{Node, Text};

/// The value of a shell variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    One(Text),
    Many(Vec<Text>),
    Unset,
}

/// A shell variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Var {
    pub(super) value: Value,
    pub(super) exported: bool,
}

/// A change to a repository that an earlier part of the command makes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Below this common directory, or everywhere.
    Set(Option<String>, String, Setting, bool),
    Unset(Option<String>, String),
    RemoveSection(Option<String>, String),
    /// HEAD of the worktree with this git directory.
    Head(String, Head),
    /// A ref came or went below this common directory.
    Ref(String, String, bool),
}

/// What outlives a subshell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Disk {
    pub(super) changes: Vec<Change>,
    /// Files that the command itself wrote.
    pub(super) files: BTreeMap<String, Text>,
}

/// One possible state of the shell.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// `None` when it cannot be known.
    pub(super) cwd: Option<String>,
    pub(super) stack: Vec<Option<String>>,
    pub(super) vars: BTreeMap<String, Var>,
    pub(super) functions: BTreeMap<String, Rc<Node>>,
    pub(super) aliases: BTreeMap<String, Text>,
    pub(super) args: Vec<Text>,
    pub(super) disk: Disk,
    /// What was written to stdout since somebody began to listen.
    pub(super) out: Text,
}

impl State {
    pub(super) fn new(cwd: &str) -> Self {
        Self {
            cwd: Some(cwd.to_owned()),
            stack: Vec::new(),
            vars: BTreeMap::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            args: Vec::new(),
            disk: Disk::default(),
            out: Text::default(),
        }
    }

    pub(super) fn same(&self, other: &Self) -> bool {
        self.cwd == other.cwd
            && self.vars == other.vars
            && self.disk == other.disk
            && self.out == other.out
            && self.aliases == other.aliases
            && self.functions.len() == other.functions.len()
            && self.functions.iter().zip(&other.functions).all(|(a, b)| a.0 == b.0 && Rc::ptr_eq(a.1, b.1))
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        let exported = self.vars.get(name).is_some_and(|var| var.exported);
        self.vars.insert(name.to_owned(), Var { value, exported });
    }

    /// What a program written to stdout, if it can be known.
    pub(super) fn print(&mut self, text: &Text) {
        // Long output is of no interest, and must not be copied around.
        if self.out.len() + text.len() > 1 << 16 {
            self.out = Text::unknown();
        } else {
            self.out.push(text);
        }
    }

    /// Turns a path of the command into an absolute one.
    pub(super) fn path(&self, path: &str) -> Option<String> {
        if path.starts_with('/') { Some(normal(path)) } else { Some(join(self.cwd.as_deref()?, path)) }
    }
}

/// `path` as seen from `dir`.
pub(super) fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') { normal(path) } else { normal(&format!("{dir}/{path}")) }
}

/// Without `.`, `..` and doubled slashes, by the text alone, as a shell's `cd` does it.
pub(super) fn normal(path: &str) -> String {
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
    pub(super) fn apply(&self, common: &str, config: &mut Config) {
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

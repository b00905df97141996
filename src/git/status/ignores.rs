//! Ignore rules, read only when an unknown name asks for them.

use std::os::fd::BorrowedFd;
use std::path::Path;
use std::rc::Rc;

use gix::bstr::ByteSlice;
use gix::glob::pattern::Case;
use gix::glob::wildmatch;
use gix::hash::ObjectId;
use gix::prelude::FindExt;

use super::{Beyond, folder};

/// The rules of one file, in its order.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<gix::glob::Pattern>);

impl Rules {
    /// Reads rules as git does: lines end with LF or CRLF, the last one also without.
    fn parse(text: &[u8]) -> Self {
        let last_line_ends_with_cr = text.last() == Some(&b'\r');
        let text = if last_line_ends_with_cr { &text[..text.len() - 1] } else { text };
        Self(gix::ignore::parse(text, false).map(|(pattern, _, _)| pattern).collect())
    }

    /// The rules in the file at `path`; none if it does not exist.
    pub(super) fn read(path: &Path) -> Result<Self, Beyond> {
        match std::fs::read(path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotADirectory => Ok(Self::default()),
            Err(_) => Err(Beyond("an ignore file cannot be read")),
        }
    }

    /// Whether the last rule that matches ignores `path`; `None` if none matches. `name` is where the last part of
    /// the path begins.
    fn decide(&self, path: &[u8], name: usize, is_folder: bool, case: Case) -> Option<bool> {
        let name = (name > 0).then_some(name);
        let mode = wildmatch::Mode::NO_MATCH_SLASH_LITERAL;
        let last =
            self.0.iter().rev().find(|pattern| {
                pattern.matches_repo_relative_path(path.as_bstr(), name, Some(is_folder), case, mode)
            })?;
        Some(!last.is_negative())
    }
}

/// Rules that hold in every worktree of a repository, the strongest first.
pub(super) type Global = Rc<[Rules; 2]>;

/// Where the `.gitignore` of a folder is to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Nowhere,
    File,
    /// A sparse checkout left it out.
    Blob(ObjectId),
}

#[derive(Debug)]
struct Level {
    /// The length of the folder's path with its slash.
    base: usize,
    origin: Origin,
    /// Whether the folder itself is ignored, and with it all in it; `None` until somebody asked.
    ignored: Option<bool>,
    rules: Rules,
}

/// The rules of a folder and of those above it.
pub(super) struct Ignores<'a> {
    pub root: BorrowedFd<'a>,
    pub objects: &'a gix::OdbHandle,
    pub global: Global,
    pub case: Case,
    levels: Vec<Level>,
}

impl<'a> Ignores<'a> {
    pub(super) fn new(root: BorrowedFd<'a>, objects: &'a gix::OdbHandle, global: Global, case: Case) -> Self {
        Self { root, objects, global, case, levels: Vec::new() }
    }

    /// Steps into the folder whose path with its slash has `base` bytes.
    pub(super) fn enter(&mut self, base: usize, origin: Origin) {
        self.levels.push(Level { base, origin, ignored: None, rules: Rules::default() });
    }

    /// Steps out of the folder entered last.
    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// Whether `path`, in the folder entered last, is ignored.
    pub(super) fn is_ignored(&mut self, path: &[u8], is_folder: bool) -> Result<bool, Beyond> {
        let unread = self.levels.iter().position(|level| level.ignored.is_none()).unwrap_or(self.levels.len());
        for at in unread..self.levels.len() {
            self.read(at, path)?;
        }
        match self.levels.last() {
            Some(Level { ignored: Some(true), .. }) => Ok(true),
            Some(level) => Ok(self.decide(self.levels.len(), path, level.base, is_folder)),
            None => Ok(false),
        }
    }

    /// Fills in level `at` on the way to `path`, the levels above being filled in.
    fn read(&mut self, at: usize, path: &[u8]) -> Result<(), Beyond> {
        let base = self.levels[at].base;
        let above = at.checked_sub(1).map(|above| &self.levels[above]);
        let ignored = above
            .is_some_and(|above| above.ignored == Some(true) || self.decide(at, &path[..base - 1], above.base, true));
        let rules = match self.levels[at].origin {
            _ if ignored => Rules::default(),
            Origin::Nowhere => Rules::default(),
            Origin::File => self.read_file(&path[..base])?,
            Origin::Blob(id) => {
                let mut buffer = Vec::new();
                let blob = self.objects.find_blob(&id, &mut buffer);
                Rules::parse(blob.map_err(|_| Beyond("a blob cannot be read"))?.data)
            }
        };
        let level = &mut self.levels[at];
        level.ignored = Some(ignored);
        level.rules = rules;
        Ok(())
    }

    fn read_file(&self, folder: &[u8]) -> Result<Rules, Beyond> {
        let path = [folder, b".gitignore"].concat();
        let mut text = Vec::new();
        if let Some(mut file) = folder::open_file(self.root, &path)? {
            std::io::Read::read_to_end(&mut file, &mut text).map_err(|_| Beyond("an ignore file cannot be read"))?;
        }
        Ok(Rules::parse(&text))
    }

    /// Asks the first `levels` levels, innermost first, then the global rules. `name` is where the last part begins.
    fn decide(&self, levels: usize, path: &[u8], name: usize, is_folder: bool) -> bool {
        let own = self.levels[..levels]
            .iter()
            .rev()
            .find_map(|level| level.rules.decide(&path[level.base..], name - level.base, is_folder, self.case));
        own.or_else(|| self.global.iter().find_map(|rules| rules.decide(path, name, is_folder, self.case)))
            .unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_decides() {
        for (rules, path, is_folder, expected) in [
            ("", "a", false, None),
            ("a", "a", false, Some(true)),
            ("a/", "a", false, None),
            ("a/", "a", true, Some(true)),
            ("*.o\n!keep.o\n", "x/keep.o", false, Some(false)),
            ("!keep.o\n*.o\n", "keep.o", false, Some(true)),
            ("/a", "x/a", false, None),
            ("x/*", "x/a", false, Some(true)),
            ("x/*", "x/a/b", false, None),
            ("**/b", "x/a/b", false, Some(true)),
            ("a\r\n", "a", false, Some(true)),
            ("b\na\r", "a", false, Some(true)),
            ("#a\n\\#b", "#b", false, Some(true)),
            ("a ", "a", false, Some(true)),
            ("a\\ ", "a ", false, Some(true)),
        ] {
            let name = path.rfind('/').map_or(0, |slash| slash + 1);
            let rules = Rules::parse(rules.as_bytes());
            assert_eq!(rules.decide(path.as_bytes(), name, is_folder, Case::Sensitive), expected, "{path}");
        }
    }
}

//! Patterns in the syntax of gitignore(5) that say which ignored files come along: `.worktreeinclude` and `agent.copy`.

use gix::bstr::{BStr, ByteSlice};
use gix::glob::pattern::{Case, Mode};
use gix::glob::wildmatch;

/// The patterns of one source, in their order.
#[derive(Debug, Default)]
pub struct Patterns(Vec<gix::glob::Pattern>);

/// How an ignored path relates to the patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It comes along, with all that is in it.
    Whole,
    /// Paths in this folder are named by a pattern: each must be looked at.
    Inside,
    /// It stays.
    None,
}

impl Patterns {
    /// Reads patterns as git reads a `.gitignore`: a line each, `#` begins a comment, blanks at the end count only behind
    /// a backslash.
    pub fn parse(text: &[u8]) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let lines = text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        Self(lines.filter(|line| !line.starts_with(b"#")).filter_map(|line| gix::glob::parse(trimmed(line))).collect())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What becomes of an ignored path. `path` has slashes between its parts and none around it; it is a path that git
    /// ignores by itself: a file, or a folder that a rule names.
    pub fn judge(&self, path: &[u8], is_folder: bool) -> Match {
        // A pattern that names a folder above includes all below, as it would ignore all below.
        let mut above = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &path[..at]);
        if above.any(|folder| self.decide(folder, true) == Some(true)) {
            return Match::Whole;
        }
        match self.decide(path, is_folder) {
            Some(true) => Match::Whole,
            _ if is_folder && self.reaches_into(path) => Match::Inside,
            _ => Match::None,
        }
    }

    /// The verdict of the last pattern that matches.
    fn decide(&self, path: &[u8], is_folder: bool) -> Option<bool> {
        let name = path.rfind_byte(b'/').map(|slash| slash + 1);
        let mode = wildmatch::Mode::NO_MATCH_SLASH_LITERAL;
        let matches = |pattern: &&gix::glob::Pattern| {
            pattern.matches_repo_relative_path(path.as_bstr(), name, Some(is_folder), Case::Sensitive, mode)
        };
        self.0.iter().rev().find(matches).map(|pattern| !pattern.is_negative())
    }

    /// Whether a pattern with a path of its own leads into the folder. One that is only a name (`.env`, `*.local`,
    /// `**/.env`) does not: a folder that is ignored as a whole, such as `node_modules`, is left alone unless it is named.
    fn reaches_into(&self, folder: &[u8]) -> bool {
        let into = |pattern: &gix::glob::Pattern| {
            let text = pattern.text.as_bytes();
            if pattern.is_negative() || pattern.mode.contains(Mode::NO_SUB_DIR) {
                return false;
            }
            let mut parts = text.split(|&byte| byte == b'/').enumerate();
            for part in folder.split(|&byte| byte == b'/') {
                match parts.next() {
                    // It skips any number of folders, the rest of this path among them.
                    Some((at, b"**")) => return at > 0,
                    Some((_, own)) if wildmatch_part(own, part) => {}
                    _ => return false,
                }
            }
            parts.next().is_some()
        };
        self.0.iter().any(into)
    }
}

fn wildmatch_part(pattern: &[u8], part: &[u8]) -> bool {
    gix::glob::wildmatch(BStr::new(pattern), BStr::new(part), wildmatch::Mode::NO_MATCH_SLASH_LITERAL)
}

/// A line without the blanks at its end that no backslash protects.
fn trimmed(line: &[u8]) -> &[u8] {
    let mut end = line.len();
    while end > 0 && matches!(line[end - 1], b' ' | b'\t') {
        if end > 1 && line[end - 2] == b'\\' {
            break;
        }
        end -= 1;
    }
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_ignored_paths_come_along() {
        use Match::{Inside, None, Whole};
        for (patterns, path, is_folder, expected) in [
            ("", ".env", false, None),
            (".env", ".env", false, Whole),
            (".env", "api/.env", false, Whole),
            ("/.env", "api/.env", false, None),
            (".env*\n!.env.prod", ".env.local", false, Whole),
            (".env*\n!.env.prod", ".env.prod", false, None),
            ("# note\n\n.env\r\n", ".env", false, Whole),
            (".env  ", ".env", false, Whole),
            ("node_modules", "node_modules", true, Whole),
            ("node_modules/", "node_modules", true, Whole),
            ("node_modules/", "node_modules", false, None),
            (".env", "node_modules", true, None),
            ("*.local", "node_modules", true, None),
            ("**/cache.db", "node_modules", true, None),
            ("data/seed.db", "data", true, Inside),
            ("/data/seed.db", "data", true, Inside),
            ("data/*/seed.db", "data/x", true, Inside),
            ("config/**/*.pem", "config/sub", true, Inside),
            ("config/**/*.pem", "config/sub/deep", true, Inside),
            ("config/**/*.pem", "config/sub/b.pem", false, Whole),
            ("config/**/*.pem", "other", true, None),
            ("/config/**/b.pem", "config/sub", true, Inside),
            ("deep/**/s.key", "deep", true, Inside),
            ("deep/**/x/s.key", "deep/y/x", true, Inside),
            ("deep/**", "deep", true, Inside),
            ("**/keys/*.pem", "node_modules", true, None),
            ("d*/seed.db", "data", true, Inside),
            ("data/seed.db", "data/seed.db", false, Whole),
            ("data/seed.db", "other", true, None),
            ("secrets/", "secrets/key", false, Whole),
            ("secrets", "secrets/deep/key", false, Whole),
            ("\\#x", "#x", false, Whole),
        ] {
            let found = Patterns::parse(patterns.as_bytes()).judge(path.as_bytes(), is_folder);
            assert_eq!(found, expected, "{patterns:?} for {path}");
        }
    }
}

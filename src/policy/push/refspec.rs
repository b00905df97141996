//! Refspecs (git-push(1), `<refspec>…`).

use crate::policy::shell::Text;

/// One refspec as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refspec {
    /// `:` and `+:`
    Matching,
    /// `^pattern`: local refs that a pattern leaves out.
    Negative(String),
    /// `src:dst` with a `*` on each side.
    Pattern(String, String),
    /// `src:dst`
    Pair(Text, Text),
    /// `src`: where it lands depends on the configuration.
    Name(String),
    /// `:dst`
    Delete(Text),
    /// Git refuses it.
    Invalid,
    /// Cannot be known at all.
    Unknown,
}

impl Refspec {
    /// Reads one word.
    pub fn parse(word: &Text) -> Self {
        let word = word.strip_prefix("+").unwrap_or_else(|| word.clone());
        if let Some(pattern) = word.strip_prefix("^") {
            return pattern.get().map_or(Self::Unknown, |pattern| Self::Negative(pattern.to_owned()));
        }
        let Some((src, dst)) = word.split_last(':') else {
            return match word.get() {
                None => Self::Unknown,
                Some("") => Self::Invalid,
                Some("@") => Self::Name("HEAD".to_owned()),
                Some(name) if name.contains('*') => Self::Pattern(name.to_owned(), name.to_owned()),
                Some(name) => Self::Name(name.to_owned()),
            };
        };
        if src.is_empty() {
            return if dst.is_empty() { Self::Matching } else { Self::Delete(dst) };
        }
        if dst.is_empty() {
            return Self::Invalid;
        }
        match (src.get(), dst.get()) {
            (Some(from), Some(to)) => match (from.matches('*').count(), to.matches('*').count()) {
                (0, 0) => Self::Pair(src, dst),
                (1, 1) => Self::Pattern(from.to_owned(), to.to_owned()),
                _ => Self::Invalid,
            },
            _ => Self::Pair(src, dst),
        }
    }
}

/// What `*` stands for when `name` matches `pattern`.
pub fn star<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == name).then_some(""),
        Some((before, after)) => {
            let rest = name.strip_prefix(before)?;
            rest.strip_suffix(after)
        }
    }
}

/// The pattern with `*` replaced.
pub fn fill(pattern: &str, star: &str) -> String {
    pattern.replacen('*', star, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let pair = |src: &str, dst: &str| Refspec::Pair(src.into(), dst.into());
        for (word, expected) in [
            ("main", Refspec::Name("main".into())),
            ("+main", Refspec::Name("main".into())),
            ("@", Refspec::Name("HEAD".into())),
            (":", Refspec::Matching),
            ("+:", Refspec::Matching),
            (":main", Refspec::Delete("main".into())),
            ("HEAD:main", pair("HEAD", "main")),
            ("+HEAD:refs/heads/main", pair("HEAD", "refs/heads/main")),
            ("a:b:c", pair("a:b", "c")),
            ("HEAD:", Refspec::Invalid),
            ("", Refspec::Invalid),
            ("refs/heads/*", Refspec::Pattern("refs/heads/*".into(), "refs/heads/*".into())),
            ("refs/heads/*:x", Refspec::Invalid),
            ("^refs/heads/main", Refspec::Negative("refs/heads/main".into())),
        ] {
            assert_eq!(Refspec::parse(&word.into()), expected, "{word}");
        }
        let mut computed = Text::unknown();
        computed.push_str(":main");
        assert_eq!(Refspec::parse(&computed), Refspec::Pair(Text::unknown(), "main".into()));
    }

    #[test]
    fn stars() {
        assert_eq!(star("refs/heads/*", "refs/heads/a/b"), Some("a/b"));
        assert_eq!(star("refs/heads/ma*n", "refs/heads/main"), Some("i"));
        assert_eq!(star("refs/heads/ma*", "refs/heads/x"), None);
        assert_eq!(fill("refs/heads/rel/*", "x"), "refs/heads/rel/x");
    }
}

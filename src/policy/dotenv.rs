//! `.env` files: writing values so that the usual readers agree on them, and changing values in a file that somebody else
//! wrote.
//!
//! There is no specification. What is written here is read alike by node (`--env-file`, `dotenv`), `python-dotenv`, Ruby's
//! `dotenv`, `godotenv`, Docker Compose and a POSIX shell that sources the file.

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

/// A value as it stands behind `NAME=`; `None` when no spelling means the same to all readers.
///
/// Plain where that needs no quotes; in single quotes, which no reader looks into, for all else; in double quotes for a
/// single quote, if nothing in the value means anything there.
pub fn quoted(value: &str) -> Option<String> {
    quoted_as(value, Quotes::None)
}

/// As [`quoted`], in the quotes that were there if they can hold the value.
fn quoted_as(value: &str, wanted: Quotes) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    // python-dotenv fills `${NAME}` in whatever the quotes, and node reads every end of line as a newline.
    if value.contains("${") || value.contains(['\r', '\0']) {
        return None;
    }
    let fits_plain = value.chars().all(plain);
    // Some readers take a backslash before a quote or a backslash away even in single quotes.
    let fits_single = !value.contains('\'') && !value.contains("\\\\") && !value.ends_with('\\');
    let fits_double = !value.contains(['"', '\\', '$', '`', '!']);
    match wanted {
        Quotes::None if fits_plain => Some(value.to_owned()),
        Quotes::Double if fits_double => Some(format!("\"{value}\"")),
        _ if fits_single => Some(format!("'{value}'")),
        _ if fits_double => Some(format!("\"{value}\"")),
        _ => None,
    }
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Its new text.
    pub text: String,
    /// The variables whose values are new, each once.
    pub changed: Vec<String>,
    /// The variables whose new value cannot be written in such a file: they are empty now.
    pub unfit: Vec<String>,
    /// The variables whose values are somebody's: they stay.
    pub kept: Vec<String>,
}

/// Gives variables that `text` sets the values of `values`; adds none. Comments, order, blanks, quotes where they can
/// hold the value, and the ends of lines stay. `keeps` says whether a variable is to keep the value that it has.
pub fn rewrite(text: &str, values: &[(String, String)], keeps: impl Fn(&str, &str) -> bool) -> Rewritten {
    let mut out = Rewritten::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (entry, behind) = split(rest);
        match change(entry, values, &keeps, &mut out) {
            Some(new) => out.text.push_str(&new),
            None => out.text.push_str(entry),
        }
        rest = behind;
    }
    out
}

/// The values that a file sets, as they are written between their quotes: for a reader of its own.
pub fn value_of(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    let mut found = None;
    while !rest.is_empty() {
        let (entry, behind) = split(rest);
        if let Some(parts) = Parts::of(entry).filter(|parts| parts.name == name) {
            found = Some(parts.meaning());
        }
        rest = behind;
    }
    found
}

/// The first entry, a line with its end or several if a quoted value holds newlines, and what follows it.
fn split(text: &str) -> (&str, &str) {
    let line = text.find('\n').map_or(text.len(), |at| at + 1);
    let end = Parts::of(text).map_or(line, |parts| {
        let from = parts.start + parts.written.len();
        text[from..].find('\n').map_or(text.len(), |at| from + at + 1)
    });
    text.split_at(end)
}

/// `export NAME = 'value' # comment`, taken apart.
struct Parts<'t> {
    name: &'t str,
    /// Where the value begins.
    start: usize,
    /// The value with its quotes.
    written: &'t str,
    quotes: Option<char>,
}

impl<'t> Parts<'t> {
    fn of(entry: &'t str) -> Option<Self> {
        let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
        let mut at = blanks(entry);
        if let Some(behind) = entry[at..].strip_prefix("export").filter(|behind| behind.starts_with([' ', '\t'])) {
            at = entry.len() - behind.len() + blanks(behind);
        }
        let length = entry[at..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let name = &entry[at..at + length];
        at += length + blanks(&entry[at + length..]);
        let behind = entry[at..].strip_prefix('=')?;
        let start = at + 1 + blanks(behind);
        let value = &entry[start..];
        if name.is_empty() {
            return None;
        }
        let quotes = value.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
        if let Some(quote) = quotes
            && let Some(end) = closing(value, quote)
        {
            return Some(Self { name, start, written: &value[..end], quotes });
        }
        // Without quotes it ends with the line or before a comment.
        let line = &value[..value.find(['\n', '\r']).unwrap_or(value.len())];
        let comment = line.find(" #").or_else(|| line.find("\t#")).or_else(|| line.starts_with('#').then_some(0));
        let written = line[..comment.unwrap_or(line.len())].trim_end_matches([' ', '\t']);
        // Before a comment alone: the blank between them stays between them.
        let start = if comment == Some(0) { at + 1 } else { start };
        Some(Self { name, start, written, quotes: None })
    }

    /// What the value means, for a value of a plain kind.
    fn meaning(&self) -> String {
        match self.quotes {
            None => self.written.to_owned(),
            Some(quote) => {
                let inner = &self.written[1..self.written.len() - 1];
                if quote == '"' { inner.replace("\\n", "\n").replace("\\\"", "\"") } else { inner.to_owned() }
            }
        }
    }
}

/// Where a quoted value ends, behind its quote; a backslash hides the character behind it.
fn closing(value: &str, quote: char) -> Option<usize> {
    let mut hidden = false;
    for (at, c) in value.char_indices().skip(1) {
        match c {
            '\\' if !hidden && quote != '\'' => hidden = true,
            c if c == quote && !hidden => return Some(at + 1),
            _ => hidden = false,
        }
    }
    None
}

fn change(
    entry: &str,
    values: &[(String, String)],
    keeps: &impl Fn(&str, &str) -> bool,
    out: &mut Rewritten,
) -> Option<String> {
    let parts = Parts::of(entry)?;
    let (name, value) = values.iter().find(|(name, _)| name == parts.name)?;
    let before = parts.meaning();
    if before == *value {
        return None;
    }
    let note = |list: &mut Vec<String>| {
        if !list.contains(name) {
            list.push(name.clone());
        }
    };
    if keeps(name, &before) {
        note(&mut out.kept);
        return None;
    }
    let wanted = match parts.quotes {
        Some('"') => Quotes::Double,
        Some(_) => Quotes::Single,
        None => Quotes::None,
    };
    let new = quoted_as(value, wanted);
    if new.is_none() {
        note(&mut out.unfit);
        if before.is_empty() {
            return None;
        }
    }
    note(&mut out.changed);
    let new = new.unwrap_or_default();
    Some(format!("{}{new}{}", &entry[..parts.start], &entry[parts.start + parts.written.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        for (value, expected) in [
            ("3000", Some("3000")),
            ("a b", Some("'a b'")),
            ("", Some("")),
            ("postgres://u:p@h/d?x=1&y", Some("'postgres://u:p@h/d?x=1&y'")),
            ("it's", Some("\"it's\"")),
            ("a\nb", Some("'a\nb'")),
            ("#x", Some("'#x'")),
            ("$HOME", Some("'$HOME'")),
            ("C:\\dir", Some("'C:\\dir'")),
            ("C:\\", None),
            ("it's \"x\"", None),
            ("it's $x", None),
            ("${X}", None),
            ("a\rb", None),
        ] {
            assert_eq!(quoted(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_file_keeps_all_but_the_values() {
        let values = [("PORT".to_owned(), "3123".to_owned()), ("URL".to_owned(), "http://x/?a b".to_owned())];
        for (text, expected) in [
            ("PORT=3000\n", "PORT=3123\n"),
            ("PORT=3000", "PORT=3123"),
            (
                "# PORT=1\r\nexport PORT = '3000' # the port\r\nX=1\r\n",
                "# PORT=1\r\nexport PORT = '3123' # the port\r\nX=1\r\n",
            ),
            ("PORT=\"3000\"\nURL=old # why\n", "PORT=\"3123\"\nURL='http://x/?a b' # why\n"),
            ("PORT=3123\n", "PORT=3123\n"),
            ("A='x\nPORT=1\n'\nPORT=2\n", "A='x\nPORT=1\n'\nPORT=3123\n"),
            ("PORT=\n", "PORT=3123\n"),
            ("PORT= # none\n", "PORT=3123 # none\n"),
            ("XPORT=1\nPORTS=2\nPORT\n=\n\n", "XPORT=1\nPORTS=2\nPORT\n=\n\n"),
            ("PORT='open\nX=1\n", "PORT=3123\nX=1\n"),
            ("PORT=1\nPORT=2\n", "PORT=3123\nPORT=3123\n"),
        ] {
            assert_eq!(rewrite(text, &values, |_, _| false).text, expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_emptied() {
        let values = [("X".to_owned(), "it's \"x\"".to_owned())];
        let out = rewrite("X=\"1\" # c\n", &values, |_, _| false);
        assert_eq!((out.text.as_str(), out.unfit.len(), out.changed.len()), ("X= # c\n", 1, 1));
        let out = rewrite(&out.text, &values, |_, _| false);
        assert_eq!((out.text.as_str(), out.unfit.len(), out.changed.len()), ("X= # c\n", 1, 0));
    }

    #[test]
    fn what_is_somebodys_stays() {
        let values = [("X".to_owned(), "2".to_owned()), ("Y".to_owned(), String::new())];
        let out = rewrite("X=1\nX=mine\nX=mine\nX=0\nY='u'\n", &values, |_, value| value == "mine");
        assert_eq!(out.text, "X=2\nX=mine\nX=mine\nX=2\nY=''\n");
        assert_eq!((out.changed, out.kept), (vec!["X".to_owned(), "Y".to_owned()], vec!["X".to_owned()]));
    }

    #[test]
    fn values_are_read() {
        let text = "A=1\nexport B='x y' # c\nC=\"a\\nb\"\nA=2 # later\n";
        for (name, expected) in [("A", Some("2")), ("B", Some("x y")), ("C", Some("a\nb")), ("D", None)] {
            assert_eq!(value_of(text, name).as_deref(), expected, "{name}");
        }
    }
}

//! Reading past the options of a program whose options are known.

use crate::policy::guard::walk::expand::Field;

/// Which options of a program take a value, and how many words stand before the command that it runs.
pub(crate) struct Shape {
    /// Short letters with a value.
    pub(crate) short: &'static str,
    /// Long options whose value is a word of its own.
    pub(crate) long: &'static [&'static str],
    /// Words before the command.
    pub(crate) words: usize,
    /// `NAME=value` words may stand before the command.
    pub(crate) assigns: bool,
}

/// The position of the first word that is neither an option nor an option's value; every option goes to `seen`, with its
/// value if it has one.
pub(crate) fn skip<'f>(
    argv: &'f [Field],
    from: usize,
    shape: &Shape,
    mut seen: impl FnMut(&str, Option<&'f Field>),
) -> usize {
    let mut at = from;
    while let Some(text) = argv.get(at).map(|field| field.text.prefix()) {
        if text == "--" && argv[at].text.is_known() {
            return at + 1;
        }
        if let Some(long) = text.strip_prefix("--") {
            let takes = !long.contains('=') && shape.long.contains(&long);
            seen(text, if takes { argv.get(at + 1) } else { None });
            at += 1 + usize::from(takes);
        } else if text.len() > 1 && text.starts_with('-') {
            let mut takes = false;
            for (index, letter) in text.char_indices().skip(1) {
                if shape.short.contains(letter) {
                    takes = index + letter.len_utf8() == text.len() && argv[at].text.is_known();
                    seen(&format!("-{letter}"), if takes { argv.get(at + 1) } else { None });
                    break;
                }
                seen(&format!("-{letter}"), None);
            }
            at += 1 + usize::from(takes);
        } else {
            break;
        }
    }
    at
}

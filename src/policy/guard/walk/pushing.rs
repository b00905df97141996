//! Whether words that a program is given read like a push.

use super::expand::Field;

/// The commands of git that push.
const PUSHES: [&str; 3] = ["push", "send-pack", "http-push"];

/// Whether a word, or a text in it, names a command that pushes.
pub(super) fn names_push(field: &Field) -> bool {
    let text = field.text.shown();
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').any(|word| PUSHES.contains(&word))
}

/// Whether words are those of a push to git: its global options, then the command. What cannot be known may be either.
pub(super) fn is_push(words: &[Field]) -> bool {
    let mut at = 0;
    while let Some(field) = words.get(at) {
        let Some(text) = field.get() else {
            return words[at..].iter().any(names_push);
        };
        at += match text {
            _ if PUSHES.contains(&text) => return true,
            "-C" | "-c" | "--git-dir" | "--work-tree" | "--namespace" | "--config-env" => 2,
            "-p" | "-P" => 1,
            _ if text.starts_with("--") => 1,
            _ => return false,
        };
    }
    false
}

//! Settings of clients: our entries are put into a file of JSON that belongs to somebody else, and taken out again.
//!
//! What a person wrote stays as it stands: order, comments, indentation, line endings, keys that nobody knows. The text
//! is edited and not written anew, and each edit is checked: what the new text means is what the old one meant, with our
//! entries and nothing else besides.
//!
//! The shape is the one that the clients share: below `hooks` a list for each event, whose elements are groups with a list
//! `hooks`, or, in Copilot CLI, the hooks themselves. A hook is ours if it is one that
//! we write (`forms`).

mod edit;
pub mod forms;
mod meaning;
mod patch;

use serde_json::Value;

pub use patch::Patch;

/// What a client's settings are to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    /// Keys beside `hooks` that a new file needs.
    pub head: Vec<(&'static str, Value)>,
    /// The element for each event.
    pub hooks: Vec<(&'static str, Value)>,
}

/// How strictly a client reads its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Comments are read over.
    pub comments: bool,
    /// A byte order mark is read over.
    pub mark: bool,
}

/// Why a file cannot be edited: one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// What the client reads in a text; nothing where it could not read it.
pub fn value(text: &str, dialect: Dialect) -> Value {
    meaning::read(text, dialect).unwrap_or_default()
}

/// Whether the file has exactly these entries of ours.
///
/// # Errors
/// When the client itself could not read the file.
pub fn has(text: &str, wanted: &Entries, dialect: Dialect) -> Result<bool, Broken> {
    Ok(meaning::ours(&meaning::read(text, dialect)?) == meaning::wanted(wanted))
}

/// Whether the file has any entry of ours.
///
/// # Errors
/// As [`has`].
pub fn has_any(text: &str, dialect: Dialect) -> Result<bool, Broken> {
    Ok(!meaning::ours(&meaning::read(text, dialect)?).is_empty())
}

/// Whether nothing is in the file that anybody would miss: no key, or only those that `entries` begins a file with.
///
/// # Errors
/// As [`has`].
pub fn is_empty(text: &str, entries: &Entries, dialect: Dialect) -> Result<bool, Broken> {
    let value = meaning::read(text, dialect)?;
    let known = |key: &String, value: &Value| {
        key == "hooks" && value.as_object().is_some_and(serde_json::Map::is_empty)
            || entries.head.iter().any(|(name, head)| name == key && head == value)
    };
    Ok(value.as_object().is_none_or(|object| object.iter().all(|(key, value)| known(key, value))))
}

/// The text with our entries in it, in the place of older ones. Without a text a new one is made.
///
/// # Errors
/// When the client itself could not read the file, or it has another shape than the client's.
pub fn with(text: Option<&str>, wanted: &Entries, dialect: Dialect) -> Result<String, Broken> {
    let Some(text) = text.filter(|text| !text.trim_matches(['\u{feff}', ' ', '\n', '\r', '\t']).is_empty()) else {
        return Ok(edit::new(wanted));
    };
    if has(text, wanted, dialect)? {
        return Ok(text.to_owned());
    }
    let without = self::without(text, dialect)?;
    let new = edit::add(&without, wanted, dialect)?;
    meaning::check(&without, &new, wanted, dialect)?;
    Ok(new)
}

/// The text without any entry of ours, and without lists that are empty because of that.
///
/// # Errors
/// As [`with`].
pub fn without(text: &str, dialect: Dialect) -> Result<String, Broken> {
    if !has_any(text, dialect)? {
        return Ok(text.to_owned());
    }
    let new = edit::remove(text, dialect)?;
    meaning::check(text, &new, &Entries::default(), dialect)?;
    Ok(new)
}

#[cfg(test)]
mod tests;

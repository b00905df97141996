//! What settings mean, whatever they look like: to check an edit by.

use serde_json::{Map, Value};

use super::forms::is_ours;
use super::{Broken, Dialect, Entries, edit};

/// What the client reads.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Value, Broken> {
    let bare = text.strip_prefix('\u{feff}');
    if bare.is_some() && !dialect.mark {
        return Err(Broken("it begins with a byte order mark, and the client does not read past that".to_owned()));
    }
    let bare = bare.unwrap_or(text);
    let value = if dialect.comments {
        edit::parse(bare, dialect)?.to_serde_value().unwrap_or(Value::Null)
    } else {
        serde_json::from_str(bare).map_err(|error| Broken(format!("it is not JSON: {error}")))?
    };
    if value.is_object() { Ok(value) } else { Err(Broken("it holds no object of JSON".to_owned())) }
}

/// Our entries, each with its event.
pub(super) fn ours(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (event, groups) in value.get("hooks").and_then(Value::as_object).into_iter().flatten() {
        for group in groups.as_array().into_iter().flatten() {
            match group.get("hooks").and_then(Value::as_array) {
                Some(hooks) if hooks.iter().any(is_ours) => {
                    let mut group = group.clone();
                    group["hooks"] = hooks.iter().filter(|hook| is_ours(hook)).cloned().collect();
                    found.push((event.clone(), group));
                }
                None if is_ours(group) => found.push((event.clone(), group.clone())),
                _ => {}
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// What [`ours`] is to find.
pub(super) fn wanted(entries: &Entries) -> Vec<(String, Value)> {
    let mut all: Vec<_> = entries.hooks.iter().map(|(event, group)| ((*event).to_owned(), group.clone())).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// What is left without our entries, and without lists that hold nothing.
fn rest(value: &Value) -> Value {
    let mut value = value.clone();
    let Some(events) = value.get_mut("hooks").and_then(Value::as_object_mut) else { return value };
    for groups in events.values_mut() {
        let Some(groups) = groups.as_array_mut() else { continue };
        for group in groups.iter_mut() {
            if let Some(hooks) = group.get_mut("hooks").and_then(Value::as_array_mut) {
                hooks.retain(|hook| !is_ours(hook));
            }
        }
        let holds_none = |group: &Value| group.get("hooks").and_then(Value::as_array).is_some_and(Vec::is_empty);
        groups.retain(|group| !is_ours(group) && !holds_none(group));
    }
    events.retain(|_, groups| groups.as_array().is_none_or(|groups| !groups.is_empty()));
    if events.is_empty()
        && let Some(fields) = value.as_object_mut()
    {
        fields.shift_remove("hooks");
    }
    value
}

/// Checks that `after` means what `before` does, with these entries of ours and no others.
pub(super) fn check(before: &str, after: &str, entries: &Entries, dialect: Dialect) -> Result<(), Broken> {
    let (before, after) = (read(before, dialect)?, read(after, dialect)?);
    let mut expected = rest(&before);
    if let Some(fields) = expected.as_object_mut() {
        let missing = |fields: &Map<String, Value>, name: &str| !fields.contains_key(name);
        for (name, head) in &entries.head {
            if missing(fields, name) {
                fields.insert((*name).to_owned(), head.clone());
            }
        }
    }
    if rest(&after) == expected && ours(&after) == wanted(entries) {
        Ok(())
    } else {
        Err(Broken("its hooks are not in the form that the client documents, or a key is there twice".to_owned()))
    }
}

//! The edits, on a syntax tree that keeps every byte (jsonc-parser's).

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstRootNode};
use serde_json::Value;

use super::{Broken, Dialect, Entries, forms};

/// Values on one line in a list or object that is added to. The tree gives each a line of its own then, in time that grows with the
/// square of their number.
const MOST_ON_A_LINE: usize = 1000;

/// The tree of a text that has no byte order mark.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<CstRootNode, Broken> {
    let options = ParseOptions {
        allow_comments: dialect.comments,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        ..ParseOptions::default()
    };
    CstRootNode::parse(text, &options).map_err(|error| Broken(format!("it is not JSON: {error}")))
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(input).collect()),
        Value::Object(fields) => {
            CstInputValue::Object(fields.iter().map(|(key, value)| (key.clone(), input(value))).collect())
        }
    }
}

/// A file with our entries alone.
pub(super) fn new(entries: &Entries) -> String {
    let hooks = entries.hooks.iter().map(|(event, group)| ((*event).to_owned(), Value::Array(vec![group.clone()])));
    let mut fields: serde_json::Map<String, Value> =
        entries.head.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    fields.insert("hooks".to_owned(), Value::Object(hooks.collect()));
    format!("{:#}\n", Value::Object(fields))
}

/// Adds our entries to a text that has none.
pub(super) fn add(text: &str, entries: &Entries, dialect: Dialect) -> Result<String, Broken> {
    let (mark, text) = split(text);
    let root = parse(text, dialect)?;
    let other = |what: &str| Broken(format!("its '{what}' is not what the client documents"));
    let top = root.object_value().ok_or_else(|| Broken("it holds no object of JSON".to_owned()))?;
    check_width(&top.children())?;
    for (name, value) in &entries.head {
        if top.get(name).is_none() {
            top.append(name, input(value));
        }
    }
    let events = top.object_value_or_create("hooks").ok_or_else(|| other("hooks"))?;
    check_width(&events.children())?;
    for (event, group) in &entries.hooks {
        let groups = events.array_value_or_create(event).ok_or_else(|| other(event))?;
        check_width(&groups.children())?;
        groups.append(input(group));
    }
    Ok(format!("{mark}{root}"))
}

fn check_width(children: &[CstNode]) -> Result<(), Broken> {
    let values = children.iter().filter(|child| !child.is_token() && !child.is_trivia()).count();
    if values > MOST_ON_A_LINE && !children.iter().any(CstNode::is_newline) {
        return Err(Broken(format!("it has {values} values on one line, which is more than {MOST_ON_A_LINE}")));
    }
    Ok(())
}

/// Removes our entries, and what holds nothing because of that.
pub(super) fn remove(text: &str, dialect: Dialect) -> Result<String, Broken> {
    let (mark, text) = split(text);
    let root = parse(text, dialect)?;
    let events = root.object_value().and_then(|top| top.object_value("hooks"));
    let Some(events) = events else { return Ok(format!("{mark}{root}")) };
    for event in events.properties() {
        let Some(groups) = event.array_value() else { continue };
        let before = groups.elements().len();
        groups.elements().into_iter().for_each(remove_from_group);
        if before > 0 && groups.elements().is_empty() {
            event.remove();
        }
    }
    if events.properties().is_empty() {
        events.parent().into_iter().for_each(jsonc_parser::cst::CstContainerNode::remove);
    }
    Ok(format!("{mark}{root}"))
}

fn remove_from_group(group: CstNode) {
    let hooks = group.as_object().and_then(|group| group.array_value("hooks"));
    let emptied = |hooks: &CstArray| {
        let ours: Vec<_> = hooks.elements().into_iter().filter(is_ours).collect();
        let any = !ours.is_empty();
        ours.into_iter().for_each(CstNode::remove);
        any && hooks.elements().is_empty()
    };
    let gone = hooks.map_or_else(|| is_ours(&group), |hooks| emptied(&hooks));
    if gone {
        group.remove();
    }
}

fn is_ours(node: &CstNode) -> bool {
    node.to_serde_value().is_some_and(|value| forms::is_ours(&value))
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
}

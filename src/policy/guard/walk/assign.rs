//! Variables: what an assignment gives them, and what a program that is started sees of them.

use super::Walker;
use super::expand::Field;
use super::run::Call;
use super::state::{State, Value};
use crate::policy::shell::{Assign, Text};

/// Arrays and argument lists with more words are not followed: `set -- "$@" "$@"` doubles them each time.
const MOST_WORDS: usize = 4096;

/// A variable with a longer value is not followed.
const LONGEST_VALUE: usize = 1 << 16;

impl Walker<'_> {
    /// The value of an assignment.
    pub(crate) fn assigned(&mut self, assign: &Assign, state: &mut State) -> Value {
        let old = state.vars.get(&assign.name).map(|var| var.value.clone());
        let value = self.assigned_value(assign, old, state);
        // Values are copied with every state, so long ones cost.
        let length = match &value {
            Value::One(text) => text.len(),
            Value::Many(texts) => texts.iter().map(|text| text.len() + 16).sum(),
            Value::Unset => 0,
        };
        if length > LONGEST_VALUE || !self.burn(u32::try_from(length / 256).unwrap_or(u32::MAX)) {
            return Value::One(Text::unknown());
        }
        value
    }

    fn assigned_value(&mut self, assign: &Assign, old: Option<Value>, state: &mut State) -> Value {
        use crate::policy::shell::Value as Written;
        if let Some(index) = &assign.index {
            let _ = self.text(index, state);
        }
        match &assign.value {
            Written::One(word) => {
                let text = self.text(word, state);
                if assign.indexed {
                    return Value::Many(vec![Text::unknown()]);
                }
                if assign.append {
                    let mut whole = match old {
                        Some(Value::One(old)) => old,
                        Some(Value::Unset) => Text::default(),
                        _ => Text::unknown(),
                    };
                    whole.push(&text);
                    return Value::One(whole);
                }
                Value::One(text)
            }
            Written::Many(words) => {
                let mut items = texts(&self.fields(words, state));
                if let (true, Some(Value::Many(old))) = (assign.append, old) {
                    items = [old, items].concat();
                }
                Value::Many(items)
            }
        }
    }

    /// A variable as the started program sees it.
    pub(crate) fn env(&self, name: &str, call: &Call, state: &State) -> Option<Text> {
        if let Some((_, value)) = call.env.iter().rev().find(|(found, _)| found == name) {
            return match value {
                Value::One(text) => Some(text.clone()),
                Value::Many(texts) => texts.first().cloned(),
                Value::Unset => None,
            };
        }
        if call.clean {
            return None;
        }
        match state.vars.get(name) {
            Some(var) if var.exported || self.world.env(name).is_some() => match &var.value {
                Value::One(text) => Some(text.clone()),
                Value::Many(texts) => texts.first().cloned(),
                Value::Unset => None,
            },
            _ => self.world.env(name).map(Text::known),
        }
    }
}

/// The arguments as strings; what may be several words is unknown.
pub(crate) fn texts(fields: &[Field]) -> Vec<Text> {
    if fields.len() > MOST_WORDS {
        return vec![Text::unknown()];
    }
    fields.iter().map(|field| if field.splits { Text::unknown() } else { field.text.clone() }).collect()
}

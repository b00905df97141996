//! Parameters: their values, and the operators on them ("Shell Parameter Expansion" in bash's manual).

use super::Walker;
use super::arithmetic;
use super::expand::SOME;
use super::state::{State, Value};
use crate::policy::push::glob;
use crate::policy::shell::{Param, ParamOp, Part, Text, Word};

/// Longer values are not edited: patterns are tried at each of their letters.
const LONGEST_EDITED: usize = 256;

/// What a parameter expands to.
pub(crate) enum Expanded {
    One(Text),
    Many(Vec<Text>),
}

impl Walker<'_> {
    /// `$(( … ))`, as far as it is plain arithmetic over what is known.
    pub(crate) fn number(&mut self, parts: &[Part], state: &mut State) -> Text {
        let mut whole = Text::default();
        for part in parts {
            whole.push(&self.part_text(part, state));
        }
        let variable = |name: &str| match state.vars.get(name).map(|var| &var.value) {
            Some(Value::One(text)) => text.get()?.trim().parse().ok(),
            _ => None,
        };
        let value = whole.get().and_then(|text| arithmetic::value(text, &variable));
        // Whatever it comes to, it is a number.
        Text::known(value.map_or_else(|| SOME.to_string(), |value| value.to_string()))
    }

    pub(crate) fn param(&mut self, param: &Param, state: &mut State) -> Expanded {
        let value = self.lookup(param, state);
        match &param.op {
            ParamOp::Plain => value.unwrap_or_else(|| Expanded::One(Text::unknown())),
            ParamOp::Default(colon, assigns, word) => {
                let set = match &value {
                    Some(Expanded::One(text)) if text.is_empty() => !colon,
                    Some(_) => true,
                    None => false,
                };
                if set {
                    return value.unwrap_or_else(|| Expanded::One(Text::unknown()));
                }
                let other = self.text(word, state);
                // Set to nothing in this very command, so the default counts; else it may be set outside.
                let unset = value.is_some() || state.vars.get(&param.name).is_some_and(|var| var.value == Value::Unset);
                let text = if unset { other } else { Text::unknown() };
                if *assigns {
                    state.set(&param.name, Value::One(text.clone()));
                }
                Expanded::One(text)
            }
            ParamOp::Alternative(colon, word) => {
                let other = self.text(word, state);
                match value {
                    Some(Expanded::One(text)) if *colon && text.is_empty() => Expanded::One(text),
                    Some(_) => Expanded::One(other),
                    None => Expanded::One(Text::unknown()),
                }
            }
            ParamOp::Require(word) => {
                let _ = self.text(word, state);
                value.unwrap_or_else(|| Expanded::One(Text::unknown()))
            }
            ParamOp::Edit(word) => {
                let how = self.edit_text(word, state);
                let known = match (&value, &how) {
                    (Some(Expanded::One(text)), Some(how)) => {
                        text.get().filter(|text| self.burn(cost(text, how))).and_then(|text| edited(text, how))
                    }
                    _ => None,
                };
                Expanded::One(known.map_or_else(Text::unknown, Text::known))
            }
            ParamOp::Other(words) => {
                for word in words {
                    let _ = self.text(word, state);
                }
                Expanded::One(Text::unknown())
            }
        }
    }

    fn lookup(&self, param: &Param, state: &State) -> Option<Expanded> {
        match param.name.as_str() {
            "@" | "*" => return Some(Expanded::Many(state.args.clone())),
            "#" => return Some(Expanded::One(Text::known(state.args.len().to_string()))),
            "?" | "$" => return Some(Expanded::One(Text::known(SOME))),
            "!" | "-" | "0" => return None,
            _ => {}
        }
        if let Ok(number) = param.name.parse::<usize>() {
            return Some(Expanded::One(state.args.get(number - 1).cloned().unwrap_or_default()));
        }
        match state.vars.get(&param.name).map(|var| &var.value) {
            Some(Value::Many(texts)) => Some(match param.index.as_deref() {
                Some("@" | "*") => Expanded::Many(texts.clone()),
                None => Expanded::One(texts.first().cloned().unwrap_or_default()),
                Some(index) => match index.parse::<usize>() {
                    Ok(index) => Expanded::One(texts.get(index).cloned().unwrap_or_default()),
                    Err(_) => Expanded::One(Text::unknown()),
                },
            }),
            Some(Value::One(text)) if matches!(param.index.as_deref(), None | Some("0" | "@" | "*")) => {
                Some(Expanded::One(text.clone()))
            }
            Some(Value::One(_)) => Some(Expanded::One(Text::unknown())),
            Some(Value::Unset) => Some(Expanded::One(Text::default())),
            None => self.variable(&param.name, state).map(Expanded::One),
        }
    }

    /// A variable's value as one string, from the command or from the few of the environment that are trusted to be the
    /// same in the agent's shell as here.
    pub(crate) fn variable(&self, name: &str, state: &State) -> Option<Text> {
        if let Some(var) = state.vars.get(name) {
            return match &var.value {
                Value::One(text) => Some(text.clone()),
                Value::Many(texts) => texts.first().cloned(),
                Value::Unset => None,
            };
        }
        match name {
            "PWD" => state.cwd.as_deref().map(Text::known),
            "HOME" | "USER" | "LOGNAME" | "TMPDIR" | "SHELL" | "XDG_CONFIG_HOME" | "CLAUDE_PROJECT_DIR" => {
                self.world.env(name).map(Text::known)
            }
            "RANDOM" | "SRANDOM" | "SECONDS" | "EPOCHSECONDS" | "LINENO" | "UID" | "EUID" | "PPID" | "BASHPID" => {
                Some(Text::known(SOME))
            }
            _ if name.starts_with("GIT_") => self.world.env(name).map(Text::known),
            _ => None,
        }
    }

    /// The operator with its words. A quoted letter that is special in a pattern is rare, and makes it unknown.
    fn edit_text(&mut self, word: &Word, state: &mut State) -> Option<String> {
        let mut out = Text::default();
        let mut odd = false;
        for part in &word.parts {
            let text = self.part_text(part, state);
            odd |= !matches!(part, Part::Plain(_)) && text.shown().contains(['*', '?', '[', '\\', '/']);
            out.push(&text);
        }
        if odd { None } else { out.get().map(str::to_owned) }
    }
}

/// What an edit may take: a glob with several stars is tried at each place, and each try looks back.
fn cost(value: &str, how: &str) -> u32 {
    let length = u32::try_from(value.len().min(LONGEST_EDITED)).unwrap_or(u32::MAX);
    if how.matches('*').count() > 1 { length * length / 16 + 1 } else { length / 4 + 1 }
}

/// A value after an operator.
fn edited(value: &str, how: &str) -> Option<String> {
    if value.contains(SOME) || value.len() > LONGEST_EDITED || how.len() > LONGEST_EDITED {
        return None;
    }
    let cuts = || value.char_indices().map(|(at, _)| at).chain([value.len()]);
    let end = |at: Option<usize>| Some(value.get(..at.unwrap_or(value.len()))?.to_owned());
    let begin = |at: Option<usize>| Some(value.get(at.unwrap_or(0)..)?.to_owned());
    match how {
        "^^" => return Some(value.to_uppercase()),
        ",," => return Some(value.to_lowercase()),
        "^" | "," => {
            let first = value.chars().next().map_or(0, char::len_utf8);
            let (head, rest) = value.split_at(first);
            return Some(format!("{}{rest}", if how == "^" { head.to_uppercase() } else { head.to_lowercase() }));
        }
        _ => {}
    }
    if let Some(pattern) = how.strip_prefix("%%") {
        return end(cuts().find(|at| glob::matches(pattern, &value[*at..])));
    }
    if let Some(pattern) = how.strip_prefix('%') {
        return end(cuts().collect::<Vec<_>>().into_iter().rev().find(|at| glob::matches(pattern, &value[*at..])));
    }
    if let Some(pattern) = how.strip_prefix("##") {
        return begin(cuts().collect::<Vec<_>>().into_iter().rev().find(|at| glob::matches(pattern, &value[..*at])));
    }
    if let Some(pattern) = how.strip_prefix('#') {
        return begin(cuts().find(|at| glob::matches(pattern, &value[..*at])));
    }
    if let Some(rest) = how.strip_prefix('/') {
        return replaced(value, rest);
    }
    let (from, length) = how.strip_prefix(':').map(|rest| rest.split_once(':').unwrap_or((rest, "")))?;
    let letters: Vec<char> = value.chars().collect();
    let from: i64 = if from.trim().is_empty() { 0 } else { from.trim().parse().ok()? };
    let count = i64::try_from(letters.len()).ok()?;
    let from = if from < 0 { count + from } else { from.min(count) };
    let to = match length.trim() {
        "" => count,
        text => match text.parse::<i64>().ok()? {
            length if length < 0 => count + length,
            length => from.saturating_add(length).min(count),
        },
    };
    let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
    Some(letters.get(from..to)?.iter().collect())
}

/// `${x/pattern/text}` and its kin, without the first slash.
fn replaced(value: &str, how: &str) -> Option<String> {
    let (all, how) = how.strip_prefix('/').map_or((false, how), |rest| (true, rest));
    let (pattern, text) = how.split_once('/').unwrap_or((how, ""));
    // `#` and `%` tie the pattern to an end, and a backslash or `&` in the text has a meaning of its own.
    if pattern.is_empty() || pattern.starts_with(['#', '%']) || how.contains(['\\', '&']) {
        return None;
    }
    // To find the longest match of a glob at each place takes more work than such an edit is worth: it is unknown.
    if pattern.contains(['*', '?', '[']) {
        return None;
    }
    Some(if all { value.replace(pattern, text) } else { value.replacen(pattern, text, 1) })
}

#[cfg(test)]
mod tests {
    use super::edited;

    #[test]
    fn operators() {
        for (value, how, expected) in [
            ("origin/main", "##*/", Some("main")),
            ("a/b/c", "#*/", Some("b/c")),
            ("a.b.c", "%.*", Some("a.b")),
            ("a.b.c", "%%.*", Some("a")),
            ("main", "%x", Some("main")),
            ("MAIN", ",,", Some("main")),
            ("main", "^", Some("Main")),
            ("nain", "/n/m", Some("main")),
            ("mxaxin", "//x", Some("main")),
            ("xxmainxx", ":2:4", Some("main")),
            ("xxmain", ": -4", Some("main")),
            ("xmain", ":1", Some("main")),
            ("mainx", "::-1", Some("main")),
            ("main", "@Q", None),
            ("main", "/#m/x", None),
            ("main", ":9", Some("")),
        ] {
            assert_eq!(edited(value, how).as_deref(), expected, "{value} {how}");
        }
    }
}

//! Expansion of words ("EXPANSION" in bash's manual), with what cannot be known marked as such.

use std::rc::Rc;

use super::param::Expanded;
use super::state::{State, Value};
use super::{Io, Walker};
use crate::policy::shell::{self, Chunk, ParamOp, Part, Text, Word};

/// Stands in code for text that cannot be known, so that the code around it can still be parsed. A private letter of
/// Unicode, which no name of interest contains.
pub(crate) const GAP: char = '\u{e000}';

/// Stands for letters or digits that only the moment will tell, a time or a random number: never a blank, a slash or a
/// colon. A name with it in it is no name that somebody protects, and is not shown or put into a command.
pub(crate) const SOME: char = '\u{e001}';

/// The beginning of a path that stands for `>( … )`.
pub(crate) const SINK: &str = "/dev/fd/sink";

/// One argument after expansion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) text: Text,
    /// Where the word stands in the user's text, if it stands there.
    pub(crate) span: Option<(usize, usize)>,
    /// Where its content stands there to the letter.
    pub(crate) content: Option<usize>,
    /// It has a live glob in it.
    pub(crate) glob: bool,
    /// It may be several words, or none.
    pub(crate) splits: bool,
}

impl Field {
    pub(crate) fn of(text: Text) -> Self {
        Self { text, ..Self::default() }
    }

    /// The argument, if it is one word that is known.
    pub(crate) fn get(&self) -> Option<&str> {
        if self.splits { None } else { self.text.get() }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.get() == Some(text)
    }
}

/// Text of a script, with [`GAP`] turned back into what it stands for.
pub(crate) fn text_of(text: &str) -> Text {
    if !text.contains(GAP) {
        return Text::known(text);
    }
    let mut out = Text::default();
    for (index, piece) in text.split(GAP).enumerate() {
        if index > 0 {
            out.push(&Text::unknown());
        }
        out.push_str(piece);
    }
    out
}

/// A text as code: unknown pieces become a [`GAP`].
pub(crate) fn code_of(text: &Text) -> String {
    text.chunks()
        .iter()
        .map(|chunk| if let Chunk::Known(text) = chunk { text.clone() } else { GAP.to_string() })
        .collect()
}

impl Walker<'_> {
    /// The arguments that words expand to.
    pub(crate) fn fields(&mut self, words: &[Word], state: &mut State) -> Vec<Field> {
        let mut fields = Vec::new();
        for word in words {
            let (expanded, whole) = shell::brace::expand(word);
            if !whole {
                self.lost("a brace expansion with too many words");
            }
            for word in &expanded {
                self.one_word(word, state, &mut fields);
                if !self.burn(1) {
                    return fields;
                }
            }
        }
        fields
    }

    fn one_word(&mut self, word: &Word, state: &mut State, fields: &mut Vec<Field>) {
        let first = fields.len();
        let mut building = Building::default();
        for (index, part) in word.parts.iter().enumerate() {
            match part {
                Part::Plain(text) => {
                    let text = if index == 0 { self.tilde(text, state) } else { text.clone() };
                    building.field.glob |= text.contains(['*', '?', '[']);
                    building.field.splits |= text.contains(GAP);
                    building.push(&text_of(&text));
                }
                Part::Quoted(text) => building.push(&text_of(text)),
                Part::Double(parts) => self.double(parts, state, &mut building, fields),
                Part::Param(param) => match self.param(param, state) {
                    Expanded::One(text) => self.split(&text, state, &mut building, fields),
                    Expanded::Many(texts) => {
                        for (index, text) in texts.iter().enumerate() {
                            if index > 0 {
                                building.end(fields);
                            }
                            self.split(text, state, &mut building, fields);
                        }
                    }
                },
                Part::Command(node) => {
                    let text = self.capture(node, state);
                    self.split(&text, state, &mut building, fields);
                }
                Part::Process(node) => {
                    let path = self.process(node, state);
                    building.push(&path);
                }
                Part::Sink(node) => building.push(&self.sink(node)),
                Part::Number(parts) => building.push(&self.number(parts, state)),
            }
        }
        building.end(fields);
        let length: usize = fields[first..].iter().map(|field| field.text.len()).sum();
        let _ = self.burn(u32::try_from(length / 1024).unwrap_or(u32::MAX));
        // PowerShell reads `$env:NAME` and `$global:NAME` as one variable.
        if self.session.powershell && word.parts.iter().any(has_variable) {
            fields.truncate(first);
            fields.push(Field { splits: true, ..Field::of(Text::unknown()) });
            return;
        }
        if let [field] = &mut fields[first..] {
            field.span = word.span;
            field.content = field.get().and_then(|content| word.content_at(content));
        }
    }

    fn double(&mut self, parts: &[Part], state: &mut State, building: &mut Building, fields: &mut Vec<Field>) {
        building.started = true;
        for part in parts {
            if let Part::Param(param) = part {
                let all =
                    param.name == "@" || (param.index.as_deref() == Some("@") && matches!(param.op, ParamOp::Plain));
                if all && matches!(param.op, ParamOp::Plain) {
                    let Expanded::Many(texts) = self.param(param, state) else {
                        building.push(&Text::unknown());
                        building.field.splits = true;
                        continue;
                    };
                    if texts.is_empty() && parts.len() == 1 {
                        building.started = false;
                    }
                    for (index, text) in texts.iter().enumerate() {
                        if index > 0 {
                            building.end(fields);
                        }
                        building.push(text);
                        building.started = true;
                    }
                    continue;
                }
            }
            let text = self.part_text(part, state);
            building.push(&text);
        }
    }

    /// A word as one string, where the shell does not split: assignments, redirections, here-strings.
    pub(crate) fn text(&mut self, word: &Word, state: &mut State) -> Text {
        let mut out = Text::default();
        for (index, part) in word.parts.iter().enumerate() {
            match part {
                Part::Plain(text) if index == 0 => out.push(&text_of(&self.tilde(text, state))),
                other => out.push(&self.part_text(other, state)),
            }
        }
        out
    }

    pub(crate) fn part_text(&mut self, part: &Part, state: &mut State) -> Text {
        match part {
            Part::Plain(text) | Part::Quoted(text) => text_of(text),
            Part::Double(parts) => {
                let mut out = Text::default();
                for part in parts {
                    out.push(&self.part_text(part, state));
                }
                out
            }
            Part::Param(param) => match self.param(param, state) {
                Expanded::One(text) => text,
                Expanded::Many(texts) => {
                    let mut out = Text::default();
                    for (index, text) in texts.iter().enumerate() {
                        out.push_str(if index > 0 { " " } else { "" });
                        out.push(text);
                    }
                    out
                }
            },
            Part::Command(node) => self.capture(node, state),
            Part::Process(node) => self.process(node, state),
            Part::Sink(node) => self.sink(node),
            Part::Number(parts) => self.number(parts, state),
        }
    }

    /// What is written to this path is read by the commands: `tee >(sh)`. They run once the command is through.
    fn sink(&mut self, node: &Rc<shell::Node>) -> Text {
        let path = format!("{SINK}{}", self.sinks.len());
        self.sinks.push((path.clone(), Rc::clone(node)));
        Text::known(path)
    }

    /// A process substitution is a file with what its commands print: `source <(echo git push)` runs that.
    fn process(&mut self, node: &shell::Node, state: &mut State) -> Text {
        let out = self.capture(node, state);
        let path = format!("/dev/fd/{}", 1000 + state.disk.files.len());
        state.disk.files.insert(path.clone(), out);
        Text::known(path)
    }

    fn tilde(&self, text: &str, state: &State) -> String {
        let Some(rest) = text.strip_prefix('~') else { return text.to_owned() };
        if !rest.is_empty() && !rest.starts_with('/') {
            return text.to_owned(); // another user's home
        }
        let home = self.variable("HOME", state).and_then(|home| home.get().map(str::to_owned));
        home.map_or_else(|| text.to_owned(), |home| format!("{home}{rest}"))
    }

    /// Word splitting: by IFS if the command sets it, else by blanks.
    fn split(&mut self, text: &Text, state: &State, building: &mut Building, fields: &mut Vec<Field>) {
        let separators = match state.vars.get("IFS").map(|var| &var.value) {
            Some(Value::One(ifs)) => ifs.get().map(str::to_owned),
            Some(Value::Many(_)) => None,
            _ => Some(" \t\n".to_owned()),
        };
        let Some(separators) = separators else {
            building.push(&Text::unknown());
            building.field.splits = true;
            return;
        };
        for chunk in text.chunks() {
            match chunk {
                Chunk::Unknown => {
                    building.push(&Text::unknown());
                    building.field.splits = true;
                }
                Chunk::Known(text) => {
                    building.field.glob |= text.contains(['*', '?', '[']);
                    let mut rest = text.as_str();
                    while let Some(at) = rest.find(|letter| separators.contains(letter)) {
                        building.field.text.push_str(&rest[..at]);
                        building.started |= at > 0;
                        building.end(fields);
                        let width = rest[at..].chars().next().map_or(1, char::len_utf8);
                        rest = &rest[at + width..];
                        if !self.burn(1) {
                            return;
                        }
                    }
                    building.field.text.push_str(rest);
                    building.started |= !rest.is_empty();
                }
            }
        }
    }

    /// What a command substitution prints, without the newlines at its end. The commands in it run.
    pub(crate) fn capture(&mut self, node: &shell::Node, state: &mut State) -> Text {
        let mut inner = state.clone();
        inner.out = Text::default();
        let ends = self.walk(node, vec![inner], &Io::default());
        let mut ends = ends.into_iter();
        let Some(first) = ends.next() else { return Text::unknown() };
        let mut out = first.out;
        for other in ends {
            if other.out != out {
                out = Text::unknown();
            }
        }
        state.disk = first.disk;
        match out.get() {
            Some(known) => Text::known(known.trim_end_matches('\n')),
            None => out,
        }
    }
}

fn has_variable(part: &Part) -> bool {
    match part {
        Part::Param(_) => true,
        // `@args` is put in as several words.
        Part::Plain(text) => text.strip_prefix('@').is_some_and(|name| name.starts_with(char::is_alphabetic)),
        Part::Double(parts) => parts.iter().any(has_variable),
        _ => false,
    }
}

/// A field that is being put together.
#[derive(Default)]
struct Building {
    field: Field,
    started: bool,
}

impl Building {
    fn push(&mut self, text: &Text) {
        self.started = true;
        self.field.text.push(text);
    }

    fn end(&mut self, fields: &mut Vec<Field>) {
        let field = std::mem::take(&mut self.field);
        if std::mem::take(&mut self.started) {
            fields.push(field);
        }
    }
}

//! One simple command with its assignments and redirections, and text that is run as code.

use std::rc::Rc;

use super::expand::SINK;
use super::state::State;
use super::{DEEPEST, FUEL, Io, Stdin, Walker};
use crate::policy::guard::smell::smells;
use crate::policy::shell::{Node, Redirect, RedirectOp, Simple, Text, Word};

impl Walker<'_> {
    pub(crate) fn redirected(&mut self, inner: &Node, redirects: &[Redirect], mut state: State, io: &Io) -> Vec<State> {
        let mut io = io.clone();
        let sinks = self.sinks.len();
        let target = self.redirects(redirects, &mut state, &mut io);
        let before = std::mem::take(&mut state.out);
        let mut ends = self.walk(inner, vec![state], &io);
        for end in &mut ends {
            let printed = std::mem::replace(&mut end.out, before.clone());
            keep(end, target.as_ref(), &printed);
        }
        self.drain(sinks, ends)
    }

    /// Runs the commands of each `>( … )` since `first`, with what was written to it.
    fn drain(&mut self, first: usize, ends: Vec<State>) -> Vec<State> {
        if self.sinks.len() <= first {
            return ends;
        }
        let sinks = self.sinks.split_off(first);
        let mut result = Vec::new();
        for end in ends {
            let mut states = vec![end];
            for (path, node) in &sinks {
                // Each of them carries what all of them were given.
                if !self.burn(u32::try_from(sinks.len()).unwrap_or(u32::MAX)) {
                    break;
                }
                let mut next = Vec::new();
                for state in states {
                    let stdin =
                        state.disk.files.get(path).map_or(Stdin::Foreign, |text| Stdin::Text(text.clone(), None));
                    let after = self.walk(node, vec![state.clone()], &Io { stdin });
                    let kept = after.into_iter().map(|end| State { disk: end.disk, out: end.out, ..state.clone() });
                    next = self.union(next, kept.collect());
                }
                states = next;
            }
            result = self.union(result, states);
        }
        result
    }

    /// Looks at redirections: standard input, and where standard output goes.
    pub(crate) fn redirects(&mut self, redirects: &[Redirect], state: &mut State, io: &mut Io) -> Option<Target> {
        let mut out = None;
        for redirect in redirects {
            let Some(word) = redirect.target.get() else { continue };
            let mut text = self.text(word, state);
            match redirect.op {
                RedirectOp::Here => {
                    let base = text.get().and_then(|content| {
                        word.span.filter(|(from, to)| to - from == content.len()).map(|(from, _)| from)
                    });
                    match redirect.fd.unwrap_or(0) {
                        0 => io.stdin = Stdin::Text(text, base),
                        fd => state.open(fd, text),
                    }
                }
                RedirectOp::HereString => {
                    let base = text.get().and_then(|content| word.content_at(content));
                    text.push_str("\n");
                    match redirect.fd.unwrap_or(0) {
                        0 => io.stdin = Stdin::Text(text, base),
                        fd => state.open(fd, text),
                    }
                }
                RedirectOp::Read => {
                    let known =
                        text.get().and_then(|path| state.path(path)).and_then(|path| state.disk.files.get(&path));
                    if redirect.fd.unwrap_or(0) == 0 {
                        io.stdin = known.map_or(Stdin::Foreign, |content| Stdin::Text(content.clone(), None));
                    }
                }
                RedirectOp::Write | RedirectOp::Append => {
                    let append = redirect.op == RedirectOp::Append;
                    self.written(&text, state);
                    if redirect.fd.unwrap_or(1) == 1 {
                        out = Some(Target { path: text.get().and_then(|path| state.path(path)), append });
                    }
                }
                RedirectOp::Duplicate => {}
            }
        }
        out
    }

    pub(crate) fn simple(&mut self, simple: &Rc<Simple>, mut state: State, io: &Io) -> Vec<State> {
        if let Some(ends) = self.shell_alias(simple, &state, io) {
            return ends;
        }
        let mut io = io.clone();
        let sinks = self.sinks.len();
        let argv = self.fields(&simple.words, &mut state);
        let mut env = Vec::new();
        for assign in &simple.assigns {
            let value = self.assigned(assign, &mut state);
            env.push((assign.name.clone(), value));
        }
        let target = self.redirects(&simple.redirects, &mut state, &mut io);
        if argv.is_empty() {
            for (name, value) in env {
                state.set(&name, value);
            }
            // `$(<file)` is what stands in the file.
            if simple.assigns.is_empty() && simple.redirects.iter().any(|redirect| redirect.op == RedirectOp::Read) {
                state.print(&if let Stdin::Text(text, _) = &io.stdin { text.clone() } else { Text::unknown() });
            }
            return self.drain(sinks, vec![state]);
        }
        if argv.len() == 1 && argv[0].is("exec") && !matches!(io.stdin, Stdin::Inherited) {
            state.stdin = Some(io.stdin.clone());
        }
        let before = target.as_ref().map(|_| std::mem::take(&mut state.out));
        let mut ends = self.command(&argv, simple, env, state, &io);
        if let Some(before) = before {
            for end in &mut ends {
                let printed = std::mem::replace(&mut end.out, before.clone());
                keep(end, target.as_ref(), &printed);
            }
        }
        self.drain(sinks, ends)
    }

    /// An alias of the shell: its text takes the place of the word.
    fn shell_alias(&mut self, simple: &Rc<Simple>, state: &State, io: &Io) -> Option<Vec<State>> {
        let name = simple.words.first()?.plain()?;
        let text = state.aliases.get(name)?.clone();
        self.note("alias", format!("{name} = {text}"));
        if !self.burn(4) || self.depth >= DEEPEST {
            self.lost("aliases of aliases");
            return Some(vec![state.clone()]);
        }
        let code = super::expand::code_of(&text);
        let Ok(mut node) = crate::policy::shell::parse(&code, None) else {
            self.not_understood("an alias cannot be read as shell text");
            return Some(vec![state.clone()]);
        };
        let last = last_simple(&mut node)?;
        let mut joined = (**last).clone();
        let mut rest = &simple.words[1..];
        // Behind a blank the next word may be an alias too: `alias sudo='sudo '`.
        if let Some(next) = rest.first().and_then(Word::plain).and_then(|next| state.aliases.get(next))
            && code.ends_with(' ')
            && let Ok(Node::Simple(next)) = crate::policy::shell::parse(&super::expand::code_of(next), None)
        {
            joined.words.extend(next.words.iter().cloned());
            rest = &rest[1..];
        }
        joined.words.extend(rest.iter().cloned());
        joined.redirects.extend(simple.redirects.iter().cloned());
        joined.declared.extend(simple.declared.iter().cloned());
        *last = Rc::new(joined);
        let mut inner = state.clone();
        inner.aliases.remove(name); // a name is not expanded inside itself
        self.depth += 1;
        let mut ends = self.walk(&node, vec![inner.clone()], io);
        // A shell that is not interactive takes no alias: then git is git.
        if name == "git" {
            let plain = self.simple(simple, inner, io);
            ends = self.union(ends, plain);
        }
        self.depth -= 1;
        for end in &mut ends {
            end.aliases.entry(name.to_owned()).or_insert_with(|| text.clone());
        }
        Some(ends)
    }

    /// Runs text as code in the shell of `state`.
    pub(crate) fn code(&mut self, text: &Text, base: Option<usize>, state: State, io: &Io) -> Vec<State> {
        if self.depth >= DEEPEST || !self.burn(8 + u32::try_from(text.len() / 64).unwrap_or(FUEL)) {
            self.lost("code that runs code too deeply");
            return vec![state];
        }
        let code = super::expand::code_of(text);
        self.depth += 1;
        let ends = match crate::policy::shell::parse(&code, base) {
            Ok(node) => self.walk(&node, vec![state], io),
            Err(_) => {
                if self.session.agent && smells(&code) {
                    self.ask(
                        "code in the command cannot be read as shell text, and it has the words of a push in it",
                        "",
                    );
                }
                vec![state]
            }
        };
        self.depth -= 1;
        ends
    }
}

/// A file that standard output goes to.
pub(crate) struct Target {
    path: Option<String>,
    append: bool,
}

fn keep(state: &mut State, target: Option<&Target>, printed: &Text) {
    let Some(target) = target else {
        state.out.push(printed);
        return;
    };
    let Some(path) = target.path.as_ref().filter(|path| !path.starts_with("/dev/") || path.starts_with(SINK)) else {
        return;
    };
    let mut content =
        if target.append { state.disk.files.get(path).cloned().unwrap_or_default() } else { Text::default() };
    content.push(printed);
    state.disk.files.insert(path.clone(), content);
}

fn last_simple(node: &mut Node) -> Option<&mut Rc<Simple>> {
    match node {
        Node::Simple(simple) => Some(simple),
        Node::Sequence(nodes) | Node::Pipe(nodes) => last_simple(nodes.last_mut()?),
        Node::And(_, right) | Node::Or(_, right) => last_simple(right),
        _ => None,
    }
}

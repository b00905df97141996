//! Commands joined by `&&` and by pipes: which may fail, and what is left then.

use super::state::{State, Value};
use super::{Io, MOST_STATES, Stdin, Walker};
use crate::policy::shell::{self, Node, Text, Word};

impl Walker<'_> {
    /// `a && b && c`: each runs because the one before it succeeded. What stands behind the chain runs as well where one
    /// of them failed.
    pub(super) fn all_of(&mut self, node: &Node, mut states: Vec<State>, io: &Io) -> (Vec<State>, Vec<State>) {
        let mut chain = Vec::new();
        let mut left = node;
        while let Node::And(first, last) = left {
            chain.push(&**last);
            left = first;
        }
        chain.push(left);
        chain.reverse();
        let mut skipped = Vec::new();
        for (index, node) in chain.iter().enumerate() {
            if let Some(before) = index.checked_sub(1).map(|before| chain[before]) {
                let mut failed = states.iter().filter_map(State::failed).collect::<Vec<_>>();
                states.iter_mut().for_each(State::succeeded);
                if may_fail(before) {
                    failed.extend(states.iter().cloned());
                }
                for state in &mut failed {
                    chain[index..].iter().flat_map(|node| assigned(node)).for_each(|name| self.left_unset(name, state));
                }
                skipped = self.union(skipped, failed);
            }
            states = self.walk(node, states, io);
        }
        (states, skipped)
    }

    /// A variable that was to be set and was not: it is empty, unless the agent's own environment has it.
    fn left_unset(&self, name: &str, state: &mut State) {
        if !state.vars.contains_key(name) && self.variable(name, state).is_none() && self.world.env(name).is_none() {
            state.set(name, Value::Unset);
        }
    }

    /// Both ways of each state: its last command succeeded, or failed.
    pub(super) fn settled(&mut self, mut states: Vec<State>) -> Vec<State> {
        let failed = states.iter().filter(|state| !state.strict).filter_map(State::failed).collect::<Vec<_>>();
        states.iter_mut().for_each(State::succeeded);
        self.union(states, failed)
    }

    /// Each way through a stage is followed by each way through the next one, which reads what it printed.
    pub(super) fn pipe(&mut self, nodes: &[Node], state: &State, io: &Io) -> Vec<State> {
        let start = State { out: Text::default(), ..state.clone() };
        let mut ways = vec![(start, io.clone())];
        for (index, node) in nodes.iter().enumerate() {
            let mut next: Vec<(State, Io)> = Vec::new();
            for (before, io) in ways {
                let literal =
                    matches!(&io.stdin, Stdin::Text(text, _) if text.is_known()) || matches!(io.stdin, Stdin::Filtered);
                let inner = State { disk: before.disk, out: Text::default(), ..state.clone() };
                let ends = self.walk(node, vec![inner], &io);
                for end in self.settled(ends) {
                    let mut io = io.clone();
                    if index + 1 < nodes.len() {
                        io.stdin = match (end.out.is_known(), literal) {
                            (false, true) => Stdin::Filtered,
                            (false, false) if end.out.shown() == "…" => Stdin::Foreign,
                            _ => Stdin::Text(end.out.clone(), None),
                        };
                    }
                    if next.iter().any(|(found, _)| found.disk == end.disk && found.out == end.out) {
                        continue;
                    }
                    if next.len() >= MOST_STATES {
                        self.lost("more ways through the command than are followed");
                        break;
                    }
                    next.push((end, io));
                }
            }
            ways = next;
        }
        let joined = ways.into_iter().map(|(end, _)| {
            let mut out = state.out.clone();
            out.push(&end.out);
            State { disk: end.disk, out, ..state.clone() }
        });
        joined.collect()
    }
}

/// The variables that a node sets.
fn assigned(node: &Node) -> Vec<&str> {
    let Node::Simple(simple) = node else { return Vec::new() };
    let own = simple.assigns.iter().filter(|_| simple.words.is_empty());
    own.chain(&simple.declared).map(|assign| assign.name.as_str()).collect()
}

/// Whether a command may fail and leave behind what it does when it succeeds. Any may, but for those that only print or
/// set something; that `cd` failed, its own end says. `true` is none of these: the parser leaves `!` out.
fn may_fail(node: &Node) -> bool {
    match node {
        Node::Simple(simple) => match simple.words.first() {
            Some(word) => !matches!(
                word.plain(),
                Some("echo" | "printf" | "pwd" | "cd" | "export" | "declare" | "local" | "set" | "alias")
            ),
            None => !simple
                .assigns
                .iter()
                .all(|assign| matches!(&assign.value, shell::Value::One(word) if word.plain().is_some())),
        },
        Node::Function(..) => false,
        _ => true,
    }
}

/// Whether what stands behind a node does not run once the node did.
pub(super) fn leaves(node: &Node) -> bool {
    match node {
        Node::Simple(simple) => matches!(simple.words.first().and_then(Word::plain), Some("exit" | "return")),
        Node::Sequence(nodes) => nodes.last().is_some_and(leaves),
        Node::Redirected(inner, _) => leaves(inner),
        _ => false,
    }
}

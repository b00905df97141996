//! Walks the tree as a shell would run it, over every state that the shell may be in.

mod arithmetic;
pub(crate) mod assign;
mod builtins;
mod chain;
pub(crate) mod expand;
mod findings;
mod param;
mod print;
mod pushing;
pub(crate) mod run;
pub(crate) mod state;
mod step;

use std::rc::Rc;

use self::chain::leaves;
use self::state::{State, Value};
use crate::policy::guard::rewrite::Edit;
use crate::policy::guard::smell::smells;
use crate::policy::guard::verdict::{Finding, Step};
use crate::policy::guard::world::{Session, World};
use crate::policy::shell::{Node, Text, Word};

/// Work that one command is given: enough for any script that a person would read, and a few milliseconds at most.
pub(crate) const FUEL: u32 = 30_000;

/// How deep code may run code: functions, eval, `bash -c`, aliases.
pub(crate) const DEEPEST: u32 = 24;

/// More states than this are not followed.
const MOST_STATES: usize = 8;

/// Nodes within nodes, code that is run included: a bound for the stack.
const MOST_NESTED: u32 = 120;

/// Where a command's standard input comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stdin {
    /// The agent's own, in which nothing stands.
    #[default]
    Inherited,
    /// This text; with its place in the user's text, if it stands there to the letter.
    Text(Text, Option<usize>),
    /// A literal text that went through another program.
    Filtered,
    /// A file or another program's output.
    Foreign,
}

/// The surroundings of a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Io {
    pub(crate) stdin: Stdin,
}

/// The walk.
pub(crate) struct Walker<'w> {
    pub(crate) world: &'w dyn World,
    pub(crate) session: &'w Session,
    pub(crate) source: &'w str,
    pub(crate) depth: u32,
    fuel: u32,
    nesting: u32,
    pub(crate) findings: Vec<Finding>,
    pub(crate) edits: Vec<Edit>,
    /// A literal was decoded by a program such as base64.
    pub(crate) decoded: bool,
    /// `>( … )` of the command at hand, by the path that stands for it.
    pub(crate) sinks: Vec<(String, Rc<Node>)>,
    /// Scripts of other languages that name a push and do not run it.
    pub(crate) smelling: Vec<String>,
    steps: Vec<Step>,
    lost: Option<&'static str>,
}

impl<'w> Walker<'w> {
    pub(crate) fn new(source: &'w str, session: &'w Session, world: &'w dyn World) -> Self {
        Self {
            world,
            session,
            source,
            depth: 0,
            fuel: FUEL,
            nesting: 0,
            findings: Vec::new(),
            edits: Vec::new(),
            decoded: false,
            sinks: Vec::new(),
            smelling: Vec::new(),
            steps: Vec::new(),
            lost: None,
        }
    }

    /// Takes some of the work that is left; `false` when there is none.
    pub(crate) fn burn(&mut self, cost: u32) -> bool {
        match self.fuel.checked_sub(cost) {
            Some(left) => {
                self.fuel = left;
                true
            }
            None => {
                self.fuel = 0;
                self.lost("more work than a command is given");
                false
            }
        }
    }

    /// Walks a whole command.
    pub(crate) fn top(&mut self, node: &Node) {
        let state = State::new(&self.session.cwd);
        let _ = self.walk(node, vec![state], &Io::default());
    }

    /// PowerShell that is no POSIX shell text: statements that are simple commands are judged for themselves, whatever
    /// their place. `false` when something with the words of a push in it is left over.
    pub(crate) fn statements(&mut self, text: &str) -> bool {
        let mut left = String::new();
        for (index, piece) in text.split([';', '\n', '{', '}', '|']).enumerate() {
            let piece = piece.trim().trim_start_matches(['&', '.', '(']).trim();
            match crate::policy::shell::parse(piece, None) {
                Ok(node @ Node::Simple(_)) if index < 200 => self.top(&node),
                _ => {
                    left.push_str(piece);
                    left.push('\n');
                }
            }
        }
        !smells(&left)
    }

    /// Runs a node from each state; the states that it may end in.
    pub(crate) fn walk(&mut self, node: &Node, states: Vec<State>, io: &Io) -> Vec<State> {
        // A state is copied at every fork, with all of its variables.
        let load: usize = states.iter().map(|state| (state.vars.len() + state.disk.changes.len()) / 32).sum();
        if !self.burn(1 + u32::try_from(load).unwrap_or(FUEL)) {
            return states;
        }
        if self.nesting >= MOST_NESTED {
            self.lost("commands nested too deeply");
            return states;
        }
        self.nesting += 1;
        let ends = self.walk_node(node, states, io);
        self.nesting -= 1;
        ends
    }

    fn walk_node(&mut self, node: &Node, states: Vec<State>, io: &Io) -> Vec<State> {
        match node {
            Node::Simple(simple) => self.each_state(states, |walker, state| walker.simple(simple, state, io)),
            Node::Sequence(nodes) => nodes.iter().fold(states, |states, node| {
                let states = self.settled(states);
                self.walk(node, states, io)
            }),
            Node::And(..) => {
                let (done, skipped) = self.all_of(node, states, io);
                self.union(done, skipped)
            }
            Node::Or(left, right) => {
                // The right side runs where the left one failed, and then had no effect, or that of a part of it.
                let (mut done, skipped) = match &**left {
                    Node::And(..) => self.all_of(left, states.clone(), io),
                    _ => (self.walk(left, states.clone(), io), Vec::new()),
                };
                done.iter_mut().for_each(State::succeeded);
                let failed = self.union(states, skipped);
                let other = self.walk(right, failed, io);
                if leaves(right) { done } else { self.union(done, other) }
            }
            Node::Pipe(nodes) => self.each_state(states, |walker, state| walker.pipe(nodes, &state, io)),
            Node::Background(inner) | Node::Subshell(inner) => self.each_state(states, |walker, state| {
                let ends = walker.walk(inner, vec![state.clone()], io);
                ends.into_iter().map(|end| back(&state, end)).collect()
            }),
            Node::Redirected(inner, redirects) => {
                self.each_state(states, |walker, state| walker.redirected(inner, redirects, state, io))
            }
            Node::If(arms, otherwise) => {
                let mut rest = states;
                let mut ends = Vec::new();
                for (condition, body) in arms {
                    rest = self.walk(condition, rest, io);
                    let mut met = rest.clone();
                    met.iter_mut().for_each(State::succeeded);
                    rest = self.settled(rest);
                    let taken = self.walk(body, met, io);
                    ends = self.union(ends, taken);
                }
                let left = match otherwise {
                    Some(body) => self.walk(body, rest, io),
                    None => rest,
                };
                self.union(ends, left)
            }
            Node::Loop(head, body) => {
                let before = self.walk(head, states, io);
                let before = self.settled(before);
                let once = self.walk(body, before.clone(), io);
                let once = self.settled(once);
                // What a first round changes may lead a second one elsewhere.
                let changed: Vec<State> =
                    once.iter().filter(|end| !before.iter().any(|start| start.same(end))).cloned().collect();
                let twice = if changed.is_empty() { Vec::new() } else { self.walk(body, changed, io) };
                let ends = self.union(before, once);
                self.union(ends, twice)
            }
            Node::For(name, words, body) => {
                self.each_state(states, |walker, state| walker.each(name, words.as_deref(), body, state, io))
            }
            Node::Case(subject, arms) => self.each_state(states, |walker, mut state| {
                let _ = walker.text(subject, &mut state);
                let mut ends = vec![state.clone()];
                for (patterns, body) in arms {
                    for pattern in patterns {
                        let _ = walker.text(pattern, &mut state);
                    }
                    let taken = walker.walk(body, vec![state.clone()], io);
                    ends = walker.union(ends, taken);
                }
                ends
            }),
            Node::Function(name, body) => self.each_state(states, |_, mut state| {
                state.functions.insert(name.clone(), Rc::clone(body));
                vec![state]
            }),
            Node::Evaluate(words) => self.each_state(states, |walker, mut state| {
                for word in words {
                    let _ = walker.text(word, &mut state);
                }
                vec![state]
            }),
        }
    }

    fn each_state(&mut self, states: Vec<State>, mut run: impl FnMut(&mut Self, State) -> Vec<State>) -> Vec<State> {
        let mut ends = Vec::new();
        for state in states {
            let more = run(self, state);
            ends = self.union(ends, more);
        }
        ends
    }

    pub(crate) fn union(&mut self, mut left: Vec<State>, right: Vec<State>) -> Vec<State> {
        for state in right {
            let left_is_full = left.len() >= MOST_STATES;
            if !left.iter().any(|found| found.same(&state)) {
                if !left_is_full {
                    left.push(state);
                } else if !left.last_mut().is_some_and(|last| last.widen(&state)) {
                    self.lost("more ways through the command than are followed");
                    break;
                }
            }
        }
        left
    }

    fn each(&mut self, name: &str, words: Option<&[Word]>, body: &Node, mut state: State, io: &Io) -> Vec<State> {
        let items: Vec<Text> = match words {
            Some(words) => self
                .fields(words, &mut state)
                .into_iter()
                .map(|field| if field.splits || field.glob { Text::unknown() } else { field.text })
                .collect(),
            None => state.args.clone(),
        };
        let mut states = vec![state];
        for item in items {
            states = self.settled(states);
            for state in &mut states {
                state.set(name, Value::One(item.clone()));
            }
            states = self.walk(body, states, io);
        }
        states
    }
}

/// After a subshell: what it changed on disk and printed stays, the rest does not.
fn back(before: &State, after: State) -> State {
    let undone = after.undone.map(|(_, disk)| (before.cwd.clone(), disk));
    State { disk: after.disk, out: after.out, undone, ..before.clone() }
}

//! Shells that are given code: as a word, as a script that the command wrote, or on standard input.

use crate::policy::guard::smell;
use crate::policy::guard::walk::assign::texts;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::{State, Value};
use crate::policy::guard::walk::{Io, Stdin, Walker};
use crate::policy::push::glob;
use crate::policy::shell::Text;

/// The names of standard input.
pub(crate) fn is_stdin(field: &Field) -> bool {
    matches!(field.get(), Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0"))
}

pub(crate) fn is_shell(base: &str) -> bool {
    matches!(
        base,
        "sh" | "bash"
            | "dash"
            | "zsh"
            | "ksh"
            | "ksh93"
            | "mksh"
            | "ash"
            | "fish"
            | "rbash"
            | "yash"
            | "pwsh"
            | "powershell"
            | "cmd"
    )
}

impl Walker<'_> {
    /// `bash`, `sh`, …: code from `-c`, from a script, or from standard input.
    pub(crate) fn shell_program(&mut self, base: &str, argv: &[Field], call: &Call, state: State) -> Vec<State> {
        let mut at = 1;
        let mut command = false;
        let mut stdin = false;
        let mut reads_only = false;
        let mut first: Vec<Text> = Vec::new();
        while let Some(field) = argv.get(at) {
            let Some(text) = field.get() else { break };
            if matches!(base, "pwsh" | "powershell")
                && matches!(text.to_ascii_lowercase().as_str(), "-command" | "-c" | "/c")
                || base == "cmd" && matches!(text.to_ascii_lowercase().as_str(), "/c" | "/k")
            {
                let rest = argv.get(at + 1..).unwrap_or_default();
                return self.joined_code(rest, call, state);
            }
            if text == "--" || text == "-" {
                at += 1;
                break;
            }
            if let Some(long) = text.strip_prefix("--") {
                command |= long == "command"; // fish
                let takes = matches!(long, "rcfile" | "init-file" | "init-command");
                first.extend(argv.get(at + 1).filter(|_| takes).map(|field| field.text.clone()));
                at += 1 + usize::from(takes);
                continue;
            }
            let Some(letters) = text.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else { break };
            command |= text.starts_with('-') && letters.contains('c');
            stdin |= letters.contains('s');
            reads_only |=
                text.starts_with('-') && letters.contains('n') && !matches!(base, "pwsh" | "powershell" | "cmd");
            at += 1 + usize::from(letters.ends_with(['o', 'O']));
        }
        let operands = argv.get(at..).unwrap_or_default();
        first.extend(["BASH_ENV", "ENV"].iter().filter_map(|name| self.env(name, call, &state)));
        let mut state = state;
        for path in first {
            if let Some(content) =
                path.get().and_then(|path| state.path(path)).and_then(|path| state.disk.files.get(&path).cloned())
            {
                let mut states = self.child(&content, None, &[], &call.read(), state.clone());
                state = states.pop().unwrap_or(state);
            }
        }
        // `bash -n` checks the syntax and runs nothing.
        if reads_only {
            return vec![state];
        }
        if command {
            let Some(code) = operands.first() else { return vec![state] };
            self.decoded_code(&code.text);
            return self.child(&code.text, code.content, operands.get(2..).unwrap_or_default(), call, state);
        }
        match operands.first() {
            Some(script) if !stdin && !is_stdin(script) => {
                let known = self.written_scripts(script, &state);
                match known {
                    Some(content) => self.child(&content, None, &operands[1..], call, state),
                    None => {
                        self.smelling_file(&script.text.shown());
                        if !script.text.is_known() && smell::smells(self.source) && self.session.agent {
                            self.ask("a shell is given a script that cannot be known", "");
                        }
                        vec![state]
                    }
                }
            }
            _ => {
                let given = match (&call.io.stdin, &state.stdin) {
                    (Stdin::Inherited, Some(before)) => before.clone(),
                    (given, _) => given.clone(),
                };
                let (text, base) = match &given {
                    Stdin::Text(text, base) => (text.clone(), *base),
                    other => {
                        self.opaque_code(other);
                        return vec![state];
                    }
                };
                let mut state = state;
                state.print(&Text::unknown());
                self.child(&text, base, operands, &call.read(), state)
            }
        }
    }

    /// What the command itself wrote to the script that is named, or to those that a glob names.
    fn written_scripts(&self, script: &Field, state: &State) -> Option<Text> {
        let path = state.path(script.get()?)?;
        if !script.glob {
            return state.disk.files.get(&path).cloned();
        }
        let mut found = state.disk.files.iter().filter(|(name, _)| glob::matches(&path, name)).take(8).peekable();
        found.peek()?;
        let mut all = Text::default();
        for (_, content) in found {
            all.push(content);
            all.push_str("\n");
        }
        Some(all)
    }

    /// A script is run that a program of the same command may have written, as `open("a.sh", "w").write("git push")` does.
    pub(crate) fn smelling_file(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        if !name.is_empty() && self.session.agent && self.smelling.iter().any(|script| script.contains(&name)) {
            self.ask(
                "a script is run that the same command may have written, and it may push",
                "Run the push as a plain command of its own.",
            );
        }
    }

    /// Code on standard input, in this very shell.
    pub(crate) fn code_from_stdin(&mut self, io: &Io, state: State) -> Vec<State> {
        match &io.stdin {
            Stdin::Text(text, base) => self.code(&text.clone(), *base, state, &Io::default()),
            other => {
                self.opaque_code(other);
                vec![state]
            }
        }
    }

    /// A shell reads code that cannot be seen. A literal that was decoded on the way was meant to be hidden.
    fn opaque_code(&mut self, stdin: &Stdin) {
        let hidden = self.decoded
            || matches!(stdin, Stdin::Filtered)
            || (matches!(stdin, Stdin::Foreign) && smell::smells(self.source));
        if hidden && self.session.agent {
            self.ask("a shell is given code that was computed on the way", "Write the command out.");
        }
    }

    /// Code of which nothing is known, in a command that decodes a literal: it was meant to be hidden.
    pub(crate) fn decoded_code(&mut self, code: &Text) {
        if self.decoded && !code.is_known() && code.prefix().is_empty() && self.session.agent {
            self.ask("a shell is given code that was decoded on the way", "Write the command out.");
        }
    }

    /// Words that another shell joins to code: `ssh host …`, `watch …`.
    pub(crate) fn joined_code(&mut self, words: &[Field], call: &Call, state: State) -> Vec<State> {
        let mut code = Text::default();
        for (index, field) in words.iter().enumerate() {
            code.push_str(if index > 0 { " " } else { "" });
            code.push(&field.text);
        }
        let base = if let [only] = words { only.content } else { None };
        self.child(&code, base, &[], call, state)
    }

    /// A shell of its own: it inherits what is exported, and only changes on disk come back.
    pub(crate) fn child(
        &mut self,
        code: &Text,
        base: Option<usize>,
        args: &[Field],
        call: &Call,
        state: State,
    ) -> Vec<State> {
        let before = state.clone();
        let mut inner = state;
        inner.vars.retain(|_, var| var.exported && !call.clean);
        for (name, value) in &call.env {
            inner
                .vars
                .insert(name.clone(), crate::policy::guard::walk::state::Var { value: value.clone(), exported: true });
        }
        if call.clean {
            for name in ["GIT_DIR", "GIT_WORK_TREE"] {
                inner
                    .vars
                    .entry(name.to_owned())
                    .or_insert(crate::policy::guard::walk::state::Var { value: Value::Unset, exported: true });
            }
        }
        inner.aliases.clear();
        inner.args = texts(args);
        if call.elsewhere {
            inner.cwd = None;
        }
        let ends = self.code(code, base, inner, &call.io);
        let mut result: Vec<State> = Vec::new();
        for end in ends {
            let back = State { disk: end.disk, out: end.out, ..before.clone() };
            result = self.union(result, vec![back]);
        }
        result
    }

    /// A script that the command itself wrote is run.
    pub(crate) fn script(&mut self, content: &Text, argv: &[Field], call: &Call, state: State) -> Vec<State> {
        let shown = content.shown();
        let first = shown.lines().next().unwrap_or("");
        if first.starts_with("#!") && !first.contains("sh") {
            let language = ["ruby", "perl", "php"].into_iter().find(|name| first.contains(name)).unwrap_or("python");
            if smell::spawns_push(&shown, language) && self.session.agent {
                self.ask("a script that was just written may push", "Run the push as a plain command of its own.");
            }
            return vec![state];
        }
        self.child(content, None, &argv[1..], call, state)
    }
}

//! Builtins of the shell ("SHELL BUILTIN COMMANDS" in bash's manual): those that change what later commands do, those
//! that run something, and those whose output is known.

use super::assign::texts;
use super::expand::Field;
use super::print;
use super::run::Call;
use super::state::{Change, State, Value, Var};
use super::{Io, Walker};
use crate::policy::guard::programs::shells;
use crate::policy::shell::Text;

const NAMES: [&str; 58] = [
    ":",
    "true",
    "false",
    "[",
    "test",
    "echo",
    "printf",
    "cd",
    "chdir",
    "pushd",
    "popd",
    "export",
    "declare",
    "typeset",
    "local",
    "readonly",
    "unset",
    "alias",
    "unalias",
    "eval",
    "source",
    ".",
    "exec",
    "command",
    "builtin",
    "set",
    "shift",
    "read",
    "mapfile",
    "readarray",
    "trap",
    "let",
    "wait",
    "jobs",
    "kill",
    "ulimit",
    "umask",
    "shopt",
    "hash",
    "return",
    "exit",
    "break",
    "continue",
    "getopts",
    "type",
    "pwd",
    "dirs",
    "enable",
    "bind",
    "complete",
    "history",
    "fc",
    "disown",
    "fg",
    "bg",
    "times",
    "noglob",
    "nocorrect",
];

pub(crate) fn is(name: &str) -> bool {
    NAMES.contains(&name)
}

impl Walker<'_> {
    pub(crate) fn builtin(&mut self, name: &str, argv: &[Field], call: Call, mut state: State) -> Vec<State> {
        let args = &argv[1..];
        match name {
            "echo" => state.print(&print::echo(args)),
            "printf" => {
                if let [flag, var, rest @ ..] = args
                    && flag.is("-v")
                {
                    let text = print::format(rest);
                    if let Some(var) = var.get() {
                        state.set(var, Value::One(text));
                    }
                    return vec![state];
                }
                state.print(&print::format(args));
            }
            "pwd" => {
                let mut text = state.cwd.as_deref().map_or_else(Text::unknown, Text::known);
                text.push_str("\n");
                state.print(&text);
            }
            "cd" | "chdir" => return self.cd(args, &call, state),
            "pushd" => {
                let old = state.cwd.clone();
                state.stack.push(old);
                return self.cd(args, &call, state);
            }
            "popd" => state.cwd = state.stack.pop().flatten(),
            "export" | "declare" | "typeset" | "local" | "readonly" => self.declare(name, args, &call, &mut state),
            "unset" => {
                for field in args {
                    match field.get() {
                        Some(flag) if flag.starts_with('-') => {}
                        Some(var) => {
                            state.functions.remove(var);
                            let exported = true;
                            state.vars.insert(var.to_owned(), Var { value: Value::Unset, exported });
                        }
                        None => self.lost("a variable is unset whose name cannot be known"),
                    }
                }
            }
            "alias" => self.alias(args, &call, &mut state),
            "unalias" => {
                for name in args.iter().filter_map(Field::get) {
                    if name == "-a" { state.aliases.clear() } else { drop(state.aliases.remove(name)) }
                }
            }
            "eval" => {
                let mut code = Text::default();
                for (index, field) in args.iter().filter(|field| !field.is("--")).enumerate() {
                    code.push_str(if index > 0 { " " } else { "" });
                    code.push(&field.text);
                }
                let base = if let [only] = args { only.content } else { None };
                self.decoded_code(&code);
                for (name, value) in &call.env {
                    state.set(name, value.clone());
                }
                return self.code(&code, base, state, &call.io);
            }
            "source" | "." => {
                if let Some(block) = self.block(argv) {
                    return self.run(block, call, state);
                }
                let content = args.first().and_then(Field::get).and_then(|path| state.path(path));
                if args.first().is_some_and(shells::is_stdin) {
                    return self.code_from_stdin(&call.io.clone(), state);
                }
                if let Some(content) = content.and_then(|path| state.disk.files.get(&path).cloned()) {
                    let old =
                        if args.len() > 1 { Some(std::mem::replace(&mut state.args, texts(&args[1..]))) } else { None };
                    let mut ends = self.code(&content, None, state, &call.io);
                    if let Some(old) = old {
                        ends.iter_mut().for_each(|end| end.args.clone_from(&old));
                    }
                    return ends;
                }
            }
            "exec" => {
                let mut at = 0;
                while let Some(flag) = args.get(at).and_then(Field::get).filter(|text| text.starts_with('-')) {
                    at += 1 + usize::from(flag.ends_with('a'));
                }
                let call = Call {
                    clean: call.clean || args[..at.min(args.len())].iter().any(|f| f.is("-c")),
                    ..call.as_program()
                };
                return self.run(args.get(at..).unwrap_or_default(), call, state);
            }
            "command" | "builtin" | "noglob" | "nocorrect" => {
                let mut at = 0;
                while let Some(flag) = args.get(at).and_then(Field::get).filter(|text| text.starts_with('-')) {
                    if name == "command" && flag.contains(['v', 'V']) {
                        state.print(&args.get(at + 1).map(|field| field.text.clone()).unwrap_or_default());
                        return vec![state];
                    }
                    at += 1;
                }
                let rest = args.get(at..).unwrap_or_default().to_vec();
                // `command` skips functions, but not builtins.
                let Some(next) = rest.first().and_then(Field::get).map(str::to_owned) else {
                    return self.run(&rest, call.as_program(), state);
                };
                if is(&next) {
                    return self.builtin(&next, &rest, call, state);
                }
                return self.run(&rest, call.as_program(), state);
            }
            "set" => {
                for flag in args.iter().take_while(|field| !field.is("--")).filter_map(Field::get) {
                    match flag.strip_prefix('-').map(|letters| letters.contains('e')) {
                        Some(true) if !flag.starts_with("--") => state.strict = true,
                        None if flag.starts_with('+') && flag.contains('e') => state.strict = false,
                        _ => {}
                    }
                }
                if let Some(at) = args.iter().position(|field| field.is("--")) {
                    state.args = texts(&args[at + 1..]);
                } else if args.first().is_some_and(|field| !field.text.prefix().starts_with(['-', '+'])) {
                    state.args = texts(args);
                }
            }
            "shift" => {
                let count = args.first().and_then(Field::get).and_then(|text| text.parse().ok()).unwrap_or(1);
                state.args.drain(..std::cmp::min(count, state.args.len()));
            }
            "read" | "mapfile" | "readarray" | "getopts" | "let" => {
                for name in args.iter().filter_map(Field::get).filter(|text| !text.starts_with('-')) {
                    let value = if name == "mapfile" {
                        Value::Many(vec![Text::unknown()])
                    } else {
                        Value::One(Text::unknown())
                    };
                    state.set(name.split('=').next().unwrap_or(name), value);
                }
            }
            "trap" => {
                if let Some(code) = args.iter().find(|field| !field.is("--") && !field.is("-p") && !field.is("-l"))
                    && !code.is("-")
                    && args.len() > 1
                {
                    let _ = self.code(&code.text, code.content, state.clone(), &Io::default());
                }
            }
            "type" => state.print(&args.last().map(|field| field.text.clone()).unwrap_or_default()),
            "hash" if args.first().is_some_and(|field| field.is("-p")) => {
                if let [_, path, names @ ..] = args {
                    for name in names.iter().filter_map(Field::get) {
                        state.aliases.insert(name.to_owned(), path.text.clone());
                    }
                }
            }
            "dirs" | "jobs" | "history" | "fc" | "times" | "hash" | "umask" | "ulimit" => state.print(&Text::unknown()),
            _ => {}
        }
        vec![state]
    }

    fn cd(&mut self, args: &[Field], call: &Call, mut state: State) -> Vec<State> {
        let target = args.iter().find(|field| !field.get().is_some_and(|text| text.starts_with('-') && text.len() > 1));
        let old = state.cwd.clone();
        let to = match target {
            None => self.variable("HOME", &state).and_then(|home| home.get().map(str::to_owned)),
            Some(field) if field.is("-") => match state.vars.get("OLDPWD").map(|var| &var.value) {
                Some(Value::One(text)) => text.get().map(str::to_owned),
                _ => None,
            },
            Some(field) if field.glob => None,
            Some(field) => field.get().and_then(|path| self.cd_path(path, call, &state)),
        };
        state.set("OLDPWD", Value::One(old.clone().map_or_else(Text::unknown, Text::known)));
        // A folder that is not there, and that nothing before made: the shell stays where it is.
        let made = |path: &str| {
            state.disk.changes.iter().any(|change| match change {
                Change::Folder(made) | Change::Worktree(made, ..) => made.starts_with(path) || path.starts_with(made),
                _ => false,
            })
        };
        if to.as_deref().is_some_and(|path| !self.world.is_dir(path) && !made(path)) {
            state.undone = Some((old, state.disk.clone()));
        }
        self.note("directory", to.clone().unwrap_or_else(|| "cannot be known".to_owned()));
        state.cwd = to;
        vec![state]
    }

    /// CDPATH is looked through for a path that does not begin with a dot or a slash.
    fn cd_path(&self, path: &str, call: &Call, state: &State) -> Option<String> {
        if !path.starts_with(['/', '.']) {
            let cdpath = call.env.iter().rev().find(|(name, _)| name == "CDPATH").map(|(_, value)| value.clone());
            let cdpath = match cdpath {
                Some(Value::One(text)) => Some(text),
                Some(_) => None,
                None => self.variable("CDPATH", state).or_else(|| self.world.env("CDPATH").map(Text::known)),
            };
            if let Some(cdpath) = cdpath {
                for dir in cdpath.get()?.split(':') {
                    let dir = if dir.is_empty() { "." } else { dir };
                    let candidate = super::state::join(&state.path(dir)?, path);
                    if self.world.is_dir(&candidate) {
                        return Some(candidate);
                    }
                }
            }
        }
        state.path(path)
    }

    fn declare(&mut self, name: &str, args: &[Field], call: &Call, state: &mut State) {
        let exports = name == "export"
            || args.iter().filter_map(Field::get).any(|flag| flag.starts_with('-') && flag.contains('x'));
        let refers = name != "export"
            && args.iter().filter_map(Field::get).any(|flag| flag.starts_with('-') && flag.contains('n'));
        let undo = args.iter().any(|field| field.is("-n"));
        let declared = call.simple.as_ref().map(|simple| simple.declared.clone()).unwrap_or_default();
        if matches!(name, "local" | "declare" | "typeset") && state.locals.len() < 64 {
            let global = args.iter().filter_map(Field::get).any(|flag| flag.starts_with('-') && flag.contains('g'));
            let plain = args.iter().filter_map(Field::get).filter(|text| !text.starts_with('-'));
            let names = declared.iter().map(|assign| assign.name.as_str()).chain(plain);
            for name in names.filter(|_| !global) {
                let name = name.split('=').next().unwrap_or(name);
                state.locals.push((name.to_owned(), state.vars.get(name).cloned()));
            }
        }
        for assign in &declared {
            let value = self.assigned(assign, state);
            // A reference to another variable is not followed.
            let value = if refers { Value::One(Text::unknown()) } else { value };
            let exported = exports || state.vars.get(&assign.name).is_some_and(|var| var.exported);
            state.vars.insert(assign.name.clone(), Var { value, exported });
        }
        for field in args {
            // `export "$x=…"` comes as a plain word.
            if let Some((name, value)) = field.text.split_first('=') {
                state.vars.insert(name, Var { value: Value::One(value), exported: exports });
            } else if let Some(name) = field.get().filter(|text| !text.starts_with('-'))
                && let Some(var) = state.vars.get_mut(name)
            {
                var.exported = (var.exported || exports) && !undo;
            }
        }
    }

    fn alias(&mut self, args: &[Field], call: &Call, state: &mut State) {
        let declared = call.simple.as_ref().map(|simple| simple.declared.clone()).unwrap_or_default();
        for assign in &declared {
            if let Value::One(text) = self.assigned(assign, state) {
                state.aliases.insert(assign.name.clone(), text);
            }
        }
        for field in args {
            if let Some((name, text)) = field.text.split_first('=') {
                state.aliases.insert(name, text);
            }
        }
    }
}

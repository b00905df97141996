//! Programs that are given code: shells, and interpreters of other languages.

use crate::policy::guard::smell;
use crate::policy::guard::walk::assign::texts;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::{State, Value};
use crate::policy::guard::walk::{Io, Stdin, Walker};
use crate::policy::shell::Text;

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

/// Whether a name is that of an interpreter.
pub(crate) fn is_language(base: &str) -> bool {
    LANGUAGES.contains(&base) || LANGUAGES.contains(&base.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// Languages, and the smell that their scripts are looked at for.
const LANGUAGES: [&str; 23] = [
    "python", "node", "nodejs", "deno", "bun", "perl", "ruby", "php", "lua", "awk", "gawk", "mawk", "nawk", "Rscript",
    "tclsh", "pypy", "julia", "elixir", "groovy", "scala", "ts-node", "tsx", "zx",
];

/// Programs that run, or type into a shell, any text of a push in their arguments or their input.
const TYPISTS: [&str; 25] = [
    "tmux",
    "screen",
    "vim",
    "vi",
    "nvim",
    "ex",
    "ed",
    "emacs",
    "emacsclient",
    "gdb",
    "lldb",
    "expect",
    "osascript",
    "at",
    "batch",
    "crontab",
    "zellij",
    "dtach",
    "abduco",
    "xdotool",
    "make",
    "gmake",
    "entr",
    "wezterm",
    "kitty",
];

impl Walker<'_> {
    /// `bash`, `sh`, …: code from `-c`, from a script, or from standard input.
    pub(crate) fn shell_program(&mut self, base: &str, argv: &[Field], call: &Call, state: State) -> Vec<State> {
        let mut at = 1;
        let mut command = false;
        let mut stdin = false;
        let mut reads_only = false;
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
                at += 1 + usize::from(matches!(long, "rcfile" | "init-file" | "init-command"));
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
            Some(script) if !stdin && !script.is("/dev/stdin") && !script.is("/dev/fd/0") => {
                let known = script
                    .get()
                    .and_then(|path| state.path(path))
                    .and_then(|path| state.disk.files.get(&path).cloned());
                match known {
                    Some(content) => self.child(&content, None, &operands[1..], call, state),
                    None => {
                        if !script.text.is_known() && smell::smells(self.source) && self.session.agent {
                            self.ask("a shell is given a script that cannot be known", "");
                        }
                        vec![state]
                    }
                }
            }
            _ => {
                let (text, base) = match &call.io.stdin {
                    Stdin::Text(text, base) => (text.clone(), *base),
                    other => {
                        self.opaque_code(other);
                        return vec![state];
                    }
                };
                let mut state = state;
                state.print(&Text::unknown());
                self.child(&text, base, operands, call, state)
            }
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
        let io = Io {
            stdin: if matches!(call.io.stdin, Stdin::Text(..)) { Stdin::Inherited } else { call.io.stdin.clone() },
        };
        let ends = self.code(code, base, inner, &io);
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
            if smell::spawns_push(&shown) && self.session.agent {
                self.ask("a script that was just written may push", "Run the push as a plain command of its own.");
            }
            return vec![state];
        }
        self.child(content, None, &argv[1..], call, state)
    }

    /// Scripts of other languages; `true` if it is one.
    pub(crate) fn interpreter(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) -> bool {
        let name = base.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let language = LANGUAGES.contains(&base) || LANGUAGES.contains(&name);
        let typist = TYPISTS.contains(&base);
        if base == "sed" || base == "gsed" {
            self.sed(argv);
            return false; // it also edits files
        }
        if !language && !typist {
            return false;
        }
        let rules = ["Makefile", "makefile", "GNUmakefile"].into_iter().filter(|_| base.ends_with("make"));
        let rules = rules.filter_map(|name| state.disk.files.get(&state.path(name)?)).map(Text::shown);
        let mut script = String::new();
        for field in &argv[1..] {
            let text = field.text.shown();
            // A file that the command wrote is read; any other is opaque.
            let file = field.get().and_then(|path| state.path(path)).and_then(|path| state.disk.files.get(&path));
            script.push_str(&file.map_or(text, Text::shown));
            script.push(if typist { ' ' } else { '\n' });
        }
        rules.for_each(|text| script.push_str(&text));
        if let Stdin::Text(text, _) = &call.io.stdin {
            script.push_str(&text.shown());
        }
        let found = if typist {
            smell::smells(&script)
        } else if name.ends_with("awk") {
            smell::smells(&script)
                && ["system(", "|\"", "| \"", "|getline", "| getline"].iter().any(|way| script.contains(way))
        } else {
            smell::spawns_push(&script) || (name == "perl" && script.contains("|-") && smell::smells(&script))
        };
        if found && self.session.agent {
            self.ask(
                format!("'{base}' is given a script that may push"),
                "Run the push as a plain command of its own.",
            );
        }
        true
    }

    /// GNU sed runs commands: `e command`, and the `e` flag of `s`.
    fn sed(&mut self, argv: &[Field]) {
        let found = argv[1..]
            .iter()
            .filter(|field| smell::smells(&field.text.shown()))
            .any(|field| sed_runs(&field.text.shown()));
        if found && self.session.agent {
            self.ask("sed is given a script that runs a push", "Run the push as a plain command of its own.");
        }
    }
}

/// Whether a sed script has an `e` command or an `s` command with the `e` flag.
fn sed_runs(script: &str) -> bool {
    let letters: Vec<char> = script.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        match letters[at] {
            '/' => at = past(&letters, at, 1),
            '\\' => at += 2,
            'e' => return true,
            's' | 'y' => {
                let end = past(&letters, at + 1, 2);
                let flags: String = letters
                    .get(end..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|letter| letter.is_alphanumeric())
                    .collect();
                if letters[at] == 's' && flags.contains('e') {
                    return true;
                }
                at = end + flags.len();
            }
            'a' | 'i' | 'c' | 'r' | 'R' | 'w' | 'W' | 'b' | 't' | 'T' | ':' | '#' => {
                at += letters[at..].iter().position(|letter| *letter == '\n').unwrap_or(letters.len() - at);
            }
            _ => at += 1,
        }
    }
    false
}

/// The position behind `count` pieces that end with the delimiter at `at`.
fn past(letters: &[char], at: usize, count: usize) -> usize {
    let Some(delimiter) = letters.get(at) else { return letters.len() };
    let mut left = count;
    let mut at = at + 1;
    while at < letters.len() {
        if letters[at] == '\\' {
            at += 1;
        } else if letters[at] == *delimiter {
            left -= 1;
            if left == 0 {
                return at + 1;
            }
        }
        at += 1;
    }
    letters.len()
}

#[cfg(test)]
mod tests {
    use super::sed_runs;

    #[test]
    fn sed_scripts_that_run_something() {
        for (script, expected) in [
            ("1e git push", true),
            ("/x/e git push", true),
            ("s/x/git push/e", true),
            ("s/git push/echo/g", false),
            ("s|e|git push|", false),
            ("/git push/d", false),
            ("a\\ e git push", false),
            ("$!N;P;D", false),
        ] {
            assert_eq!(sed_runs(script), expected, "{script}");
        }
    }
}

//! Wrappers whose command has to be looked for, or that add words to it.

use super::options::skip;
use super::wrap::{ELSEWHERE, shape};
use super::{interpreters, shells};
use crate::policy::guard::smell;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::{Call, base_of};
use crate::policy::guard::walk::state::State;
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::shell::Text;

impl Walker<'_> {
    pub(crate) fn xargs(&mut self, argv: &[Field], call: &Call, state: State) -> Vec<State> {
        let mut replace = None;
        let shape = shape(
            "aEdIJLnPsR",
            &["arg-file", "delimiter", "max-args", "max-lines", "max-procs", "max-chars", "process-slot-var"],
            0,
        );
        let at = skip(argv, 1, &shape, |name, value| match name {
            "-I" | "-J" => replace = Some(value.and_then(Field::get).unwrap_or("{}").to_owned()),
            "-i" => replace = Some("{}".to_owned()),
            long if long.starts_with("--replace") => {
                replace = Some(long.strip_prefix("--replace=").unwrap_or("{}").to_owned());
            }
            _ => {}
        });
        // `-I{}` in one word: the letters behind I are the mark.
        if let Some(mark) =
            argv[1..at.min(argv.len())].iter().filter_map(Field::get).find_map(|text| text.strip_prefix("-I"))
            && !mark.is_empty()
        {
            replace = Some(mark.to_owned());
        }
        let append = replace.is_none();
        self.more_words(argv.get(at..).unwrap_or_default(), replace.as_deref().unwrap_or("\0"), append, call, state)
    }

    /// Runs words of which some come from elsewhere: in the place of `mark`, or behind the last.
    pub(crate) fn more_words(
        &mut self,
        words: &[Field],
        mark: &str,
        append: bool,
        call: &Call,
        state: State,
    ) -> Vec<State> {
        let mut argv: Vec<Field> = words
            .iter()
            .map(|field| {
                let code = crate::policy::guard::walk::expand::code_of(&field.text);
                if code.contains(mark) {
                    let text = crate::policy::guard::walk::expand::text_of(
                        &code.replace(mark, &crate::policy::guard::walk::expand::GAP.to_string()),
                    );
                    Field { text, ..Field::default() }
                } else {
                    Field { span: None, content: None, ..field.clone() }
                }
            })
            .collect();
        if append && !argv.is_empty() {
            argv.push(Field { splits: true, ..Field::of(Text::unknown()) });
        }
        let mut call = call.clone();
        call.io.stdin = Stdin::Inherited;
        let mut state = state;
        if argv.is_empty() {
            state.print(&Text::unknown());
        }
        self.run(&argv, call, state)
    }

    pub(crate) fn find(&mut self, argv: &[Field], call: &Call, mut state: State) -> Vec<State> {
        let mut at = 1;
        let changes = argv.windows(2).any(|pair| {
            matches!(pair[0].get(), Some("-exec" | "-execdir" | "-ok" | "-x" | "-X"))
                && matches!(
                    pair[1].get().map(base_of).as_deref(),
                    Some("rm" | "mv" | "chmod" | "truncate" | "shred" | "unlink")
                )
        });
        if changes || argv.iter().any(|field| field.is("-delete")) {
            for root in argv[1..].iter().take_while(|field| !field.text.prefix().starts_with(['-', '(', '!'])) {
                self.removed(&root.text, &state);
            }
        }
        state.print(&Text::unknown());
        let mut states = vec![state];
        while at < argv.len() {
            let Some(option @ ("-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch")) =
                argv[at].get()
            else {
                at += 1;
                continue;
            };
            // It runs in the folder of what is found.
            let anywhere = option.ends_with("dir");
            let rest = &argv[at + 1..];
            let end = rest.iter().position(|field| field.is(";") || field.is("+")).unwrap_or(rest.len());
            let mut next = Vec::new();
            for state in states {
                let before = state.cwd.clone();
                let cwd = before.clone().filter(|_| !anywhere);
                let mut ends = self.more_words(&rest[..end], "{}", false, call, State { cwd, ..state });
                ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
                next = self.union(next, ends);
            }
            states = next;
            at += end + 2;
        }
        states
    }

    pub(crate) fn other_user(&mut self, argv: &[Field], call: &Call, state: State) -> Vec<State> {
        let mut line = None;
        let mut command = None;
        let mut at = 1;
        while let Some(text) = argv.get(at).map(|field| field.text.prefix()) {
            if matches!(text, "-c" | "--command" | "--session-command") {
                line = argv.get(at + 1);
                at += 1;
            } else if let Some(rest) = argv[at].text.strip_prefix("--command=") {
                return self.child(&rest, None, &[], call, state);
            } else if matches!(text, "-u" | "--user" | "-g" | "-G" | "-s" | "--shell" | "-w") {
                command = Some(at + 2);
                at += 1;
            } else if text == "--" {
                command = Some(at + 1);
                break;
            }
            at += 1;
        }
        match (line, command) {
            (Some(line), _) => self.child(&line.text, line.content, &[], call, state),
            (None, Some(at)) => self.run(argv.get(at..).unwrap_or_default(), call.clone(), state),
            _ => vec![state],
        }
    }

    pub(crate) fn ssh(&mut self, argv: &[Field], mut call: Call, state: State) -> Vec<State> {
        let at = skip(argv, 1, &shape("BbcDEeFIiJLlmMOopPQRSWw", &[], 1), |_, _| {}) + 1;
        call.elsewhere = true;
        call.clean = true;
        let rest = argv.get(at..).unwrap_or_default();
        let rest = if rest.first().is_some_and(|field| field.is("--")) { &rest[1..] } else { rest };
        if !rest.is_empty() {
            return self.joined_code(rest, &call, state);
        }
        match call.io.stdin.clone() {
            Stdin::Text(text, _) => self.child(&text, None, &[], &call.read(), state),
            _ => vec![state],
        }
    }

    /// A script of a package.json that the command itself wrote.
    fn written_package(&mut self, argv: &[Field], state: &State) {
        let file = state.path("package.json").and_then(|path| state.disk.files.get(&path));
        let Some(text) = file.map(Text::shown).filter(|_| self.session.agent) else { return };
        let mut words = argv[1..].iter().filter_map(Field::get).filter(|text| !text.starts_with('-'));
        let name = words.find(|text| !matches!(*text, "run" | "run-script" | "--")).unwrap_or("start");
        let script = text.split_once(&format!("\"{name}\"")).map_or("", |(_, rest)| rest);
        let script = script.trim_start_matches([' ', ':']).strip_prefix('"').unwrap_or_default();
        if smell::smells(script.split('"').next().unwrap_or_default()) {
            self.ask(
                format!("the script '{name}' was just written, and it pushes"),
                "Run the push as a plain command of its own.",
            );
        }
    }

    /// Looks for the program among the words of a wrapper with subcommands.
    pub(crate) fn scan(&mut self, base: &str, argv: &[Field], mut call: Call, mut state: State) -> Vec<State> {
        call.elsewhere |= ELSEWHERE.contains(&base);
        if call.elsewhere {
            call.clean = true;
        }
        let flag = |field: &Field| {
            field.get().is_some_and(|text| {
                matches!(text, "-c" | "--call" | "--run" | "--shell" | "-s" | "--command" | "--exec" | "-x")
            })
        };
        let is_code = |field: &Field| field.get().is_some_and(|name| interpreters::is_language(&base_of(name)));
        let first = usize::from(!matches!(
            base,
            "npx" | "bunx" | "entr" | "dotenv" | "env-cmd" | "wsl" | "nix-shell" | "bwrap" | "firejail"
        ));
        // A line for a shell, wherever it stands: `nix-shell -p git --run 'git …'`.
        for at in 2..argv.len() {
            if is_code(&argv[at - 2]) {
                continue;
            }
            if flag(&argv[at - 1]) && argv[at].text.shown().contains(' ') && smell::smells(&argv[at].text.shown()) {
                return self.child(&argv[at].text.clone(), None, &[], &call, state);
            }
        }
        if matches!(base, "npm" | "pnpm" | "yarn") {
            self.written_package(argv, &state);
        }
        // What a test runner is given is its own.
        if argv.get(1).is_some_and(|field| ["test", "t", "bench", "nextest"].iter().any(|verb| field.is(verb))) {
            state.print(&Text::unknown());
            return vec![state];
        }
        for at in 1 + first..argv.len() {
            let Some(name) = argv[at].get().map(base_of) else { continue };
            // `nix run nixpkgs#git -- push …`
            let rest = argv.get(at + 1..).unwrap_or_default();
            if name.ends_with("#git") && rest.first().is_some_and(|field| field.is("--")) {
                return self.git(rest, call, state);
            }
            let runs = name == "git" && argv.get(at + 1).is_some()
                || shells::is_shell(&name)
                || (first == 0 || argv.get(at + 1).is_some_and(&flag)) && interpreters::is_language(&name)
                || matches!(name.as_str(), "env" | "sudo" | "xargs" | "hub");
            // `cargo install git`, `npm i sh`: only what is a command line is one.
            if runs
                && !flag(&argv[at])
                && !matches!(argv[at - 1].get(), Some("install" | "add" | "i" | "pull" | "-u" | "--user"))
            {
                let before = state.cwd.take();
                if !call.elsewhere {
                    state.cwd.clone_from(&before);
                }
                let mut ends = self.run(&argv[at..], call, state);
                ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
                return ends;
            }
        }
        state.print(&Text::unknown());
        vec![state]
    }
}

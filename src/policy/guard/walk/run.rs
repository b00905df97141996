//! One simple command after expansion: what is it, and what does it run?

use std::rc::Rc;

use super::assign::texts;
use super::builtins;
use super::expand::Field;
use super::pushing::{is_push, names_push};
use super::state::{State, Value, Var};
use super::{DEEPEST, Io, Stdin, Walker};
use crate::policy::guard::programs::{clients, printers, shells, wrap};
use crate::policy::guard::{git, smell};
use crate::policy::push::glob;
use crate::policy::shell::{Simple, Text};

/// How a command is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// Variables for this command alone; later ones win. Unset ones hide what is exported.
    pub(crate) env: Vec<(String, Value)>,
    /// Nothing is inherited (`env -i`).
    pub(crate) clean: bool,
    pub(crate) io: Io,
    /// Started as a program: functions and builtins of the shell are not looked at.
    pub(crate) external: bool,
    /// On another machine or in a container: repositories there cannot be looked at.
    pub(crate) elsewhere: bool,
    /// The command as it was written, for builtins that take assignments.
    pub(crate) simple: Option<Rc<Simple>>,
}

impl Call {
    pub(crate) fn as_program(&self) -> Self {
        Self { external: true, simple: None, ..self.clone() }
    }

    /// Standard input has been read to its end.
    pub(crate) fn read(&self) -> Self {
        Self { io: Io::default(), ..self.clone() }
    }
}

/// Programs whose words are text to them: nothing in their arguments is run.
const TEXTUAL: [&str; 62] = [
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ack",
    "ls",
    "ll",
    "man",
    "which",
    "whereis",
    "whatis",
    "apropos",
    "info",
    "tldr",
    "head",
    "tail",
    "wc",
    "sort",
    "uniq",
    "diff",
    "cmp",
    "comm",
    "cut",
    "tr",
    "jq",
    "yq",
    "touch",
    "mkdir",
    "stat",
    "file",
    "less",
    "more",
    "bat",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "date",
    "seq",
    "sleep",
    "yes",
    "figlet",
    "cowsay",
    "logger",
    "say",
    "notify-send",
    "md5sum",
    "sha256sum",
    "pbcopy",
    "xclip",
    "code",
    "claude",
    "codex",
    "gemini",
    "copilot",
    "aider",
    "git-agent-hook",
    "git-commit",
    "fold",
    "column",
    "nl",
];

impl Walker<'_> {
    /// Runs a command as the shell finds it.
    pub(crate) fn command(
        &mut self,
        argv: &[Field],
        simple: &Rc<Simple>,
        env: Vec<(String, Value)>,
        state: State,
        io: &Io,
    ) -> Vec<State> {
        let call = Call { env, io: io.clone(), simple: Some(Rc::clone(simple)), ..Call::default() };
        self.run(argv, call, state)
    }

    pub(crate) fn run(&mut self, argv: &[Field], call: Call, mut state: State) -> Vec<State> {
        if argv.is_empty() || !self.burn(2) {
            return vec![state];
        }
        if self.depth >= DEEPEST {
            self.lost("commands that run commands too deeply");
            return vec![state];
        }
        self.note("command", shown(argv));
        let Some(name) = argv[0].get().map(str::to_owned).or_else(|| file_name(&argv[0])) else {
            // PowerShell: `$out = git push`
            if self.session.powershell && argv.get(1).is_some_and(|field| field.is("=")) {
                return self.run(&argv[2..], call, state);
            }
            self.computed(argv);
            state.print(&Text::unknown());
            return vec![state];
        };
        let may_be =
            ["git", "git-push", "hub", "bash", "sh"].iter().any(|program| glob::matches(&base_of(&name), program));
        if argv[0].glob && may_be && self.session.agent {
            self.ask(format!("'{name}' may be the name of any program"), "");
        }
        if !call.external {
            if let Some(body) = state.functions.get(&name).cloned() {
                return self.function(&body, argv, &call, state);
            }
            if builtins::is(&name) {
                return self.builtin(&name, argv, call, state);
            }
        }
        self.depth += 1;
        let ends = self.program(&name, argv, call, state);
        self.depth -= 1;
        ends
    }

    fn program(&mut self, path: &str, argv: &[Field], call: Call, mut state: State) -> Vec<State> {
        let base = base_of(path);
        self.smelling_variables(&call, &state);
        if let Some(rest) = base.strip_prefix("git-").filter(|rest| git::is_command(rest)) {
            let mut words = vec![argv[0].clone(), Field { text: Text::known(rest), ..argv[0].clone() }];
            words[1].span = None;
            words[1].splits = false;
            words.extend(argv[1..].iter().cloned());
            return self.git(&words, call, state);
        }
        match base.as_str() {
            "git" | "hub" | "git-agent" => return self.git(argv, call, state),
            // Programs of the same name as builtins do the same.
            "echo" | "printf" | "pwd" | "true" | "false" | "test" | "[" => {
                return self.builtin(&base, argv, call, state);
            }
            _ if shells::is_shell(&base) => return self.shell_program(&base, argv, &call, state),
            _ => {}
        }
        if self.session.powershell
            && let Some(ends) = self.powershell(&base, argv, &call, &state)
        {
            return ends;
        }
        // PowerShell's own ways to run a text, or a program by its name.
        if matches!(
            base.to_ascii_lowercase().as_str(),
            "iex" | "invoke-expression" | "start-process" | "saps" | "start-job" | "invoke-command" | "icm"
        ) && self.session.agent
            && (smell::smells(&shown(argv)) || argv.len() == 1 && smell::smells(self.source))
        {
            self.ask(
                format!("'{base}' is given a command that may push"),
                "Run the push as a plain command of its own.",
            );
        }
        if let Some(ends) = self.wrapper(&base, argv, &call, &state) {
            return ends;
        }
        // The command's own files: a script that it wrote itself is no opaque one.
        if let Some(content) =
            state.path(path).filter(|_| path.contains('/')).and_then(|path| state.disk.files.get(&path).cloned())
        {
            return self.script(&content, argv, &call, state);
        }
        if path.contains('/') {
            self.smelling_file(path);
        } else if let Some(content) = self.on_path(path, &call, &state) {
            return self.script(&content, argv, &call, state);
        }
        if self.interpreter(&base, argv, &call, &state) || self.client(&base, argv, &call, &state) {
            state.print(&Text::unknown());
            return vec![state];
        }
        self.decoded |= decodes(&base, argv) && matches!(&call.io.stdin, Stdin::Text(text, _) if text.is_known());
        if let Some(text) = printers::printed(&base, argv, &state) {
            state.print(&text);
            return vec![state];
        }
        let remembered = self.files_program(&base, argv, &call, &mut state);
        if !remembered {
            state.print(&Text::unknown());
        }
        if !TEXTUAL.contains(&base.as_str()) && !clients::is_textual(&base) && !wrap::is_known(&base) {
            self.suspect(argv, &call, &state);
        }
        vec![state]
    }

    /// A script that the command wrote into a folder, and whose folder it put into PATH.
    fn on_path(&self, name: &str, call: &Call, state: &State) -> Option<Text> {
        if state.disk.files.is_empty()
            || !(state.vars.contains_key("PATH") || call.env.iter().any(|(name, _)| name == "PATH"))
        {
            return None;
        }
        let end = format!("/{name}");
        state.disk.files.iter().find(|(path, _)| path.ends_with(&end)).map(|(_, content)| content.clone())
    }

    /// An unknown program with the words of a push behind it may be one that runs what it is given.
    fn suspect(&mut self, argv: &[Field], call: &Call, state: &State) {
        let Some(at) = argv.iter().skip(1).position(|field| field.get().is_some_and(|text| base_of(text) == "git"))
        else {
            return;
        };
        let tail = &argv[at + 1..];
        if tail.iter().any(|field| field.is("push") || field.is("send-pack")) {
            self.mildly(|walker| {
                let _ = walker.run(tail, call.as_program(), state.clone());
            });
        }
    }

    /// The program itself cannot be known.
    fn computed(&mut self, argv: &[Field]) {
        if !self.session.agent {
            return;
        }
        let named = (1..argv.len()).any(|at| match argv[at].get() {
            Some(text) => {
                base_of(text) == "git" && is_push(&argv[at + 1..]) || text.contains(' ') && smell::smells(text)
            }
            None => names_push(&argv[at]),
        });
        let pushes = named || names_push(&argv[0]) || is_push(&argv[1..]);
        let blank = argv.iter().all(|field| !field.text.is_known() || field.splits);
        if pushes || (blank && (smell::smells(self.source))) {
            self.ask("the program that would run cannot be known, and it may push", "Write the command out.");
        }
    }

    fn function(
        &mut self,
        body: &Rc<crate::policy::shell::Node>,
        argv: &[Field],
        call: &Call,
        mut state: State,
    ) -> Vec<State> {
        let args = std::mem::replace(&mut state.args, texts(&argv[1..]));
        let hidden: Vec<(String, Option<Var>)> =
            call.env.iter().map(|(name, _)| (name.clone(), state.vars.get(name).cloned())).collect();
        for (name, value) in &call.env {
            state.vars.insert(name.clone(), Var { value: value.clone(), exported: true });
        }
        let outer = std::mem::take(&mut state.locals);
        self.depth += 1;
        let mut ends = self.walk(body, vec![state], &call.io);
        self.depth -= 1;
        for end in &mut ends {
            for (name, var) in std::mem::replace(&mut end.locals, outer.clone()).into_iter().rev() {
                match var {
                    Some(var) => end.vars.insert(name, var),
                    None => end.vars.remove(&name),
                };
            }
            end.args.clone_from(&args);
            for (name, var) in &hidden {
                match var {
                    Some(var) => end.vars.insert(name.clone(), var.clone()),
                    None => end.vars.remove(name),
                };
            }
        }
        ends
    }

    /// Variables whose value git or another program runs as a command.
    fn smelling_variables(&mut self, call: &Call, state: &State) {
        let exported = state.vars.iter().filter(|(_, var)| var.exported).map(|(name, var)| (name, &var.value));
        let runs = |name: &str| {
            ["EDITOR", "VISUAL", "PAGER", "BASH_ENV", "ENV", "PROMPT_COMMAND", "BROWSER", "LESSOPEN", "SSH_ASKPASS"]
                .contains(&name)
                || (name.starts_with("GIT_")
                    && ["EDITOR", "PAGER", "SSH", "ASKPASS", "DIFF", "PROXY", "COMMAND", "TOOL"]
                        .iter()
                        .any(|kind| name.contains(kind)))
        };
        let found = call
            .env
            .iter()
            .map(|(name, value)| (name, value))
            .chain(exported)
            .find(|(name, value)| runs(name) && matches!(value, Value::One(text) if smell::smells(&text.shown())));
        if let Some((name, _)) = found.filter(|_| self.session.agent) {
            let name = name.clone();
            self.ask(format!("{name} is set to a command that pushes"), "Run the push as a plain command of its own.");
        }
    }

    /// Runs `inner` with its denials turned into questions: it may not be what really runs.
    pub(crate) fn mildly(&mut self, inner: impl FnOnce(&mut Self)) {
        let before = self.findings.len();
        let edits = self.edits.clone();
        inner(self);
        for finding in &mut self.findings[before..] {
            finding.deny = false;
        }
        self.edits = edits;
    }
}

/// Programs that turn an encoded text into another.
fn decodes(base: &str, argv: &[Field]) -> bool {
    let flag = |short: char, long: &str| {
        argv[1..]
            .iter()
            .filter_map(Field::get)
            .any(|text| text == long || text.starts_with('-') && !text.starts_with("--") && text.contains(short))
    };
    match base {
        "base64" | "base32" | "basenc" | "gbase64" => flag('d', "--decode") || flag('D', "--decode"),
        "xxd" => flag('r', "-revert"),
        "openssl" => flag('d', "-d"),
        "gzip" | "bzip2" | "xz" | "zstd" => flag('d', "--decompress"),
        "gunzip" | "zcat" | "bunzip2" | "unxz" | "uudecode" | "rev" | "rot13" => true,
        _ => false,
    }
}

/// The file name of a program in a folder that cannot be known: `$(git --exec-path)/git-push`.
fn file_name(field: &Field) -> Option<String> {
    let (_, name) = field.text.split_last('/')?;
    name.get().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The file name of a program, without Windows' ending.
pub(crate) fn base_of(path: &str) -> String {
    let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let base = base.strip_suffix(".exe").unwrap_or(base);
    // zsh's `=git` is the path of git, and on a Mac `GIT` is git.
    let base = base.strip_prefix('=').unwrap_or(base);
    if base.eq_ignore_ascii_case("git") { "git".to_owned() } else { base.to_owned() }
}

/// A command for messages.
pub(crate) fn shown(argv: &[Field]) -> String {
    argv.iter().map(|field| field.text.shown()).collect::<Vec<_>>().join(" ")
}

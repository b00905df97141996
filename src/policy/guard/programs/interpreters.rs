//! Interpreters of other languages, and programs that type into a shell: code that is not followed but smelled at.

use crate::policy::guard::smell;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::State;
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::shell::Text;

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
const TYPISTS: [&str; 28] = [
    "just",
    "task",
    "rake",
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
    /// Scripts of other languages; `true` if it is one.
    pub(crate) fn interpreter(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) -> bool {
        let name = base.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let language = LANGUAGES.contains(&base) || LANGUAGES.contains(&name);
        let typist = TYPISTS.contains(&base);
        if base == "sed" || base == "gsed" {
            self.sed(argv, call);
            return false; // it also edits files
        }
        if !language && !typist {
            return false;
        }
        let make = base.ends_with("make");
        let files: &[&str] = match base {
            "just" => &["justfile", "Justfile", ".justfile"],
            "task" => &["Taskfile.yml", "Taskfile.yaml"],
            "rake" => &["Rakefile"],
            _ if make => &["Makefile", "makefile", "GNUmakefile"],
            _ => &[],
        };
        let rules = files.iter().filter_map(|name| state.disk.files.get(&state.path(name)?)).map(Text::shown);
        let mut script = String::new();
        for field in &argv[1..] {
            let text = field.text.shown();
            // `make test ARGS='-k "git push"'` sets a variable; what a rule does with it is the rule's.
            if make && text.split_once('=').is_some_and(|(name, _)| !name.contains(['-', ' '])) {
                continue;
            }
            // A file that the command wrote is read; any other is opaque.
            let file = field.get().and_then(|path| state.path(path)).and_then(|path| state.disk.files.get(&path));
            script.push_str(&file.map_or(text, Text::shown));
            script.push(if typist { ' ' } else { '\n' });
        }
        rules.for_each(|text| script.push_str(&text));
        // Behind code among the words, standard input is that code's data.
        let coded =
            argv[1..].iter().filter_map(Field::get).any(|text| matches!(text, "-c" | "-e" | "-p" | "-r" | "-E"));
        if let Stdin::Text(text, _) = &call.io.stdin
            && (typist || !coded || smell::spawns(&script.to_ascii_lowercase()))
        {
            script.push_str(&text.shown());
        }
        let found = if matches!(base, "vim" | "vi" | "nvim" | "ex" | "ed") {
            // An editor runs what stands behind `!`, and little else.
            smell::smells(&script) && ["!", "system", "term", "job"].iter().any(|way| script.contains(way))
        } else if typist {
            smell::smells(&script)
        } else if name.ends_with("awk") {
            smell::smells(&script)
                && ["system(", "|\"", "| \"", "|getline", "| getline"].iter().any(|way| script.contains(way))
        } else {
            let pipes = name == "perl" && (script.contains("|-") || script.contains("-|"));
            smell::spawns_push(&script, name) || (pipes && smell::smells(&script))
        };
        if !found && self.smelling.len() < 16 && smell::smells(&script) {
            self.smelling.push(script);
        }
        if found && self.session.agent {
            self.ask(
                format!("'{base}' is given a script that may push"),
                "Run the push as a plain command of its own.",
            );
        }
        if language && !found {
            self.handed_on(argv, call, state);
        }
        true
    }

    /// `perl run.pl git push …`: words behind a script that are a push of their own. What the script does with them is not
    /// known.
    fn handed_on(&mut self, argv: &[Field], call: &Call, state: &State) {
        let Some(at) = (1..argv.len()).find(|at| argv[*at].is("git")) else { return };
        let mut words = argv[at + 1..].iter();
        while let Some(text) = words.next().and_then(Field::get) {
            if matches!(text, "-C" | "-c") {
                let _ = words.next();
            } else if !text.starts_with('-') {
                if text == "push" || text == "send-pack" {
                    self.mildly(|walker| {
                        let _ = walker.run(&argv[at..], call.as_program(), state.clone());
                    });
                }
                return;
            }
        }
    }

    /// GNU sed runs commands: `e command`, and the `e` flag of `s`.
    fn sed(&mut self, argv: &[Field], call: &Call) {
        let input = matches!(&call.io.stdin, Stdin::Text(text, _) if smell::smells(&text.shown()));
        let found = argv[1..]
            .iter()
            .map(|field| field.text.shown())
            .filter(|text| input || smell::smells(text))
            .any(|text| !text.starts_with('-') && sed_runs(&text));
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

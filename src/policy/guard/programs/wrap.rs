//! Programs that run another program: where its words begin, and what is different for it.

use super::options::{Shape, skip};
use crate::policy::guard::smell;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::{State, Value};
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::shell::Text;

pub(crate) const fn shape(short: &'static str, long: &'static [&'static str], words: usize) -> Shape {
    Shape { short, long, words, assigns: false }
}

/// Wrappers whose command follows their options and a fixed number of words.
fn plain(base: &str) -> Option<Shape> {
    Some(match base {
        "nohup" | "setsid" | "chronic" | "unbuffer" | "setarch" | "linux32" | "linux64" | "torsocks" | "torify"
        | "fakeroot" | "catchsegv" | "ltrace" | "rlwrap" | "dbus-run-session" | "ssh-agent" | "prime-run"
        | "pkexec" | "exec" => shape("ocps", &[], 0),
        "nice" => shape("n", &["adjustment"], 0),
        "ionice" => shape("cnpPu", &["class", "classdata"], 0),
        "stdbuf" => shape("ioe", &["input", "output", "error"], 0),
        "timeout" | "gtimeout" => shape("ks", &["kill-after", "signal"], 1),
        "time" | "gtime" => shape("fo", &["format", "output"], 0),
        "chrt" => shape("TPD", &[], 1),
        "taskset" => shape("", &[], 1),
        "chroot" => shape("", &["userspec", "groups"], 1),
        "strace" => shape("abeEoOpPsuX", &["trace", "output"], 0),
        "caffeinate" => shape("tw", &[], 0),
        "gosu" | "su-exec" | "setuidgid" | "faketime" => shape("", &[], 1),
        "doas" => shape("auC", &[], 0),
        "systemd-run" => shape(
            "pEuMHrtd",
            &["property", "unit", "setenv", "uid", "gid", "slice", "description", "working-directory"],
            0,
        ),
        "unshare" | "nsenter" => shape("StGRw", &[], 0),
        "proxychains" | "proxychains4" => shape("f", &[], 0),
        "cpulimit" => shape("lpe", &["limit", "pid", "exe"], 0),
        "sshpass" => shape("pfdP", &[], 0),
        "xvfb-run" => shape("efnpsw", &["server-args", "server-num"], 0),
        "watch" | "script" | "su" | "runuser" => return None,
        "sudo" => Shape {
            short: "ABCDghpRrtTuU",
            long: &["user", "group", "host", "prompt", "chdir", "role", "type", "other-user", "close-from", "chroot"],
            words: 0,
            assigns: true,
        },
        _ => return None,
    })
}

/// Wrappers with subcommands or many options: the command is looked for among their words.
const SCANNED: [&str; 44] = [
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "oc",
    "lxc",
    "incus",
    "docker-compose",
    "vagrant",
    "wsl",
    "flatpak-spawn",
    "toolbox",
    "distrobox",
    "devcontainer",
    "bwrap",
    "firejail",
    "doppler",
    "op",
    "direnv",
    "mise",
    "asdf",
    "rtx",
    "poetry",
    "pipenv",
    "uv",
    "pdm",
    "rye",
    "hatch",
    "bundle",
    "npx",
    "npm",
    "pnpm",
    "yarn",
    "bunx",
    "nix",
    "nix-shell",
    "devbox",
    "conda",
    "mamba",
    "dotenv",
    "env-cmd",
    "cargo",
    "act",
    "aws-vault",
];

/// Those of them behind which another machine or container is.
pub(crate) const ELSEWHERE: [&str; 12] = [
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "oc",
    "lxc",
    "incus",
    "docker-compose",
    "vagrant",
    "wsl",
    "devcontainer",
    "mosh",
];

/// Programs that run a whole command line which they get as one word.
const LINES: [&str; 14] = [
    "concurrently",
    "watchexec",
    "nodemon",
    "hyperfine",
    "script",
    "npm-run-all",
    "xterm",
    "gnome-terminal",
    "konsole",
    "alacritty",
    "start-stop-daemon",
    "foreman",
    "entr",
    "chokidar",
];

pub(crate) fn is_known(base: &str) -> bool {
    plain(base).is_some() || SCANNED.contains(&base) || LINES.contains(&base)
}

impl Walker<'_> {
    /// A program that runs its words; `None` if it is none.
    pub(crate) fn wrapper(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) -> Option<Vec<State>> {
        let state = state.clone();
        let call = call.as_program();
        self.carried(base, argv, &call, &state);
        Some(match base {
            "env" => self.env_program(argv, call, state),
            "busybox" | "toybox" | "nocache" => self.run(argv.get(1..).unwrap_or_default(), call, state),
            "xargs" | "gxargs" => self.xargs(argv, &call, state),
            "find" | "gfind" | "fd" | "fdfind" => self.find(argv, &call, state),
            "parallel" => {
                let end = argv.iter().position(|field| field.text.prefix().starts_with(":::")).unwrap_or(argv.len());
                let at = skip(argv, 1, &shape("jaINnLlSC", &["jobs", "delay", "arg-file", "retries"], 0), |_, _| {});
                let words = argv.get(at..end).unwrap_or_default();
                // Words are joined to code; without any, each input is code.
                match (words, &call.io.stdin) {
                    ([], _) if end < argv.len() => argv[end + 1..].iter().fold(vec![state], |states, field| {
                        let mut ends = Vec::new();
                        for state in states {
                            let more = self.child(&field.text, None, &[], &call, state);
                            ends = self.union(ends, more);
                        }
                        ends
                    }),
                    ([], Stdin::Text(text, _)) => self.child(&text.clone(), None, &[], &call.read(), state),
                    ([only], _) if only.text.shown().contains(' ') => {
                        let code = crate::policy::guard::walk::expand::code_of(&only.text)
                            .replace("{}", &crate::policy::guard::walk::expand::GAP.to_string());
                        self.child(&crate::policy::guard::walk::expand::text_of(&code), None, &[], &call, state)
                    }
                    _ => self.more_words(words, "{}", true, &call, state),
                }
            }
            "flock" => {
                let mut line = None;
                let at = skip(
                    argv,
                    1,
                    &shape("wEc", &["timeout", "wait", "command", "conflict-exit-code"], 1),
                    |name, value| {
                        if name == "-c" {
                            line = value;
                        }
                    },
                ) + 1;
                if argv.get(at).is_some_and(|field| field.is("-c") || field.is("--command")) {
                    line = argv.get(at + 1);
                }
                match line {
                    Some(line) => self.child(&line.text, line.content, &[], &call, state),
                    None => self.run(argv.get(at..).unwrap_or_default(), call, state),
                }
            }
            "su" | "runuser" => self.other_user(argv, &call, state),
            "watch" => {
                let at = skip(argv, 1, &shape("nqs", &["interval", "equexit"], 0), |_, _| {});
                self.joined_code(argv.get(at..).unwrap_or_default(), &call, state)
            }
            "ssh" | "mosh" | "autossh" => self.ssh(argv, call, state),
            "coproc" => self.run(argv.get(1..).unwrap_or_default(), call, state),
            _ if LINES.contains(&base) => {
                // `script -qc LINE` runs it for certain.
                let line = argv.windows(2).find(|pair| {
                    base == "script"
                        && pair[0].get().is_some_and(|text| {
                            text == "--command"
                                || !text.starts_with("--") && text.starts_with('-') && text.ends_with('c')
                        })
                });
                if let Some([_, line]) = line {
                    return Some(self.child(&line.text, line.content, &[], &call, state));
                }
                if let ("script", Stdin::Text(text, _)) = (base, &call.io.stdin) {
                    return Some(self.child(&text.clone(), None, &[], &call.read(), state));
                }
                self.mildly(|walker| {
                    for field in argv[1..].iter().filter(|field| smell::smells(&field.text.shown())) {
                        let _ = walker.child(&field.text, None, &[], &call, state.clone());
                    }
                });
                self.scan(base, argv, call, state)
            }
            _ if SCANNED.contains(&base) => self.scan(base, argv, call, state),
            _ => {
                let shape = plain(base)?;
                self.plain(argv, &shape, call, state)
            }
        })
    }

    fn plain(&mut self, argv: &[Field], shape: &Shape, mut call: Call, mut state: State) -> Vec<State> {
        let mut dir = None;
        let mut at = skip(argv, 1, shape, |name, value| {
            if matches!(name, "-D" | "--chdir" | "--working-directory") {
                dir = value;
            }
        }) + shape.words;
        while let Some((name, value)) =
            argv.get(at).filter(|_| shape.assigns).and_then(|field| field.text.split_first('='))
        {
            call.env.push((name, Value::One(value)));
            at += 1;
        }
        let before = state.cwd.clone();
        if let Some(dir) = dir {
            state.cwd = dir.get().and_then(|path| state.path(path));
        }
        let mut ends = self.run(argv.get(at..).unwrap_or_default(), call, state);
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
        ends
    }

    fn env_program(&mut self, argv: &[Field], mut call: Call, mut state: State) -> Vec<State> {
        let before = state.cwd.clone();
        let mut argv = argv.to_vec();
        let mut at = 1;
        while let Some(field) = argv.get(at) {
            let text = field.text.prefix().to_owned();
            let value = |long: &str, short: &str| -> Option<(Text, usize)> {
                if let Some(rest) = field.text.strip_prefix(&format!("{long}=")) {
                    return Some((rest, 1));
                }
                if text == long || text == short {
                    return argv.get(at + 1).map(|next| (next.text.clone(), 2));
                }
                if text.starts_with("--") { None } else { field.text.strip_prefix(short).map(|rest| (rest, 1)) }
            };
            if text == "--" {
                at += 1;
                break;
            } else if text == "-" || text == "-i" || text == "--ignore-environment" {
                call.clean = true;
                call.env.clear();
                at += 1;
            } else if let Some((name, width)) = value("--unset", "-u") {
                call.env.push((name.shown(), Value::Unset));
                at += width;
            } else if let Some((dir, width)) = value("--chdir", "-C") {
                state.cwd = dir.get().and_then(|path| state.path(path));
                at += width;
            } else if let Some((line, width)) =
                value("--split-string", "-S").or_else(|| split_flag(field, argv.get(at + 1)))
            {
                // The string is split by quotes and blanks, and takes its own place among the words.
                let words = self.words_of(&line, &state);
                argv.splice(at..at + width, words);
            } else if text.starts_with('-') {
                at += 1;
            } else if let Some((name, value)) = field.text.split_first('=') {
                call.env.push((name, Value::One(value)));
                at += 1;
            } else {
                break;
            }
        }
        if at >= argv.len() {
            state.print(&Text::unknown());
        }
        let mut ends = self.run(argv.get(at..).unwrap_or_default(), call, state);
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
        ends
    }

    /// The words of a line, quotes removed, nothing expanded.
    pub(crate) fn words_of(&mut self, line: &Text, state: &State) -> Vec<Field> {
        let code = crate::policy::guard::walk::expand::code_of(line);
        match crate::policy::shell::parse(&code, None) {
            Ok(crate::policy::shell::Node::Simple(simple)) => {
                let mut fields: Vec<Field> = simple
                    .assigns
                    .iter()
                    .filter_map(|assign| match &assign.value {
                        crate::policy::shell::Value::One(word) => {
                            let mut text = Text::known(format!("{}=", assign.name));
                            text.push(&self.text(word, &mut state.clone()));
                            Some(Field::of(text))
                        }
                        crate::policy::shell::Value::Many(_) => None,
                    })
                    .collect();
                fields.extend(self.fields(&simple.words, &mut state.clone()));
                fields
            }
            _ => vec![Field { splits: true, ..Field::of(Text::unknown()) }],
        }
    }
}

/// `-vS 'line'`: a bundle that ends with S.
fn split_flag(field: &Field, next: Option<&Field>) -> Option<(Text, usize)> {
    let text = field.get()?;
    let bundle =
        text.strip_prefix('-').filter(|rest| !rest.starts_with('-') && rest.ends_with('S') && rest.len() > 1)?;
    let _ = bundle;
    Some((next?.text.clone(), 2))
}

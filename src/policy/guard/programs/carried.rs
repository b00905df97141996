//! Command lines that a program of another trade is given in an option or a statement of its own, and runs.

use super::shells;
use crate::policy::guard::git::REMOTE_HELPERS;
use crate::policy::guard::smell;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::{Call, base_of};
use crate::policy::guard::walk::state::State;
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::shell::Text;

/// Options whose value is a command line (ssh_config(5), tar(1), rsync(1), rg(1), and the like).
fn options(base: &str) -> &'static [&'static str] {
    match base {
        "tar" | "gtar" | "gnutar" | "bsdtar" => &[
            "--checkpoint-action=exec",
            "--to-command",
            "--use-compress-program",
            "-I",
            "--rsh-command",
            "--info-script",
            "--new-volume-script",
            "-F",
        ],
        "rsync" => &["-e", "--rsh"],
        "rg" => &["--pre", "--hostname-bin"],
        "sort" | "gsort" => &["--compress-program"],
        "split" | "gsplit" => &["--filter"],
        "man" => &["-P", "--pager", "-H", "--html"],
        "zip" => &["-TT", "--unzip-command"],
        "nu" | "xonsh" | "elvish" => &["-c", "-e", "--commands", "--execute"],
        "sg" => &["-c"],
        "gcloud" | "doppler" | "heroku" | "fly" | "flyctl" | "az" | "aws" | "eb" | "infisical" | "railway" => {
            &["--command", "-C", "-c"]
        }
        "tmate" | "ttyd" => &["-c"],
        _ => &[],
    }
}

/// Options of ssh(1) that name a command which runs on this machine, in lower case.
const SSH_COMMANDS: [&str; 3] = ["proxycommand", "localcommand", "knownhostscommand"];

/// Programs that run a program of an image or a package with the words that follow.
const ENTRIES: [&str; 7] = ["docker", "podman", "nerdctl", "docker-compose", "flatpak", "kubectl", "bwrap"];

impl Walker<'_> {
    /// Walks what such a program would run, before the program itself is looked at.
    pub(crate) fn carried(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) {
        if !self.session.agent {
            return;
        }
        let mut lines = values(argv, options(base));
        let mut statements = String::new();
        match base {
            "ssh" | "scp" | "sftp" | "autossh" => {
                for value in values(argv, &["-o"]) {
                    let (name, line) = match (value.split_first('='), value.split_first(' ')) {
                        (Some((name, line)), _) if !name.contains(' ') => (name, line),
                        (_, Some(pair)) => pair,
                        _ => continue,
                    };
                    if SSH_COMMANDS.iter().any(|command| name.trim().eq_ignore_ascii_case(command)) {
                        lines.push(line);
                    }
                }
            }
            "sg" if lines.is_empty() => lines.extend(argv.get(2).map(|field| field.text.clone())),
            "heroku" => {
                let run = argv.iter().position(|field| field.get().is_some_and(|text| text.starts_with("run")));
                let after = argv.iter().skip(run.map_or(argv.len(), |at| at + 1));
                lines.extend(after.map(|field| field.text.clone()).filter(|text| smell::smells(&text.shown())));
            }
            "sqlite3" | "psql" | "mysql" | "mariadb" | "duckdb" => {
                for field in &argv[1..] {
                    statements.push_str(&field.text.shown());
                    statements.push('\n');
                }
                if let Stdin::Text(text, _) = &call.io.stdin {
                    statements.push_str(&text.shown());
                }
            }
            "nu" | "xonsh" | "elvish" => {
                if let Stdin::Text(text, _) = &call.io.stdin {
                    lines.push(text.clone());
                }
            }
            _ => {}
        }
        lines.extend(escapes(base, &statements).into_iter().map(Text::known));
        for line in lines {
            let _ = self.child(&line, None, &[], &call.read(), state.clone());
        }
        if matches!(base, "npm" | "pnpm" | "yarn" | "bun") {
            self.package(argv, call, state);
        }
        if base == "run-parts" {
            let dirs: Vec<String> = argv[1..].iter().filter_map(|field| state.path(field.get()?)).collect();
            let inside = |path: &str| {
                dirs.iter().any(|dir| path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/')))
            };
            let written = state.disk.files.iter().filter(|(path, _)| inside(path)).map(|(_, text)| text.clone());
            for content in written.take(8) {
                let _ = self.script(&content, &argv[..1], &call.read(), state.clone());
            }
        }
        if ENTRIES.contains(&base) {
            self.entry(argv, call, state);
        }
        if let Some(helper) = base.strip_prefix("git-").filter(|rest| REMOTE_HELPERS.contains(rest)) {
            let mut words = vec![Field::of("git".into()), Field::of(helper.into())];
            words.extend(argv[1..].iter().cloned());
            let _ = self.git(&words, call.clone(), state.clone());
        }
    }

    /// `npm pkg set scripts.x=…` where the command also runs `x`, and the scripts that npm runs before and after another.
    fn package(&mut self, argv: &[Field], call: &Call, state: &State) {
        if argv.get(1).is_some_and(|field| field.is("pkg") || field.is("set-script")) {
            for field in argv.iter().filter(|field| field.text.prefix().starts_with("scripts.")) {
                let Some((name, code)) = field.text.split_first('=') else { continue };
                let runs = format!("run {}", name.trim_start_matches("scripts."));
                if smell::smells(&code.shown()) && self.source.contains(&runs) {
                    let _ = self.child(&code, None, &[], &call.read(), state.clone());
                }
            }
            return;
        }
        let Some(content) = state.path("package.json").and_then(|path| state.disk.files.get(&path)) else { return };
        let mut words = argv[1..].iter().filter_map(Field::get).filter(|text| !text.starts_with('-'));
        let Some(name) = words.find(|text| !matches!(*text, "run" | "run-script")) else { return };
        let name = match name {
            "t" => "test",
            "i" | "ci" | "add" => "install",
            other => other,
        };
        let shown = content.shown();
        let pushes = ["pre", "post"].iter().any(|when| {
            let value = shown.split_once(&format!("\"{when}{name}\"")).map_or("", |(_, rest)| rest);
            let value = value.trim_start_matches([' ', ':']).strip_prefix('"').unwrap_or_default();
            smell::smells(value.split('"').next().unwrap_or_default())
        });
        if pushes {
            self.ask(
                format!("package.json was just written, and its script '{name}' may push"),
                "Run the push as a plain command of its own.",
            );
        }
    }

    /// `docker run --entrypoint git IMAGE push …`: the program stands in front of what it is run in.
    fn entry(&mut self, argv: &[Field], call: &Call, state: &State) {
        let names = values(argv, &["--entrypoint", "--command"]);
        let Some(name) = names.first().map(|text| base_of(&text.shown())) else { return };
        let call = Call { elsewhere: true, clean: true, ..call.as_program() };
        if name == "git" {
            let Some(at) = argv.iter().position(|field| field.is("push") || field.is("send-pack")) else { return };
            let mut words = vec![Field::of("git".into())];
            words.extend(argv[at..].iter().map(|field| Field { span: None, ..field.clone() }));
            let _ = self.run(&words, call, state.clone());
        } else if shells::is_shell(&name) {
            for line in values(argv, &["-c"]).iter().filter(|line| smell::smells(&line.shown())) {
                let _ = self.child(line, None, &[], &call.read(), state.clone());
            }
        }
    }
}

/// The values of options: `--name=VALUE`, `--name VALUE`, `-nVALUE`, `-n VALUE`.
fn values(argv: &[Field], names: &[&str]) -> Vec<Text> {
    let mut found = Vec::new();
    for (at, field) in argv.iter().enumerate().skip(1) {
        for name in names {
            if field.is(name) {
                found.extend(argv.get(at + 1).map(|next| next.text.clone()));
            } else if name.len() == 2 {
                found.extend(field.text.strip_prefix(name).filter(|_| !field.text.prefix().starts_with("--")));
            } else {
                found.extend(field.text.strip_prefix(&format!("{name}=")));
            }
        }
    }
    // `--checkpoint-action exec=LINE`
    found.into_iter().map(|text| text.strip_prefix("exec=").unwrap_or(text)).collect()
}

/// The lines that a database's client gives to a shell: `.shell` and `.system` of sqlite3 and duckdb, `\!` of psql, `\!` and
/// `system` of mysql, and `PROGRAM '…'` of psql's copy.
fn escapes(base: &str, statements: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in statements.lines().map(str::trim) {
        let dotted = [".shell ", ".system "].iter().find_map(|name| line.strip_prefix(name));
        match base {
            "sqlite3" | "duckdb" => lines.extend(dotted.map(str::to_owned)),
            _ => {
                lines.extend(line.split_once("\\!").map(|(_, code)| code.to_owned()));
                if base != "psql" {
                    lines.extend(line.strip_prefix("system ").map(str::to_owned));
                }
                let program = line.to_ascii_lowercase().find(" program '").and_then(|at| line.get(at + 10..));
                lines.extend(program.and_then(|rest| rest.split('\'').next()).map(str::to_owned));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_of_a_database_gives_to_a_shell() {
        for (base, text, expected) in [
            ("sqlite3", "select 1;\n.shell git push", &["git push"][..]),
            ("sqlite3", "insert into t values('.shell git push')", &[]),
            ("psql", "\\! git push", &[" git push"]),
            ("psql", "copy t to program 'git push'", &["git push"]),
            ("psql", "system git push", &[]),
            ("mysql", "system git push", &["git push"]),
        ] {
            assert_eq!(escapes(base, text), expected, "{base}: {text}");
        }
    }
}

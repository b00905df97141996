//! The environment of an agent: the same by every way, whatever is in the values.

use crate::support::skip::skipped;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::program::wait_until;
use crate::support::project::{put, put_program, text};
use crate::support::{Scratch, hermetic};

fn project() -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch
}

#[track_caller]
fn env(scratch: &Scratch, name: &str) -> Value {
    scratch.agent(&["env", name, "--json"]).ok().json()["env"].clone()
}

#[test]
fn every_way_gives_the_same() {
    let scratch = project();
    scratch.config("agent-port.web.base", "21000");
    scratch.config("agent-env.api-url", "http://localhost:{port.web}/{slug}?a b&c='d'");
    scratch.config("agent.dataDir", ".agent-data");
    scratch.config("agent.default", "show");
    let shown = scratch.beside("shown");
    let program = scratch.beside("show");
    put_program(&program, &format!("#!/bin/sh\nenv -0 > '{}.part' && mv '{0}.part' '{0}'\n", shown.display()));
    scratch.config("agent.show.command", program.to_str().expect("plain"));
    scratch.agent(&["spawn", "feat/x", "--agent", "show", "--detach", "-q"]).ok();
    wait_until("the program has run", || shown.exists());
    let wanted = env(&scratch, "feat/x");
    let wanted = wanted.as_object().expect("an object");
    assert!(wanted.len() >= 7, "{wanted:?}");
    let run = scratch.agent(&["run", "feat/x", "--", "env", "-0"]).ok();
    for (way, out) in [("the program", text(&shown)), ("run", run.out)] {
        for (name, value) in wanted {
            let line = format!("{name}={}", value.as_str().expect("a text"));
            assert!(out.split('\0').any(|other| other == line), "{way}: {line} in {out}");
        }
    }
    let plain = scratch.agent(&["env", "feat/x"]).ok().out;
    let lines: Vec<String> =
        wanted.iter().map(|(name, value)| format!("{name}={}", value.as_str().expect("a text"))).collect();
    assert_eq!(plain.trim_end(), lines.join("\n"));
}

/// Values that mean something to one reader or another.
const HOSTILE: [&str; 9] = [
    "it's $(touch pwned) `x` \\ \"q\"",
    "two\nlines",
    "end\n",
    "-n",
    "$HOME ${HOME} %PATH% !!",
    "tab\tand  blanks ",
    "ünïcödé \u{2019}\u{201c}",
    "a\\nb\\",
    "",
];

#[test]
fn shells_read_every_value_back() {
    let scratch = project();
    scratch.spawn("x");
    let shells: [(&str, &str, &[&str], &str); 5] = [
        ("sh", "sh", &["-c"], "eval \"$EXPORT\"; printf '<%s>' \"$VALUE\""),
        ("bash", "sh", &["-c"], "eval \"$EXPORT\"; printf '<%s>' \"$VALUE\""),
        ("zsh", "sh", &["-f", "-c"], "eval \"$EXPORT\"; printf '<%s>' \"$VALUE\""),
        ("fish", "fish", &["--no-config", "-c"], "eval $EXPORT; printf '<%s>' $VALUE"),
        ("pwsh", "powershell", &["-NoProfile", "-Command"], "iex $env:EXPORT; [Console]::Write(\"<$env:VALUE>\")"),
    ];
    for (program, syntax, options, script) in shells {
        if which(program).is_none() {
            skipped(&format!("there is no {program}; apt install {program}"));
            continue;
        }
        for value in HOSTILE {
            let template = value.replace('{', "{{").replace('}', "}}");
            scratch.git(&["config", "agent-env.value", &template]);
            let export = scratch.agent(&["env", "x", &format!("--export={syntax}")]).ok().out;
            let export = export.strip_suffix('\n').expect("a line");
            let mut command = Command::new(program);
            hermetic(command.args(options).arg(script), scratch.home());
            // Lines alone: what fish makes of the output of a command substitution.
            command.env("EXPORT", export).env("LC_ALL", "C.UTF-8").current_dir(scratch.root());
            let output = command.output().expect("it starts");
            let out = String::from_utf8_lossy(&output.stdout);
            assert_eq!(out, format!("<{value}>"), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert!(!scratch.root().join("pwned").exists());
}

#[test]
fn fish_reads_the_usual_command() {
    if which("fish").is_none() {
        skipped("there is no fish; apt install fish");
        return;
    }
    let scratch = project();
    scratch.spawn("x");
    scratch.git(&["config", "agent-env.value", "two\nlines and it's"]);
    let script = format!("'{}' env x --export=fish | source; printf '<%s>' $VALUE", env!("CARGO_BIN_EXE_git-agent"));
    let mut command = Command::new("fish");
    hermetic(command.args(["--no-config", "-c", &script]).current_dir(scratch.root()), scratch.home());
    assert_eq!(scratch.run(&mut command).ok().out, "<two\nlines and it's>");
}

fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[test]
fn readers_of_env_files_agree() {
    let scratch = project();
    scratch.spawn("x");
    let values =
        ["plain", "a b", "http://h/?a=1&b=#c", "it's", "two\nlines", "say \"hi\"", "$HOME", "C:\\dir", "#x", ""];
    for (at, value) in values.iter().enumerate() {
        scratch.git(&["config", &format!("agent-env.v{at}"), value]);
    }
    let file = scratch.beside("out.env");
    put(&file, scratch.agent(&["env", "x", "--dotenv"]).ok().out);
    let shown = file.to_str().expect("plain");
    let node = "process.loadEnvFile(process.argv[1]); for (let i = 0; i < 10; i++) process.stdout.write(process.env['V' + i] + '\\0')";
    let python = "import sys, dotenv\nd = dotenv.dotenv_values(sys.argv[1])\nfor i in range(10): sys.stdout.write(d['V%d' % i] + '\\0')";
    let shell = "set -a; . \"$1\"; for i in 0 1 2 3 4 5 6 7 8 9; do eval \"printf '%s\\\\0' \\\"\\$V$i\\\"\"; done";
    let readers: [(&str, &[&str], &str); 3] = [
        ("sh", &["-c", shell, "sh", shown], "it is part of every system"),
        ("node", &["-e", node, shown], "apt install nodejs (20.12 or newer)"),
        ("python3", &["-c", python, shown], "pip install python-dotenv"),
    ];
    let expected: String = values.iter().map(|value| format!("{value}\0")).collect();
    for (program, arguments, remedy) in readers {
        let mut command = Command::new(program);
        let run = match command.args(arguments).output() {
            Ok(output) => crate::support::program::Run::of(&output),
            Err(_) => {
                skipped(&format!("there is no {program}; {remedy}"));
                continue;
            }
        };
        if run.err.contains("No module named") || run.err.contains("loadEnvFile is not a function") {
            skipped(&format!("{program} has no reader of .env files; {remedy}"));
            continue;
        }
        assert_eq!(run.ok().out, expected, "{program}");
    }
    scratch.git(&["config", "agent-env.v9", "it's \"both\""]);
    scratch.agent(&["env", "x", "--dotenv"]).fails(6).says(&["V9", "git agent env x --export"]);
}

#[test]
fn templates_are_filled_in() {
    let scratch = project();
    scratch.config("agent-port.web.base", "21000");
    scratch.config("agent-env.public-url", "http://{slug}.localhost:{port.web}/{{x}}");
    scratch.config("agent-env.where", "{name} {branch} {base} {path} {main} {repo}");
    scratch.config("agent-env.npm_small.value", "{port.web}");
    let path = scratch.spawn("a");
    let port = scratch.agent(&["port", "a", "web"]).ok().line().to_owned();
    let env = env(&scratch, "a");
    assert_eq!(env["PUBLIC_URL"], format!("http://a.localhost:{port}/{{x}}"));
    let (path, root) = (path.display().to_string(), scratch.root().display().to_string());
    assert_eq!(env["WHERE"], format!("a a main {path} {root} repo"));
    assert_eq!(env["npm_small"], port);
    // No branch, no value, and a word about it.
    scratch.git_in(&scratch.tree("a"), &["switch", "--quiet", "--detach"]);
    let run = scratch.agent(&["env", "a"]).ok().says(&["WHERE is not set", "{branch}"]);
    assert!(!run.out.contains("WHERE="));
}

#[test]
fn wrong_templates_and_names_are_refused() {
    let scratch = project();
    scratch.spawn("x");
    for (key, value, says) in [
        ("agent-env.url", "{port.nothing}", "nothing is known as {port.nothing}"),
        ("agent-env.url", "{open", "no partner"),
        ("agent-env.url", "{db.url}", "nothing is known as {db.url}"),
        ("agent-env.git-agent-path", "x", "git-agent alone"),
        ("agent-env.a b.value", "x", "letters, digits and underscores"),
    ] {
        scratch.config(key, value);
        scratch.agent(&["env", "x"]).fails(2).says(&[says]);
        scratch.agent(&["run", "x", "--", "true"]).fails(2).says(&[says]);
        scratch.agent(&["spawn", "y"]).fails(2).says(&[says]);
        assert!(!scratch.tree("y").exists(), "it is seen before anything is made");
        scratch.git(&["config", "--unset", key]);
    }
    scratch.write(".gitagent", "[agent-env]\n\tPUBLIC_URL = x\n");
    scratch.agent(&["env", "x"]).fails(2).says(&["PUBLIC-URL"]);
}

#[test]
fn a_committed_file_sets_no_variable_that_starts_programs() {
    let scratch = project();
    scratch.write(
        ".gitagent",
        "[agent-env]\n\tPATH = /evil\n\tLD-PRELOAD = /evil.so\n\tNODE-OPTIONS = --require=/evil\n\tAPI-URL = http://localhost\n\
         \tCOMPOSE-PROJECT-NAME = evil\n\tSHOP-HOME = evil\n\tREDIS-URL = redis://evil\n\
         [agent-env \"http_proxy\"]\n\tvalue = evil:1\n",
    );
    let told = scratch.agent(&["spawn", "x", "--json"]).ok().json()["warnings"].to_string();
    assert!(told.contains("PATH is not set") && told.contains("REDIS_URL is not set"), "{told}");
    let run = scratch.agent(&["env", "x"]).ok().says(&[
        "PATH is not set",
        "LD_PRELOAD",
        "NODE_OPTIONS",
        "http_proxy",
        "COMPOSE_PROJECT_NAME",
        "SHOP_HOME",
        "REDIS_URL",
    ]);
    assert!(run.out.contains("API_URL=http://localhost") && !run.out.contains("evil"), "{}", run.out);
    scratch.agent(&["run", "x", "--", "sh", "-c", "test \"$PATH\" != /evil"]).ok();
    let json = scratch.agent(&["env", "x", "--json"]).ok().json();
    assert_eq!(json["warnings"].as_array().map(Vec::len), Some(7));
    // The user's own configuration may.
    scratch.config("agent-env.node-options", "--trace-warnings");
    assert_eq!(env(&scratch, "x")["NODE_OPTIONS"], "--trace-warnings");
    scratch.config("agent-env.compose-project-name", "mine");
    assert_eq!(env(&scratch, "x")["COMPOSE_PROJECT_NAME"], "mine");
}

#[test]
fn compose_projects_are_valid_and_differ() {
    let scratch = project();
    let mut seen = std::collections::BTreeSet::new();
    for name in ["feat/x", "feat-x", "UPPER", "日本", "a".repeat(120).as_str()] {
        scratch.spawn(name);
        let project = env(&scratch, name)["COMPOSE_PROJECT_NAME"].as_str().expect("a text").to_owned();
        let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        assert!(project.chars().all(tame) && !project.starts_with(['-', '_']) && project.len() <= 63, "{project}");
        assert!(project.starts_with("repo-"), "{project}");
        assert!(seen.insert(project));
    }
}

#[test]
fn the_data_folder_belongs_to_the_agent() {
    let scratch = project();
    scratch.config("agent.dataDir", "var/agent");
    let path = scratch.spawn("x");
    let data = path.join("var/agent");
    assert_eq!(env(&scratch, "x")["DATA_PATH"], json!(data));
    scratch.agent(&["run", "x", "--", "sh", "-c", "echo data > \"$DATA_PATH/file\""]).ok();
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    // No question on removal, and back with all that is in it.
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(text(&data.join("file")), "data\n");
    scratch.config("agent.dataEnv", "APP_DATA");
    assert_eq!(env(&scratch, "x")["APP_DATA"], json!(data));
}

#[test]
fn an_emptied_data_folder_is_completed() {
    let scratch = project();
    scratch.config("agent.dataDir", ".agent-data");
    let path = scratch.spawn("x");
    let write = "rm -rf \"$DATA_PATH\"/*; echo new >\"$DATA_PATH/file\"";
    scratch.agent(&["run", "x", "--", "sh", "-c", write]).ok();
    scratch.agent(&["env", "x"]).ok();
    std::fs::remove_dir_all(path.join(".agent-data")).expect("it is there");
    scratch.agent(&["run", "x", "--", "sh", "-c", "echo again >\"$DATA_PATH/file\""]).ok();
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    scratch.agent(&["rm", "x"]).ok();
}

#[test]
fn files_are_copied_into_the_data_folder() {
    let scratch = project();
    scratch.write(".gitignore", "/data/\n/.claude/\n");
    scratch.write(".worktreeinclude", "data/seed.db\n");
    scratch.commit("ignore");
    scratch.write("data/seed.db", "seed\n");
    scratch.config("agent.dataDir", "data");
    scratch.spawn("x");
    let run = scratch.agent(&["run", "x", "--", "sh", "-c", "cat \"$DATA_PATH/seed.db\""]).ok();
    assert_eq!(run.out, "seed\n");
}

#[test]
fn a_tracked_folder_is_no_data_folder() {
    let scratch = project();
    scratch.write(
        "tools/CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n# Data of one agent, made by git-agent.\n",
    );
    scratch.write("tools/.gitignore", "*\n");
    scratch.git(&["add", "--force", "tools"]);
    scratch.git(&["commit", "--quiet", "-m", "tools"]);
    scratch.write(".gitagent", "[agent]\n\tdataDir = tools\n");
    scratch.agent(&["spawn", "x"]).fails(7).says(&["the branch tracks files there"]);
    scratch.agent(&["env", "x"]).fails(5).says(&["the branch tracks files there"]);
    scratch.write(".gitagent", "[agent]\n\tdataDir = var\n\tdataEnv = GUILE_LOAD_PATH\n");
    scratch.agent(&["spawn", "y"]).fails(2).says(&["DATA_DIR"]);
}

#[test]
fn a_committed_file_chooses_no_name_that_programs_obey() {
    let scratch = project();
    for name in ["RM", "ZIPOPT", "GIO_EXTRA_MODULES", "SLACK_WEBHOOK_URL"] {
        scratch.write(".gitagent", format!("[agent-db]\n\tprovider = sqlite\n\tsource = a.db\n\tenv = {name}\n"));
        scratch.agent(&["spawn", "x"]).fails(2).says(&["agent-db.env", "DATABASE_URL"]);
    }
}

#[test]
fn a_value_breaks_no_line_of_the_plain_list() {
    let scratch = project();
    scratch.spawn("x");
    scratch.git(&["config", "agent-env.value", "a\nPATH=/evil"]);
    let run = scratch.agent(&["env", "x"]).ok().prints(&["VALUE=\"a\\nPATH=/evil\"\n"]);
    assert!(!run.out.lines().any(|line| line.starts_with("PATH=")), "{}", run.out);
}

#[test]
fn a_folder_with_odd_letters_keeps_nobody_from_env_files() {
    let scratch = project();
    let odd = scratch.beside("it's \"wow!\"");
    scratch.git(&["clone", "--quiet", ".", odd.to_str().expect("plain")]);
    scratch.git_in(&odd, &["config", "agent.base", "head"]);
    scratch.git_in(&odd, &["config", "agent.worktreeDir", "../plain-{name}"]);
    scratch.agent_in(&odd, &["spawn", "x", "-q"]).ok();
    let run = scratch.agent_in(&odd, &["env", "x", "--dotenv"]).ok().says(&["GIT_CONFIG_PARAMETERS is left out"]);
    assert!(run.out.contains("GIT_AGENT=x\n") && !run.out.contains("GIT_CONFIG_PARAMETERS"), "{}", run.out);
}

#[test]
fn a_data_folder_stays_in_the_worktree_and_takes_nothing_over() {
    let scratch = project();
    let path = scratch.spawn("x");
    put(&path.join("mine/file"), "x");
    std::os::unix::fs::symlink("/tmp", path.join("link")).expect("it can be made");
    for (value, code) in [("../out", 2), ("/abs", 2), (".git/x", 2), ("link/x", 2), ("mine", 5)] {
        scratch.config("agent.dataDir", value);
        scratch.agent(&["env", "x"]).fails(code).says(&["data"]);
    }
}

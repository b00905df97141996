//! `git agent run`, `env` and `path`, and how errors read and exit.

use std::process::Command;

use serde_json::json;

use crate::support::Scratch;
use crate::support::hermetic;
use crate::support::project::put_program;

#[test]
fn the_exit_code_is_the_commands() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    for (script, code) in [("true", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -9 $$", 137)] {
        let run = scratch.agent(&["run", "x", "--", "sh", "-c", script]);
        assert_eq!(run.code, code, "{script}: {}", run.err);
    }
}

#[test]
fn a_command_that_cannot_be_started_exits_as_in_a_shell() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.agent(&["run", "x", "--", "no-such-program-anywhere"]).fails(127);
    scratch.agent(&["run", "x", "--", "./dir"]).fails(126);
}

#[test]
fn it_runs_in_the_worktree_with_the_agents_environment() {
    let scratch = Scratch::project();
    let path = scratch.spawn("feat/x");
    let script = "pwd; echo \"$GIT_AGENT|$GIT_AGENT_PATH|$GIT_AGENT_BRANCH|$GIT_AGENT_BASE\"; cat";
    let shown = path.display();
    let run = scratch.agent(&["run", "feat/x", "--", "sh", "-c", script]).ok();
    assert_eq!(run.out, format!("{shown}\nfeat/x|{shown}|feat/x|origin/main\n"));
    // Words stay words.
    let run = scratch.agent(&["run", "feat/x", "--", "printf", "<%s>", "a b", "$(x)", "", "--", "-q"]).ok();
    assert_eq!(run.out, "<a b><$(x)><><--><-q>");
}

#[test]
fn variables_that_name_another_repository_do_not_reach_the_command() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    let mut command = scratch.program(&scratch.root(), &["run", "x", "--", "git", "rev-parse", "--show-toplevel"]);
    command.env("GIT_DIR", scratch.root().join(".git")).env("GIT_WORK_TREE", scratch.root());
    command.env("GIT_INDEX_FILE", scratch.root().join(".git/index"));
    assert_eq!(scratch.run(&mut command).ok().line(), path.to_str().expect("Unicode"));
}

#[test]
fn a_program_of_the_worktree_is_meant_by_a_relative_path() {
    let scratch = Scratch::project();
    let path = scratch.spawn("x");
    put_program(&path.join("run.sh"), "#!/bin/sh\necho of the worktree\n");
    put_program(&scratch.root().join("run.sh"), "#!/bin/sh\necho of the main checkout\n");
    assert_eq!(scratch.agent(&["run", "x", "--", "./run.sh"]).ok().out, "of the worktree\n");
}

#[test]
fn path_and_env() {
    let scratch = Scratch::project();
    let path = scratch.spawn("feat/x");
    assert_eq!(scratch.agent(&["path", "feat/x"]).ok().line(), path.to_str().expect("Unicode"));
    let json = scratch.agent(&["path", "feat/x", "--json"]).ok().json();
    assert_eq!(json, json!({ "schema": "git-agent/path", "version": 1, "name": "feat/x", "path": path }));
    let json = scratch.agent(&["env", "feat/x", "--json"]).ok().json();
    let project = json["env"]["COMPOSE_PROJECT_NAME"].clone();
    let git = scratch.root().join(".git").display().to_string();
    let env = json!({
        "GIT_AGENT": "feat/x", "GIT_AGENT_PATH": path, "GIT_AGENT_BRANCH": "feat/x", "GIT_AGENT_BASE": "origin/main",
        "GIT_CONFIG_PARAMETERS": format!("'includeIf.gitdir:{git}.path'='{git}/agent/main.gitconfig'"),
        "COMPOSE_PROJECT_NAME": project,
    });
    assert_eq!(
        json,
        json!({ "schema": "git-agent/env", "version": 1, "name": "feat/x", "env": env, "unset": [], "warnings": [] })
    );
    let run = scratch.agent(&["env", "feat/x"]).ok();
    assert!(run.out.lines().any(|line| line == "GIT_AGENT=feat/x"), "{}", run.out);
}

/// Names that mean something to one shell or another; git takes all of them for branches.
const HOSTILE: [&str; 8] =
    ["it's", "$(touch${IFS}pwned)", "`touch`", "a;b&c", "$HOME", "%PATH%", "a!b", "\u{e9}\u{2019}x"];

#[test]
fn shells_read_the_environment_back_whatever_the_name() {
    let shells: [(&str, &[&str], &str); 4] = [
        ("sh", &["-c"], "eval \"$EXPORT\"; printf %s \"$GIT_AGENT\""),
        ("sh", &["-c"], "eval \"$EXPORT\"; sh -c 'printf %s \"$GIT_AGENT\"'"),
        ("fish", &["--no-config", "-c"], "eval $EXPORT; printf %s $GIT_AGENT"),
        ("powershell", &["-NoProfile", "-Command"], "Invoke-Expression $env:EXPORT; [Console]::Write($env:GIT_AGENT)"),
    ];
    let scratch = Scratch::project();
    let mut tried = 0;
    for name in HOSTILE {
        scratch.spawn(name);
        for (shell, options, script) in shells {
            let export = scratch.agent(&["env", name, &format!("--export={shell}")]).ok();
            let program = if shell == "powershell" { "pwsh" } else { shell };
            let mut command = Command::new(program);
            hermetic(command.args(options).arg(script), scratch.home());
            let script = export.out.lines().collect::<Vec<_>>().join("\n");
            command.env("EXPORT", script).env("LC_ALL", "C.UTF-8").current_dir(scratch.root());
            match command.output() {
                Ok(output) => {
                    tried += 1;
                    let out = String::from_utf8_lossy(&output.stdout);
                    assert_eq!(out, name, "{shell}: {}", String::from_utf8_lossy(&output.stderr));
                }
                Err(cause) => assert_eq!(cause.kind(), std::io::ErrorKind::NotFound, "{cause}"),
            }
        }
    }
    assert!(tried >= HOSTILE.len());
    assert!(!scratch.root().join("pwned").exists());
}

#[test]
fn exits_and_hints() {
    let scratch = Scratch::project();
    scratch.spawn("fix-login");
    let outside = scratch.beside("outside");
    std::fs::create_dir(&outside).expect("it can be made");
    for (args, code) in [
        (&["path", "nobody"][..], 4),
        (&["env", "nobody"], 4),
        (&["run", "nobody", "--", "true"], 4),
        (&["diff", "nobody"], 4),
        (&["log", "nobody"], 4),
        (&["rm", "nobody"], 4),
        (&["restore", "nobody"], 4),
        (&["spawn", "fix-login"], 5),
        (&["spawn", "a b"], 2),
        (&["spawn", "x", "--base", "nowhere"], 4),
        (&["-C", "nowhere", "list"], 4),
    ] {
        scratch.agent(args).fails(code);
    }
    scratch.agent(&["path", "login"]).fails(4).says(&["did you mean 'fix-login'?"]);
    for args in [&["list"][..], &["spawn", "x"], &["rm", "x"]] {
        scratch.agent_in(&outside, args).fails(4).says(&["no git repository", "hint: git init"]);
    }
    // clap's own: the same code as ours for a command line that cannot be understood.
    for args in [&["unknown-verb"][..], &["rm"], &["run", "x"], &["spawn", "--no-such-flag"]] {
        assert_eq!(scratch.agent(args).code, 2, "{args:?}");
    }
    let run = scratch.agent::<&str>(&[]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scratch = Scratch::project();
    for number in 0..3 {
        scratch.spawn(&format!("x{number}"));
    }
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_git-agent");
    shell.args(["-c", &format!("'{program}' list --json | true; '{program}' completions bash | head -1")]);
    let run = scratch.run(hermetic(shell.current_dir(scratch.root()), scratch.home()));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
}

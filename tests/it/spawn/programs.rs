//! The programs that a spawn starts.

use std::path::Path;

use crate::support::Scratch;
use crate::support::program::{Run, wait_until};
use crate::support::project::{put_program, text};

/// A program that writes down its arguments, its folder and what it was told.
fn put_recorder(scratch: &Scratch) -> String {
    let path = scratch.beside("re corder");
    let script =
        "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done >args\npwd >place\nenv | grep ^GIT_AGENT | sort >env\n";
    put_program(&path, script);
    path.to_str().expect("Unicode").to_owned()
}

#[test]
fn the_shell_in_the_foreground() {
    let scratch = Scratch::project();
    let script = "echo \"$GIT_AGENT|$GIT_AGENT_BRANCH|$GIT_AGENT_BASE|$GIT_AGENT_PATH\"; pwd; exit 3";
    let run = scratch.agent(&["spawn", "feat/x", "--agent", "shell", "-q", "--", "-c", script]);
    assert_eq!(run.code, 3, "{}", run.err);
    let path = scratch.tree("feat/x").display().to_string();
    assert!(run.out.contains(&format!("feat/x|feat/x|origin/main|{path}\n{path}\n")), "{}", run.out);
    let row = scratch.row("feat/x");
    assert_eq!((&row["state"], &row["exitCode"], &row["profile"]), (&"exited".into(), &3.into(), &"shell".into()));
}

#[test]
fn a_detached_program_and_its_log() {
    let scratch = Scratch::project();
    let gate = scratch.beside("gate");
    let script =
        format!("echo begun; while ! [ -e '{}' ]; do sleep 0.01; done; echo ended >&2; exit 4", gate.display());
    scratch
        .agent(&["spawn", "x", "--agent", "shell", "--detach", "--", "-c", &script])
        .ok()
        .says(&["git agent log x -f"]);
    assert_eq!(scratch.row("x")["state"], "running");
    wait_until("it has begun", || scratch.agent(&["log", "x"]).ok().out.contains("begun"));
    scratch.agent(&["rm", "--force", "x"]).fails(3).says(&["a program runs in 'x'"]);

    let follower = scratch.program(&scratch.root(), &["log", "x", "-f"]).stdout(std::process::Stdio::piped()).spawn();
    std::fs::write(gate, "").expect("it can be written");
    let output = follower.expect("it starts").wait_with_output().expect("it ends when the program ends");
    assert_eq!(Run::of(&output).ok().out, "begun\nended\n");
    wait_until("the end is written down", || scratch.row("x")["state"] == "exited");
    assert_eq!(scratch.row("x")["exitCode"], 4);
    let run = scratch.agent(&["list"]).ok();
    assert!(run.out.contains("exited 4"), "{}", run.out);
}

#[test]
fn a_program_that_is_killed_is_not_running() {
    let scratch = Scratch::project();
    scratch.agent(&["spawn", "x", "--agent", "shell", "--detach", "--", "-c", "kill -9 $$"]).ok();
    wait_until("the end is written down", || scratch.row("x")["state"] != "running");
    assert_eq!(scratch.row("x")["exitCode"], 137);
}

#[test]
fn without_a_detached_program_there_is_no_log() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    scratch.agent(&["log", "x"]).fails(4);
    scratch.agent(&["log", "nobody"]).fails(4);
}

#[test]
fn a_prompt_is_one_argument_whatever_it_holds() {
    let prompt = "a 'b' \"c\" $(touch pwned) `touch pwned`; touch pwned & | > x \\ \n second line *";
    for (command, prompt_setting, expected) in [
        ("{}", None, format!("<{prompt}>")),
        ("{} --fast 'two words'", None, format!("<--fast><two words><{prompt}>")),
        ("{}", Some("--say={prompt} end"), format!("<--say={prompt}><end>")),
    ] {
        let scratch = Scratch::project();
        let recorder = put_recorder(&scratch);
        scratch.config("agent.mine.command", &command.replace("{}", &format!("'{recorder}'")));
        if let Some(setting) = prompt_setting {
            scratch.config("agent.mine.prompt", setting);
        }
        scratch.agent(&["spawn", "x", "--agent", "mine", "--prompt", prompt]).ok();
        assert_eq!(text(&scratch.tree("x").join("args")), expected, "{command}");
        assert_eq!(text(&scratch.tree("x").join("place")).trim(), scratch.tree("x").to_str().expect("Unicode"));
        assert!(text(&scratch.tree("x").join("env")).contains("GIT_AGENT=x\n"));
        assert!(!scratch.tree("x").join("pwned").exists() && !scratch.root().join("pwned").exists());
    }
}

#[test]
fn a_prompt_that_holds_the_placeholder_and_a_detached_run() {
    let scratch = Scratch::project();
    let recorder = put_recorder(&scratch);
    scratch.config("agent.mine.command", &format!("'{recorder}'"));
    scratch.config("agent.mine.headless", "batch -- {prompt}");
    scratch.agent(&["spawn", "x", "--agent", "mine", "--detach", "-p", "{prompt} -x", "--", "--opt"]).ok();
    wait_until("it has ended", || scratch.row("x")["state"] == "exited");
    assert_eq!(text(&scratch.tree("x").join("args")), "<batch><--opt><--><{prompt} -x>");
    assert_eq!(scratch.row("x")["task"], "{prompt} -x", "without a task the prompt says what it is to do");
}

#[test]
fn a_program_that_is_missing_is_an_error_before_anything_changes() {
    let scratch = Scratch::project();
    scratch.config("agent.gone.command", "no-such-program-anywhere");
    scratch.config("agent.torn.command", "'open");
    for (args, code, said) in [
        (&["--agent", "gone"][..], 4, "'no-such-program-anywhere' is not on PATH"),
        (&["--agent", "torn"], 2, "cannot be split into words"),
        (&["--agent", "unheard-of"], 4, "there is no agent profile 'unheard-of'"),
        (&["--agent", "shell", "-p", "x"], 2, "takes no prompt"),
        (&["--agent", "shell", "-n", "2"], 2, "cannot share this terminal"),
        (&["--agent", "shell", "--json"], 2, "--json"),
        (&["--prompt", "x"], 2, "--prompt needs a program"),
        (&["--detach"], 2, "--detach needs a program"),
        (&["--", "-c", "true"], 2, "arguments needs a program"),
    ] {
        scratch.agent(&[&["spawn", "x"], args].concat()).fails(code).says(&[said]);
    }
    scratch.assert_no_trace();
    assert!(!scratch.root().join(".gitignore").exists());
}

#[test]
fn a_program_in_the_repository_is_not_taken_for_one_on_the_path() {
    let scratch = Scratch::project();
    put_program(&scratch.root().join("claude"), "#!/bin/sh\ntouch pwned\n");
    let mut command = scratch.program(&scratch.root(), &["spawn", "x", "--agent", "claude"]);
    let git = which_git();
    command.env("PATH", git.parent().expect("a folder"));
    let run = scratch.run(&mut command);
    assert!(!scratch.root().join("pwned").exists() && !scratch.tree("x").join("pwned").exists(), "{}", run.err);
}

fn which_git() -> std::path::PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    std::env::split_paths(&path).map(|folder| folder.join("git")).find(|path| path.is_file()).expect("git is there")
}

#[test]
fn the_default_profile_is_started_when_none_is_named() {
    let scratch = Scratch::project();
    let recorder = put_recorder(&scratch);
    scratch.config("agent.mine.command", &format!("'{recorder}'"));
    scratch.config("agent.default", "mine");
    scratch.agent(&["spawn", "x"]).ok();
    assert!(scratch.tree("x").join("args").exists());
    // A script that reads JSON gets only what it asks for.
    scratch.agent(&["spawn", "y", "--json"]).ok();
    assert!(!scratch.tree("y").join("args").exists());
}

#[test]
fn a_committed_setting_starts_nothing() {
    let scratch = Scratch::project();
    let recorder = put_recorder(&scratch);
    scratch.write(".gitagent", format!("[agent]\n\tdefault = mine\n[agent \"mine\"]\n\tcommand = '{recorder}'\n"));
    scratch.agent(&["spawn", "x"]).ok();
    assert!(!scratch.tree("x").join("args").exists());
    scratch.agent(&["spawn", "y", "--agent", "mine"]).fails(4);
}

/// A tmux server of the test's own.
struct Tmux<'s> {
    scratch: &'s Scratch,
}

impl Tmux<'_> {
    fn command(&self, args: &[&str]) -> Run {
        let mut command = std::process::Command::new("tmux");
        crate::support::hermetic(command.args(args), self.scratch.home());
        self.scratch.run(command.env("TMUX_TMPDIR", self.scratch.home()))
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}

fn has_tmux() -> bool {
    Path::new("/usr/bin/tmux").exists()
}

#[test]
fn a_window_of_tmux() {
    if !has_tmux() {
        return;
    }
    let scratch = Scratch::project();
    let recorder = put_recorder(&scratch);
    scratch.config("agent.mine.command", &format!("'{recorder}'"));
    let tmux = Tmux { scratch: &scratch };
    let prompt = "do #(touch pwned) $(touch pwned)";
    for name in ["feat/x", "y"] {
        let mut command = scratch.program(&scratch.root(), &["spawn", name, "--agent", "mine", "--tmux", "-p", prompt]);
        let run = scratch.run(command.env("TMUX_TMPDIR", scratch.home())).ok();
        assert!(run.err.contains("tmux attach -t agents-repo"), "{}", run.err);
        wait_until("it has ended", || scratch.row(name)["state"] == "exited");
        assert_eq!(text(&scratch.tree(name).join("args")), format!("<{prompt}>"));
        assert_eq!(text(&scratch.tree(name).join("place")).trim(), scratch.tree(name).to_str().expect("Unicode"));
        assert!(!scratch.root().join("pwned").exists() && !scratch.tree(name).join("pwned").exists());
    }
    drop(tmux);
}

/// A command that waits for `gate` and gives up after a while.
fn waiting(gate: &Path) -> String {
    format!("for i in $(seq 3000); do [ -e '{}' ] && exit 5; sleep 0.01; done", gate.display())
}

#[test]
fn a_running_window_of_tmux_stands_in_the_way_of_a_removal() {
    if !has_tmux() {
        return;
    }
    let scratch = Scratch::project();
    let tmux = Tmux { scratch: &scratch };
    let gate = scratch.beside("gate");
    let args = ["spawn", "x", "--agent", "shell", "--tmux", "--", "-c", &waiting(&gate)];
    scratch.run(scratch.program(&scratch.root(), &args).env("TMUX_TMPDIR", scratch.home())).ok();
    wait_until("it runs", || scratch.row("x")["state"] == "running");
    scratch.agent(&["rm", "x"]).fails(3).says(&["a program runs in 'x'"]);
    let windows = tmux.command(&["list-windows", "-a", "-F", "#{session_name}:#{window_name}"]).ok();
    assert_eq!(windows.line(), "agents-repo:x");
    std::fs::write(gate, "").expect("it can be written");
    wait_until("it has ended", || scratch.row("x")["exitCode"] == 5);
}

#[test]
fn a_window_of_tmux_takes_its_program_with_it() {
    if !has_tmux() {
        return;
    }
    let scratch = Scratch::project();
    let tmux = Tmux { scratch: &scratch };
    let args = ["spawn", "x", "--agent", "shell", "--tmux", "--", "-c", &waiting(&scratch.beside("gate"))];
    scratch.run(scratch.program(&scratch.root(), &args).env("TMUX_TMPDIR", scratch.home())).ok();
    wait_until("it runs", || scratch.row("x")["state"] == "running");
    tmux.command(&["kill-server"]).ok();
    wait_until("it is gone", || scratch.row("x")["state"] != "running");
    assert_eq!(scratch.row("x")["exitCode"], 129);
}

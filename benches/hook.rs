//! The hook's whole process against an empty Rust program, and the policy alone. Ratios of medians from one run: absolute
//! times say more about the machine than about the program.
//!
//! `cargo bench --bench hook`
#![expect(clippy::disallowed_methods, reason = "a bench starts programs and writes files")]

#[path = "../tests/it/guard/hostile.rs"]
mod hostile;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_agent::git::facts::Disk;
use git_agent::policy::guard::judge;

const ROUNDS: usize = 400;

fn main() {
    let dir = assert_fs::TempDir::new().expect("a temporary folder");
    let scene = dir.path().join("s");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/guard/cases/setup.sh");
    let built = Command::new("sh").arg(script).arg("up-agent").arg(&scene).status().expect("sh");
    assert!(built.success());
    let empty = empty_program(dir.path());
    let hook = PathBuf::from(env!("CARGO_BIN_EXE_git-agent-hook"));
    let wt = scene.join("wt");
    let event = |command: &str| {
        serde_json::json!({ "cwd": wt, "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": command } })
            .to_string()
    };
    let told = |name: &str| {
        serde_json::json!({ "session_id": "s", "cwd": wt, "hook_event_name": name, "last_assistant_message": "x" })
            .to_string()
    };
    let agent = PathBuf::from(env!("CARGO_BIN_EXE_git-agent"));
    let cases = [
        ("no git in the command", &hook, "claude", event("cargo test --workspace 2>&1 | tail -20")),
        ("git status", &hook, "claude", event("git status --short && git diff --stat")),
        ("a push that is allowed", &hook, "claude", event("git push origin HEAD:refs/heads/agent/x")),
        ("a push that is rewritten", &hook, "claude", event("git push")),
        ("a push that is denied", &hook, "claude", event("git push origin HEAD:main")),
        ("a session begins", &hook, "claude", told("SessionStart")),
        ("a turn begins", &hook, "claude", told("UserPromptSubmit")),
        ("a turn ends", &hook, "claude", told("Stop")),
        ("the environment of a command", &hook, "env", String::new()),
        ("the status line", &agent, "statusline", serde_json::json!({ "cwd": wt }).to_string()),
    ];
    // Taken in turns, so that a noisy neighbour disturbs all alike.
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(ROUNDS); cases.len() + 1];
    for _ in 0..ROUNDS {
        times[0].push(once(&empty, "claude", "", &scene));
        for (index, (_, program, argument, input)) in cases.iter().enumerate() {
            times[index + 1].push(once(program, argument, input, &scene));
        }
    }
    let mut node = Vec::new();
    if let Ok(program) = which::which("node") {
        node = (0..40).map(|_| run(Command::new(&program).args(["-e", "0"]), "")).collect();
    }
    let base = median(&mut times[0]);
    println!("an empty Rust program: {base:?}");
    for (index, (name, ..)) in cases.iter().enumerate() {
        let time = median(&mut times[index + 1]);
        println!("{name}: {:.2} times ({time:?})", time.as_secs_f64() / base.as_secs_f64());
    }
    match node.is_empty() {
        true => println!("node -e 0: node is not installed"),
        false => {
            let time = median(&mut node);
            println!("node -e 0: {:.2} times ({time:?})", time.as_secs_f64() / base.as_secs_f64());
        }
    }
    let disk = Disk::new();
    let session = disk.session(wt.to_str().expect("UTF-8"), false);
    for command in [
        "ls -la",
        "git status",
        "git push",
        "git push origin HEAD:main",
        "cd x && for b in a b c; do git push origin $b; done",
    ] {
        let start = Instant::now();
        for _ in 0..2000 {
            std::hint::black_box(judge(std::hint::black_box(command), &session, &disk));
        }
        println!("policy alone: {:.1} us: {command}", start.elapsed().as_secs_f64() * 1e6 / 2000.0);
    }
    let mut slow: Vec<(Duration, &str)> = hostile::texts()
        .iter()
        .map(|(name, text)| {
            let disk = Disk::new();
            let once = || {
                let start = Instant::now();
                std::hint::black_box(judge(std::hint::black_box(text), &session, &disk));
                start.elapsed()
            };
            ((0..3).map(|_| once()).min().unwrap_or_default(), *name)
        })
        .collect();
    slow.sort_unstable();
    println!("hostile texts: {}, median {:?}", slow.len(), slow[slow.len() / 2].0);
    for (time, name) in slow.iter().rev().take(12) {
        println!("  {time:?}: {name}");
    }
}

fn empty_program(dir: &Path) -> PathBuf {
    let source = dir.join("empty.rs");
    std::fs::write(&source, "fn main() {}").expect("a file");
    let program = dir.join("empty");
    let built = Command::new("rustc").args(["-O", "-o"]).arg(&program).arg(&source).status().expect("rustc");
    assert!(built.success());
    program
}

fn once(program: &Path, argument: &str, input: &str, scene: &Path) -> Duration {
    let mut command = Command::new(program);
    command.arg(argument).current_dir(scene.join("wt")).env("HOME", scene.join("home")).env("GIT_CONFIG_NOSYSTEM", "1");
    run(&mut command, input)
}

/// The time from the start of a program to its end.
fn run(command: &mut Command, input: &str) -> Duration {
    let start = Instant::now();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a program");
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait().expect("an exit");
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

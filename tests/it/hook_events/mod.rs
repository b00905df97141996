//! The events of clients beyond the guard's: what `git-agent-hook` prints, and what changes on disk.

mod context;
mod create;
mod ready;
mod remove;
mod robust;
mod session;
mod states;
mod subagents;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::program::Run;
use crate::support::{Scratch, hermetic};

/// The hook, not started yet, in the folder `dir`.
fn command(scratch: &Scratch, dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-agent-hook"));
    command.args(args).current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    hermetic(&mut command, scratch.home());
    for name in ["CLAUDE_PROJECT_DIR", "CLAUDE_ENV_FILE", "GEMINI_PROJECT_DIR"] {
        command.env_remove(name);
    }
    command
}

/// Runs it with `input`.
fn feed(command: &mut Command, input: &str) -> Run {
    let mut child = command.spawn().expect("the hook starts");
    // It may end without having read everything.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    Run::of(&child.wait_with_output().expect("it ends"))
}

/// An event of Claude Code, told by a session that is in `cwd`.
fn claude(scratch: &Scratch, cwd: &Path, event: &str, fields: &Value) -> Run {
    feed(&mut command(scratch, cwd, &["claude"]), &event_json("s1", cwd, event, fields))
}

fn event_json(session: &str, cwd: &Path, event: &str, fields: &Value) -> String {
    let mut all = json!({ "session_id": session, "transcript_path": "/t", "cwd": cwd, "hook_event_name": event });
    let object = all.as_object_mut().expect("an object");
    object.extend(fields.as_object().expect("fields").clone());
    all.to_string() + "\n"
}

//! What git's own hooks call: `git-agent-hook git <event> [args…]`.
//!
//! The script in the hooks folder ([`crate::policy::hooks`]) asks here before a push and runs the user's hook itself, so
//! of git's events only pre-push comes this far.

mod pre_push;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;

/// Answers one event. A pre-push never fails open; another event has nothing to be judged.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let Some((event, args)) = args.split_first() else {
        super::warn("git: the name of a hook is missing");
        return ExitCode::SUCCESS;
    };
    if event != "pre-push" {
        return ExitCode::SUCCESS;
    }
    // The default hook prints a backtrace into the agent's context.
    std::panic::set_hook(Box::new(|_| {}));
    let mut refs = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut refs).is_err() {
        return refuse("git-agent: this push is refused: what it would update could not be read");
    }
    let lines = String::from_utf8_lossy(&refs).into_owned();
    let [remote, url] = args else {
        return refuse("git-agent: this push is refused: pre-push takes the name and the URL of a remote");
    };
    match catch_unwind(|| pre_push::answer(&lines, remote, url)) {
        Ok(None) => agree(&refs),
        Ok(Some(message)) => refuse(&message),
        Err(_) => refuse("git-agent: this push is refused: the guard failed, please report that"),
    }
}

/// Gives the refs back for the hook that comes next, with the dot that the script waits for.
fn agree(refs: &[u8]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(refs).and_then(|()| out.write_all(b".")).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(message: &str) -> ExitCode {
    // Where nobody listens the exit code still says it.
    let _ = writeln!(std::io::stderr().lock(), "{message}");
    ExitCode::FAILURE
}

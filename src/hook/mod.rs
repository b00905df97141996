//! What an agent's client calls before it runs a tool, and git before it pushes.
//!
//! The rule above all others: an event that the guard must judge never fails open. A panic, an input that cannot be read
//! or a repository in a bad state becomes a question, or a denial where the host knows no question. Everything else
//! (another event, an unknown host) is none of our business and must never block: a warning, and exit code 0.

pub mod git;
pub mod pre_tool_use;
pub mod wire;

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use wire::{Answer, Host};

/// Events larger than this are not read to their end. The tool's text comes early in them, and is judged by its smell.
const LONGEST: u64 = 16 << 20;

/// The whole program: `git-agent-hook <host>`, or `git-agent-hook git <event>` ([`git`]). Arguments are read by hand, since a parser's usage error would exit with 2,
/// which every host takes for "block".
pub fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let name = args.next().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if name == "--host" {
        args.next().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    } else {
        name
    };
    if name == "git" {
        return git::main(args);
    }
    if name == "--version" {
        let _ = writeln!(std::io::stdout().lock(), "git-agent-hook {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let Some(host) = Host::named(&name) else {
        warn(&format!("unknown host '{name}': known are claude, codex, gemini, copilot"));
        return ExitCode::SUCCESS;
    };
    // The default hook prints a backtrace into the agent's context.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_end(&mut input);
    let input = String::from_utf8_lossy(&input);
    let answer = match read {
        Ok(_) => answer(host, &input),
        Err(_) => Answer::failed(&input),
    };
    reply(host, &answer, &input)
}

/// The answer to one event.
pub fn answer(host: Host, input: &str) -> Answer {
    catch_unwind(AssertUnwindSafe(|| pre_tool_use::answer(host, input))).unwrap_or_else(|_| Answer::failed(input))
}

fn reply(host: Host, answer: &Answer, input: &str) -> ExitCode {
    let reply = catch_unwind(AssertUnwindSafe(|| host.reply(answer, input))).unwrap_or_else(|_| wire::Reply::blocked());
    let mut out = std::io::stdout().lock();
    if out.write_all(reply.stdout.as_bytes()).and_then(|()| out.flush()).is_err() && reply.code != 0 {
        return ExitCode::from(2);
    }
    if !reply.stderr.is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "{}", reply.stderr);
    }
    ExitCode::from(reply.code)
}

fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "git-agent-hook: {text}");
}

//! What an agent's client calls when something happens, and git before it pushes.
//!
//! The rule above all others: an event that the guard must judge never fails open. A panic, an input that cannot be read
//! or a repository in a bad state becomes a question, or a denial where the host knows no question. Every other event must
//! never block: what goes wrong there is a warning, and an exit code that no host takes for a denial.

mod env;
pub mod git;
pub mod pre_tool_use;
mod session_start;
mod subagent_stop;
mod turn;
pub mod wire;
mod worktree_create;
mod worktree_remove;

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use crate::error::Result;
use crate::git::repo::Repo;
use crate::{environment, heal};
use wire::{Answer, Event, Host};

/// Events larger than this are not read to their end. The tool's text comes early in them, and is judged by its smell.
const LONGEST: u64 = 16 << 20;

/// The whole program: `git-agent-hook <host> [<event>]`, `git-agent-hook git <event>` ([`git`]), or `git-agent-hook env` ([`mod@env`]). Arguments are read by hand,
/// since a parser's usage error would exit with 2, which every host takes for "block".
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
    if name == "env" {
        let exports = catch_unwind(env::exports).ok().and_then(Result::ok).unwrap_or_default();
        // A shell that went away needs no environment.
        let _ = std::io::stdout().lock().write_all(exports.as_bytes());
        return ExitCode::SUCCESS;
    }
    let Some(host) = Host::named(&name) else {
        warn(&format!("unknown host '{name}': known are claude, codex, gemini, copilot"));
        return ExitCode::SUCCESS;
    };
    let event = args.next().map(|event| event.to_string_lossy().into_owned());
    // The default hook prints a backtrace into the agent's context.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_end(&mut input);
    let input = String::from_utf8_lossy(&input);
    let input = wire::paired(&input);
    let answer = match read {
        Ok(_) => answer(host, event.as_deref(), &input),
        Err(_) => host.unread(&input, event.as_deref()),
    };
    reply(host, &answer, &input)
}

/// The answer to one event. `name` is the event's name where the command line tells it.
pub fn answer(host: Host, name: Option<&str>, input: &str) -> Answer {
    let read = catch_unwind(|| host.read(input, name));
    let Ok(Ok(event)) = read else { return host.unread(input, name) };
    let judged = matches!(event, Event::Tool(_));
    let answered = catch_unwind(AssertUnwindSafe(|| match &event {
        Event::Tool(tool) => {
            let answer = pre_tool_use::answer(host, tool, input);
            turn::resumed(host, &tool.session);
            answer
        }
        Event::WorktreeCreate(wanted) => worktree_create::answer(wanted),
        Event::WorktreeRemove { path } => worktree_remove::answer(path),
        Event::SessionStart { session, at_work } => session_start::answer(host, session, *at_work),
        Event::Moved(session) => session_start::moved(host, session),
        Event::SubagentStart(session) => session_start::subagent(host, session),
        Event::Turn { session, activity, message } => {
            turn::tell(host, session, Some(*activity), message.as_deref());
            Answer::Nothing
        }
        Event::SubagentStop { session, message } => {
            subagent_stop::stopped(host, session, message.as_deref());
            Answer::Nothing
        }
        Event::SessionEnd(session) => {
            turn::tell(host, session, None, None);
            Answer::Nothing
        }
        Event::Other => Answer::Nothing,
    }));
    answered.unwrap_or_else(|_| {
        if judged {
            Answer::failed(input)
        } else {
            Answer::Failed("error: git-agent failed at this event, please report that".to_owned())
        }
    })
}

/// The repository around `folder`, else around this process, with whatever a killed command left behind mended.
fn open(folder: Option<&str>) -> Result<Repo> {
    let repo = match folder {
        Some(folder) => Repo::discover(Path::new(folder))?,
        None => Repo::discover(&environment::current_dir()?)?,
    };
    let healed = heal::heal(&repo)?;
    healed.done.iter().chain(&healed.left).for_each(|said| warn(said));
    Ok(repo)
}

/// Goes to a folder that stays, before the one that the client has started us in goes.
fn stand_in(folder: &Path) {
    if let Err(cause) = std::env::set_current_dir(folder) {
        warn(&format!("cannot change to {}: {cause}", folder.display()));
    }
}

fn reply(host: Host, answer: &Answer, input: &str) -> ExitCode {
    let reply = catch_unwind(AssertUnwindSafe(|| host.reply(answer, input))).unwrap_or_else(|_| wire::Reply::blocked());
    let mut out = std::io::stdout().lock();
    let told = out.write_all(reply.stdout.as_bytes()).and_then(|()| out.flush());
    let code = match answer {
        _ if told.is_ok() => reply.code,
        // The host would take silence for consent.
        Answer::Rewrite { .. } | Answer::Ask(_) | Answer::Deny(_) => 2,
        Answer::Worktree { path, new } => {
            warn("cannot tell the client where the worktree is");
            if *new && let Answer::Failed(message) = worktree_remove::answer(path) {
                warn(&message);
            }
            1
        }
        _ => reply.code,
    };
    if !reply.stderr.is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "{}", reply.stderr);
    }
    ExitCode::from(code)
}

fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "git-agent: {text}");
}

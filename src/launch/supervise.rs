//! Running an agent's program and writing down how it ended: in the foreground, or detached with its output in a log.
#![expect(clippy::disallowed_methods, reason = "this is the room that starts programs")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::agent::activity::{LOG_FILE, RUN_FILE, Run};
use crate::error::{Context, Error, Result};
use crate::journal::now;
use crate::launch::process::Identity;
use crate::{launch, store};

/// What a supervisor is to run; handed over in a file of the worktree's git directory, because a prompt may be longer
/// than a command line and must not show up in one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The program and its arguments.
    pub line: Vec<String>,
    /// The command as it may be shown: without the prompt.
    pub shown: Vec<String>,
    /// Where it runs.
    pub folder: PathBuf,
    /// The agent's environment; `None` for what must not be there.
    pub environment: Vec<(String, Option<String>)>,
}

const START_FILE: &str = "agent-start.json";

/// Runs the program on our terminal until it ends, and writes its end into the git directory `admin`.
///
/// # Errors
/// When it cannot be started.
pub fn foreground(admin: &Path, start: &Start) -> Result<i32> {
    let arguments: Vec<_> = start.line[1..].iter().map(Into::into).collect();
    let mut command = launch::command(Path::new(&start.line[0]), &arguments, &start.folder, &start.environment);
    let mut run = Run {
        version: 1,
        supervisor: Identity::own(),
        program: None,
        command: start.shown.clone(),
        started: now(),
        exit: None,
        ended: None,
    };
    #[cfg(unix)]
    let signals = Signals::catch();
    let file = admin.join(RUN_FILE);
    let spawned = command.spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(cause) => {
            run.exit = Some(127);
            run.ended = Some(now());
            store::write_json(&file, &run)?;
            return Err(Error::failed(format!("'{}' cannot be started", start.line[0])).because(cause));
        }
    };
    #[cfg(unix)]
    signals.pass_on(child.id());
    run.program = Some(Identity::of(child.id()));
    store::write_json(&file, &run)?;
    let status = child.wait().context(|| "cannot wait for the program".to_owned())?;
    let code = launch::exit_code(status);
    run.exit = Some(code);
    run.ended = Some(now());
    // The worktree may have been removed meanwhile: then there is nobody left to tell.
    if admin.exists() {
        store::write_json(&file, &run)?;
    }
    Ok(code)
}

/// Signals that arrive while the program runs. Those of the keyboard reach the program by themselves, and only must not
/// end the supervisor, which has to write the program's end down. A hang-up or a request to end reaches the supervisor
/// alone and is passed on. Handlers, not SIG_IGN: that would be inherited by the program.
#[cfg(unix)]
struct Signals(Option<signal_hook::iterator::Signals>);

#[cfg(unix)]
impl Signals {
    fn catch() -> Self {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        // Without the handlers a signal loses the exit code, no more.
        Self(signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).ok())
    }

    fn pass_on(self, pid: u32) {
        use rustix::process::{Pid, Signal, kill_process};
        let (Some(mut signals), Some(pid)) = (self.0, i32::try_from(pid).ok().and_then(Pid::from_raw)) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let passed = match signal {
                    signal_hook::consts::SIGHUP => Signal::HUP,
                    signal_hook::consts::SIGTERM => Signal::TERM,
                    _ => continue,
                };
                // A program that is gone already needs no signal.
                kill_process(pid, passed).ok();
            }
        });
    }
}

/// Writes down what the supervisor is to run.
///
/// # Errors
/// When the git directory cannot be written to.
pub fn prepare(admin: &Path, start: &Start) -> Result<()> {
    store::write_json(&admin.join(START_FILE), start)
}

/// The supervisor's own command line.
///
/// # Errors
/// When this program's path cannot be told.
pub fn command_line(admin: &Path) -> Result<(PathBuf, [std::ffi::OsString; 2])> {
    let own = std::env::current_exe().context(|| "cannot tell where git-agent is".to_owned())?;
    Ok((own, ["supervise".into(), admin.as_os_str().to_owned()]))
}

/// Starts a supervisor that outlives us and the terminal, with the program's output in the agent's log.
///
/// # Errors
/// When it cannot be started.
pub fn detach(admin: &Path, start: &Start) -> Result<Identity> {
    prepare(admin, start)?;
    let log = store::append(&admin.join(LOG_FILE))?;
    let copy = log.try_clone().context(|| "cannot open the log twice".to_owned())?;
    let (program, arguments) = command_line(admin)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&start.folder).stdin(Stdio::null()).stdout(log).stderr(copy);
    let mut child = command.spawn().context(|| "cannot start the supervisor".to_owned())?;
    let supervisor = Identity::of(child.id());
    // It has begun when it has said so: a caller that looks at the state next must see the program running.
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        let run: Option<Run> = store::read_json(&admin.join(RUN_FILE)).ok().flatten();
        if run.is_some_and(|run| run.supervisor.pid == supervisor.pid) {
            return Ok(supervisor);
        }
        if let Ok(Some(status)) = child.try_wait() {
            let said = std::fs::read_to_string(admin.join(LOG_FILE)).unwrap_or_default();
            let last = said.lines().last().unwrap_or_default().to_owned();
            return Err(Error::failed(format!("the supervisor ended at once ({status})")).because(last));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(Error::failed("the supervisor did not begin within ten seconds")
        .hint(format!("cat '{}'", admin.join(LOG_FILE).display())))
}

/// Starts this program with `arguments` in the background, its output appended to `log`.
///
/// # Errors
/// When it cannot be started.
pub fn background(arguments: &[std::ffi::OsString], folder: &Path, log: &Path) -> Result<std::process::Child> {
    let own = std::env::current_exe().context(|| "cannot tell where git-agent is".to_owned())?;
    // A client's hook is another program, beside ours.
    let own = own.with_file_name(format!("git-agent{}", std::env::consts::EXE_SUFFIX));
    let log = store::append(log)?;
    let copy = log.try_clone().context(|| "cannot open the log twice".to_owned())?;
    let mut command = launch::command(&own, arguments, folder, &[]);
    command.stdin(Stdio::null()).stdout(log).stderr(copy);
    command.spawn().context(|| "cannot start a process in the background".to_owned())
}

/// Leaves the terminal's session, so that its end does not end us.
pub fn leave_the_terminal() {
    // A leader of a session cannot leave it, and need not.
    #[cfg(unix)]
    rustix::process::setsid().ok();
}

/// The body of the supervisor: what `git-agent supervise ADMIN` runs.
///
/// # Errors
/// When there is nothing to run or it cannot be started.
pub fn supervise(admin: &Path) -> Result<i32> {
    let file = admin.join(START_FILE);
    let start: Option<Start> = store::read_json(&file)?;
    let start = start.ok_or_else(|| Error::failed(format!("there is nothing to run in {}", admin.display())))?;
    store::remove_file(&file)?;
    // Out of the terminal's session, if we are a detached child; in a tmux window we lead one already.
    #[cfg(unix)]
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        rustix::process::setsid().ok();
    }
    foreground(admin, &start)
}

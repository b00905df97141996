//! Steps in the background: a process of ours that outlives the command, the terminal and the client that wanted them.

use std::ffi::OsString;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::agent::Agent;
use crate::error::{Error, Result};
use crate::launch::supervise;
use crate::provision::record::{LOG_FILE, Record};

/// How long the process may take until it says that it has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often is looked how far it is.
const PAUSE: Duration = Duration::from_millis(2);

/// Starts the process that does the long steps, and waits until it has begun: whoever looks next must see it at work.
///
/// # Errors
/// When it cannot be started.
pub fn start(agent: &Agent) -> Result<Running> {
    let mut running = Running(process(agent, "long")?);
    let pid = running.0.id();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let record = Record::load(&agent.tree.admin).ok().flatten();
        if record.is_some_and(|record| record.runner.pid == pid) {
            return Ok(running);
        }
        if let Ok(Some(status)) = running.0.try_wait() {
            return Err(Error::failed(format!("the process that sets '{}' up ended at once ({status})", agent.name()))
                .hint(format!("git agent log {} --provision", agent.shown_name())));
        }
        std::thread::sleep(PAUSE);
    }
    Err(Error::failed("the process in the background did not begin within ten seconds")
        .hint(format!("git agent provision {}", agent.shown_name())))
}

/// Starts a process that does all steps, unless somebody is at them already.
///
/// # Errors
/// When it cannot be started.
pub fn start_all(agent: &Agent) -> Result<Running> {
    process(agent, "all").map(Running)
}

fn process(agent: &Agent, steps: &str) -> Result<Child> {
    let line = ["provision", "--quiet", "--in-background", steps, "--"].map(OsString::from);
    let line: Vec<OsString> = line.into_iter().chain([OsString::from(agent.name())]).collect();
    supervise::background(&line, &agent.tree.path, &agent.tree.admin.join(LOG_FILE))
}

/// A process in the background. It goes on when this value is gone.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Waits for its end, but no longer than `patience`. Returns whether it has ended.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            // A process that cannot be asked is none to wait for.
            if !matches!(self.0.try_wait(), Ok(None)) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

//! Long steps in the background: a process of ours that outlives the spawn and the terminal.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use crate::agent::Agent;
use crate::error::{Error, Result};
use crate::launch::supervise;
use crate::provision::record::{LOG_FILE, Record, Stage};

/// How long the process may take until it says that it has begun.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether steps of the plan are left for the background.
pub fn is_left(record: &Record) -> bool {
    record.failed().is_none() && record.steps.iter().any(|step| step.state == Stage::Waiting)
}

/// Starts the process that does the long steps, and waits until it has begun: whoever looks next must see it at work.
///
/// # Errors
/// When it cannot be started.
pub fn start(agent: &Agent) -> Result<()> {
    let line = ["provision", "--quiet", "--in-background", "--"].map(OsString::from);
    let line: Vec<OsString> = line.into_iter().chain([OsString::from(agent.name())]).collect();
    let log = agent.tree.admin.join(LOG_FILE);
    let mut child = supervise::background(&line, &agent.tree.path, &log)?;
    let pid = child.id();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let record = Record::load(&agent.tree.admin).ok().flatten();
        if record.is_some_and(|record| record.runner.pid == pid) {
            return Ok(());
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Error::failed(format!("the process that sets '{}' up ended at once ({status})", agent.name()))
                .hint(format!("git agent log {} --provision", agent.shown_name())));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(Error::failed("the process in the background did not begin within ten seconds")
        .hint(format!("git agent provision {}", agent.shown_name())))
}

//! Running one command of a step: its output goes into the log, and to whoever listens.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::launch::logged::Logged;
use crate::provision::scene::{Said, Scene};
use crate::store;

/// So many lines of a failed command's output are shown.
const TAIL: usize = 15;

/// Runs the command to its end; `shown` is how it is told of.
///
/// # Errors
/// When it cannot be started or fails; the end of its output is the cause.
pub fn run(
    scene: &Scene<'_>,
    line: &[OsString],
    shown: &str,
    folder: &Path,
    environment: &crate::launch::Variables,
) -> Result<()> {
    let _alone = scene.commands.lock().map_err(|_| Error::failed("a step panicked"))?;
    let path = scene.log();
    {
        use std::io::Write;
        let mut log = store::append(&path)?;
        writeln!(log, "$ {shown}").context(|| format!("cannot write {}", path.display()))?;
    }
    let mut log = File::open(&path).context(|| format!("cannot read {}", path.display()))?;
    let begin = log.seek(SeekFrom::End(0)).context(|| format!("cannot read {}", path.display()))?;
    let ended = AtomicBool::new(false);
    let code = std::thread::scope(|scope| {
        let listener = scope.spawn(|| follow(&mut log, &ended, scene.say));
        let code = Logged { line, folder, environment, log: &path, hold: scene.hold }.run();
        ended.store(true, Ordering::Release);
        // A listener that panicked has nothing to say.
        listener.join().ok();
        code
    })?;
    if code == 0 {
        return Ok(());
    }
    Err(Error::failed(format!("'{shown}' ended with {code}")).because(tail(&path, begin)))
}

/// Passes on what is written to the log, until the command has ended and all is read.
fn follow(log: &mut File, ended: &AtomicBool, say: &(dyn Fn(Said<'_>) + Sync)) {
    let mut bytes = Vec::new();
    loop {
        // Asked before reading: what was written last is there when the end is seen.
        let over = ended.load(Ordering::Acquire);
        bytes.clear();
        if log.read_to_end(&mut bytes).is_ok() && !bytes.is_empty() {
            say(Said::Printed(&bytes));
        }
        if over {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// The last lines of the log from `begin` on.
fn tail(path: &Path, begin: u64) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(begin.max(length.saturating_sub(1 << 14))))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// A text that stands for these bytes, in this order.
pub fn digest(parts: &[&[u8]]) -> String {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_le_bytes());
        all.extend_from_slice(part);
    }
    let id = gix::objs::compute_hash(gix::hash::Kind::Sha256, gix::object::Kind::Blob, &all);
    id.map(|id| id.to_string()).unwrap_or_default()
}

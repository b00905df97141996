//! Processes: whether one still runs, and which ones run inside a folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A process that is still the same one after its number was given to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The process id.
    pub pid: u32,
    /// When it started, in the kernel's own ticks; 0 where the system does not tell.
    #[serde(default)]
    pub started: u64,
}

impl Identity {
    /// The process `pid` as it is now.
    pub fn of(pid: u32) -> Self {
        Self { pid, started: start_ticks(pid).unwrap_or(0) }
    }

    /// This process.
    pub fn own() -> Self {
        Self::of(std::process::id())
    }

    /// Whether the process still runs. A zombie does not.
    pub fn is_alive(&self) -> bool {
        match start_ticks(self.pid) {
            Some(ticks) => self.started == 0 || ticks == self.started,
            None => !cfg!(target_os = "linux") && exists(self.pid),
        }
    }
}

/// Field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)); `None` for a zombie and where there is no such file.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let mut fields = after_name.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(unix)]
fn exists(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn exists(pid: u32) -> bool {
    super::output("tasklist", &["/NH", "/FI", &format!("PID eq {pid}")])
        .is_some_and(|text| text.contains(&pid.to_string()))
}

/// Programs that stand between a client and the hook that it starts.
const BETWEEN: [&str; 9] = ["sh", "bash", "dash", "zsh", "fish", "ash", "busybox", "env", "timeout"];

/// The process that had this one started: the nearest ancestor that is no shell.
pub fn client() -> Option<Identity> {
    let mut pid = parent(std::process::id())?;
    for _ in 0..4 {
        if pid <= 1 {
            return None;
        }
        if !BETWEEN.contains(&name_of(pid).as_str()) {
            return Some(Identity::of(pid));
        }
        pid = parent(pid)?;
    }
    None
}

/// A process that has its working directory in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inhabitant {
    /// The program's name.
    pub name: String,
    /// The process id.
    pub pid: u32,
    /// Whether it is one of our own ancestors: the user's shell, most of the time.
    pub ancestor: bool,
}

/// The processes whose working directory is `folder` or below it, without this one. What the system does not let us
/// see (other users' processes) is not listed.
pub fn inhabitants(folder: &Path) -> Vec<Inhabitant> {
    let own = std::process::id();
    let ancestors = ancestors();
    let inside = working_directories().into_iter().filter(|(pid, cwd)| *pid != own && cwd.starts_with(folder));
    inside.map(|(pid, _)| Inhabitant { name: name_of(pid), pid, ancestor: ancestors.contains(&pid) }).collect()
}

#[cfg(target_os = "linux")]
fn working_directories() -> Vec<(u32, PathBuf)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((pid, std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?))).collect()
}

/// `lsof -F` prints one field a line: `p<pid>`, then `n<path>` (lsof(8), OUTPUT FOR OTHER PROGRAMS).
#[cfg(all(unix, not(target_os = "linux")))]
fn working_directories() -> Vec<(u32, PathBuf)> {
    let text = super::output("lsof", &["-a", "-d", "cwd", "-F", "pn"]).unwrap_or_default();
    let mut pid = 0;
    let mut found = Vec::new();
    for line in text.lines() {
        match line.split_at_checked(1) {
            Some(("p", number)) => pid = number.parse().unwrap_or(0),
            Some(("n", path)) => found.push((pid, PathBuf::from(path))),
            _ => {}
        }
    }
    found
}

/// Windows refuses to move a folder that a process stands in, so the move itself is the test there.
#[cfg(windows)]
fn working_directories() -> Vec<(u32, PathBuf)> {
    Vec::new()
}

fn name_of(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    name.map_or_else(|| "process".to_owned(), |name| name.trim().to_owned())
}

fn ancestors() -> Vec<u32> {
    let mut chain = Vec::new();
    let mut pid = std::process::id();
    while let Some(parent) = parent(pid).filter(|&parent| parent > 1 && !chain.contains(&parent)) {
        chain.push(parent);
        pid = parent;
    }
    chain
}

#[cfg(target_os = "linux")]
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn parent(pid: u32) -> Option<u32> {
    if pid == std::process::id() {
        return rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get().cast_unsigned());
    }
    super::output("ps", &["-o", "ppid=", "-p", &pid.to_string()])?.trim().parse().ok()
}

#[cfg(windows)]
fn parent(_pid: u32) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_an_impossible_one_does_not() {
        assert!(Identity::own().is_alive());
        assert!(!Identity { pid: 3_999_999_999, started: 0 }.is_alive());
        let reused = Identity { started: 1, ..Identity::own() };
        assert_eq!(reused.is_alive(), start_ticks(reused.pid).is_none());
    }
}

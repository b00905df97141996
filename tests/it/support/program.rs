//! Running `git-agent` and judging what came of it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Scratch, hermetic};

/// What came of one run of a program.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit code, or 128 and the number of the signal that ended it.
    pub code: i32,
    /// What it printed on stdout.
    pub out: String,
    /// What it printed on stderr.
    pub err: String,
}

impl Run {
    /// Reads what a finished process left.
    pub fn of(output: &Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or_default());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// It worked.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }

    /// It failed with this exit code, and said what happened and what helps, as every error does.
    #[track_caller]
    pub fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        assert!(self.err.lines().any(|line| line.starts_with("error: ")), "no error: {}", self.err);
        assert!(self.err.lines().any(|line| line.starts_with("hint: ")), "no hint: {}", self.err);
        self
    }

    /// Its stderr holds each of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in:\n{}", self.err);
        }
        self
    }

    /// Its stdout holds each of these texts.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.out.contains(text), "{text:?} is not in:\n{}\n{}", self.out, self.err);
        }
        self
    }

    /// Its stderr does not hold this text.
    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(!self.err.contains(text), "{text:?} is in:\n{}", self.err);
        self
    }

    /// Its stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|cause| panic!("{cause}:\n{}\n{}", self.out, self.err))
    }

    /// Its stdout without the last newline.
    pub fn line(&self) -> &str {
        self.out.trim_end_matches('\n')
    }
}

impl Scratch {
    /// `git-agent` in the folder `dir`, not started yet.
    pub fn program<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_git-agent"));
        command.args(args).current_dir(dir).stdin(Stdio::null());
        hermetic(&mut command, self.home());
        command
    }

    /// Runs `git-agent` at the top of the repository.
    pub fn agent<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        self.agent_in(&self.root(), args)
    }

    /// Runs `git-agent` in the folder `dir`.
    pub fn agent_in<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Run {
        self.run(&mut self.program(dir, args))
    }

    /// Runs a command that was prepared.
    pub fn run(&self, command: &mut Command) -> Run {
        Run::of(&command.output().expect("it starts"))
    }
}

/// Waits until `done` says so, or gives up with `what` after half a minute.
#[track_caller]
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A child process that ends with the test, however that ends.
pub struct Leash(pub Child);

impl Drop for Leash {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that sleeps in `dir` until the test ends.
pub fn sleeper(dir: &Path) -> Leash {
    let child = Command::new("sleep").arg("600").current_dir(dir).spawn().expect("sleep starts");
    Leash(child)
}

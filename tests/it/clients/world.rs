//! A machine that is thrown away: a project with a remote, a home, our programs on PATH, and the scripted model.

use std::fs::File;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::model::{Model, Request};
use super::script::{Script, Speaker};
use super::told::{self, Answer};
use crate::support::program::Run;
use crate::support::project::text;
use crate::support::{Scratch, hermetic};

/// A client that says nothing for so long will not end: longer than any takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Our programs, as cargo built them.
const PROGRAMS: [(&str, &str); 2] =
    [("git-agent", env!("CARGO_BIN_EXE_git-agent")), ("git-agent-hook", env!("CARGO_BIN_EXE_git-agent-hook"))];

/// The machine.
pub struct World {
    /// The project, with its remote and the home.
    pub scratch: Scratch,
    /// The server.
    pub model: Model,
    path: std::ffi::OsString,
}

impl World {
    /// A project with one commit and a remote, and a model that plays the script.
    pub fn new(script: Script) -> Self {
        Self::in_project(Scratch::project(), script)
    }

    /// The same around a project that was made before.
    pub fn in_project(scratch: Scratch, script: Script) -> Self {
        let bin = scratch.beside("bin");
        std::fs::create_dir(&bin).expect("it is new");
        for (name, program) in PROGRAMS {
            std::os::unix::fs::symlink(program, bin.join(name)).expect("it is new");
        }
        // Another git-agent of this machine must not be taken for ours, nor for one where a test has none.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let others = std::env::split_paths(&path).filter(|folder| !folder.join("git-agent-hook").exists());
        // Beside the clients there may be the node that they need.
        let clients = std::env::var_os(super::place::CLIENTS).map(PathBuf::from);
        let all = std::iter::once(bin).chain(clients).chain(others);
        let path = std::env::join_paths(all).expect("they come from such a list");
        Self { scratch, model: Model::start(script), path }
    }

    /// Takes our programs away.
    pub fn uninstall(&self) {
        for (name, _) in PROGRAMS {
            std::fs::remove_file(self.scratch.beside("bin").join(name)).expect("it is there");
        }
    }

    /// Sets a client up as a user does.
    #[track_caller]
    pub fn init(&self, client: &str) {
        self.scratch.agent(&["init", client]).ok();
    }

    /// Any program in this world, with nothing of this process's environment.
    pub fn command(&self, program: impl AsRef<Path>, dir: &Path) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear();
        hermetic(&mut command, self.scratch.home());
        command.env("PATH", &self.path).env("LC_ALL", "C.UTF-8").env("USER", "tester").env("TERM", "xterm-256color");
        command.env("SHELL", "/bin/bash").env("DO_NOT_TRACK", "1").env("TMPDIR", self.folder("tmp"));
        command.current_dir(dir).stdin(Stdio::null());
        command
    }

    /// A folder beside the project.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.scratch.beside(name);
        std::fs::create_dir_all(&path).expect("it can be made");
        path
    }

    /// Runs a program to its end, and whatever it started with it.
    #[track_caller]
    pub fn run(&self, command: &mut Command) -> Run {
        self.start(command).wait()
    }

    /// Starts a program. Its output goes to files: what it leaves in the background would keep a pipe open.
    #[track_caller]
    pub fn start(&self, command: &mut Command) -> Session {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = |kind: &str| self.folder("output").join(format!("{count}.{kind}"));
        let (out, err) = (file("out"), file("err"));
        let open = |path: &Path| File::create(path).expect("it can be made");
        let child = command.stdout(open(&out)).stderr(open(&err)).process_group(0).spawn().expect("it starts");
        Session { child, out, err }
    }

    /// What the model was told up to now.
    pub fn told(&self) -> Told {
        Told { requests: self.model.requests() }
    }

    /// The commits of the remote's branches.
    pub fn remote(&self) -> Vec<String> {
        self.scratch.refs_of(&self.scratch.origin())
    }
}

/// A program that runs.
pub struct Session {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Session {
    /// Waits until it ends.
    #[track_caller]
    pub fn wait(mut self) -> Run {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
                return Run { code, out: text(&self.out), err: text(&self.err) };
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}\n{}", text(&self.out), text(&self.err));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        // There may be nothing left of it.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

/// All that the model was told.
pub struct Told {
    /// Every request.
    pub requests: Vec<Request>,
}

impl Told {
    /// What tools came back with in the main conversation, in order.
    pub fn answers(&self) -> Vec<Answer> {
        told::answers(&told::messages(&self.requests, &Speaker::Main))
    }

    /// The same for the subagent whose task holds `words`.
    pub fn answers_of(&self, words: &str) -> Vec<Answer> {
        told::answers(&told::messages(&self.requests, &Speaker::Other(words.to_owned())))
    }

    /// The one answer of the main conversation.
    #[track_caller]
    pub fn answer(&self) -> Answer {
        let mut answers = self.answers();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        answers.remove(0)
    }

    /// What the client told the model by itself.
    pub fn notes(&self) -> String {
        told::notes(&told::messages(&self.requests, &Speaker::Main))
    }

    /// What the model was told that the user said.
    pub fn prompts(&self) -> Vec<String> {
        told::prompts(&told::messages(&self.requests, &Speaker::Main))
    }
}

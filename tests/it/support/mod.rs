//! Repositories that nothing outside of the test can influence.
#![allow(clippy::disallowed_methods, reason = "tests start git, write files and prepare environments themselves")]
#![allow(dead_code, reason = "every test file uses a part of it")]

pub mod dice;
pub mod http;
pub mod listing;
pub mod program;
pub mod project;
pub mod skip;
pub mod state;
pub mod terminal;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use assert_fs::TempDir;

/// Set in a process that [`alone`] started.
const ALONE: &str = "GIT_AGENT_TEST_ALONE";

/// Runs `body`, the whole of the test called `name`, in a process of its own whose environment is hermetic too: for
/// tests of what this process reads by itself, since no test can change the environment that it shares with others.
pub fn alone(name: &str, body: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let home = TempDir::new().expect("a temporary directory");
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args([name, "--exact", "--nocapture", "--include-ignored"]).env(ALONE, "1");
    let output = hermetic(&mut command, home.path()).output().expect("this program starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    skip::pass_on(&err);
}

/// Gives `command` the environment of a user who has just installed git and lives in `home`.
pub fn hermetic<'c>(command: &'c mut Command, home: &Path) -> &'c mut Command {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") && name != ALONE {
            command.env_remove(name);
        }
    }
    for name in ["CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"].map(|kind| format!("XDG_{kind}_HOME")) {
        command.env_remove(name);
    }
    for name in ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "COPILOT_HOME"] {
        command.env_remove(name);
    }
    for name in ["XDG_RUNTIME_DIR", "TMUX", "NO_COLOR", "COLUMNS", "EDITOR", "VISUAL", "PAGER"] {
        command.env_remove(name);
    }
    let config = home.join("gitconfig");
    if !config.exists() {
        std::fs::write(&config, "").expect("the home can be written");
    }
    command
        .env("HOME", home)
        .env("SHELL", "/bin/sh")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", config)
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "author@example.com")
        .env("GIT_COMMITTER_NAME", "C O Mitter")
        .env("GIT_COMMITTER_EMAIL", "committer@example.com")
}

/// A moment after every other that this returned, about a day ago: no two commits of a test have the same time.
fn tick() -> u64 {
    static TICKS: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs();
    now - now % 86_400 - 86_400 + TICKS.fetch_add(1, Ordering::Relaxed)
}

/// A repository in a temporary directory, removed with it, and room beside it.
pub struct Scratch {
    /// Removes everything when the test ends.
    _dir: TempDir,
    place: PathBuf,
    home: PathBuf,
}

impl Scratch {
    /// An empty repository on branch `main`.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// An empty repository made with `git init` and `options`.
    pub fn with(options: &[&str]) -> Self {
        let scratch = Self::empty();
        std::fs::create_dir(scratch.root()).expect("the repository's folder can be made");
        scratch.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
        scratch
    }

    /// A home and room for a repository, but none yet.
    pub fn empty() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let place = dir.path().canonicalize().expect("it was just made");
        let alone = std::env::var_os(ALONE).and_then(|_| std::env::var_os("HOME"));
        let home = alone.map_or_else(|| place.join("home"), PathBuf::from);
        std::fs::create_dir_all(&home).expect("the home can be made");
        Self { _dir: dir, place, home }
    }

    /// The top of the repository's files.
    pub fn root(&self) -> PathBuf {
        self.place.join("repo")
    }

    /// A path beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    /// The home directory of its git processes.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Runs git in the repository and returns what it printed, without the last newline.
    pub fn git<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        self.git_in(&self.root(), args)
    }

    /// Runs git in the folder `dir`.
    pub fn git_in<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> String {
        let output = self.try_git_in(dir, args);
        let words: Vec<_> = args.iter().map(AsRef::as_ref).collect();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?} in {}: {err}", dir.display());
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// Runs git in the folder `dir`; it may fail.
    pub fn try_git_in<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Output {
        let mut git = Command::new("git");
        git.args(args).current_dir(dir).stdin(std::process::Stdio::null());
        hermetic(&mut git, &self.home);
        let date = format!("{} +0000", tick());
        git.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date).output().expect("git starts")
    }

    /// Runs git in the repository with `input` on its stdin; it may fail.
    pub fn try_git_with(&self, args: &[&str], input: &str) -> Output {
        let path = self.place.join("input");
        std::fs::write(&path, input).expect("the input can be written");
        let mut git = Command::new("git");
        git.args(args).current_dir(self.root()).stdin(std::fs::File::open(path).expect("just written"));
        hermetic(&mut git, &self.home).output().expect("git starts")
    }

    /// Writes a file of the repository, with its folders.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder can be made");
        std::fs::write(path, text).expect("it can be written");
    }

    /// Removes a file or folder of the repository.
    pub fn remove(&self, path: &str) {
        let path = self.root().join(path);
        let is_folder = path.symlink_metadata().expect("it exists").is_dir();
        let removed = if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.expect("it can be removed");
    }

    /// Makes a folder of the repository.
    pub fn folder(&self, path: &str) {
        std::fs::create_dir_all(self.root().join(path)).expect("it can be made");
    }

    /// Sets the time of a file of the repository `seconds` back.
    pub fn age(&self, path: &str, seconds: u64) {
        let file = std::fs::File::options().write(true).open(self.root().join(path)).expect("it can be opened");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("its time can be set");
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    /// Sets a configuration value of the repository.
    pub fn config(&self, key: &str, value: &str) {
        self.git(&["config", key, value]);
    }
}

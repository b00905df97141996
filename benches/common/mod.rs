//! What the benches share: a scratch repository, and pairs of runs whose ratio is the result.
//!
//! Absolute times say more about the machine than about the program. Each case therefore runs ours and theirs in turn,
//! and reports the median of the pairwise ratios: a machine that slows down slows both sides of a pair.
#![allow(clippy::disallowed_methods, reason = "benches start programs and write files themselves")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should say where")]
#![allow(dead_code, reason = "every bench uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub const OURS: &str = env!("CARGO_BIN_EXE_git-agent");

/// A repository in a temporary directory, with a hermetic environment for every program that is run in it.
pub struct Ground {
    dir: assert_fs::TempDir,
}

impl Ground {
    /// A repository of `files` files of 3,000 bytes in folders of about fifty, with one commit on `main`.
    pub fn new(files: usize) -> Self {
        let dir = assert_fs::TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        let ground = Self { dir };
        std::fs::create_dir(ground.repo()).unwrap();
        ground.git(&["init", "--quiet", "--initial-branch=main"]);
        ground.fill(&ground.repo(), files);
        std::fs::write(ground.repo().join(".gitignore"), "/.claude/worktrees/\n/ignored/\n").unwrap();
        ground.git(&["add", "."]);
        ground.git(&["commit", "--quiet", "--message=one"]);
        ground
    }

    /// The top of the repository.
    pub fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    /// A path beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes `files` files below `folder`.
    pub fn fill(&self, folder: &Path, files: usize) {
        let mut seed = 1u64;
        for number in 0..files {
            let place = folder.join(format!("d{}/e{}", number % (files / 350 + 1), number % 7));
            std::fs::create_dir_all(&place).unwrap();
            let text: String = (0..3000)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    char::from(b"abcdefghij klmno\n"[(seed >> 33) as usize % 17])
                })
                .collect();
            std::fs::write(place.join(format!("f{number}")), text).unwrap();
        }
    }

    /// A program in the repository.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.repo())
            .env("HOME", self.dir.path().join("home"))
            .env_remove("XDG_CONFIG_HOME")
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
            .envs([("GIT_AUTHOR_NAME", "n"), ("GIT_AUTHOR_EMAIL", "n@example.com")])
            .envs([("GIT_COMMITTER_NAME", "n"), ("GIT_COMMITTER_EMAIL", "n@example.com")])
            .stdin(Stdio::null());
        command
    }

    /// Runs a program that must succeed; returns how long it took.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, program: &str, args: &[S]) -> Duration {
        let mut command = self.command(program);
        command.args(args).stdout(Stdio::null()).stderr(Stdio::piped());
        let start = Instant::now();
        let output = command.output().unwrap();
        let took = start.elapsed();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        took
    }

    /// Runs git.
    pub fn git(&self, args: &[&str]) -> Duration {
        self.run("git", args)
    }

    /// Runs the program under test.
    pub fn ours(&self, args: &[&str]) -> Duration {
        self.run(OURS, args)
    }
}

/// Runs both sides `rounds` times in turn and prints the medians and the median of the ratios.
pub fn compare(
    case: &str,
    rounds: usize,
    mut ours: impl FnMut(usize) -> Duration,
    mut theirs: impl FnMut(usize) -> Duration,
) {
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for round in 0..=rounds {
        // Which side goes first alternates, and the first round only warms the caches.
        let pair = if round % 2 == 0 {
            let left = ours(round);
            (left, theirs(round))
        } else {
            let right = theirs(round);
            (ours(round), right)
        };
        if round > 0 {
            pairs.push((pair.0.as_secs_f64(), pair.1.as_secs_f64()));
        }
    }
    let of = |value: fn(&(f64, f64)) -> f64| median(pairs.iter().map(value).collect());
    let (left, right, ratio) = (of(|pair| pair.0), of(|pair| pair.1), of(|pair| pair.0 / pair.1));
    println!("{case:<58} {:>9.1} ms {:>9.1} ms   ratio {ratio:.2}", left * 1e3, right * 1e3);
}

/// Prints the heading of the table that [`compare`] prints.
pub fn heading(ours: &str, theirs: &str) {
    println!("{:<58} {ours:>12} {theirs:>12}", "");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Programs on a terminal, through `script` of util-linux.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::program::Run;
use super::{Scratch, hermetic};

impl Scratch {
    /// Runs `git-agent` in the folder `dir` on a terminal of `columns` columns, with `input` typed into it. What it
    /// prints, on either stream, is in `out`.
    pub fn agent_on_terminal(&self, dir: &Path, args: &[&str], columns: &str, input: &str) -> Run {
        let words = [&[env!("CARGO_BIN_EXE_git-agent")], args].concat();
        let line = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect::<Vec<_>>().join(" ");
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(dir);
        hermetic(&mut command, self.home());
        command.env("COLUMNS", columns).env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("script starts");
        // It may have ended before it read all.
        let _ = child.stdin.take().expect("it was asked for").write_all(input.as_bytes());
        Run::of(&child.wait_with_output().expect("it ends"))
    }
}

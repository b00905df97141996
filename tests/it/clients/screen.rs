//! A client on a terminal: in tmux, on a socket of its own and with no configuration.

use crate::support::skip::skipped;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::world::World;

/// A terminal with a program on it, until it is dropped.
pub struct Screen<'w> {
    world: &'w World,
    socket: PathBuf,
}

impl<'w> Screen<'w> {
    /// Whether there is a tmux; says what is missing where not.
    pub fn is_possible() -> bool {
        let found = which::which("tmux").is_ok();
        if !found {
            skipped("tmux is not installed; to run it: apt-get install tmux");
        }
        found
    }

    /// Starts a program, prepared with [`World::command`], on a terminal of 140 by 45.
    #[track_caller]
    pub fn open(world: &'w World, name: &str, program: &Command) -> Self {
        // Short: a socket's path has a length that a scratch folder's can exceed.
        let screen = Self { world, socket: world.scratch.beside(name) };
        let dir = program.get_current_dir().expect("it was given one").to_owned();
        let mut tmux = screen.tmux();
        tmux.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        tmux.args(["-f", "/dev/null", "new-session", "-d", "-x", "140", "-y", "45", "-c"]).arg(dir);
        tmux.arg("--").arg(program.get_program()).args(program.get_args());
        world.run(&mut tmux).ok();
        screen
    }

    fn tmux(&self) -> Command {
        let mut command = self.world.command("tmux", &self.world.scratch.root());
        command.arg("-S").arg(&self.socket);
        command
    }

    /// What is on it now.
    #[track_caller]
    pub fn text(&self) -> String {
        self.world.run(self.tmux().args(["capture-pane", "-p"])).out
    }

    /// Waits until a text is on it.
    #[track_caller]
    pub fn wait_for(&self, what: &str) -> String {
        self.wait(&format!("{what:?} is on the screen"), |text| text.contains(what))
    }

    #[track_caller]
    fn wait(&self, what: &str, mut done: impl FnMut(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let text = self.text();
            if done(&text) {
                return text;
            }
            assert!(Instant::now() < deadline, "waited in vain until {what}:\n{text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until it has not changed for a while: a dialog takes no keys in its first moments.
    #[track_caller]
    pub fn settle(&self) {
        let mut last = (String::new(), Instant::now());
        self.wait("it is still", |text| {
            if text != last.0 {
                last = (text.to_owned(), Instant::now());
            }
            last.1.elapsed() > Duration::from_millis(600)
        });
    }

    /// Types text and presses Enter.
    #[track_caller]
    pub fn submit(&self, text: &str) {
        self.world.run(self.tmux().args(["send-keys", "-l", "--", text])).ok();
        self.settle();
        self.press("Enter");
    }

    /// Presses a key, by tmux's name for it.
    #[track_caller]
    pub fn press(&self, key: &str) {
        self.world.run(self.tmux().args(["send-keys", key])).ok();
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        // The server on this socket and no other; it may be gone.
        let _ = self.tmux().arg("kill-server").output();
    }
}

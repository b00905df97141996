//! Strict mode: what moves on real remotes over files, ssh and http, with the real helper, beside what plain git does.

mod attempts;
mod others;
mod protocol;
mod routes;
mod same;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::http::{Http, ssh_command};
use crate::support::program::Run;
use crate::support::{Scratch, hermetic};

/// A way to a remote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    File,
    Ssh,
    Http,
}

/// A repository with the agent `x`, who has made one commit; local `main` is one commit ahead of the remote as well.
pub struct Scene {
    pub scratch: Scratch,
    pub tree: PathBuf,
    pub url: String,
    ssh: Option<String>,
}

impl Scene {
    /// `None` where the way cannot be had on this machine.
    pub fn new(way: Way, strict: bool) -> Option<Self> {
        Self::of(Scratch::project(), way, strict)
    }

    /// The same with a repository that was prepared, whose remote is `origin`.
    pub fn of(scratch: Scratch, way: Way, strict: bool) -> Option<Self> {
        let bare = scratch.origin();
        let mut ssh = None;
        let url = match way {
            Way::File => bare.display().to_string(),
            Way::Ssh => {
                ssh = Some(ssh_command(&scratch.beside("ssh"))?);
                format!("ssh://localhost{}", bare.display())
            }
            Way::Http => {
                scratch.git_in(&bare, &["config", "http.receivepack", "true"]);
                Http::serve(bare.parent().expect("a folder"), scratch.home(), None).url("origin.git")
            }
        };
        scratch.git(&["remote", "set-url", "origin", &url]);
        scratch.config("agent.strict", if strict { "true" } else { "false" });
        let mut scene = Self { tree: scratch.tree("x"), scratch, url, ssh };
        scene.spawn("x").ok();
        scene.tree = scene.scratch.tree("x");
        scene.scratch.commit_in(&scene.tree, "work", "work\n");
        scene.scratch.git(&["commit", "--quiet", "--allow-empty", "-m", "ahead"]);
        Some(scene)
    }

    fn prepare<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        hermetic(command, self.scratch.home());
        if let Some(ssh) = &self.ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
        let folder = Path::new(env!("CARGO_BIN_EXE_git-remote-agent-guard")).parent().expect("a folder").display();
        command.env("PATH", format!("{folder}:{}", std::env::var("PATH").expect("there is one")))
    }

    /// Makes an agent.
    pub fn spawn(&self, name: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_git-agent"));
        command.args(["spawn", name, "--quiet"]).current_dir(self.scratch.root()).stdin(std::process::Stdio::null());
        self.scratch.run(self.prepare(&mut command))
    }

    /// Runs a line of shell in the worktree.
    pub fn sh(&self, line: &str) -> Run {
        self.sh_in(&self.tree, line)
    }

    pub fn sh_in(&self, dir: &Path, line: &str) -> Run {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(dir).stdin(std::process::Stdio::null());
        self.scratch.run(self.prepare(&mut command))
    }

    /// What the remote has: names and the subjects of commits.
    pub fn remote(&self) -> Vec<String> {
        self.refs(&self.scratch.origin())
    }

    fn refs(&self, dir: &Path) -> Vec<String> {
        let format = "--format=%(refname) %(objecttype) %(contents:subject) %(upstream)";
        self.scratch.git_in(dir, &["for-each-ref", format]).lines().map(str::to_owned).collect()
    }
}

/// Every way that this machine has.
pub fn scenes() -> Vec<(Way, Scene)> {
    [Way::File, Way::Ssh, Way::Http].into_iter().filter_map(|way| Some((way, Scene::new(way, true)?))).collect()
}

//! Scenes: a main checkout, an agent's worktree and two bare remotes, built once by `cases/setup.sh` and copied for
//! each command that really runs.
#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use assert_fs::TempDir;
use serde_json::{Value, json};

/// A scene on disk.
pub struct Scene {
    /// Its folder; removed in the end.
    pub dir: TempDir,
}

/// What the hook answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub word: String,
    pub text: String,
}

impl Scene {
    pub fn new(name: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let inner = dir.path().join("s");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/guard/cases/setup.sh");
        let output = hermetic("sh", &inner).arg(script).arg(name).arg(&inner).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("s").join(name)
    }

    /// The command with the names of the scene's folders filled in.
    pub fn fill(&self, command: &str) -> String {
        [("@FORK@", "fork.git"), ("@ORIGIN@", "origin.git"), ("@REPO@", "repo"), ("@WT@", "wt")]
            .iter()
            .fold(command.to_owned(), |text, (mark, name)| text.replace(mark, self.path(name).to_str().unwrap()))
            .replace("@D@", self.dir.path().join("s").to_str().unwrap())
    }

    pub fn judge(&self, command: &str) -> Verdict {
        self.judge_in(&self.path("wt"), "Bash", command)
    }

    pub fn judge_in(&self, cwd: &Path, tool: &str, command: &str) -> Verdict {
        let event = json!({
            "session_id": "s", "cwd": cwd, "hook_event_name": "PreToolUse", "tool_name": tool,
            "tool_input": { "command": command, "description": "kept", "timeout": 5 },
        });
        let output = self.hook("claude", &event.to_string());
        verdict_of(&output)
    }

    pub fn hook(&self, host: &str, input: &str) -> Output {
        let mut child = hermetic(env!("CARGO_BIN_EXE_git-agent-hook"), &self.dir.path().join("s"))
            .arg(host)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A host that is not known reads nothing, and may have ended already.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        child.wait_with_output().unwrap()
    }

    /// Runs a command in the worktree of the scene.
    pub fn run(&self, command: &str) -> Output {
        hermetic("timeout", &self.dir.path().join("s"))
            .args(["20", "bash", "-c", command])
            .current_dir(self.path("wt"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub fn git(&self, dir: &str, args: &[&str]) -> String {
        let output =
            hermetic("git", &self.dir.path().join("s")).args(args).current_dir(self.path(dir)).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Every branch of both remotes.
    pub fn remote_branches(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for remote in ["origin.git", "fork.git"] {
            let text = self.git(remote, &["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads"]);
            for (name, id) in text.lines().filter_map(|line| line.split_once(' ')) {
                all.insert(format!("{remote} {name}"), id.to_owned());
            }
        }
        all
    }

    /// Keeps a copy, so that the scene can be put back after a command ran in it.
    pub fn keep(&self) {
        copy(&self.dir.path().join("s"), &self.dir.path().join("kept"));
    }

    pub fn put_back(&self) {
        // What a command left running in the background may still write into it.
        let scene = self.dir.path().join("s");
        let gone = (0..20).any(|_| {
            std::fs::remove_dir_all(&scene).is_ok() || {
                std::thread::sleep(std::time::Duration::from_millis(100));
                false
            }
        });
        assert!(gone, "{} cannot be removed", scene.display());
        copy(&self.dir.path().join("kept"), &self.dir.path().join("s"));
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

/// What changed between two looks at the remotes, names only.
pub fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// Whether a changed ref is protected in every scene.
pub fn is_protected(scene: &str, name: &str) -> bool {
    let branch = name.rsplit_once(" refs/heads/").map_or("", |(_, branch)| branch);
    matches!(branch, "main" | "master")
        || branch.starts_with("release/")
        || (scene == "local-named-main2" && branch == "trunk")
}

/// A program with an environment of its own: nothing of the machine's configuration reaches it.
pub fn hermetic(program: &str, scene: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", scene.join("home"))
        .env("USER", "agent")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .current_dir("/");
    command
}

pub fn verdict_of(output: &Output) -> Verdict {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = output.status.code();
    if text.trim().is_empty() {
        assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        return Verdict { word: "allow".to_owned(), text };
    }
    let value: Value = serde_json::from_str(&text).unwrap();
    let inner = &value["hookSpecificOutput"];
    assert_eq!(inner["hookEventName"], "PreToolUse");
    if let Some(updated) = inner.get("updatedInput") {
        assert_eq!(
            (&updated["description"], &updated["timeout"]),
            (&json!("kept"), &json!(5)),
            "every other field stays"
        );
        return Verdict { word: "rewrite".to_owned(), text: updated["command"].as_str().unwrap().to_owned() };
    }
    let word = inner["permissionDecision"].as_str().unwrap().to_owned();
    assert_eq!(code, Some(if word == "deny" { 2 } else { 0 }));
    Verdict { word, text: inner["permissionDecisionReason"].as_str().unwrap().to_owned() }
}

//! A repository as people have one: a commit on `main`, pushed to a bare repository beside it, and a colleague.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Scratch;

impl Scratch {
    /// A repository with one commit on `main` that the remote `origin`, a bare repository beside it, has as well.
    pub fn project() -> Self {
        Self::project_with(&[])
    }

    /// As [`Scratch::project`], with options for `git init`.
    pub fn project_with(options: &[&str]) -> Self {
        let scratch = Self::with(options);
        scratch.write("a", "alpha\n");
        scratch.write("dir/b", "beta\n");
        scratch.commit("first");
        scratch.add_remote("origin", options);
        scratch
    }

    /// A repository with one commit and no remote.
    pub fn local() -> Self {
        let scratch = Self::new();
        scratch.write("a", "alpha\n");
        scratch.commit("first");
        scratch
    }

    /// Makes a bare repository beside this one, pushes `main` to it and records it as the remote `name`.
    pub fn add_remote(&self, name: &str, options: &[&str]) {
        let path = self.beside(&format!("{name}.git"));
        let path = path.to_str().expect("a plain path");
        let init = ["init", "--quiet", "--bare", "--initial-branch=main"];
        self.git(&[&init, options, &[path]].concat());
        self.git(&["remote", "add", name, path]);
        self.git(&["push", "--quiet", "--set-upstream", name, "main"]);
        self.git(&["remote", "set-head", name, "main"]);
    }

    /// The bare repository that is the remote.
    pub fn origin(&self) -> PathBuf {
        self.beside("origin.git")
    }

    /// Another clone of the remote.
    pub fn colleague(&self) -> PathBuf {
        let path = self.beside("colleague");
        if !path.exists() {
            let origin = self.origin();
            self.git_in(&self.beside("."), &["clone", "--quiet", origin.to_str().expect("a plain path"), "colleague"]);
        }
        path
    }

    /// Somebody else pushes a commit to `branch` of the remote. Returns the commit.
    pub fn colleague_pushes(&self, branch: &str, file: &str) -> String {
        let clone = self.colleague();
        if self.try_git_in(&clone, &["checkout", "--quiet", branch]).status.success() {
            self.git_in(&clone, &["pull", "--quiet", "--ff-only", "origin", branch]);
        } else {
            self.git_in(&clone, &["checkout", "--quiet", "-b", branch, "origin/main"]);
        }
        let commit = self.commit_in(&clone, file, "theirs\n");
        self.git_in(&clone, &["push", "--quiet", "origin", branch]);
        commit
    }

    /// Writes a file in the worktree `dir` and commits it. Returns the commit.
    pub fn commit_in(&self, dir: &Path, file: &str, text: &str) -> String {
        put(&dir.join(file), text);
        self.git_in(dir, &["add", "--", file]);
        self.git_in(dir, &["commit", "--quiet", "-m", file]);
        self.git_in(dir, &["rev-parse", "HEAD"])
    }

    /// The commit that `spec` names in the repository, or nothing.
    pub fn commit_of(&self, spec: &str) -> Option<String> {
        let output =
            self.try_git_in(&self.root(), &["rev-parse", "--quiet", "--verify", &format!("{spec}^{{commit}}")]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Every ref of the repository in the folder `dir`, with its commit.
    pub fn refs_of(&self, dir: &Path) -> Vec<String> {
        let text = self.git_in(dir, &["for-each-ref", "--format=%(refname) %(objectname)"]);
        text.lines().map(str::to_owned).collect()
    }

    /// The place of the agent `name` where nothing is configured.
    pub fn tree(&self, name: &str) -> PathBuf {
        self.root().join(".claude/worktrees").join(name.replace('/', "+"))
    }

    /// Makes an agent. Returns its place.
    #[track_caller]
    pub fn spawn(&self, name: &str) -> PathBuf {
        let run = self.agent(&["spawn", name, "--quiet"]).ok();
        PathBuf::from(run.line())
    }

    /// The rows of `git agent list --json`.
    #[track_caller]
    pub fn rows(&self) -> Vec<Value> {
        let run = self.agent(&["list", "--json"]).ok();
        run.json()["agents"].as_array().expect("a list of agents").clone()
    }

    /// The row of one agent.
    #[track_caller]
    pub fn row(&self, name: &str) -> Value {
        let rows = self.rows();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {rows:#?}")).clone()
    }

    /// Git's own directory of the agent's worktree.
    pub fn admin(&self, name: &str) -> PathBuf {
        PathBuf::from(self.git_in(&self.tree(name), &["rev-parse", "--absolute-git-dir"]))
    }

    /// Asserts that nothing of any agent is left: no worktree, no branch but `main`, no lock, no operation.
    #[track_caller]
    pub fn assert_no_trace(&self) {
        let git = self.root().join(".git");
        let worktrees = self.git(&["worktree", "list", "--porcelain"]);
        assert_eq!(worktrees.matches("worktree ").count(), 1, "{worktrees}");
        assert_eq!(self.git(&["branch", "--format=%(refname:short)"]), "main");
        assert_eq!(names(&git.join("agent/ops")), Vec::<String>::new());
        assert_eq!(names(&git.join("worktrees")), Vec::<String>::new());
        assert_eq!(names(&self.root().join(".claude/worktrees")), Vec::<String>::new());
        assert_eq!(super::listing::locks(&git), Vec::<PathBuf>::new());
        self.git(&["config", "--list"]);
    }
}

/// Writes a file with its folders.
pub fn put(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder can be made");
    std::fs::write(path, text).expect("it can be written");
}

/// Writes a program.
pub fn put_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let draft = path.with_file_name(format!(".{}.draft", path.file_name().expect("a name").to_string_lossy()));
    put(&draft, text);
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o755)).expect("its mode can be set");
    copy_program(&draft, path);
    std::fs::remove_file(draft).expect("it is there");
}

/// Copies a program. Another process does the writing: a descriptor of ours may be in a child that another test starts at
/// that moment, and the kernel runs nothing that is open for writing.
pub fn copy_program(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-p").arg("--").args([from, to]).status();
    assert!(copied.expect("cp starts").success(), "{} cannot be copied", from.display());
}

/// The text of a file.
#[track_caller]
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// The names in a folder, sorted; none when there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

//! The surroundings that `git agent` is called from.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{assert_works, path_with};
use crate::support::Scratch;
use crate::support::program::Run;
use crate::support::project::{put_program, text};

#[test]
fn paths_with_odd_characters() {
    for name in [
        "with blank",
        "it's",
        "\"quoted\"",
        "\u{fc}n\u{ef} 日本",
        "$(x) `y` ;&|",
        "-dash",
        "a*[b]?",
        "back\\slash",
        "tab\tbed",
    ] {
        let scratch = Scratch::empty();
        let root = scratch.beside(name);
        std::fs::create_dir(&root).expect("it can be made");
        scratch.git_in(&root, &["init", "--quiet", "--initial-branch=main"]);
        scratch.commit_in(&root, "a", "alpha\n");
        let origin = scratch.beside(&format!("{name}.git"));
        let origin = origin.to_str().expect("Unicode");
        scratch.git_in(&root, &["init", "--quiet", "--bare", "--", origin]);
        scratch.git_in(&root, &["remote", "add", "origin", origin]);
        scratch.git_in(&root, &["push", "--quiet", "-u", "origin", "main"]);
        let path = assert_works(&scratch, &root);
        assert_eq!(path, root.join(".claude/worktrees/feat+x"));
        scratch.git_in(&path, &["push", "--quiet"]);
        // A template with the folder's name.
        scratch.git_in(&root, &["config", "agent.worktreeDir", "../{repo}-{name}"]);
        let run = scratch.agent_in(&root, &["spawn", "y", "--quiet"]).ok();
        assert_eq!(run.line(), format!("{}-y", root.display()));
        let run = scratch.agent_in(&root, &["spawn", "main"]).fails(5);
        let hint = run.err.lines().find_map(|line| line.strip_prefix("hint: cd ")).expect("a hint");
        assert_eq!(shlex::split(hint).expect("it is quoted"), [root.to_str().expect("Unicode")]);
    }
}

#[test]
fn through_a_symlink() {
    let scratch = Scratch::project();
    let link = scratch.beside("link");
    symlink(scratch.root(), &link).expect("a link can be made");
    let path = assert_works(&scratch, &link.join("dir"));
    assert_eq!(path, scratch.tree("feat/x"), "git's own spelling");
}

#[test]
fn variables_that_name_the_repository() {
    let scratch = Scratch::project();
    let git = scratch.root().join(".git");
    for (number, (dir, vars)) in [
        (scratch.root(), vec![("GIT_DIR", git.clone())]),
        (scratch.root(), vec![("GIT_DIR", ".git".into())]),
        (scratch.beside("."), vec![("GIT_DIR", git.clone()), ("GIT_WORK_TREE", scratch.root())]),
        (scratch.root().join("dir"), vec![("GIT_DIR", git.clone()), ("GIT_WORK_TREE", scratch.root())]),
        (scratch.root(), vec![("GIT_INDEX_FILE", scratch.beside("index")), ("GIT_PREFIX", "dir/".into())]),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("x{number}");
        let mut command = scratch.program(&dir, &["spawn", &name, "--quiet"]);
        let run = scratch.run(command.envs(vars.iter().map(|(key, value)| (key, value))));
        assert_eq!(run.code, 0, "{vars:?}: {}", run.err);
        assert_eq!(Path::new(run.line()), scratch.tree(&name), "{vars:?}");
        assert_eq!(scratch.git_in(&scratch.tree(&name), &["status", "--porcelain"]), "", "{vars:?}");
    }
    assert_eq!(scratch.git(&["status", "--porcelain", "--untracked-files=no"]), "", "the main checkout's index");
    assert!(!scratch.beside("index").exists());
    let mut command = scratch.program(&scratch.beside("."), &["list", "--json"]);
    let run = scratch.run(command.env("GIT_DIR", &git)).ok();
    assert_eq!(run.json()["agents"].as_array().map(Vec::len), Some(5));
}

#[test]
fn inside_a_hook_of_git() {
    let scratch = Scratch::project();
    let program = env!("CARGO_BIN_EXE_git-agent");
    for hook in ["pre-commit", "post-commit", "commit-msg"] {
        let script = format!("#!/bin/sh\n'{program}' spawn from-{hook} --quiet >log-{hook} 2>&1\n");
        put_program(&scratch.root().join(".git/hooks").join(hook), &script);
    }
    scratch.write("c", "c\n");
    scratch.git(&["add", "c"]);
    scratch.git(&["commit", "--quiet", "-m", "hooks"]);
    for hook in ["pre-commit", "post-commit", "commit-msg"] {
        let path = scratch.tree(&format!("from-{hook}"));
        assert_eq!(text(&scratch.root().join(format!("log-{hook}"))), format!("{}\n", path.display()));
        assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    }
    assert_eq!(scratch.git(&["ls-tree", "--name-only", "HEAD"]), "a\nc\ndir");
    assert_eq!(scratch.git(&["status", "--porcelain", "--untracked-files=no"]), "");
}

/// Runs git with our program on its PATH.
fn git(scratch: &Scratch, dir: &Path, args: &[&str]) -> Run {
    let folder = Path::new(env!("CARGO_BIN_EXE_git-agent")).parent().expect("a folder");
    let mut command = std::process::Command::new("git");
    crate::support::hermetic(command.args(args).current_dir(dir), scratch.home());
    Run::of(&command.env("PATH", path_with(folder)).output().expect("git starts"))
}

#[test]
fn as_a_subcommand_of_git() {
    let scratch = Scratch::project();
    git(&scratch, &scratch.root().join("dir"), &["agent", "spawn", "x"]).ok();
    git(&scratch, &scratch.beside("."), &["-C", "repo/dir", "agent", "spawn", "y"]).ok();
    let dir = format!("--git-dir={}", scratch.root().join(".git").display());
    git(&scratch, &scratch.root(), &[&dir, "agent", "spawn", "z"]).ok();
    git(&scratch, &scratch.tree("x"), &["agent", "rm", "y"]).ok();
    scratch.git(&["config", "alias.a", "agent list --json"]);
    assert_eq!(git(&scratch, &scratch.root(), &["a"]).ok().json()["agents"].as_array().map(Vec::len), Some(2));
}

#[test]
fn settings_of_gits_command_line() {
    let scratch = Scratch::project();
    git(&scratch, &scratch.root(), &["-c", "agent.branchPrefix=it's/", "agent", "spawn", "x"]).ok();
    assert_eq!(scratch.row("x")["branch"], "it's/x");
}

#[test]
fn with_the_systems_own_git() {
    let system = Path::new("/usr/bin/git");
    let version = |program: &Path| {
        let output = std::process::Command::new(program).arg("version").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(theirs) = version(system) else { return };
    if Some(&theirs) == version(Path::new("git")).as_ref() {
        return;
    }
    let scratch = Scratch::project();
    let newest = scratch.colleague_pushes("main", "new");
    let agent = |args: &[&str]| {
        let mut command = scratch.program(&scratch.root(), args);
        let run = scratch.run(command.env("PATH", path_with(Path::new("/usr/bin"))));
        assert_eq!(run.code, 0, "{theirs}, {args:?}: {}", run.err);
        assert!(!run.err.contains("warning"), "{theirs}, {args:?}: {}", run.err);
        run
    };
    agent(&["spawn", "x"]);
    let path = scratch.tree("x");
    assert_eq!(scratch.commit_of("x"), Some(newest));
    scratch.commit_in(&path, "c", "c\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    agent(&["list"]);
    agent(&["diff", "x", "--stat"]);
    agent(&["rm", "x"]);
    agent(&["restore", "x"]);
    scratch.git(&["merge", "--quiet", "--squash", "x"]);
    scratch.git(&["commit", "--quiet", "-m", "squashed"]);
    scratch.git(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    scratch.git(&["push", "--quiet"]);
    assert!(agent(&["gc"]).out.contains("removed 'x'"));
    scratch.assert_no_trace();
}

#[test]
fn a_home_that_does_not_exist() {
    let scratch = Scratch::project();
    let mut command = scratch.program(&scratch.root(), &["spawn", "x"]);
    command.env("HOME", scratch.beside("nowhere")).env_remove("SHELL").env_remove("GIT_CONFIG_GLOBAL");
    scratch.run(&mut command).ok();
}

#[test]
fn a_folder_that_was_removed_underneath() {
    let scratch = Scratch::project();
    let program = env!("CARGO_BIN_EXE_git-agent");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("mkdir gone && cd gone && rmdir ../gone && '{program}' list")]);
    let run = scratch.run(crate::support::hermetic(shell.current_dir(scratch.root()), scratch.home()));
    assert!(run.code != 0 && run.err.starts_with("error: "), "{run:?}");
}

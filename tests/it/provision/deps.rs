//! Dependencies: copied where that works, else installed by their tool. The tools are stand-ins that write down how they
//! were called.

use std::path::{Path, PathBuf};

use crate::support::Scratch;
use crate::support::listing::{assert_same, listing};
use crate::support::program::Run;
use crate::support::project::{names, put, put_program, text};

/// A project with a lockfile of npm, installed in the main checkout.
pub(super) fn project() -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", "node_modules/\n.venv/\ntarget/\ncalls\n");
    scratch.write("package.json", r#"{"name":"x","workspaces":["packages/*"]}"#);
    scratch.write("package-lock.json", lock("1.0.0"));
    scratch.write("packages/own/package.json", "{}");
    scratch.commit("npm");
    scratch.write("node_modules/.package-lock.json", lock("1.0.0"));
    scratch.write("node_modules/dep/index.js", "1\n");
    scratch.write("packages/own/node_modules/inner/index.js", "2\n");
    std::os::unix::fs::symlink("../packages/own", scratch.root().join("node_modules/own")).expect("a link");
    scratch
}

pub(super) fn lock(version: &str) -> String {
    format!(r#"{{"lockfileVersion":3,"packages":{{"node_modules/dep":{{"version":"{version}","resolved":"r"}}}}}}"#)
}

/// Runs `git-agent` with stand-ins for `tools` first on PATH. Each writes its call to `calls` in its folder.
pub(super) fn with_tools(scratch: &Scratch, tools: &[(&str, &str)], args: &[&str]) -> Run {
    let bin = scratch.beside("bin");
    stand_in(&bin, tools);
    let path = std::env::var_os("PATH").expect("a PATH");
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
    scratch.run(scratch.program(&scratch.root(), args).env("PATH", path))
}

pub(super) fn stand_in(bin: &Path, tools: &[(&str, &str)]) {
    for (name, body) in tools {
        let script = format!("#!/bin/sh\necho \"{name} $*\" >>calls\necho output of {name}\n{body}\n");
        put_program(&bin.join(name), &script);
    }
}

pub(super) fn how(run: &Run, step: &str) -> String {
    let json = run.json();
    let steps = json["agents"][0]["provision"]["steps"].as_array().or_else(|| json["steps"].as_array()).cloned();
    let found = steps.unwrap_or_default().into_iter().find(|one| one["step"] == step);
    found.map(|one| one["details"]["how"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

pub(super) const NPM: (&str, &str) =
    ("npm", "mkdir -p node_modules/installed && cp package-lock.json node_modules/.package-lock.json");

#[test]
fn what_fits_is_copied_with_the_packages_below() {
    let scratch = project();
    let before = listing(&scratch.root().join("node_modules"));
    let run = with_tools(&scratch, &[NPM], &["spawn", "x", "--json"]).ok();
    assert_eq!(how(&run, "npm"), "copied");
    let place = scratch.tree("x");
    assert_same(&before, &listing(&place.join("node_modules")), "node_modules");
    assert_eq!(text(&place.join("packages/own/node_modules/inner/index.js")), "2\n");
    assert_eq!(place.join("node_modules/own").canonicalize().expect("a link"), place.join("packages/own"));
    assert!(!place.join("calls").exists(), "npm was not needed");
    let again = with_tools(&scratch, &[NPM], &["provision", "x", "--json"]).ok();
    assert_eq!(how(&again, "npm"), "present");
}

#[test]
fn another_lockfile_is_installed() {
    let scratch = project();
    scratch.git(&["checkout", "--quiet", "-b", "newer"]);
    scratch.write("package-lock.json", lock("2.0.0"));
    scratch.git(&["commit", "--quiet", "--all", "-m", "newer"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.agent(&["trust", "--yes"]).ok();
    with_tools(&scratch, &[NPM], &["spawn", "x", "--base", "newer"]).ok().says(&["output of npm"]);
    let place = scratch.tree("x");
    assert_eq!(text(&place.join("calls")), "npm ci --no-audit --no-fund\n");
    assert!(place.join("node_modules/installed").is_dir());
    assert!(!scratch.root().join("node_modules/installed").exists());
}

#[test]
fn no_install_runs_before_it_is_trusted() {
    let scratch = project();
    scratch.git(&["rm", "--quiet", "--cached", "package-lock.json"]);
    for lockfile in ["npm/package-lock.json", "pnpm/pnpm-lock.yaml", "yarn/yarn.lock", "bun/bun.lock", "uv/uv.lock"] {
        scratch.write(lockfile, "");
        scratch.git(&["add", lockfile]);
        let folder = lockfile.split_once('/').expect("a folder").0;
        // What is installed in the main checkout is for another lockfile.
        scratch.write(&format!("{folder}/node_modules/.package-lock.json"), "{}");
        scratch.write(&format!("{folder}/.venv/pyvenv.cfg"), "");
    }
    scratch.git(&["commit", "--quiet", "-m", "all"]);
    scratch.config("agent.deps", "install");
    let tools = ["npm", "pnpm", "yarn", "bun", "uv"];
    let stand_ins = tools.map(|tool| (tool, "mkdir -p node_modules .venv"));
    let run = with_tools(&scratch, &stand_ins, &["spawn", "x", "--json"]).ok();
    let warnings = run.json()["warnings"].to_string();
    let place = scratch.tree("x");
    for tool in tools {
        assert!(!place.join(tool).join("calls").exists(), "{tool} was started");
        assert!(warnings.contains(&format!("the dependencies of {tool} ({tool}) are missing")), "{warnings}");
        assert_eq!(how(&run, &format!("{tool}:{tool}")), "untrusted");
    }
    assert!(warnings.contains("git agent trust && git agent provision x"), "{warnings}");
    assert_eq!(scratch.row("x")["provision"]["state"], "done", "it is as ready as the user lets it be");
    // What is asked shows what will run, and where.
    let shown = scratch.agent(&["trust", "--show"]).ok();
    shown.prints(&["install in npm = npm ci --no-audit --no-fund", "install in uv = uv sync --frozen", "not trusted"]);
    let json = scratch.agent(&["trust", "--show", "--json"]).ok().json();
    let npm = serde_json::json!({ "tool": "npm", "folder": "npm", "commands": ["npm ci --no-audit --no-fund"] });
    assert!(json["installs"].as_array().expect("a list").contains(&npm), "{json}");
    scratch.agent(&["trust", "--yes"]).ok();
    with_tools(&scratch, &stand_ins, &["provision", "x"]).ok();
    for tool in tools {
        assert!(place.join(tool).join("calls").exists(), "{tool} is trusted");
    }
    // Another folder is another question.
    scratch.write("more/package-lock.json", "");
    scratch.git(&["add", "more/package-lock.json"]);
    scratch.agent(&["trust", "--show"]).ok().prints(&["install in more = npm ci", "it has changed"]);
}

#[test]
fn a_lockfile_that_only_a_branch_has_cannot_be_trusted_beforehand() {
    let scratch = project();
    scratch.agent(&["trust", "--yes"]).ok();
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write("uv.lock", "version = 1\n");
    scratch.git(&["add", "uv.lock"]);
    scratch.git(&["commit", "--quiet", "-m", "uv"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    let uv = ("uv", "mkdir .venv");
    let run = with_tools(&scratch, &[NPM, uv], &["spawn", "x", "--base", "other"]).ok();
    let place = scratch.tree("x");
    run.says(&["which is without this uv.lock", &format!("cd {} && uv sync --frozen", place.display())]);
    assert!(!place.join("calls").exists());
}

#[test]
fn a_stale_folder_of_the_main_checkout_is_not_copied() {
    let scratch = project();
    scratch.write("node_modules/.package-lock.json", lock("0.9.0"));
    scratch.agent(&["trust", "--yes"]).ok();
    with_tools(&scratch, &[NPM], &["spawn", "x"]).ok().says(&["npm ci"]);
    assert!(!scratch.tree("x").join("node_modules/dep").exists());
    // A list that fits is not all: the packages are there.
    scratch.write("node_modules/.package-lock.json", lock("1.0.0"));
    scratch.remove("node_modules/dep");
    with_tools(&scratch, &[NPM], &["spawn", "y"]).ok().says(&["npm ci"]);
}

#[test]
fn a_changed_lockfile_is_noticed() {
    let scratch = project();
    scratch.agent(&["trust", "--yes"]).ok();
    with_tools(&scratch, &[NPM], &["spawn", "x"]).ok();
    let place = scratch.tree("x");
    put(&place.join("package-lock.json"), lock("3.0.0"));
    with_tools(&scratch, &[NPM], &["provision", "x"]).ok();
    assert!(place.join("node_modules/installed").is_dir());
}

#[test]
fn modes() {
    for (mode, calls, there) in
        [("auto", false, true), ("reflink", false, true), ("install", true, true), ("none", false, false)]
    {
        let scratch = project();
        scratch.agent(&["trust", "--yes"]).ok();
        scratch.config("agent.deps", mode);
        with_tools(&scratch, &[NPM], &["spawn", "x"]).ok();
        let place = scratch.tree("x");
        assert_eq!((place.join("calls").exists(), place.join("node_modules").exists()), (calls, there), "{mode}");
    }
    let scratch = project();
    scratch.config("agent.deps", "soon");
    scratch.agent(&["spawn", "x"]).fails(2).says(&["agent.deps is 'soon'"]);
    scratch.config("agent.deps", "auto");
    scratch.assert_no_trace();
}

#[test]
fn what_holds_absolute_paths_is_made_anew() {
    let scratch = project();
    scratch.write("api/uv.lock", "version = 1\n");
    scratch.write("uv.lock", "version = 1\n");
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "--quiet", "-m", "python"]);
    scratch.write(".venv/pyvenv.cfg", "home = /main\n");
    scratch.agent(&["trust", "--yes"]).ok();
    let uv = ("uv", "mkdir .venv && echo home = here >.venv/pyvenv.cfg");
    let run = with_tools(&scratch, &[NPM, uv], &["spawn", "x", "--json"]).ok();
    let place = scratch.tree("x");
    assert_eq!(text(&place.join(".venv/pyvenv.cfg")), "home = here\n");
    assert_eq!(text(&place.join("calls")), "uv sync --frozen\n");
    // Nobody has installed the part of the repository below.
    assert_eq!((how(&run, "uv"), how(&run, "uv:api")), ("installed".into(), "left".into()));
}

/// Runs `git-agent` where git is, and no other tool but the stand-ins.
pub(super) fn with_only(scratch: &Scratch, tools: &[(&str, &str)], args: &[&str]) -> Run {
    let bin = scratch.beside("only");
    std::fs::create_dir_all(&bin).expect("a folder");
    for name in ["git", "sh", "mkdir", "cp", "touch", "env"] {
        let path = which(name).unwrap_or_else(|| panic!("there is no {name}"));
        // It is there from the last run.
        let _ = std::os::unix::fs::symlink(path, bin.join(name));
    }
    stand_in(&bin, tools);
    scratch.run(scratch.program(&scratch.root(), args).env("PATH", bin))
}

#[test]
fn what_is_missing_is_told_with_a_way_on() {
    let scratch = project();
    scratch.write("composer.lock", "{}");
    scratch.write("Gemfile.lock", "GEM\n");
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "--quiet", "-m", "more"]);
    let run = with_only(&scratch, &[], &["spawn", "x"]).ok();
    run.says(&["(bundler) are missing: 'bundle' is not on PATH", "(composer) are missing: 'composer' is not on PATH"]);
    assert!(scratch.tree("x").join("node_modules/dep").is_dir(), "the others came");
    assert_eq!(scratch.row("x")["provision"]["state"], "done");
    // Against what the user asked for, it is a failure. Gems may be with Ruby.
    scratch.config("agent.deps", "reflink");
    let run = with_only(&scratch, &[], &["provision", "x"]).fails(7);
    run.says(&["'x' is not ready: the step 'composer' failed", "git config agent.deps auto"]);
    assert_eq!(scratch.row("x")["provision"], serde_json::json!({ "state": "failed", "failed": "composer" }));
    scratch.config("agent.deps", "none");
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(scratch.row("x")["provision"]["state"], "done");
    assert_eq!(names(&scratch.root().join(".git/agent/ops")), Vec::<String>::new());
}

pub(super) fn which(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|path| path.is_file())
}

#[test]
fn nothing_is_installed_through_a_symlink() {
    let scratch = project();
    scratch.write(".gitignore", "node_modules\n.venv/\ntarget/\ncalls\n");
    scratch.commit("ignore");
    scratch.config("agent.link", "node_modules");
    scratch.git(&["checkout", "--quiet", "-b", "newer"]);
    scratch.write("package-lock.json", lock("2.0.0"));
    scratch.git(&["commit", "--quiet", "--all", "-m", "newer"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.agent(&["trust", "--yes"]).ok();
    let npm = ("npm", "rm -rf node_modules/*");
    let before = listing(&scratch.root().join("node_modules"));
    let same = with_tools(&scratch, &[npm], &["spawn", "same", "--json"]).ok();
    assert_eq!((how(&same, "npm"), same.json()["warnings"].to_string().contains("symlink")), ("linked".into(), false));
    for (name, mode) in [("other", "auto"), ("again", "install")] {
        scratch.config("agent.deps", mode);
        let run = with_tools(&scratch, &[npm], &["spawn", name, "--base", "newer"]).ok();
        let link = scratch.tree(name).join("node_modules");
        run.says(&[
            "'node_modules' is a symlink, and nothing is installed through it",
            &format!("rm {}", link.display()),
        ]);
        assert!(!scratch.tree(name).join("calls").exists());
    }
    assert_same(&before, &listing(&scratch.root().join("node_modules")), "the main checkout's");
    // As the message says.
    scratch.git(&["config", "--unset", "agent.link"]);
    std::fs::remove_file(scratch.tree("other").join("node_modules")).expect("a link");
    with_tools(&scratch, &[NPM], &["provision", "other"]).ok();
    assert!(scratch.tree("other").join("node_modules/installed").is_dir());
    assert_same(&before, &listing(&scratch.root().join("node_modules")), "the main checkout's");
}

#[test]
fn an_install_knows_no_other_projects_environment() {
    let scratch = project();
    scratch.config("agent.deps", "install");
    scratch.git(&["config", "agent-env.PIP-TARGET", "configured"]);
    scratch.agent(&["trust", "--yes"]).ok();
    let npm = ("npm", "env >calls; mkdir node_modules");
    let bin = scratch.beside("bin");
    stand_in(&bin, &[npm]);
    let path = std::env::var_os("PATH").expect("a PATH");
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).expect("a PATH");
    let mut command = scratch.program(&scratch.root(), &["spawn", "x"]);
    for name in ["UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV", "BUNDLE_PATH", "COMPOSER_VENDOR_DIR", "PIP_TARGET"] {
        command.env(name, "/of/another/project");
    }
    scratch.run(command.env("PATH", path)).ok();
    let seen = text(&scratch.tree("x").join("calls"));
    assert!(!seen.contains("/of/another/project"), "{seen}");
    assert!(seen.contains("PIP_TARGET=configured"), "{seen}");
}

#[test]
fn an_install_that_fails_shows_its_output_and_can_be_repeated() {
    let scratch = project();
    scratch.config("agent.deps", "install");
    scratch.agent(&["trust", "--yes"]).ok();
    let broken = ("npm", "echo E404 no such package >&2; mkdir -p node_modules/half; exit 3");
    let run = with_tools(&scratch, &[broken], &["spawn", "x"]).fails(7);
    run.says(&["'npm ci --no-audit --no-fund' ended with 3", "E404 no such package"]);
    assert!(scratch.agent(&["log", "x"]).ok().out.contains("E404"));
    with_tools(&scratch, &[NPM], &["provision", "x"]).ok();
    assert_eq!(scratch.row("x")["provision"]["state"], "done");
    assert!(scratch.tree("x").join("node_modules/installed").is_dir(), "half a folder is no installed one");
}

#[test]
fn no_program_starts_in_a_worktree_that_is_not_ready() {
    let scratch = project();
    scratch.config("agent.deps", "install");
    scratch.config("agent.mine.command", "touch started");
    scratch.agent(&["trust", "--yes"]).ok();
    let broken = ("npm", "exit 1");
    with_tools(&scratch, &[broken], &["spawn", "x", "--agent", "mine"]).fails(7);
    assert!(!scratch.tree("x").join("started").exists());
    with_tools(&scratch, &[NPM], &["spawn", "y", "--agent", "mine"]).ok();
    assert!(scratch.tree("y").join("started").exists());
}

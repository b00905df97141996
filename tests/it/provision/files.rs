//! Ignored files that come along, and links.

use crate::support::skip::skipped;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::listing::{assert_same, listing};
use crate::support::program::Run;
use crate::support::project::{copy_program, names, put, text};
use crate::support::{Scratch, hermetic};

/// A project with ignored files of many kinds in the main checkout.
fn project(include: &str) -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env*\n/data/\n/cache\nnode_modules/\n*.pem\n");
    scratch.write("config/app.toml", "x\n");
    if !include.is_empty() {
        scratch.write(".worktreeinclude", include);
    }
    scratch.commit("ignore");
    scratch.write(".env", "SECRET=1\n");
    scratch.write(".env.prod", "PROD=1\n");
    scratch.write("config/.env", "NESTED=1\n");
    scratch.write("config/key.pem", "key\n");
    scratch.write("data/seed.db", "seed\n");
    scratch.write("data/deep/other", "other\n");
    scratch.write("node_modules/a/.env", "not mine\n");
    scratch.write("untracked", "not ignored\n");
    scratch
}

/// Every file below `top` that is neither git's nor tracked at the start, from the top.
fn brought(scratch: &Scratch, top: &Path) -> Vec<String> {
    let out = scratch.git_in(top, &["ls-files", "--others", "-z"]);
    let mut found: Vec<String> = out.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    found.sort();
    found
}

#[test]
fn what_the_patterns_name_and_git_ignores() {
    for (include, expected) in [
        (".env\n", &[".env", "config/.env"][..]),
        ("# comment\n\n.env*\n!.env.prod\n", &[".env", "config/.env"]),
        ("/.env\n*.pem\n", &[".env", "config/key.pem"]),
        ("data/\n", &["data/deep/other", "data/seed.db"]),
        ("data/seed.db\n", &["data/seed.db"]),
        ("data/*\n!data/deep\n", &["data/seed.db"]),
        ("node_modules\n", &["node_modules/a/.env"]),
        ("untracked\na\nconfig/app.toml\n", &[]),
        ("nothing-of-that-name\n", &[]),
    ] {
        let scratch = project(include);
        let place = scratch.spawn("x");
        assert_eq!(brought(&scratch, &place), expected, "{include:?}");
        assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "", "{include:?}");
    }
}

#[test]
fn the_setting_adds_to_the_file_from_both_configurations() {
    let scratch = project(".env\n");
    scratch.config("agent.copy", "data/seed.db");
    scratch.write(".gitagent", "[agent]\n\tcopy = *.pem\n");
    let run = scratch.agent(&["spawn", "x", "--json"]).ok().says(&["files: 4 files, "]);
    let place = scratch.tree("x");
    assert_eq!(brought(&scratch, &place), [".env", "config/.env", "config/key.pem", "data/seed.db"]);
    let step = &run.json()["agents"][0]["provision"]["steps"][0];
    assert_eq!(
        (&step["step"], &step["state"], &step["details"]["files"]),
        (&"files".into(), &"done".into(), &4.into())
    );
    assert!(step["millis"].is_u64());
}

#[test]
fn a_forgotten_env_file_is_told() {
    let scratch = project("");
    let run = scratch.agent(&["spawn", "x"]).ok();
    run.says(&["'.env', '.env.prod' of the main checkout is not copied", "echo .env >> .worktreeinclude"]);
    scratch.write(".worktreeinclude", ".env\n");
    scratch.agent(&["provision", "x"]).ok().says(&["2 files"]);
    assert_eq!(text(&scratch.tree("x").join(".env")), "SECRET=1\n");
}

#[test]
fn copies_are_whole_and_the_main_checkout_stays_as_it_was() {
    let scratch = project("data/\n");
    let data = scratch.root().join("data");
    put(&data.join("run"), "#!/bin/sh\n");
    std::fs::set_permissions(data.join("run"), std::fs::Permissions::from_mode(0o750)).expect("a mode");
    symlink("../../../../outside", data.join("link")).expect("a link");
    std::fs::create_dir(data.join("empty")).expect("a folder");
    std::fs::hard_link(data.join("seed.db"), data.join("twin")).expect("a second name");
    put(&data.join("many/x"), "x");
    for number in 0..1200 {
        put(&data.join(format!("many/{number}")), number.to_string());
    }
    scratch.age("data/seed.db", 100_000);
    let before = listing(&data);
    let place = scratch.spawn("x");
    assert_same(&before, &listing(&place.join("data")), "the copy");
    assert_same(&before, &listing(&data), "the original");
    let ino = |path: &str| place.join("data").join(path).metadata().expect("it is there").ino();
    assert_eq!(ino("seed.db"), ino("twin"));
    // An agent's work in its copy reaches nobody else.
    let other = scratch.spawn("y");
    put(&place.join("data/seed.db"), "changed in place, longer\n");
    std::fs::remove_file(place.join("data/many/7")).expect("it is there");
    assert_same(&before, &listing(&data), "the original after work in a copy");
    assert_same(&before, &listing(&other.join("data")), "the sibling after work in a copy");
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let scratch = project(".env*\ndata/\n");
    let place = scratch.spawn("x");
    put(&place.join(".env"), "MINE=1\n");
    put(&place.join("data/seed.db"), "mine\n");
    std::fs::remove_file(place.join("data/deep/other")).expect("it is there");
    scratch.write(".env", "SECRET=2\n");
    scratch.write("data/new", "new\n");
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(text(&place.join(".env")), "MINE=1\n");
    assert_eq!(text(&place.join("data/seed.db")), "mine\n");
    assert_eq!(text(&place.join("data/new")), "new\n");
    assert_eq!(text(&place.join("data/deep/other")), "other\n");
    // What cannot come because of a symlink further down is told.
    std::fs::remove_dir_all(place.join("data/deep")).expect("it is there");
    scratch.write("data/deep/more/file", "1\n");
    std::fs::create_dir(place.join("data/deep")).expect("a folder");
    symlink(scratch.beside("elsewhere"), place.join("data/deep/more")).expect("a link");
    scratch.agent(&["provision", "x"]).ok().says(&["data/deep/more", "is no folder here"]);
}

#[test]
fn a_path_that_this_branch_tracks_or_does_not_ignore_stays_away() {
    let scratch = project(".env\n*.pem\n");
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write(".gitignore", ".env\n");
    scratch.git(&["add", "--force", ".env"]);
    scratch.write(".env", "TRACKED=1\n");
    scratch.git(&["add", "--force", ".env", ".gitignore"]);
    scratch.git(&["commit", "--quiet", "-m", "other rules"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.write(".env", "SECRET=1\n");
    let run = scratch.agent(&["spawn", "x", "--base", "other"]).ok();
    run.says(&["'config/key.pem' is not copied: this branch does not ignore it"]);
    let place = scratch.tree("x");
    assert_eq!(text(&place.join(".env")), "TRACKED=1\n");
    assert!(!place.join("config/key.pem").exists());
    assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "");
}

#[test]
fn no_symlink_leads_out_and_no_worktree_is_copied() {
    let scratch = project(".env\n.claude/\nnested/\nlinked/\n");
    scratch.write(".gitignore", ".env*\n/nested/\n/linked/\n.claude/\n");
    symlink(scratch.beside("outside"), scratch.root().join("out")).expect("a link");
    scratch.commit("a tracked link");
    std::fs::create_dir(scratch.beside("outside")).expect("a folder");
    // On this machine `out` is a folder with an ignored file; on the branch it is a link that leads away.
    scratch.remove("out");
    scratch.write("out/.env", "OUT=1\n");
    scratch.write(".claude/settings.local.json", "{}\n");
    scratch.write("nested/deep/file", "x\n");
    scratch.git(&["worktree", "add", "--quiet", "--detach", "nested/foreign"]);
    scratch.git(&["worktree", "add", "--quiet", "--detach", "linked"]);
    let first = scratch.spawn("first");
    let run = scratch.agent(&["spawn", "x"]).ok();
    assert_eq!(names(&scratch.beside("outside")), Vec::<String>::new(), "{}", run.err);
    let place = scratch.tree("x");
    assert!(place.join(".claude/settings.local.json").is_file() && first.join(".claude/settings.local.json").is_file());
    assert_eq!(names(&place.join(".claude")), ["settings.local.json"]);
    assert_eq!(names(&place.join("nested")), ["deep"]);
    assert!(!place.join("linked").exists());
    run.says(&["is a symlink"]);
}

#[test]
fn copies_are_no_work_that_a_removal_asks_about() {
    let scratch = project(".env\ndata/\n");
    scratch.config("agent.link", "cache");
    scratch.write("cache/big", "big\n");
    scratch.spawn("x");
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    put(&scratch.tree("x").join("data/seed.db"), "my work\n");
    scratch.agent(&["rm", "x"]).fails(3).says(&["1 ignored path"]);
}

#[test]
fn links_lead_to_the_main_checkout() {
    let scratch = project("");
    scratch.write("cache/big", "big\n");
    for value in ["cache", "../outside", "a", ".git/config", "missing", "/etc", "node_modules"] {
        scratch.git(&["config", "--add", "agent.link", value]);
    }
    let run = scratch.agent(&["spawn", "x"]).ok();
    let place = scratch.tree("x");
    assert_eq!(std::fs::read_link(place.join("cache")).expect("a link"), scratch.root().join("cache"));
    assert_eq!(text(&place.join("cache/big")), "big\n");
    assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "");
    for said in [
        "links: cache\n",
        "'../outside' is not linked: it is no path inside",
        "'/etc' is not linked",
        "'.git/config' is not linked",
        "'a' is not linked: something is there already",
        "'missing' is not linked: the main checkout does not have it",
        "'node_modules' is not linked: git does not ignore a symlink of that name",
    ] {
        assert!(run.err.contains(said), "{said}: {}", run.err);
    }
    scratch.agent(&["provision", "x"]).ok().does_not_say("'cache' is not linked");
}

#[test]
fn a_symlink_in_the_place_of_a_folder_keeps_nothing_else_away() {
    let scratch = project(".env\nkeep/\n");
    scratch.write(".gitignore", ".env*\nkeep/\n/.claude/\n");
    scratch.commit("ignore");
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    symlink(scratch.beside("outside"), scratch.root().join("keep")).expect("a link");
    scratch.commit("a link");
    scratch.git(&["checkout", "--quiet", "-"]);
    scratch.write("keep/file", "kept\n");
    scratch.write(".env", "SECRET=1\n");
    let run = scratch.agent(&["spawn", "x", "--base", "other"]).ok();
    let place = scratch.tree("x");
    run.says(&["'keep' is not copied", "is no folder here"]);
    assert_eq!(text(&place.join(".env")), "SECRET=1\n");
    assert!(place.join("keep").is_symlink());
}

#[test]
fn no_link_leads_into_the_work_of_another() {
    let scratch = project("");
    scratch.spawn("other");
    scratch.write(".gitignore", ".env*\n/.claude\n/short\n/mine\n/sub\n/models\n");
    scratch.commit("ignore");
    symlink(scratch.tree("other"), scratch.root().join("short")).expect("a link");
    scratch.write("sub/.git", "gitdir: ../.git/modules/sub\n");
    scratch.write("sub/in/file", "1\n");
    scratch.write("models/.git/config", "");
    for value in [".claude/worktrees/other", ".claude/worktrees/other/a", "short", "sub", "sub/in", ".claude", "models"]
    {
        scratch.git(&["config", "--add", "agent.link", value]);
    }
    let run = scratch.agent(&["spawn", "x"]).ok();
    let place = scratch.tree("x");
    for name in [".claude/worktrees/other", ".claude/worktrees/other/a", "short", "sub", "sub/in"] {
        let said = format!("'{name}' is not linked: a worktree or a submodule is there");
        assert!(run.err.contains(&said), "{said}: {}", run.err);
        assert!(place.join(name).symlink_metadata().is_err(), "{name}");
    }
    assert!(place.join(".claude").symlink_metadata().is_err());
    // A clone of another project is one more folder that is read.
    assert!(place.join("models").is_symlink());
}

/// Runs `git-agent` as a user whom modes bind: root hands the repository to nobody first.
fn as_user(scratch: &Scratch, args: &[&str]) -> Option<Run> {
    if !rustix::process::geteuid().is_root() {
        return Some(scratch.agent(args));
    }
    let place = scratch.beside(".");
    let program = scratch.beside("git-agent");
    copy_program(Path::new(env!("CARGO_BIN_EXE_git-agent")), &program);
    let owned = Command::new("chown").args(["--no-dereference", "-R", "65534:65534"]).arg(&place).status();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).args(args);
    command.current_dir(scratch.root()).stdin(std::process::Stdio::null());
    let output = hermetic(&mut command, scratch.home()).output();
    let (true, Ok(output)) = (owned.is_ok_and(|status| status.success()), output) else {
        skipped("there is no chown or no setpriv to become another user with");
        return None;
    };
    Some(Run::of(&output))
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

fn mode_of(path: &Path) -> u32 {
    path.symlink_metadata().expect("it is there").mode() & 0o7777
}

#[test]
fn what_cannot_be_read_is_told_once_and_the_rest_comes() {
    let scratch = project("data/\n/cache/x\n*.pem\n");
    scratch.write("data/closed/file", "1\n");
    scratch.write("data/listed/file", "1\n");
    scratch.write("cache/x", "1\n");
    scratch.write("lone.pem", "1\n");
    let root = scratch.root();
    for (path, mode) in [("data/seed.db", 0), ("data/closed", 0), ("data/listed", 0o444), ("cache", 0), ("lone.pem", 0)]
    {
        set_mode(&root.join(path), mode);
    }
    let Some(run) = as_user(&scratch, &["spawn", "x"]) else { return };
    let run = run.ok();
    for path in ["data/seed.db", "data/closed", "data/listed", "cache", "lone.pem"] {
        let told = run.err.lines().filter(|line| line.contains("not copied") && line.contains(path)).count();
        assert_eq!(told, 1, "{path}: {}", run.err);
    }
    let place = scratch.tree("x");
    assert_eq!(text(&place.join("data/deep/other")), "other\n");
    assert_eq!(text(&place.join("config/key.pem")), "key\n");
    assert!(!place.join("data/closed").exists() && !place.join("data/listed").exists());
    assert!(!place.join("lone.pem").exists() && !place.join("data/seed.db").exists());
}

#[test]
fn folders_that_nobody_may_write_to_come_along() {
    let scratch = project("data/\n");
    let data = scratch.root().join("data");
    for path in [data.join("deep"), data.clone()] {
        set_mode(&path, 0o555);
    }
    let Some(run) = as_user(&scratch, &["spawn", "x"]) else { return };
    run.ok().does_not_say("not copied");
    let place = scratch.tree("x");
    assert_eq!((mode_of(&place.join("data")), mode_of(&place.join("data/deep"))), (0o555, 0o555));
    assert_eq!(text(&place.join("data/deep/other")), "other\n");
    // What a killed copy has left goes away, whatever its modes.
    let admin = scratch.root().join(".git/worktrees/x");
    let left = admin.join("agent-staging/0/closed");
    put(&left.join("file"), "half\n");
    set_mode(&left, 0o555);
    as_user(&scratch, &["provision", "x"]).expect("as before").ok();
    assert!(!admin.join("agent-staging").exists());
}

#[test]
fn patterns_name_what_git_finds_by_them() {
    let scratch = project("");
    scratch.write(".gitignore", "/config/sub/\n/deep\n/data/\n*.pem\nnode_modules/\n/.claude/\n");
    scratch.write("config/app.toml", "x\n");
    scratch.commit("ignore");
    for path in ["config/a.pem", "config/sub/b.pem", "config/sub/x/b.pem", "deep/1/2/s.key", "deep/s.key", "deep/t"] {
        scratch.write(path, "x\n");
    }
    for (number, include) in
        ["config/**/*.pem", "/config/**/b.pem", "deep/**/s.key", "deep/**", "deep/*/2", "d*/**/s.*", "data/deep/**"]
            .into_iter()
            .enumerate()
    {
        scratch.write(".worktreeinclude", format!("{include}\n"));
        scratch.write(".git/info/exclude", ".worktreeinclude\n");
        let named = scratch.git(&["ls-files", "-o", "-i", "-X", ".worktreeinclude"]);
        let mut expected: Vec<&str> = named.lines().filter(|path| *path != ".worktreeinclude").collect();
        expected.sort_unstable();
        assert!(!expected.is_empty(), "{include}");
        let place = scratch.spawn(&format!("x{number}"));
        assert_eq!(brought(&scratch, &place), expected, "{include}");
    }
}

#[test]
fn a_symlink_of_the_branch_where_a_folder_would_come_is_told_and_the_rest_comes() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env\n");
    scratch.commit("ignore");
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    let elsewhere = scratch.beside("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::os::unix::fs::symlink(&elsewhere, scratch.root().join("keep")).expect("a link");
    scratch.git(&["add", "keep"]);
    scratch.git(&["commit", "--quiet", "-m", "link"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.write(".git/info/exclude", "keep/\n");
    scratch.write("keep/file", "x\n");
    scratch.write(".env", "A=1\n");
    scratch.write(".worktreeinclude", ".env\nkeep/\n");
    scratch.agent(&["spawn", "x", "--base", "other"]).ok().says(&["'keep' is not copied"]);
    assert_eq!(text(&scratch.tree("x").join(".env")), "A=1\n");
    assert_eq!(names(&elsewhere), Vec::<String>::new());
}

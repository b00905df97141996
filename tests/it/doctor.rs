//! `git agent doctor`: what it finds in real repositories, and what `--fix` does about it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::Scratch;
use crate::support::listing::{assert_same, contents};
use crate::support::project::{names, put, put_program, text};

/// The doctor with git-agent-hook on PATH, and its findings that are not `ok`: check, level, and what was found.
fn found(scratch: &Scratch, dir: &Path, options: &[&str]) -> Vec<(String, String, String)> {
    let json = examine(scratch, dir, options, &[]);
    bad(&json)
}

fn examine(scratch: &Scratch, dir: &Path, options: &[&str], env: &[(&str, &str)]) -> Value {
    let mut command = scratch.program(dir, &[&["doctor", "--json"], options].concat());
    let bin = Path::new(env!("CARGO_BIN_EXE_git-agent")).parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").expect("there is one");
    command.env("PATH", format!("{bin}:{path}"));
    let run = scratch.run(command.envs(env.iter().copied()));
    let json = run.json();
    assert_eq!(run.code, i32::from(json["worst"] == "bad"), "{}", run.err);
    json
}

fn bad(json: &Value) -> Vec<(String, String, String)> {
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    let all = json["findings"].as_array().expect("a list").iter().filter(|finding| finding["level"] != "ok");
    all.map(|finding| (text(finding, "check"), text(finding, "level"), text(finding, "what"))).collect()
}

/// That this and nothing else is found, and that `--fix` mends it.
#[track_caller]
fn is_mended(scratch: &Scratch, dir: &Path, expected: &[(&str, &str)]) {
    let shown: Vec<_> = found(scratch, dir, &[]);
    let short: Vec<_> = shown.iter().map(|(check, level, _)| (check.as_str(), level.as_str())).collect();
    assert_eq!(short, expected, "{shown:#?}");
    assert_eq!(found(scratch, dir, &["--fix"]), []);
}

fn says(json: &Value, check: &str) -> String {
    let all = json["findings"].as_array().expect("a list");
    all.iter().find(|finding| finding["check"] == check).map_or_else(String::new, |finding| finding["what"].to_string())
}

#[test]
fn it_finds_nothing_and_leaves_nothing() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok();
    for agents in [false, true] {
        if agents {
            scratch.spawn("x");
        }
        let (before, origin) = (contents(&scratch.root()), contents(&scratch.origin()));
        let json = examine(&scratch, &scratch.root(), &[], &[]);
        assert_eq!(bad(&json), []);
        assert!(says(&json, "pre-push").contains("is refused"), "{json:#}");
        assert_same(&before, &contents(&scratch.root()), "nothing is left behind");
        assert_same(&origin, &contents(&scratch.origin()), "nor at the remote");
    }
    let run = scratch.agent(&["doctor"]).ok();
    run.prints(&["ok    a push to a protected branch is refused (tried, as a dry run)\n"]);
}

#[test]
fn no_remote_is_contacted() {
    let scratch = Scratch::project();
    let bin = scratch.beside("bin");
    put_program(&bin.join("git-remote-fake"), &format!("#!/bin/sh\ntouch '{}'\n", scratch.beside("asked").display()));
    scratch.git(&["remote", "set-url", "origin", "fake::x"]);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("there is one"));
    scratch.run(scratch.program(&scratch.root(), &["init"]).env("PATH", &path)).ok();
    assert!(!scratch.beside("asked").exists(), "the refs say which branch it is");
    let json = examine(&scratch, &scratch.root(), &[], &[("PATH", &path)]);
    assert!(says(&json, "pre-push").contains("is refused"), "{json:#}");
    examine(&scratch, &scratch.root(), &["--fix"], &[("PATH", &path)]);
    assert!(!scratch.beside("asked").exists());
}

#[test]
fn a_repository_that_nobody_has_set_up() {
    let scratch = Scratch::project();
    let before = contents(&scratch.root());
    assert_eq!(found(&scratch, &scratch.root(), &[]).len(), 2);
    assert_same(&before, &contents(&scratch.root()), "looking changes nothing");
    is_mended(&scratch, &scratch.root(), &[("include", "warn"), ("ignored", "warn")]);
    // With a worktree in it it is worse.
    let scratch = Scratch::project();
    let tree = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "foreign", tree.to_str().expect("Unicode")]);
    is_mended(&scratch, &tree, &[("include", "bad"), ("foreign", "warn"), ("ignored", "warn")]);
}

#[test]
fn hooks_that_were_tampered_with() {
    type Case = (fn(&Path), &'static [(&'static str, &'static str)]);
    let cases: [Case; 5] = [
        (|folder| std::fs::remove_file(folder.join("pre-push")).expect("it is there"), &[("hooks", "bad")]),
        (|folder| put_program(&folder.join("pre-push"), "#!/bin/sh\nexit 0\n"), &[("hooks", "bad")]),
        (
            |folder| {
                let mode = std::fs::Permissions::from_mode(0o644);
                std::fs::set_permissions(folder.join("pre-push"), mode).expect("it can be set");
            },
            &[("hooks", "bad")],
        ),
        (|folder| put_program(&folder.join("pre-commit"), "#!/bin/sh\nexit 0\n"), &[("hooks", "warn")]),
        (|folder| std::fs::remove_dir_all(folder).expect("it is there"), &[("hooks", "bad")]),
    ];
    for (change, expected) in cases {
        let scratch = Scratch::project();
        scratch.spawn("x");
        change(&scratch.root().join(".git/agent/hooks"));
        is_mended(&scratch, &scratch.root(), expected);
    }
}

#[test]
fn a_dead_hook_is_not_tried_with_the_users_own() {
    let scratch = Scratch::project();
    put_program(
        &scratch.root().join(".git/hooks/pre-push"),
        "#!/bin/sh\ntouch \"$(git rev-parse --git-common-dir)/ran\"\n",
    );
    scratch.spawn("x");
    std::fs::remove_file(scratch.root().join(".git/agent/hooks/pre-push")).expect("it is there");
    found(&scratch, &scratch.root(), &[]);
    found(&scratch, &scratch.root(), &["--fix"]);
    assert!(!scratch.root().join(".git/ran").exists());
}

#[test]
fn settings_that_override_the_include() {
    let scratch = Scratch::project();
    let tree = scratch.spawn("x");
    let config = scratch.root().join(".git/config");
    put(&config, format!("{}[core]\n\thooksPath = /elsewhere\n", text(&config)));
    is_mended(&scratch, &scratch.root(), &[("include", "bad")]);
    assert!(text(&config).contains("/elsewhere"), "the user's setting is still there");
    put(&config, format!("{}[push]\n\tdefault = upstream\n", text(&config)));
    is_mended(&scratch, &tree, &[("include", "bad")]);

    let json = examine(&scratch, &tree, &[], &[("GIT_CONFIG_PARAMETERS", "'core.hooksPath'='/dev/null'")]);
    assert!(says(&json, "hooks-path").contains("core.hooksPath is /dev/null in 'x'"), "{json:#}");

    scratch.config("extensions.worktreeConfig", "true");
    scratch.git_in(&tree, &["config", "--worktree", "core.hooksPath", "mine"]);
    let shown = found(&scratch, &tree, &[]);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert_eq!((shown[0].0.as_str(), shown[0].1.as_str()), ("hooks-path", "bad"));
}

#[test]
fn settings_that_open_the_guard() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    for (key, value, check) in [
        ("agent.allowPush", "true", "openings"),
        ("agent.allowPush", "main", "openings"),
        ("agent.guard", "off", "hooks"),
        ("remote.origin.push", "HEAD:refs/heads/main", "openings"),
        ("remote.origin.mirror", "true", "openings"),
    ] {
        scratch.config(key, value);
        let shown = found(&scratch, &scratch.root(), &[]);
        assert!(shown.iter().any(|(found, _, _)| found == check), "{key}: {shown:#?}");
        scratch.git(&["config", "--unset-all", key]);
    }
    scratch.config("remote.origin.mirror", "false");
    assert_eq!(found(&scratch, &scratch.root(), &[]), []);
}

#[test]
fn upstreams_of_agents() {
    let scratch = Scratch::project();
    let (x, y) = (scratch.spawn("x"), scratch.spawn("y"));
    scratch.commit_in(&y, "work", "work\n");
    scratch.git_in(&y, &["push", "--quiet"]);
    for tree in [&x, &y] {
        scratch.git_in(tree, &["branch", "--set-upstream-to=origin/main"]);
    }
    is_mended(&scratch, &x, &[("upstream", "warn"), ("upstream", "warn")]);
    assert_eq!(scratch.git_in(&y, &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/y");
    assert!(!scratch.try_git_in(&x, &["rev-parse", "@{upstream}"]).status.success());
    // A branch of somebody else is left alone.
    let tree = scratch.beside("foreign");
    scratch.git(&[
        "worktree",
        "add",
        "--quiet",
        "--track",
        "-b",
        "foreign",
        tree.to_str().expect("Unicode"),
        "origin/main",
    ]);
    assert_eq!(found(&scratch, &x, &["--fix"]).len(), 1);
    assert_eq!(scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/main");
}

#[test]
fn a_repository_that_moved() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let place = scratch.beside("moved here");
    std::fs::rename(scratch.root(), &place).expect("it can be moved");
    let shown = found(&scratch, &place, &[]);
    assert!(shown.iter().any(|(check, level, what)| check == "include" && level == "bad" && what.contains("moved")));
    assert_eq!(found(&scratch, &place, &["--fix"]), []);
    let tree = place.join(".claude/worktrees/x");
    scratch.commit_in(&tree, "work", "work\n");
    let output = scratch.try_git_in(&tree, &["push", "origin", "HEAD:main"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("'main' on origin"));

    // Any other verb mends the path of the hooks as well.
    let again = scratch.beside("and here");
    std::fs::rename(&place, &again).expect("it can be moved");
    scratch.agent_in(&again, &["list", "--json"]).ok();
    scratch.git_in(&again, &["worktree", "repair", ".claude/worktrees/x"]);
    let tree = again.join(".claude/worktrees/x");
    let output = scratch.try_git_in(&tree, &["push", "origin", "HEAD:main"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("'main' on origin"));
}

#[test]
fn worktrees_records_and_the_trash() {
    let scratch = Scratch::project();
    scratch.spawn("gone");
    scratch.spawn("damaged");
    scratch.spawn("old");
    std::fs::remove_dir_all(scratch.tree("gone")).expect("it is there");
    put(&scratch.admin("damaged").join("agent.json"), "{");
    scratch.agent(&["rm", "old", "--force", "--quiet"]).ok();
    scratch.config("agent.trashExpire", "0s");
    let shown = found(&scratch, &scratch.root(), &[]);
    let checks: Vec<&str> = shown.iter().map(|(check, _, _)| check.as_str()).collect();
    assert_eq!(checks, ["worktrees", "worktrees", "trash"], "{shown:#?}");
    found(&scratch, &scratch.root(), &["--fix"]);
    assert!(scratch.root().join(".git/worktrees/gone").exists(), "it may be on a disk that is not there now");
}

#[test]
fn what_the_team_shares() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok();
    scratch.write(".gitagent", "[agent]\n\tprotect = release/*\n\tdefault = claude\n[agent \"x\"]\n\tcommand = y\n");
    let shown = found(&scratch, &scratch.root(), &[]);
    let what: Vec<&str> = shown.iter().map(|(_, _, what)| what.as_str()).collect();
    assert_eq!(what.len(), 2, "{what:?}");
    assert!(what[0].starts_with("agent.default counts for nothing"), "{what:?}");
    assert!(what[1].starts_with("agent.x.command counts for nothing"), "{what:?}");
    let all = "[agent]\n\tsetup = a\n\tteardown = b\n\trewriteEnv = X\n\tdataDir = d\n\tdataEnv = DATA_DIR\n\tenvFile = e/.env\n\
        [agent-port \"web\"]\n\tbase = 3000\n\tenv = PORT\n[agent-db]\n\tprovider = sqlite\n\tsource = a.db\n\
        [agent-env]\n\tX = y\n[agent-env \"x\"]\n\tvalue = z\n";
    scratch.write(".gitagent", all);
    let shown = found(&scratch, &scratch.root(), &[]);
    assert!(shown.is_empty(), "{shown:#?}");
    scratch.write(".gitagent", "[agent-port \"web\"]\n\tbase = 3000\n\tbsae = 3\n");
    let shown = found(&scratch, &scratch.root(), &[]);
    assert!(shown.len() == 1 && shown[0].2.starts_with("agent-port.web.bsae counts for nothing"), "{shown:#?}");
    scratch.write(".gitagent", "[agent\n");
    let shown = found(&scratch, &scratch.root(), &[]);
    assert_eq!((shown[0].0.as_str(), shown[0].1.as_str()), ("gitagent", "bad"), "{shown:#?}");
}

#[test]
fn settings_that_cannot_be_and_damaged_lists() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok();
    for (key, value) in [("agent-env.WRONG", "{nope}"), ("agent-port.x.base", "80"), ("agent.dataDir", "../x")] {
        scratch.config(key, value);
    }
    for name in ["ports.json", "trust.json"] {
        put(&scratch.home().join(".local/state/git-agent").join(name), "{");
    }
    let shown = found(&scratch, &scratch.root(), &[]);
    let of = |check: &str| shown.iter().filter(|one| one.0 == check && one.1 == "bad").count();
    assert_eq!((of("settings"), of("state")), (3, 2), "{shown:#?}");
}

#[test]
fn what_a_killed_one_left_is_cleared() {
    let scratch = Scratch::project();
    scratch.agent(&["init"]).ok();
    let before = contents(&scratch.root());
    let tree = scratch.root().join(".git/agent/doctor/git-agent-doctor~");
    scratch.git(&["worktree", "add", "--quiet", "--detach", tree.to_str().expect("Unicode")]);
    found(&scratch, &scratch.root(), &[]);
    found(&scratch, &scratch.root(), &[]);
    assert_same(&before, &contents(&scratch.root()), "all is gone");
    assert_eq!(names(&scratch.root().join(".git/worktrees")), Vec::<String>::new());
}

#[test]
fn in_other_kinds_of_repositories() {
    // Without a commit, without a remote, with SHA-256, bare.
    let scratch = Scratch::new();
    scratch.agent(&["init"]).ok();
    assert_eq!(found(&scratch, &scratch.root(), &[]), []);
    let scratch = Scratch::project_with(&["--object-format=sha256"]);
    scratch.agent(&["init"]).ok();
    let json = examine(&scratch, &scratch.root(), &[], &[]);
    assert!(says(&json, "pre-push").contains("is refused"), "{json:#}");
    let scratch = Scratch::project();
    let bare = scratch.beside("bare.git");
    scratch.git(&[
        "clone",
        "--quiet",
        "--bare",
        scratch.origin().to_str().expect("Unicode"),
        bare.to_str().expect("Unicode"),
    ]);
    scratch.agent_in(&bare, &["init"]).ok();
    let json = examine(&scratch, &bare, &[], &[]);
    assert_eq!(bad(&json), []);
    assert!(says(&json, "pre-push").contains("is refused"), "{json:#}");
}

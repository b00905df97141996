//! What a repository gets with its first worktree: the include and the ignore entry; and git's own hook.

use std::os::unix::fs::symlink;

use crate::support::Scratch;
use crate::support::project::{put, put_program, text};

const ENTRY: &str = "/.claude/worktrees/";

#[test]
fn the_folder_is_ignored_once_in_the_files_own_manner() {
    for (before, after) in [
        (None, format!("{ENTRY}\n")),
        (Some("*.o\n"), format!("*.o\n{ENTRY}\n")),
        (Some("*.o"), format!("*.o\n{ENTRY}\n")),
        (Some("*.o\r\n*.a\r\n"), format!("*.o\r\n*.a\r\n{ENTRY}\r\n")),
    ] {
        let scratch = Scratch::project();
        if let Some(before) = before {
            scratch.write(".gitignore", before);
        }
        scratch.agent(&["spawn", "x"]).ok().says(&[".gitignore"]);
        assert_eq!(text(&scratch.root().join(".gitignore")), after, "{before:?}");
        scratch.agent(&["spawn", "y"]).ok().does_not_say(".gitignore");
        assert_eq!(text(&scratch.root().join(".gitignore")), after, "{before:?}");
        assert_eq!(scratch.git(&["status", "--porcelain", "--", ".claude"]), "");
    }
}

#[test]
fn a_rule_that_is_there_is_enough() {
    for (file, rule) in [
        (".gitignore", ".claude/"),
        (".gitignore", "worktrees"),
        (".git/info/exclude", "/.claude/worktrees"),
        (".claude/.gitignore", "*"),
    ] {
        let scratch = Scratch::project();
        scratch.write(file, format!("{rule}\n"));
        scratch.agent(&["spawn", "x"]).ok();
        assert_eq!(text(&scratch.root().join(file)), format!("{rule}\n"), "{file}");
        assert!(file == ".gitignore" || !scratch.root().join(".gitignore").exists(), "{file}");
    }
    let scratch = Scratch::project();
    put(&scratch.home().join("ignore"), ".claude\n");
    scratch.git(&["config", "--global", "core.excludesFile", scratch.home().join("ignore").to_str().expect("Unicode")]);
    scratch.spawn("x");
    assert!(!scratch.root().join(".gitignore").exists());
}

#[test]
fn the_entry_can_go_elsewhere_or_nowhere() {
    let scratch = Scratch::project();
    scratch.config("agent.ignoreIn", "exclude");
    scratch.spawn("x");
    assert!(!scratch.root().join(".gitignore").exists());
    assert!(text(&scratch.root().join(".git/info/exclude")).lines().any(|line| line == ENTRY));
    assert_eq!(scratch.git(&["status", "--porcelain"]), "");

    let scratch = Scratch::project();
    scratch.config("agent.ignoreIn", "none");
    scratch.spawn("x");
    assert_eq!(scratch.git(&["status", "--porcelain"]), "?? .claude/");

    let scratch = Scratch::project();
    scratch.config("agent.ignoreIn", "gitignroe");
    let run = scratch.agent(&["spawn", "x"]);
    assert_eq!(run.code, 2, "{}", run.err);
    scratch.assert_no_trace();
}

#[test]
fn a_symlinked_ignore_file_is_never_written_through() {
    let scratch = Scratch::project();
    let outside = scratch.beside("outside");
    put(&outside, "*.o\n");
    symlink(&outside, scratch.root().join(".gitignore")).expect("a link can be made");
    scratch.agent(&["spawn", "x"]).ok();
    assert_eq!(text(&outside), "*.o\n");
    assert!(scratch.root().join(".gitignore").is_symlink());
    assert_eq!(scratch.git(&["status", "--porcelain", "--", ".claude"]), "");
}

#[test]
fn a_symlink_that_leads_outside_is_refused() {
    for link in [".claude", ".claude/worktrees"] {
        let scratch = Scratch::project();
        let outside = scratch.beside("outside");
        std::fs::create_dir(&outside).expect("it can be made");
        put(&scratch.root().join(link).parent().expect("a parent").join("keep"), "");
        symlink(&outside, scratch.root().join(link)).expect("a link can be made");
        scratch.agent(&["spawn", "x"]).fails(3).says(&["is a symlink to", "agent.worktreeDir"]);
        assert_eq!(std::fs::read_dir(&outside).expect("a folder").count(), 0, "{link}");
        assert_eq!(scratch.commit_of("refs/heads/x"), None);
    }
}

#[test]
fn the_include_stays_the_last_word() {
    let scratch = Scratch::project();
    scratch.spawn("x");
    let config = scratch.root().join(".git/config");
    let stanzas = || text(&config).matches("includeIf \"gitdir:./worktrees/\"").count();
    assert_eq!(stanzas(), 1);
    scratch.config("push.default", "upstream");
    scratch.spawn("y");
    assert_eq!(stanzas(), 1);
    assert_eq!(scratch.git_in(&scratch.tree("y"), &["config", "push.default"]), "current");
    assert_eq!(scratch.git(&["config", "push.default"]), "upstream", "the main checkout is not touched");
    scratch.config("user.name", "Somebody");
    let before = text(&config);
    scratch.spawn("z");
    assert_eq!(text(&config), before, "what does not matter does not move it");
}

#[test]
fn the_include_reaches_worktrees_that_others_make() {
    let scratch = Scratch::project();
    scratch.config("push.default", "upstream");
    scratch.spawn("x");
    let foreign = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", foreign.to_str().expect("Unicode"), "main"]);
    let commit = scratch.commit_in(&foreign, "c", "c\n");
    let before = scratch.commit_of("origin/main");
    scratch.git_in(&foreign, &["push", "--quiet"]);
    let refs = scratch.refs_of(&scratch.origin());
    assert_eq!(refs, [format!("refs/heads/main {}", before.expect("a commit")), format!("refs/heads/theirs {commit}")]);
}

#[test]
fn the_post_checkout_hook_runs_as_with_git() {
    let hook = "#!/bin/sh\nprintf '%s|' \"$@\" >log\npwd >>log\ngit rev-parse --abbrev-ref HEAD >>log\necho said\n";
    let ours = Scratch::project();
    put_program(&ours.root().join(".git/hooks/post-checkout"), hook);
    ours.agent(&["spawn", "x"]).ok().says(&["said"]);
    let commit = ours.commit_of("x").expect("a commit");
    let log = text(&ours.tree("x").join("log"));
    assert_eq!(log, format!("{}|{commit}|1|{}\nx\n", "0".repeat(40), ours.tree("x").display()));
    assert!(!ours.root().join("log").exists());
}

#[test]
fn a_hook_that_fails_is_a_warning() {
    let scratch = Scratch::project();
    put_program(&scratch.root().join(".git/hooks/post-checkout"), "#!/bin/sh\necho no such luck >&2\nexit 7\n");
    scratch.agent(&["spawn", "x"]).ok().says(&["warning: ", "exited with 7", "no such luck"]);
    assert!(scratch.tree("x").join("a").exists());
    let json = scratch.agent(&["spawn", "y", "--json"]).ok().json();
    assert!(json["agents"][0]["warnings"][0].as_str().is_some_and(|text| text.contains("exited with 7")), "{json}");
}

#[test]
fn a_hooks_path_of_the_user_counts() {
    let scratch = Scratch::project();
    put_program(&scratch.root().join("hooks/post-checkout"), "#!/bin/sh\ntouch ran\n");
    scratch.commit("hooks");
    scratch.git(&["push", "--quiet"]);
    scratch.config("core.hooksPath", "hooks");
    let path = scratch.spawn("x");
    assert!(path.join("ran").exists(), "a relative path counts from the top of the worktree");
}

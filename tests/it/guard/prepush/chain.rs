//! The user's hooks behind ours: each runs as it would without us. The yardstick is git itself, in a worktree of the same
//! repository for which our folder is switched off.

use std::path::Path;

use super::{agent, ours, remote, sh};
use crate::support::Scratch;
use crate::support::project::{put, put_program, text};

/// A hook that writes down how it was called, and reads all of stdin where it is given any.
const RECORDER: &str = r#"#!/bin/sh
{
    printf '%s' "${0##*/}"
    for word; do printf '|%s' "$word"; done
    printf '\nname %s\ncwd %s\n' "$0" "$(pwd)"
    env | grep -v -e '^_=' -e '^SHLVL=' -e '^PWD=' -e '^OLDPWD=' | sort
    case ${0##*/} in pre-push | post-rewrite) echo stdin; cat ;; esac
} >>"$RECORD"
"#;

/// The hooks of an everyday life.
const EVERYDAY: [&str; 10] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-merge-commit",
    "post-merge",
    "pre-rebase",
    "post-rewrite",
    "post-checkout",
    "pre-push",
];

/// What an agent does in a day. Every step is one that some hook hears of.
const DAY: &str = "
set -e
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
echo one >one; git add one; git commit -q -m one
git commit -q --amend -m 'one again'
git push -q
git push -q
git switch -q -c side HEAD~1; echo two >two; git add two; git commit -q -m two
git merge -q --no-edit x
git switch -q -c again x; echo three >three; git add three; git commit -q -m three
git rebase -q side
git push -q origin HEAD:refs/heads/one-more x:refs/heads/another
git push -q origin :refs/heads/another
git push -q --dry-run origin HEAD:refs/heads/third
git checkout -q x -- one
";

/// Runs the day in a worktree and returns the record.
fn day(scratch: &Scratch, tree: &Path) -> String {
    let record = scratch.beside("record");
    std::fs::remove_file(&record).ok();
    sh(scratch, tree, &format!("export RECORD='{}'\n{DAY}", record.display())).ok();
    text(&record)
}

/// The day in two repositories at the same path, one with our hooks and one without; the records must be the same.
fn assert_same_day(prepare: impl Fn(&Scratch), least: usize) {
    let scratch = Scratch::project();
    let kept = scratch.beside("kept");
    prepare(&scratch);
    sh(&scratch, &scratch.beside("."), "mkdir kept && cp -a repo origin.git kept").ok();
    scratch.config("agent.guard", "off");
    let tree = scratch.spawn("x");
    assert!(!ours(&scratch).exists());
    let without = day(&scratch, &tree);
    sh(&scratch, &kept, "rm -rf ../repo ../origin.git && mv repo origin.git ..").ok();
    let tree = scratch.spawn("x");
    assert!(ours(&scratch).exists());
    let with = day(&scratch, &tree);
    assert!(without.matches("\nname ").count() >= least, "too little happened:\n{without}");
    for (with, without) in with.lines().zip(without.lines()) {
        assert_eq!(with, without);
    }
    assert_eq!(with, without);
}

fn put_recorders(folder: &Path) {
    for event in EVERYDAY {
        put_program(&folder.join(event), RECORDER);
    }
}

#[test]
fn hooks_in_the_repository_run_as_without_us() {
    assert_same_day(|scratch| put_recorders(&scratch.root().join(".git/hooks")), 30);
}

#[test]
fn hooks_of_an_absolute_folder_run_as_without_us() {
    assert_same_day(
        |scratch| {
            let folder = scratch.beside("my hooks");
            put_recorders(&folder);
            scratch.config("core.hooksPath", folder.to_str().expect("Unicode"));
        },
        30,
    );
}

#[test]
fn hooks_of_a_relative_folder_run_as_without_us() {
    assert_same_day(
        |scratch| {
            put_recorders(&scratch.root().join("tools/hooks"));
            scratch.commit("hooks");
            scratch.git(&["push", "--quiet"]);
            scratch.config("core.hooksPath", "tools/hooks");
        },
        30,
    );
}

#[test]
fn hooks_of_all_repositories_run_as_without_us() {
    assert_same_day(
        |scratch| {
            put_recorders(&scratch.home().join("hooks"));
            scratch.git(&["config", "--global", "core.hooksPath", "~/hooks"]);
        },
        30,
    );
}

#[test]
fn a_folder_that_is_set_after_us_counts_whatever_way_it_is_set() {
    for set in [
        "git config core.hooksPath tools",
        "git config --file \"$(git rev-parse --git-common-dir)/config\" core.hooksPath \"$PWD/tools\"",
        "git config --global core.hooksPath \"$PWD/tools\"",
        "printf '[core]\\n\\thooksPath = tools\\n' >>\"$(git rev-parse --git-common-dir)/config\"",
        "printf '[core]\\n\\thooksPath = tools\\n' >\"$HOME/more\" && git config include.path \"$HOME/more\"",
    ] {
        let (scratch, tree) = agent();
        put_program(&tree.join("tools/pre-push"), "#!/bin/sh\ntouch ran\n");
        sh(&scratch, &tree, set).ok();
        // Behind our stanza git listens to the user's alone, until the next spawn has put ours to the end again.
        scratch.spawn("y");
        sh(&scratch, &tree, "git push").ok();
        assert!(tree.join("ran").exists(), "{set}");
        let before = remote(&scratch);
        assert_ne!(sh(&scratch, &tree, "git push origin HEAD:main").code, 0, "{set}");
        assert_eq!(remote(&scratch), before, "{set}");
    }
}

#[test]
fn a_folder_of_one_command_or_one_worktree_is_gits_own_choice() {
    let (scratch, tree) = agent();
    put_program(&tree.join("tools/pre-push"), "#!/bin/sh\ntouch ran\nexit 3\n");
    assert_ne!(sh(&scratch, &tree, "git -c core.hooksPath=tools push").code, 0);
    assert!(tree.join("ran").exists());
}

#[test]
fn an_empty_folder_and_dev_null_mean_no_hooks() {
    for value in ["/dev/null", "''", "no/such/folder"] {
        let (scratch, tree) = agent();
        put_program(&scratch.root().join(".git/hooks/pre-push"), "#!/bin/sh\ntouch ran\n");
        sh(&scratch, &tree, &format!("git config --local core.hooksPath {value}")).ok();
        sh(&scratch, &tree, "git push").ok();
        assert!(!tree.join("ran").exists(), "{value}");
    }
}

#[test]
fn our_own_folder_by_another_name_is_no_loop() {
    let (scratch, tree) = agent();
    let alias = scratch.beside("alias");
    std::os::unix::fs::symlink(ours(&scratch), &alias).expect("a link can be made");
    put_program(&scratch.root().join(".git/hooks/pre-push"), "#!/bin/sh\ntouch ran\n");
    scratch.config("core.hooksPath", alias.to_str().expect("Unicode"));
    sh(&scratch, &tree, "git push").ok();
    assert!(tree.join("ran").exists(), "what stands below it counts");
    std::fs::remove_file(tree.join("ran")).expect("it can be removed");
    sh(&scratch, &tree, "GIT_CONFIG=/dev/null git push").ok();
    assert!(tree.join("ran").exists(), "a variable that only 'git config' heeds");
    std::fs::remove_dir_all(scratch.root().join(".git/hooks")).expect("it can be removed");
    std::os::unix::fs::symlink(ours(&scratch), scratch.root().join(".git/hooks")).expect("a link can be made");
    sh(&scratch, &tree, "git push origin HEAD:other").ok();
}

#[test]
fn a_hook_that_fails_stops_what_it_would_stop() {
    for (event, command) in [
        ("pre-commit", "git commit --allow-empty -m x"),
        ("commit-msg", "git commit --allow-empty -m x"),
        ("prepare-commit-msg", "git commit --allow-empty -m x"),
        ("pre-rebase", "git rebase --force-rebase HEAD~1"),
        ("pre-merge-commit", "git merge --no-ff --no-edit side"),
        ("pre-push", "git push"),
        ("applypatch-msg", "git format-patch -1 --stdout side | git am"),
    ] {
        let (scratch, tree) = agent();
        sh(&scratch, &tree, "git checkout -q -b side && git commit -q --allow-empty -m side && echo s >s && git add s && git commit -qm s && git checkout -q x").ok();
        let before = (scratch.git_in(&tree, &["rev-parse", "HEAD"]), remote(&scratch));
        put_program(&scratch.root().join(".git/hooks").join(event), "#!/bin/sh\necho the hook said no >&2\nexit 7\n");
        let run = sh(&scratch, &tree, command);
        assert_ne!(run.code, 0, "{event}");
        assert!(run.err.contains("the hook said no"), "{event}: {}", run.err);
        assert_eq!((scratch.git_in(&tree, &["rev-parse", "HEAD"]), remote(&scratch)), before, "{event}");
        let hook = if event == "applypatch-msg" { "pre-commit" } else { event };
        assert_eq!(sh(&scratch, &tree, &format!("git hook run --ignore-missing {hook}")).code == 0, hook != event);
    }
}

#[test]
fn exit_codes_come_through_unchanged() {
    let (scratch, tree) = agent();
    put_program(&scratch.root().join(".git/hooks/post-checkout"), "#!/bin/sh\nexit 41\n");
    put_program(&scratch.root().join(".git/hooks/pre-auto-gc"), "#!/bin/sh\nkill -TERM $$\n");
    assert_eq!(sh(&scratch, &tree, "git hook run post-checkout -- a b 1").code, 41);
    assert_eq!(sh(&scratch, &tree, "git hook run pre-auto-gc").code, 128 + 15);
    let main = sh(&scratch, &scratch.root(), "git checkout -q -b one").code;
    assert_eq!(sh(&scratch, &tree, "git checkout -q -b other").code, main);
}

#[test]
fn a_hook_may_edit_the_message() {
    let (scratch, tree) = agent();
    let hooks = scratch.root().join(".git/hooks");
    put_program(&hooks.join("prepare-commit-msg"), "#!/bin/sh\necho \"prepared $2\" >>\"$1\"\n");
    put_program(&hooks.join("commit-msg"), "#!/bin/sh\nsed -i s/prepared/checked/ \"$1\"\n");
    sh(&scratch, &tree, "git commit -q --allow-empty -m subject").ok();
    assert_eq!(scratch.git_in(&tree, &["log", "-1", "--format=%B"]), "subject\nchecked message\n".trim_end());
}

#[test]
fn a_hook_that_cannot_be_executed_is_passed_over_with_gits_own_hint() {
    let (scratch, tree) = agent();
    put(&scratch.root().join(".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n");
    sh(&scratch, &tree, "git commit -q --allow-empty -m x").ok().says(&["hook was ignored because it's not set as"]);
    scratch.config("advice.ignoredHook", "false");
    sh(&scratch, &tree, "git commit -q --allow-empty -m x").ok().does_not_say("ignored");
}

#[test]
fn a_hook_without_a_first_line_and_one_that_reads_nothing() {
    let (scratch, tree) = agent();
    let hook = scratch.root().join(".git/hooks/pre-push");
    put_program(&hook, "touch ran\n");
    sh(&scratch, &tree, "git push").ok();
    assert!(tree.join("ran").exists());
    // More than a pipe holds.
    put_program(&hook, "#!/bin/sh\nexit 0\n");
    let script = "i=0; while [ $i -lt 700 ]; do echo \"create refs/heads/many/a-branch-with-a-name-that-is-long-enough-to-fill-a-pipe-$i HEAD\"; i=$((i + 1)); done | git update-ref --stdin";
    sh(&scratch, &tree, script).ok();
    sh(&scratch, &tree, "git push -q origin 'refs/heads/many/*'").ok().does_not_say("roken pipe");
    put_program(&hook, "#!/bin/sh\ncat >seen\n");
    sh(&scratch, &tree, "git push -q origin 'refs/heads/many/*:refs/heads/more/*'").ok();
    assert_eq!(text(&tree.join("seen")).lines().count(), 700);
}

#[test]
fn a_push_into_a_worktree_runs_the_users_hooks() {
    let (scratch, tree) = agent();
    let hooks = scratch.root().join(".git/hooks");
    put_program(&hooks.join("pre-receive"), "#!/bin/sh\ncat >\"$GIT_DIR/received\"\n");
    put_program(&hooks.join("update"), "#!/bin/sh\necho \"$1\" >\"$GIT_DIR/updated\"\n");
    let colleague = scratch.colleague();
    sh(&scratch, &colleague, &format!("git push -q '{}' HEAD:refs/heads/gift", tree.display())).ok();
    assert_eq!(text(&scratch.admin("x").join("updated")), "refs/heads/gift\n");
    assert!(text(&scratch.admin("x").join("received")).ends_with(" refs/heads/gift\n"));
}

//! Which pushes are refused, and with what words.

use super::{agent, agent_in, remote, sh};
use crate::support::Scratch;
use crate::support::project::{put, put_program, text};

#[test]
fn a_protected_branch_stays_whoever_pushes() {
    let (scratch, tree) = agent();
    put_program(&tree.join("deploy.sh"), "#!/bin/sh\ngit push origin HEAD:main\n");
    put(&tree.join("Makefile"), "deploy:\n\tgit push origin HEAD:main\n");
    scratch.config("alias.ship", "push origin HEAD:main");
    scratch.config("alias.bang", "!git push origin HEAD:main");
    scratch.git(&["commit", "--quiet", "--allow-empty", "-m", "ahead"]);
    let before = remote(&scratch);
    let url = scratch.origin().display().to_string();
    for line in [
        "git push origin HEAD:main",
        "git push origin HEAD:refs/heads/main",
        "git push --force origin HEAD:main",
        "git push origin +HEAD:main",
        "git push origin main",
        "git push origin x main",
        "git push --all origin",
        "git push --mirror origin",
        "git push origin :main",
        "git push --delete origin main",
        "git push origin HEAD~0:main",
        "git push origin 'HEAD^{/work}:main'",
        "git push --atomic origin HEAD:x HEAD:main",
        "git push --dry-run origin HEAD:main",
        &format!("git push {url} HEAD:main"),
        &format!("git push file://{url} HEAD:main"),
        "git -c push.default=upstream -c branch.x.remote=origin -c branch.x.merge=refs/heads/main push",
        "./deploy.sh",
        "make --silent deploy",
        "git ship",
        "git bang",
        "sh -c 'eval git pu\"\"sh origin HEAD:main'",
        "cd dir && git push origin HEAD:main",
        "cd / && git -C \"$OLDPWD\" push origin HEAD:main",
        "GIT_DIR=$(git rev-parse --absolute-git-dir) git push origin HEAD:main",
    ] {
        let run = sh(&scratch, &tree, line);
        assert_ne!(run.code, 0, "{line}");
        assert_eq!(remote(&scratch), before, "{line}: {}", run.err);
        assert!(run.err.contains("'main' on "), "{line}: {}", run.err);
        assert!(run.err.contains("Use instead: git push -u origin HEAD:refs/heads/x"), "{line}: {}", run.err);
    }
}

#[test]
fn it_says_where_the_push_would_have_landed_and_what_to_use() {
    let (scratch, tree) = agent();
    let run = sh(&scratch, &tree, "git push origin HEAD:main");
    let lines: Vec<_> = run.err.lines().take(2).collect();
    assert_eq!(
        lines,
        [
            "git-agent: this push would update 'main' on origin (HEAD -> refs/heads/main); the branch is protected: always protected",
            "Use instead: git push -u origin HEAD:refs/heads/x",
        ]
    );
    let instead = lines[1].strip_prefix("Use instead: ").expect("a command");
    sh(&scratch, &tree, instead).ok();
    let run = sh(&scratch, &tree, "git push origin :main");
    assert!(run.err.contains("would delete 'main' on origin (refs/heads/main)"), "{}", run.err);
}

#[test]
fn everything_else_goes_through() {
    let (scratch, tree) = agent();
    let main = scratch.commit_of("origin/main").expect("a commit");
    for line in [
        "git push",
        "git push",
        "git push origin HEAD",
        "git commit --quiet --amend -m again && git push --force-with-lease",
        "git push origin HEAD:refs/heads/maintenance",
        "git push origin HEAD:refs/for/main",
        "git tag main-1 && git push origin main-1",
        "git push --tags origin",
        "git push --dry-run origin HEAD:other",
        "git push origin :maintenance",
        "git push origin main",
    ] {
        sh(&scratch, &tree, line).ok();
    }
    let names: Vec<_> = remote(&scratch);
    let work = scratch.git_in(&tree, &["rev-parse", "HEAD"]);
    assert!(names.contains(&format!("refs/heads/x {work}")), "{names:?}");
    assert!(names.contains(&format!("refs/heads/main {main}")), "{names:?}");
    assert!(names.contains(&format!("refs/for/main {work}")), "{names:?}");
    assert_eq!(scratch.git_in(&tree, &["rev-parse", "--abbrev-ref", "@{upstream}"]), "origin/x");
}

#[test]
fn what_is_protected_is_what_the_other_layers_protect() {
    let scratch = Scratch::project();
    scratch.write(".gitagent", "[agent]\n\tprotect = stable/*\n\tallowPush = true\n\tguard = off\n");
    scratch.commit("team");
    scratch.git(&["push", "--quiet"]);
    let (scratch, tree) = agent_in(scratch);
    let refused = |branch: &str| sh(&scratch, &tree, &format!("git push origin HEAD:refs/heads/{branch}")).code != 0;
    assert!(refused("stable/1") && refused("main"));
    assert!(!refused("develop"));
    scratch.config("agent.protect", "next");
    assert!(refused("next"));
    sh(&scratch, &tree, "git -c agent.allowPush=true push origin HEAD:main").says(&["'main' on origin"]);
    scratch.config("agent.allowPush", "stable/*");
    assert!(!refused("stable/1"));
    assert!(refused("main"));
    scratch.config("agent.allowPush", "true");
    assert!(!refused("main"));
}

#[test]
fn worktrees_that_others_make_are_guarded_and_the_main_checkout_is_not() {
    let (scratch, _) = agent();
    let theirs = scratch.beside("theirs");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", theirs.to_str().expect("Unicode")]);
    scratch.commit_in(&theirs, "c", "c\n");
    let before = remote(&scratch);
    assert_ne!(sh(&scratch, &theirs, "git push origin HEAD:main").code, 0);
    assert_eq!(remote(&scratch), before);
    scratch.git(&["commit", "--quiet", "--allow-empty", "-m", "mine"]);
    scratch.git(&["push", "--quiet", "origin", "main"]);
    assert_eq!(scratch.commit_of("origin/main"), scratch.commit_of("main"));
}

#[test]
fn no_verify_goes_past_it() {
    // Documented: the layer in the agent's client denies it, and only that layer can.
    let (scratch, tree) = agent();
    sh(&scratch, &tree, "git push --no-verify origin HEAD:main").ok();
    assert!(!text(&tree.join(".git")).is_empty());
}

#[test]
fn nothing_protected_can_be_named_without_a_branch() {
    let (scratch, tree) = agent();
    sh(&scratch, &tree, "git switch --quiet --detach").ok();
    let run = sh(&scratch, &tree, "git push origin HEAD:main");
    assert_ne!(run.code, 0);
    run.says(&["Use instead: git switch -c NAME && git push -u origin HEAD:refs/heads/NAME"]);
}

//! What cannot work is said before anything changes.

use crate::places::path_with;
use crate::support::Scratch;
use crate::support::listing::{assert_same, listing};
use crate::support::project::put_program;

#[test]
fn an_unborn_branch() {
    let scratch = Scratch::new();
    scratch.write("a", "alpha\n");
    let before = listing(&scratch.root());
    scratch.agent(&["spawn", "x"]).fails(6).says(&["branch 'main' has no commit yet", "git commit"]);
    scratch.agent(&["spawn", "x", "--base", "head"]).fails(6);
    assert_eq!(scratch.rows().len(), 0);
    let nothing = |line: &&String| !line.starts_with(".git\t") && !line.starts_with(".git/agent");
    let after: Vec<_> = listing(&scratch.root());
    assert_same(
        &before.iter().filter(nothing).cloned().collect::<Vec<_>>(),
        &after.iter().filter(nothing).cloned().collect::<Vec<_>>(),
        "nothing changes",
    );
}

#[test]
fn no_repository() {
    let scratch = Scratch::empty();
    for args in [&["spawn", "x"][..], &["list"], &["rm", "x"], &["restore"], &["gc"], &["path", "x"]] {
        scratch.agent_in(&scratch.beside("."), args).fails(4).says(&["no git repository in", "hint: git init"]);
    }
}

#[test]
fn refs_in_the_reftable_format() {
    let scratch = Scratch::empty();
    let repo = scratch.beside("reftable");
    let init = ["init", "--quiet", "--ref-format=reftable", repo.to_str().expect("Unicode")];
    if !scratch.try_git_in(&scratch.beside("."), &init).status.success() {
        return;
    }
    scratch.commit_in(&repo, "a", "alpha\n");
    let before = listing(&repo);
    for args in [&["spawn", "x"][..], &["list"], &["rm", "x"]] {
        scratch.agent_in(&repo, args).fails(6).says(&["reftable", "hint: git refs migrate --ref-format=files"]);
    }
    assert_same(&before, &listing(&repo), "nothing changes");
}

#[test]
fn a_git_that_is_too_old_or_missing() {
    let scratch = Scratch::project();
    let before = listing(&scratch.root());
    for (version, code, said) in [
        ("git version 2.30.0", 6, "git 2.30 is too old: git-agent needs 2.38"),
        ("git version 1.9", 6, "too old"),
        ("hub version 2", 1, "'git version' says 'hub version 2'"),
    ] {
        let folder = scratch.beside("bin");
        put_program(&folder.join("git"), &format!("#!/bin/sh\necho {version}\n"));
        let mut command = scratch.program(&scratch.root(), &["spawn", "x"]);
        let run = scratch.run(command.env("PATH", path_with(&folder)));
        assert_eq!(run.code, code, "{}", run.err);
        assert!(run.err.contains(said), "{}", run.err);
    }
    let mut command = scratch.program(&scratch.root(), &["spawn", "x"]);
    scratch.run(command.env("PATH", scratch.beside("nowhere"))).fails(6).says(&["git is not on PATH"]);
    assert_same(&before, &listing(&scratch.root()), "nothing changes");
}

#[test]
fn a_repository_of_somebody_else_whom_git_does_not_trust() {
    use std::os::unix::fs::MetadataExt as _;
    let scratch = Scratch::project();
    if scratch.root().metadata().is_ok_and(|metadata| metadata.uid() != 0) {
        // Only root can give a folder away.
        return;
    }
    std::os::unix::fs::lchown(scratch.root(), Some(12345), Some(12345)).expect("root can");
    std::os::unix::fs::lchown(scratch.root().join(".git"), Some(12345), Some(12345)).expect("root can");
    put_program(&scratch.root().join(".git/hooks/post-checkout"), "#!/bin/sh\ntouch pwned\n");
    let run = scratch.agent(&["spawn", "x"]);
    assert_ne!(run.code, 0, "{}", run.out);
    assert!(run.err.contains("safe.directory") || run.err.contains("dubious ownership"), "{}", run.err);
}

#[test]
fn a_broken_gitagent_file() {
    let scratch = Scratch::project();
    scratch.write(".gitagent", "[agent\nrubbish");
    scratch.agent(&["spawn", "x"]).fails(2).says(&[".gitagent is not in git's configuration syntax"]);
    scratch.assert_no_trace();
    scratch.agent(&["list"]).ok();
}

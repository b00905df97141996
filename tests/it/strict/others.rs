//! Repositories of other kinds, the other git, and tools that push beside git.

use super::{Scene, Way};
use crate::support::Scratch;
use crate::support::project::put_program;
use crate::support::skip::skipped;

#[test]
fn a_repository_with_sha256() {
    for way in [Way::File, Way::Http] {
        let scene = Scene::of(Scratch::project_with(&["--object-format=sha256"]), way, true).unwrap();
        scene.sh("git push").ok();
        assert_eq!(scene.sh("git push --no-verify origin HEAD:main HEAD:refs/heads/y").code, 1);
        let found = scene.remote();
        assert!(found[0].starts_with("refs/heads/main commit first"), "{found:?}");
        assert!(found[1].starts_with("refs/heads/x ") && found[2].starts_with("refs/heads/y "), "{found:?}");
    }
}

#[test]
fn an_empty_remote_and_one_that_is_not_there() {
    for way in [Way::File, Way::Ssh, Way::Http] {
        let Some(scene) = Scene::new(way, true) else { continue };
        let bare = scene.scratch.origin();
        let lines: String = scene.remote().iter().map(|_| "delete refs/heads/main\n").collect();
        scene.sh(&format!("printf '{lines}' | git -C {} update-ref --stdin", bare.display())).ok();
        assert!(scene.remote().is_empty());
        assert_eq!(scene.sh("git push --no-verify origin HEAD:main").code, 1, "{way:?}");
        assert!(scene.remote().is_empty());
        scene.sh("git push").ok();
        assert!(scene.remote()[0].starts_with("refs/heads/x commit work"));
    }
}

#[test]
fn shallow_and_partial_clones() {
    for (way, options) in [
        (Way::File, "--depth=1"),
        (Way::Http, "--depth=1"),
        (Way::File, "--filter=blob:none"),
        (Way::Http, "--filter=blob:none"),
    ] {
        let scratch = Scratch::project();
        scratch.commit("second");
        scratch.git(&["push", "--quiet"]);
        scratch.git_in(&scratch.origin(), &["config", "uploadpack.allowFilter", "true"]);
        let origin = scratch.origin();
        std::fs::remove_dir_all(scratch.root()).unwrap();
        let url = format!("file://{}", origin.display());
        scratch.git_in(&scratch.beside(""), &["clone", "--quiet", options, &url, "repo"]);
        let scene = Scene::of(scratch, way, true).unwrap();
        assert_eq!(scene.sh("git push --no-verify origin HEAD:main").code, 1, "{way:?} {options}");
        scene.sh("git push").ok();
        let found = scene.remote();
        assert!(found[0].starts_with("refs/heads/main commit second"), "{way:?} {options} {found:?}");
        assert!(found[1].starts_with("refs/heads/x commit work"), "{way:?} {options} {found:?}");
    }
}

#[test]
fn submodules_are_pushed_as_with_plain_git() {
    let scratch = Scratch::project();
    let module = scratch.beside("module.git");
    scratch
        .git_in(&scratch.beside(""), &["clone", "--quiet", "--bare", scratch.origin().to_str().unwrap(), "module.git"]);
    let allow = "protocol.file.allow=always";
    scratch.git(&["-c", allow, "submodule", "--quiet", "add", module.to_str().unwrap(), "sub"]);
    scratch.commit("with a module");
    scratch.git(&["push", "--quiet"]);
    let scene = Scene::of(scratch, Way::File, true).unwrap();
    scene.sh(&format!("git -c {allow} submodule --quiet update --init && cd sub && git checkout -q -b x && git commit -q --allow-empty -m inside && cd .. && git commit -qam bump")).ok();
    assert_ne!(scene.sh("git push --recurse-submodules=check").code, 0);
    scene.sh("git push --recurse-submodules=on-demand").ok();
    assert!(scene.refs(&module).iter().any(|name| name.starts_with("refs/heads/x commit inside")));
    assert!(scene.remote().iter().any(|name| name.starts_with("refs/heads/x commit bump")));
}

#[test]
fn the_other_git_of_this_machine() {
    let other = std::path::Path::new("/usr/bin/git");
    let scene = Scene::new(Way::File, true).unwrap();
    if !other.exists() {
        skipped(&format!("there is no {}; apt-get install git", other.display()));
        return;
    }
    let bin = scene.scratch.beside("bin");
    put_program(&bin.join("git"), "#!/bin/sh\nexec /usr/bin/git \"$@\"\n");
    let sh = |line: &str| scene.sh(&format!("PATH={}:$PATH; {line}", bin.display()));
    sh("git push").ok();
    sh("git commit -q --amend --allow-empty -m again && git push --force-with-lease").ok();
    let before = scene.remote();
    for line in
        ["git push --no-verify origin HEAD:main", "git push --no-verify --atomic origin HEAD:refs/heads/z HEAD:main"]
    {
        let run = sh(line);
        assert_eq!(run.code, 1, "{}", run.err);
        run.says(&["'main' on origin", "protected branch, refused by git-agent"]);
        assert_eq!(scene.remote(), before);
    }
    assert!(before.iter().any(|name| name.starts_with("refs/heads/x commit again")), "{before:?}");
}

#[test]
fn git_lfs() {
    let scene = Scene::new(Way::File, true).unwrap();
    if scene.sh("git lfs version").code != 0 {
        skipped("there is no git-lfs; apt-get install git-lfs");
        return;
    }
    scene.sh("git lfs install --local --skip-smudge --skip-repo && git lfs track '*.bin' && head -c 1000 /dev/urandom >big.bin && git add . && git commit -qm large").ok();
    put_program(&scene.scratch.root().join(".git/hooks/pre-push"), "#!/bin/sh\nexec git lfs pre-push \"$@\"\n");
    let objects = || crate::support::project::names(&scene.scratch.origin().join("lfs/objects"));
    let run = scene.sh("git push");
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(objects().len(), 1, "{}{}", run.out, run.err);
    scene
        .sh("head -c 1000 /dev/urandom >more.bin && git add . && git commit -qm more && git lfs push origin HEAD")
        .ok();
    assert_eq!(objects().len(), 2);
}

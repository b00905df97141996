//! How pushes come to the helper, and what else sees of it.

use super::{Scene, Way};
use crate::support::Scratch;
use crate::support::project::{copy_program, put_program, text};

fn include(scene: &Scene) -> String {
    text(&scene.scratch.root().join(".git/agent/worktree.gitconfig"))
}

/// A push to main with the hook switched off.
fn try_main(scene: &Scene, remote: &str) -> bool {
    let run = scene.sh(&format!("git push --no-verify {remote} HEAD:main"));
    assert!(run.code == 0 || run.err.contains("'main' on "), "{}", run.err);
    run.code == 0
}

#[test]
fn what_other_tools_are_told() {
    let scene = Scene::new(Way::File, true).unwrap();
    let url = &scene.url;
    let line = |text: &str| scene.sh(text).ok().line().to_owned();
    assert_eq!(line("git remote get-url origin"), *url);
    assert_eq!(line("git remote get-url --push origin"), format!("agent-guard::{url}"));
    assert_eq!(line("git config remote.origin.url"), *url);
    assert_eq!(line("git remote -v"), format!("origin\t{url} (fetch)\norigin\tagent-guard::{url} (push)"));
    assert_eq!(line("git ls-remote --get-url origin"), *url);
    // A fetch does not start us.
    let trace = scene
        .sh("GIT_TRACE=1 git fetch origin && GIT_TRACE=1 git ls-remote origin && GIT_TRACE=1 git pull origin main")
        .ok();
    trace.does_not_say("agent-guard");
    // The main checkout is not touched.
    let main = scene.sh_in(&scene.scratch.root(), "git remote -v");
    assert!(!main.out.contains("agent-guard"), "{}", main.out);
    scene.sh_in(&scene.scratch.root(), "git push --quiet origin main").ok();
    assert!(scene.remote()[0].starts_with("refs/heads/main commit ahead"));
    // A hook of the user's sees the URL that it would see.
    put_program(&scene.scratch.root().join(".git/hooks/pre-push"), "#!/bin/sh\necho \"$1 $2\" >../seen\n");
    scene.sh("git push").ok();
    assert_eq!(text(&scene.tree.join("../seen")), format!("origin {url}\n"));
    // The layer in the agent's client sees through it.
    let check =
        scene.sh(&format!("{} guard check 'git push origin HEAD:refs/heads/x'", env!("CARGO_BIN_EXE_git-agent")));
    assert!(check.out.contains(&format!("origin ({url})")), "{}{}", check.out, check.err);
}

#[test]
fn a_fetch_from_the_address_of_a_push_works() {
    for way in [Way::File, Way::Ssh, Way::Http] {
        let Some(scene) = Scene::new(way, true) else { continue };
        scene.sh("git push --quiet").ok();
        let url = scene.sh("git remote get-url --push origin").ok().line().to_owned();
        scene.sh(&format!("git fetch --quiet {url} x:refs/heads/fetched && git rev-parse fetched")).ok();
        scene.sh(&format!("git ls-remote {url}")).ok().prints(&["refs/heads/x"]);
    }
}

#[test]
fn remotes_of_every_kind_are_routed() {
    let scene = Scene::new(Way::File, true).unwrap();
    let (url, before) = (scene.url.clone(), scene.remote());
    let other = scene.scratch.beside("other.git");
    let git = |args: &[&str]| scene.scratch.git(args);
    // A remote that comes after the spawn.
    git(&["remote", "add", "later", &url]);
    // A pushurl beside another url, short forms, and rules of the user's own.
    git(&["remote", "add", "pushed", other.to_str().unwrap()]);
    git(&["config", "remote.pushed.pushurl", &format!("file://{url}")]);
    let folder = scene.scratch.beside("").display().to_string();
    git(&["config", &format!("url.{folder}.insteadOf"), "short:"]);
    git(&["config", "--add", &format!("url.{folder}.insteadOf"), "brief:"]);
    git(&["remote", "add", "short", "short:origin.git"]);
    git(&["config", &format!("url.{folder}.pushInsteadOf"), "https://example.invalid/"]);
    git(&["remote", "add", "theirs", "https://example.invalid/origin.git"]);
    git(&["config", "remote.both.url", "https://example.invalid/x"]);
    git(&["config", "remote.both.pushurl", "brief:origin.git"]);
    assert!(!try_main(&scene, "later") && !try_main(&scene, "short"));
    assert_eq!(scene.sh("git fetch --quiet short").code, 0);
    scene.spawn("again").ok().does_not_say("strict");
    for remote in
        ["later", "pushed", "short", "theirs", "both", "short:origin.git", "https://example.invalid/origin.git"]
    {
        assert!(!try_main(&scene, remote), "{remote}");
        assert_eq!(scene.remote(), before, "{remote}");
        let name = remote.replace([':', '/', '.'], "-");
        scene.sh(&format!("git push {remote} HEAD:refs/heads/{name}")).ok();
        assert!(scene.remote().iter().any(|found| found.starts_with(&format!("refs/heads/{name} "))), "{remote}");
        scene.sh(&format!("git push {remote} :{name}")).ok();
    }
    assert_eq!(scene.sh("git remote get-url pushed").line(), other.to_str().unwrap());
    // A remote added now is caught by the rules that are there.
    git(&["remote", "add", "latest", "https://example.invalid/origin.git"]);
    assert!(!try_main(&scene, "latest"));
    assert_eq!(scene.remote(), before);
}

#[test]
fn what_cannot_be_routed_is_said() {
    let scene = Scene::new(Way::File, true).unwrap();
    scene.scratch.config("remote.origin.pushurl", &scene.url);
    let run = scene.spawn("y").ok();
    run.says(&["agent.strict does not reach pushes to 'origin': its pushurl is also what it fetches from"]);
    assert!(try_main(&scene, "origin"), "this is what the warning is about");
    // The hook does.
    scene.sh("git commit -q --allow-empty -m more").ok();
    assert_eq!(scene.sh("git push origin HEAD:main").code, 1);
    scene.scratch.git(&["config", "--unset", "remote.origin.pushurl"]);
    scene.spawn("z").ok().does_not_say("strict");
    assert!(!try_main(&scene, "origin"));
}

#[test]
fn who_can_switch_it() {
    let scratch = Scratch::project();
    scratch.write(".gitagent", "[agent]\n\tstrict = true\n");
    scratch.commit("team");
    let scene = Scene::of(scratch, Way::File, false).unwrap();
    // The user's own word stands over the team's.
    assert!(!include(&scene).contains("agent-guard"));
    scene.scratch.git(&["config", "--unset", "agent.strict"]);
    scene.spawn("a").ok();
    assert!(include(&scene).contains("agent-guard"));
    scene.scratch.write(".gitagent", "[agent]\n\tstrict = false\n");
    scene.scratch.config("agent.strict", "true");
    scene.spawn("b").ok();
    assert!(include(&scene).contains("agent-guard"));
    assert!(!try_main(&scene, "origin"));
    scene.scratch.config("agent.strict", "false");
    scene.spawn("c").ok();
    assert!(!include(&scene).contains("agent-guard"));
    assert_eq!(scene.sh("git remote get-url --push origin").line(), scene.url);
    scene.scratch.config("agent.strict", "true");
    scene.scratch.config("agent.guard", "off");
    scene.spawn("d").ok();
    assert!(!include(&scene).contains("agent-guard"));
}

#[test]
fn without_the_program_nothing_is_pushed() {
    let scene = Scene::new(Way::File, true).unwrap();
    let before = scene.remote();
    let lone = scene.scratch.beside("lone");
    std::fs::create_dir(&lone).unwrap();
    for name in [env!("CARGO_BIN_EXE_git-agent"), env!("CARGO_BIN_EXE_git-agent-hook")] {
        copy_program(name.as_ref(), &lone.join(std::path::Path::new(name).file_name().unwrap()));
    }
    let line = format!("PATH=${{PATH#*:}}; {}/git-agent spawn --quiet y; git push origin HEAD", lone.display());
    let run = scene.sh(&line);
    assert_eq!(run.code, 128, "{}", run.err);
    run.says(&[
        "no push from a worktree will work: agent.strict is on and git-remote-agent-guard is not on PATH",
        "git: 'remote-agent-guard' is not a git command",
    ]);
    assert_eq!(scene.remote(), before);
}

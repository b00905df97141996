//! Pushes to protected branches, by every way that goes past a hook.

use super::{Scene, Way, scenes};
use crate::support::project::put_program;

#[test]
fn a_protected_branch_stays_whatever_is_said_about_hooks() {
    for (way, scene) in scenes() {
        put_program(&scene.tree.join("deploy.sh"), "#!/bin/sh\ngit push --no-verify origin HEAD:main\n");
        scene.scratch.config("alias.ship", "push --no-verify origin HEAD:main");
        let url = &scene.url;
        let before = scene.remote();
        for line in [
            "git push --no-verify origin HEAD:main",
            "git push --no-verify origin HEAD:refs/heads/main",
            "git push --no-verify --force origin HEAD:main",
            "git push --no-verify --force-with-lease origin +HEAD:main",
            "git push --no-verify --force-with-lease=main:origin/main origin HEAD:main",
            "git push --no-verify origin main",
            "git push --no-verify origin :main",
            "git push --no-verify --delete origin main",
            "git push --no-verify --dry-run origin HEAD:main",
            "git push --no-verify -n origin HEAD:main",
            "git push --no-verify --porcelain --quiet origin HEAD:main",
            "git push --no-verify origin 'HEAD^{/work}:main'",
            "git push --no-verify --atomic origin HEAD:refs/heads/never HEAD:main",
            "git -c core.hooksPath=/dev/null push origin HEAD:main",
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null git push origin HEAD:main",
            "GIT_CONFIG_PARAMETERS=\"'core.hooksPath=/dev/null'\" git push origin HEAD:main",
            "GIT_CONFIG_PARAMETERS=\"'core.hooksPath=/dev/null' 'agent.allowPush=true' 'agent.guard=off' 'agent.strict=false'\" git push origin HEAD:main",
            "git -c agent.allowPush=true -c agent.guard=off push --no-verify origin HEAD:main",
            "git config core.hooksPath /dev/null; git push --no-verify origin HEAD:main",
            &format!("git push --no-verify {url} HEAD:main"),
            &format!("git push --no-verify agent-guard::{url} HEAD:main"),
            "git -c push.default=upstream -c branch.x.remote=origin -c branch.x.merge=refs/heads/main push --no-verify",
            "./deploy.sh",
            "git ship",
            "cd dir && git push --no-verify origin HEAD:main",
            "GIT_DIR=$(git rev-parse --absolute-git-dir) git push --no-verify origin HEAD:main",
        ] {
            let run = scene.sh(line);
            assert_eq!(run.code, 1, "{way:?} {line}: {}", run.err);
            assert_eq!(scene.remote(), before, "{way:?} {line}: {}", run.err);
            assert!(run.err.contains("'main' on "), "{way:?} {line}: {}", run.err);
            assert!(
                run.err.contains("Use instead: git push -u origin HEAD:refs/heads/x"),
                "{way:?} {line}: {}",
                run.err
            );
        }
    }
}

#[test]
fn the_others_of_several_refs_move() {
    for (way, scene) in scenes() {
        let run = scene.sh("git push --no-verify --porcelain origin HEAD:refs/heads/one HEAD:main HEAD:refs/heads/two");
        assert_eq!(run.code, 1, "{way:?} {}", run.err);
        run.prints(&["*\tHEAD:refs/heads/one\t[new branch]\n", "*\tHEAD:refs/heads/two\t[new branch]\n"])
            .prints(&["!\tHEAD:refs/heads/main\t[remote rejected] (protected branch, refused by git-agent)\n"]);
        let found = scene.remote();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("refs/heads/main commit first"), "{found:?}");
        // The remote-tracking branches are what the remote is.
        let tracked = scene.sh("git rev-parse origin/one origin/two HEAD").ok();
        assert!(tracked.out.lines().all(|id| tracked.out.starts_with(id)), "{tracked:?}");
        assert_eq!(scene.sh("git log -1 --format=%s origin/main").line(), "first");

        // All or nothing.
        let run = scene.sh("git push --no-verify --atomic origin HEAD:refs/heads/three HEAD:main");
        assert_eq!(run.code, 1);
        run.says(&["HEAD -> three (atomic push failure)", "HEAD -> main (protected branch, refused by git-agent)"]);
        assert_eq!(scene.remote(), found);

        // Everything at once, by names that nobody wrote.
        for line in ["git push --no-verify --all origin", "git push --no-verify --mirror origin"] {
            assert_eq!(scene.sh(line).code, 1, "{way:?} {line}");
            assert!(
                scene.remote().iter().any(|name| name.starts_with("refs/heads/main commit first")),
                "{way:?} {line}"
            );
            assert!(scene.remote().iter().any(|name| name.starts_with("refs/heads/x commit work")), "{way:?} {line}");
        }
    }
}

#[test]
fn the_ways_out_are_those_of_the_hook() {
    let scene = Scene::new(Way::File, true).unwrap();
    let refused = |branch: &str| scene.sh(&format!("git push --no-verify origin HEAD:refs/heads/{branch}")).code != 0;
    scene.scratch.config("agent.protect", "next");
    assert!(refused("next") && refused("main") && !refused("other"));
    scene.scratch.config("agent.allowPush", "next");
    assert!(!refused("next") && refused("main"));
    scene.scratch.config("agent.allowPush", "true");
    assert!(!refused("main"));
    scene.scratch.git(&["config", "--unset", "agent.allowPush"]);
    scene.sh("git commit --quiet --allow-empty -m more").ok();
    assert!(refused("main"));
    scene.scratch.config("agent.guard", "off");
    assert!(!refused("main"));
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let scene = Scene::new(Way::File, true).unwrap();
    let before = scene.remote();
    let talk = |before: &str, lines: &str| {
        scene.sh(&format!("printf '{lines}' | {before} git-remote-agent-guard origin \"$(git remote get-url origin)\""))
    };
    let push = "list for-push\\npush HEAD:refs/heads/x\\n\\n\\n";
    talk("GIT_DIR=/nowhere", push).prints(&["error refs/heads/x "]).says(&["there is no repository"]);
    // git goes away in the middle of a push, or says what is none.
    for lines in [
        "list for-push\\npush HEAD:refs/heads/main\\n",
        "list for-push\\npush HEAD:refs/heads/main\\nlist\\n\\n",
        "list for-push\\npush HEAD\\n\\n",
        "push HEAD:refs/heads/x\\n\\n",
        "export\\n",
    ] {
        let run = talk("", lines);
        assert_eq!(run.code, 128, "{lines}: {}{}", run.out, run.err);
    }
    assert_eq!(scene.sh("git-remote-agent-guard").code, 128);
    assert_eq!(scene.remote(), before);
}

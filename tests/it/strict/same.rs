//! Everything that is allowed happens as with plain git: the same lines in two repositories, one of them strict, with the same
//! words, exit codes and refs on both sides after each.

use super::{Scene, Way};
use crate::support::project::put_program;

const LINES: [&str; 47] = [
    "git push --dry-run",
    "git push -n --porcelain origin HEAD:refs/heads/y",
    "git push",
    "git push",
    "git push --verbose",
    "git commit --quiet --allow-empty -m two && git push",
    "git push origin HEAD:refs/heads/y HEAD:refs/heads/z",
    "git push --porcelain origin HEAD:refs/heads/y",
    "git commit --quiet --amend --allow-empty -m amended",
    "git push",
    "git push --porcelain origin HEAD:refs/heads/y HEAD:refs/heads/new",
    "git push --atomic origin HEAD:refs/heads/y HEAD:refs/heads/new2",
    "git push --force-with-lease=x:HEAD~1 origin HEAD:x",
    "git push --force-with-lease",
    "git push --force-with-lease=z:origin/z origin +HEAD:z",
    "git push --force origin HEAD:refs/heads/y",
    "git push --quiet origin HEAD:refs/heads/quiet",
    "git push --progress origin HEAD:refs/heads/progress 2>&1 | tr '\\r' '\\n' | grep -c Total",
    "git push origin :quiet",
    "git push --delete origin progress new",
    "git push --delete origin nothing",
    "git push origin nothing",
    "git tag light && git tag -a -m annotated heavy",
    "git push origin light",
    "git commit --quiet --allow-empty -m tagged && git tag -a -m followed follow && git push --follow-tags",
    "git push --tags",
    "git tag -f light HEAD >/dev/null && git push origin light",
    "git push --force origin light",
    "git push origin HEAD:refs/for/review",
    "git push -u origin HEAD:refs/heads/up",
    "git push origin 'refs/tags/*:refs/tags/copy-*'",
    "git push --prune origin 'refs/heads/gone-*:refs/heads/*' --dry-run 2>&1 | sort",
    "git push -o ci.skip -o 'a \"b\\c' --push-option=é origin HEAD:refs/heads/options",
    "git push --signed=if-asked origin HEAD:refs/heads/signed",
    "git push --signed origin HEAD:refs/heads/unsigned 2>/dev/null || echo failed",
    "git push --no-thin --ipv4 origin HEAD:refs/heads/thick",
    "git push --receive-pack='git receive-pack' origin HEAD:refs/heads/receiver",
    "git push origin HEAD:refs/heads/refused-by-hook HEAD:refs/heads/taken",
    "git push --atomic origin HEAD:refs/heads/refused-by-hook HEAD:refs/heads/taken2",
    "git push origin HEAD:refs/heads/bad..name",
    "git push \"$(git config remote.origin.url)\" HEAD:refs/heads/by-url",
    "git push --force-if-includes --force-with-lease origin HEAD:refs/heads/y",
    "git -c push.default=nothing push",
    "git push --repo=origin",
    "git -c http.postBuffer=65536 push origin big",
    "git push no-such-remote HEAD:x",
    "git push \"$(git config remote.origin.url)x\" HEAD:x",
];

fn same(way: Way) {
    let Some(plain) = Scene::new(way, false) else { return };
    let strict = Scene::new(way, true).expect("one could be made");
    for scene in [&plain, &strict] {
        let bare = scene.scratch.origin();
        scene.scratch.git_in(&bare, &["config", "receive.advertisePushOptions", "true"]);
        scene.scratch.git_in(&bare, &["config", "receive.denyDeleteCurrent", "false"]);
        put_program(
            &bare.join("hooks/update"),
            "#!/bin/sh\ncase $1 in *refused*) echo 'the hook says no'; exit 1;; esac\necho \"$1: $GIT_PUSH_OPTION_COUNT $GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1 $GIT_PUSH_OPTION_2\"\n",
        );
        let line = "git branch big && git checkout -q big && head -c 3000000 /dev/urandom >big && git add big && git commit -qm big && git checkout -q x";
        scene.sh(line).ok();
    }
    assert!(strict.sh("git remote -v").out.contains("agent-guard::"));
    for line in LINES {
        let (theirs, ours) = (plain.sh(line), strict.sh(line));
        let what =
            format!("{way:?}: {line}\n--- plain\n{}{}--- strict\n{}{}", theirs.out, theirs.err, ours.out, ours.err);
        assert_eq!(ours.code, theirs.code, "{what}");
        assert_eq!(tame(&ours.out, &strict), tame(&theirs.out, &plain), "{what}");
        assert_eq!(tame(&ours.err, &strict), tame(&theirs.err, &plain), "{what}");
        assert_eq!(strict.remote(), plain.remote(), "{what}");
        assert_eq!(strict.refs(&strict.tree), plain.refs(&plain.tree), "{what}");
    }
}

/// Without what differs between two repositories, and without the one word that strict mode adds.
fn tame(text: &str, scene: &Scene) -> Vec<String> {
    let place = scene.scratch.beside("").display().to_string();
    let text = text.replace("agent-guard::", "").replace(scene.url.trim_end_matches("/origin.git"), "URL");
    let text = text.replace(place.trim_end_matches('/'), "PLACE");
    let hex = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let tamed = |line: &str| {
        let words = line.trim_end().split_inclusive(|c: char| !c.is_ascii_alphanumeric());
        words
            .map(|word| if hex(word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric())) { "ID." } else { word })
            .collect()
    };
    // What git says to itself when it gives up an atomic push before it has sent anything.
    let noise = |line: &&str| !line.starts_with("error: atomic push failed for ref ");
    let lines: Vec<&str> = text.lines().filter(noise).collect();
    let gave_up = lines.len() < text.lines().count();
    lines
        .into_iter()
        .filter(|line| !gave_up || *line != "fatal: the remote end hung up unexpectedly")
        .map(tamed)
        .collect()
}

#[test]
fn over_a_file() {
    same(Way::File);
}

#[test]
fn over_ssh() {
    same(Way::Ssh);
}

#[test]
fn over_http() {
    same(Way::Http);
}

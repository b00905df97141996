//! How the helper connects, against git's own words for the same.

use super::{Scene, Way};
use crate::support::http::Http;
use crate::support::project::{put_program, text};
use git_agent::policy::strict::address::{Address, parse};

#[test]
fn urls_are_read_as_git_reads_them() {
    let scratch = crate::support::Scratch::local();
    for url in [
        "host:x~y",
        "host:/~a/b",
        "host:~a/b",
        "host:",
        "host:x:y",
        "u@host:p",
        "[h:22]:p",
        "[u@h:22]:p",
        "u@[::1]:p",
        "[::1]:p",
        "ssh://h/p",
        "ssh://u@h:22/~a/b%20c",
        "ssh://[::1]:22/p",
        "ssh://[::1]/p",
        "ssh://h:/p",
        "ssh://h:x/p",
        "ssh://h",
        "ssh+git://h/p",
        "git+ssh://h/p",
        "ssh://u%40x@h/p",
        "ssh://h/a%2",
        "ssh://h/a%zz",
        "git://h/p",
        "git://h:99/~x",
        "git://[::1]/p",
        "file:///a/b%20c",
        "file://h/p",
        "/a/b%20c",
        "./a:b",
        "../x",
        "a/b:c",
        ".",
        "a",
        "C:/x",
        "é:é",
        "ssh://h/é",
    ] {
        let output = scratch.try_git_in(&scratch.root(), &["fetch-pack", "--diag-url", url]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = |key: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(&format!("Diag: {key}=")));
            line.map(str::to_owned)
        };
        let theirs = match value("protocol").as_deref() {
            None => None,
            Some("file") => Some(Address::File(value("path").unwrap())),
            Some("git") => Some(Address::Daemon { host: value("hostandport").unwrap(), path: value("path").unwrap() }),
            Some("ssh") => Some(Address::Ssh {
                host: value("userandhost").unwrap(),
                port: value("port").filter(|port| port != "NONE"),
                path: value("path").unwrap(),
            }),
            Some(other) => panic!("{other}"),
        };
        assert_eq!(parse(url).ok(), theirs, "{url}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn ssh_is_called_as_git_calls_it() {
    let (plain, strict) = (Scene::new(Way::File, false).unwrap(), Scene::new(Way::File, true).unwrap());
    for scene in [&plain, &strict] {
        for name in ["ssh", "plink", "tortoiseplink", "myssh"] {
            put_program(
                &scene.scratch.beside(name),
                "#!/bin/sh\n[ \"$1\" = -G ] && [ \"${0##*/}\" = myssh ] && exit ${SSH_G-0}\nfor word; do printf '[%s]' \"$word\"; done >>../seen\necho \" $GIT_PROTOCOL $GIT_DIR $GIT_CONFIG_PARAMETERS\" >>../seen\nexit 1\n",
            );
        }
    }
    for line in [
        "GIT_SSH=BIN/ssh git push host:x HEAD:y",
        "GIT_SSH=BIN/ssh git push -4 ssh://u@host:22/~x/y%20z HEAD:y",
        "GIT_SSH=BIN/plink git push -6 ssh://host:22/x HEAD:y",
        "GIT_SSH=BIN/tortoiseplink git push ssh://host:22/x HEAD:y",
        "GIT_SSH=BIN/myssh git push ssh://host:22/x HEAD:y",
        "SSH_G=1 GIT_SSH=BIN/myssh git push ssh://host/x HEAD:y",
        "SSH_G=1 GIT_SSH=BIN/myssh git push ssh://host:22/x HEAD:y",
        "GIT_SSH=BIN/myssh GIT_SSH_VARIANT=putty git push ssh://host:22/x HEAD:y",
        "GIT_SSH=BIN/ssh GIT_SSH_VARIANT=simple git push ssh://host/x HEAD:y",
        "git -c core.sshCommand='BIN/ssh -o \"a b\"' push \"host:it's!\" HEAD:y",
        "git -c ssh.variant=plink -c core.sshCommand='BIN/ssh' push '[host:22]:x' HEAD:y",
        "GIT_SSH_COMMAND='X=1 BIN/ssh -v' git -c core.sshCommand=false push host:x HEAD:y",
        "GIT_SSH=BIN/ssh git push --receive-pack='my receive' host:x HEAD:y",
        "GIT_SSH=BIN/ssh git -c protocol.version=2 push host:x HEAD:y",
        "GIT_SSH=BIN/ssh git push ssh://-oProxyCommand=x/y HEAD:y",
        "GIT_SSH=BIN/ssh git -c protocol.ssh.allow=never push host:x HEAD:y",
        "GIT_ALLOW_PROTOCOL=agent-guard:file GIT_SSH=BIN/ssh git push host:x HEAD:y",
        "git push ext::false HEAD:y",
    ] {
        let said = |scene: &Scene| {
            let seen = scene.tree.join("../seen");
            let _ = std::fs::remove_file(&seen);
            let place = scene.scratch.beside("").display().to_string();
            let run = scene.sh(&line.replace("BIN", place.trim_end_matches('/')));
            let seen = if seen.exists() { text(&seen).replace(&place, "") } else { String::new() };
            (run.code, seen, run.err)
        };
        let (theirs, ours) = (said(&plain), said(&strict));
        assert_eq!((ours.0, &ours.1), (theirs.0, &theirs.1), "{line}\n{}\n{}", theirs.2, ours.2);
    }
}

#[test]
fn a_receiver_of_the_users_own() {
    let scene = Scene::new(Way::File, true).unwrap();
    put_program(&scene.scratch.beside("receiver"), "#!/bin/sh\ntouch \"$0.ran\"\nexec git receive-pack \"$@\"\n");
    let receiver = scene.scratch.beside("receiver").display().to_string();
    scene.sh(&format!("git push --receive-pack='{receiver}' origin HEAD:refs/heads/y")).ok();
    assert!(scene.scratch.beside("receiver.ran").exists());
    assert!(scene.remote().iter().any(|name| name.starts_with("refs/heads/y ")));
}

#[test]
fn names_and_passwords_come_from_credential_helpers() {
    let scene = Scene::new(Way::File, true).unwrap();
    let bare = scene.scratch.origin();
    scene.scratch.git_in(&bare, &["config", "http.receivepack", "true"]);
    let home = scene.scratch.home();
    let url = Http::serve(bare.parent().unwrap(), home, Some(("me", "secret"))).url("origin.git");
    scene.scratch.git(&["remote", "set-url", "origin", &url]);
    let run = scene.sh("git push");
    assert_eq!(run.code, 128, "{}", run.err);
    put_program(
        &scene.scratch.beside("helper"),
        "#!/bin/sh\ncat >>\"$0.asked\"\n[ \"$1\" = get ] && echo username=me && echo password=secret\n",
    );
    let helper = scene.scratch.beside("helper").display().to_string();
    scene.scratch.config("credential.helper", &helper);
    scene.sh("git push").ok();
    let asked = text(&scene.scratch.beside("helper.asked"));
    assert!(asked.contains("protocol=http\nhost=127.0.0.1:"), "the real URL is asked for: {asked}");
    scene.sh("git push --no-verify origin HEAD:main").says(&["'main' on origin"]);
    let found = scene.remote();
    assert!(found[0].starts_with("refs/heads/main commit first") && found[1].starts_with("refs/heads/x "), "{found:?}");
}

#[test]
fn other_helpers() {
    let scene = Scene::new(Way::File, true).unwrap();
    let bare = scene.scratch.origin().display().to_string();
    let ext = format!("'ext::git receive-pack {bare}'");
    // git's own default for ext is to refuse it, and it stays.
    let run = scene.sh(&format!("git push {ext} HEAD:refs/heads/y"));
    assert_eq!(run.code, 128);
    run.says(&["transport 'ext' not allowed"]);
    scene.scratch.config("protocol.ext.allow", "always");
    scene.sh(&format!("git push {ext} HEAD:refs/heads/y")).ok();
    assert!(scene.remote().iter().any(|name| name.starts_with("refs/heads/y ")), "{:?}", scene.remote());
    let before = scene.remote();
    scene.sh(&format!("git push --no-verify {ext} HEAD:main")).says(&["'main' on ext::"]);
    // One that takes history as a stream does not say where it lands.
    put_program(
        &scene.scratch.beside("bin/git-remote-stream"),
        "#!/bin/sh\nread line; printf 'export\\nrefspec refs/heads/*:refs/x/*\\n\\n'; cat >/dev/null\n",
    );
    let path = scene.scratch.beside("bin").display().to_string();
    let run = scene.sh(&format!("PATH={path}:$PATH git push stream::x HEAD:refs/heads/z"));
    assert_eq!(run.code, 128);
    run.says(&["agent.strict cannot see which refs 'git-remote-stream' is given", "hint: "]);
    assert_eq!(scene.remote(), before);
}

#[test]
fn progress_is_shown_on_a_terminal() {
    let scene = Scene::new(Way::File, true).unwrap();
    let run = scene.sh("script -qec 'git push' /dev/null </dev/null");
    assert!(run.out.contains("Writing objects: 100%"), "{}{}", run.out, run.err);
}

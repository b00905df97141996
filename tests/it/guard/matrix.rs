//! push.default x upstream x remote settings x command line, each against git itself: what `git push --dry-run --porcelain`
//! says would move is the truth.

use super::scene::{Scene, hermetic};

const DEFAULTS: [&str; 7] = ["", "nothing", "matching", "simple", "upstream", "tracking", "current"];

const UPSTREAMS: [&[&str]; 4] = [
    &[],
    &["branch.agent/x.remote=origin", "branch.agent/x.merge=refs/heads/agent/x"],
    &["branch.agent/x.remote=origin", "branch.agent/x.merge=refs/heads/main"],
    &["branch.agent/x.remote=fork", "branch.agent/x.merge=refs/heads/main"],
];

const REMOTES: [&[&str]; 10] = [
    &[],
    &["remote.pushDefault=fork"],
    &["branch.agent/x.pushRemote=fork"],
    &["remote.origin.push=HEAD:refs/heads/main"],
    &["remote.origin.push=refs/heads/*:refs/heads/*"],
    &["remote.origin.push=refs/heads/agent/*:refs/heads/agent/*"],
    &["remote.origin.push=refs/heads/agent/x:refs/heads/release/9"],
    &["remote.origin.push=refs/heads/agent/x:refs/heads/agent/x", "remote.origin.push=refs/heads/master"],
    &["remote.origin.mirror=true"],
    &["push.autoSetupRemote=true"],
];

const COMMANDS: [&str; 6] = ["", "origin", "fork", "origin agent/x", "origin HEAD", "origin +agent/x agent/x:y"];

#[test]
fn push_default_upstream_and_remote_settings() {
    let scene = Scene::new("base");
    let mut wrong = Vec::new();
    let mut moved = 0;
    for default in DEFAULTS {
        for upstream in UPSTREAMS {
            for remote in REMOTES {
                let mut settings: Vec<String> = upstream.iter().chain(remote).map(|text| (*text).to_owned()).collect();
                if !default.is_empty() {
                    settings.push(format!("push.default={default}"));
                }
                let options: String = settings.iter().map(|setting| format!("-c '{setting}' ")).collect();
                for words in COMMANDS {
                    let verdict = scene.judge(&format!("git {options}push {words}"));
                    let output = hermetic("sh", &scene.dir.path().join("s"))
                        .args(["-c", &format!("git {options}push --dry-run --porcelain {words}")])
                        .current_dir(scene.path("wt"))
                        .output()
                        .unwrap();
                    let text = String::from_utf8_lossy(&output.stdout);
                    let protected = text.lines().any(|line| {
                        let mut parts = line.split('\t');
                        let flag = parts.next().unwrap_or("");
                        let dst = parts.next().and_then(|refs| refs.rsplit_once(':')).map_or("", |(_, dst)| dst);
                        let branch = dst.strip_prefix("refs/heads/").unwrap_or("");
                        let guarded = matches!(branch, "main" | "master") || branch.starts_with("release/");
                        matches!(flag, " " | "+" | "-" | "*") && guarded
                    });
                    moved += usize::from(protected);
                    let fine = match verdict.word.as_str() {
                        "deny" => protected || !output.status.success(),
                        "ask" => false,
                        _ => !protected,
                    };
                    if !fine {
                        wrong.push(format!("git {options}push {words}: {} {}\n{text}", verdict.word, verdict.text));
                    }
                }
            }
        }
    }
    assert!(moved > 300, "the matrix has lost its teeth: only {moved} move something");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}

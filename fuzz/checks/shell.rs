//! What holds for any text that an agent may send.

use std::rc::Rc;

use git_agent::policy::guard::{Decision, Place, Session, Trouble, World, judge, judge_write, smells};
use git_agent::policy::push::{Config, Head, Repository, Setting};
use git_agent::policy::shell;

/// A worktree of an agent on branch `x`, whose upstream is the main branch.
struct Worktree(Config);

impl Repository for Worktree {
    fn head(&self) -> Head {
        Head::Branch("refs/heads/x".to_owned())
    }
    fn config(&self) -> &Config {
        &self.0
    }
    fn has_ref(&self, name: &str) -> bool {
        self.refs("").iter().any(|found| found == name)
    }
    fn symbolic(&self, name: &str) -> Option<String> {
        (name == "refs/remotes/origin/HEAD").then(|| "refs/remotes/origin/main".to_owned())
    }
    fn refs(&self, prefix: &str) -> Vec<String> {
        let names = ["refs/heads/main", "refs/heads/x", "refs/remotes/origin/main", "refs/tags/v1"];
        names.iter().filter(|name| name.starts_with(prefix)).map(|name| (*name).to_owned()).collect()
    }
    fn default_of(&self, _: &str) -> Option<String> {
        None
    }
    fn legacy_push(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn git_dir(&self) -> &str {
        "/r/.git/worktrees/x"
    }
    fn common_dir(&self) -> &str {
        "/r/.git"
    }
    fn top(&self) -> Option<&str> {
        Some("/w")
    }
    fn linked(&self) -> bool {
        true
    }
    fn recorded(&self) -> &[String] {
        &[]
    }
    fn has_submodules(&self) -> bool {
        false
    }
}

struct Here(Rc<Worktree>);

impl World for Here {
    fn repository(&self, place: &Place) -> Result<Rc<dyn Repository>, Trouble> {
        if place.dir.starts_with("/w") { Ok(Rc::<Worktree>::clone(&self.0)) } else { Err(Trouble::None) }
    }
    fn env(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/agent".to_owned())
    }
    fn is_dir(&self, _: &str) -> bool {
        false
    }
}

/// The world of the checks; `kind` chooses what a plain push means in it.
fn world(kind: usize) -> impl World {
    let mut config = Config::default();
    for (key, value) in [
        ("remote.origin.url", "/o"),
        ("remote.fork.url", "/f"),
        ("alias.p", "push"),
        ("alias.pm", "!git push origin HEAD:main"),
        ("push.default", ["simple", "upstream", "current", "matching"][kind % 4]),
    ] {
        config.push(key, Setting::Text(value.to_owned()));
    }
    if kind % 8 < 4 {
        config.push("branch.x.remote", Setting::Text("origin".to_owned()));
        config.push("branch.x.merge", Setting::Text("refs/heads/main".to_owned()));
    }
    Here(Rc::new(Worktree(config)))
}

/// The decision of an agent's worktree on a command.
pub fn decide(text: &str, kind: usize, powershell: bool) -> Decision {
    let session = Session { cwd: "/w".to_owned(), agent: true, powershell };
    judge(text, &session, &world(kind)).decision
}

fn strictness(decision: &Decision) -> u8 {
    match decision {
        Decision::Allow | Decision::Rewrite(_) => 0,
        Decision::Ask => 1,
        Decision::Deny => 2,
    }
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Checks one text. Panics when something does not hold; that it ends soon is the caller's to see.
pub fn check(text: &str) {
    let kind = text.len() % 8;
    let decision = decide(text, kind, false);
    // What is not understood never passes with a push in it.
    if shell::parse(text, Some(0)).is_err() && smells(text) {
        assert!(strictness(&decision) > 0, "not understood, and {decision}");
    }
    // What is put in the place of a push is itself let through.
    if let Decision::Rewrite(rewritten) = &decision {
        let again = decide(rewritten, kind, false);
        assert!(strictness(&again) == 0, "rewritten to {rewritten:?}, and that is {again}");
    }
    // No way of wrapping the same code makes it milder. What holds a push is followed, however it is packed.
    if strictness(&decision) > 0 && smells(text) && text.len() < 2000 && !text.contains(['\0', '\u{e000}']) {
        for wrapped in [
            format!(":\n{text}"),
            format!("eval {}", quoted(text)),
            format!("bash -c -- {}", quoted(text)),
            format!("sudo env sh -c -- {}", quoted(text)),
        ] {
            let other = decide(&wrapped, kind, false);
            assert!(strictness(&other) > 0, "{decision}, but {other} as {wrapped:?}");
        }
    }
    let _ = decide(text, kind, true);
    let (path, content) = text.split_once('\n').unwrap_or((text, ""));
    let session = Session { cwd: "/w".to_owned(), agent: true, powershell: false };
    let _ = judge_write(path, content, &session, &world(kind));
}

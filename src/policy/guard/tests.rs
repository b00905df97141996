//! The policy over a world that holds one repository: no disk, no processes. The tables that are run for real are in
//! `tests/it/guard/cases/`.

use std::rc::Rc;

use super::*;
use crate::policy::push::{Config, Head, Repository, Setting};

struct One(Config);

impl Repository for One {
    fn head(&self) -> Head {
        Head::Branch("refs/heads/x".to_owned())
    }
    fn config(&self) -> &Config {
        &self.0
    }
    fn has_ref(&self, name: &str) -> bool {
        self.refs("").iter().any(|found| found == name)
    }
    fn symbolic(&self, _: &str) -> Option<String> {
        None
    }
    fn refs(&self, prefix: &str) -> Vec<String> {
        let names = ["refs/heads/main", "refs/heads/x", "refs/tags/v1"];
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

impl World for One {
    fn repository(&self, place: &Place) -> Result<Rc<dyn Repository>, Trouble> {
        if place.dir == "/w" { Ok(Rc::new(Self(self.0.clone()))) } else { Err(Trouble::None) }
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn is_dir(&self, _: &str) -> bool {
        false
    }
}

fn verdict(command: &str) -> Verdict {
    let mut config = Config::default();
    config.push("remote.origin.url", Setting::Text("/o".to_owned()));
    let session = Session { cwd: "/w".to_owned(), agent: true, powershell: false };
    judge(command, &session, &One(config))
}

#[test]
fn a_denial_says_where_and_what_instead() {
    let found = verdict("cd . && git push origin HEAD:main");
    assert_eq!(found.decision, Decision::Deny);
    let message = found.message();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 2, "{message}");
    assert!(lines[0].contains("'main' on origin"), "{message}");
    assert_eq!(lines[1], "Use instead: git push -u origin HEAD:refs/heads/x");
}

#[test]
fn a_rewrite_changes_the_push_and_no_other_byte() {
    for (command, expected) in [
        ("git push", "git push -u origin HEAD:refs/heads/x"),
        ("echo é;  git  push  # now", "echo é;  git  push -u origin HEAD:refs/heads/x  # now"),
        ("git push origin HEAD 2>&1", "git push -u origin HEAD:refs/heads/x 2>&1"),
        ("git push -f origin +x", "git push -u -f origin +HEAD:refs/heads/x"),
        ("sh -c 'git push'", "sh -c 'git push -u origin HEAD:refs/heads/x'"),
        ("git push && git push", "git push -u origin HEAD:refs/heads/x && git push -u origin HEAD:refs/heads/x"),
    ] {
        assert_eq!(verdict(command).decision, Decision::Rewrite(expected.to_owned()), "{command}");
    }
}

#[test]
fn the_steps_tell_the_way() {
    let steps = verdict("p() { git push origin \"$1\"; }; p main").steps;
    let told: Vec<String> = steps.iter().map(|step| format!("{}: {}", step.what, step.found)).collect();
    assert!(told.iter().any(|line| line == "command: git push origin main"), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("moves: main -> refs/heads/main")), "{told:?}");
}

#[test]
fn a_place_that_cannot_be_seen_is_asked_about() {
    assert_eq!(verdict("cd /elsewhere && git push -u origin HEAD").decision, Decision::Ask);
    assert_eq!(verdict("cd /elsewhere && git push origin HEAD:main").decision, Decision::Deny);
    assert_eq!(verdict("cd /elsewhere && git status").decision, Decision::Allow);
}

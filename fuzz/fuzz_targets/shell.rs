//! Any text: no panic, bounded work, and what is not understood never passes with a push in it.
#![no_main]

use std::rc::Rc;

use git_agent::policy::guard::{Decision, Place, Session, Trouble, World, judge, smells};
use git_agent::policy::push::Repository;
use git_agent::policy::shell;

struct Empty;

impl World for Empty {
    fn repository(&self, _: &Place) -> Result<Rc<dyn Repository>, Trouble> {
        Err(Trouble::None)
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn is_dir(&self, _: &str) -> bool {
        false
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let session = Session { cwd: "/w".to_owned(), agent: true, powershell: false };
    let verdict = judge(text, &session, &Empty);
    if shell::parse(text, Some(0)).is_err() && smells(text) {
        assert!(matches!(verdict.decision, Decision::Ask | Decision::Deny));
    }
});

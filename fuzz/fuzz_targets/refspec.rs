//! Any words behind `push`.
#![no_main]

use git_agent::policy::push::{Options, glob, refspec::{Refspec, fill, star}};
use git_agent::policy::shell::Text;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let words: Vec<Text> = text.split(' ').map(Text::from).collect();
    let options = Options::parse(&words);
    assert!(options.words.iter().all(|at| *at < words.len()));
    for word in &words {
        if let Refspec::Pattern(from, to) = Refspec::parse(word) {
            if let Some(found) = star(&from, "refs/heads/main") {
                let _ = fill(&to, found);
            }
            let _ = glob::matches(&from, "refs/heads/main");
        }
    }
});

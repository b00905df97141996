//! Any event, for each host.
#![no_main]

use git_agent::hook::wire::{Answer, Host};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for name in ["claude", "codex", "gemini", "copilot"] {
        let host = Host::named(name).unwrap();
        let _ = host.read(text, None);
        let _ = host.read(text, Some("sessionStart"));
        for answer in [Answer::Nothing, Answer::Ask("x".into()), Answer::Rewrite { command: "y".into(), message: "z".into() }, Answer::Context("c".into())] {
            let _ = host.reply(&answer, text);
        }
    }
});

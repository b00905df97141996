//! Lines that git says to a remote helper, URLs and what a server says of its refs: nothing panics, and what is read as a
//! refspec is written as it came.
#![no_main]

use git_agent::policy::strict::{address, command, packet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut found = packet::Advertised::default();
    found.take(data);
    let _ = found.list(true);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = address::parse(text);
    for line in text.lines() {
        if let command::Command::Push(spec) = command::parse(line) {
            assert_eq!(line, format!("push {}", spec.text));
            assert!(spec.text.ends_with(&format!(":{}", spec.dst)));
        }
    }
});

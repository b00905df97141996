//! Tests that cannot run on this machine say so, in a passing run as well.

use std::io::Write as _;

/// How each such line begins.
const MARK: &str = "SKIPPED";

/// Says that the test on this thread, or a part of it, does not run, and what it wants. Written past the capture of the test
/// harness, which keeps what `eprintln!` says of a test that passes to itself.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    say(&format!("{MARK} {}: {why}", thread.name().unwrap_or("a test")));
}

/// Passes on what a test in a process of its own has skipped; `err` is what that printed.
pub fn pass_on(err: &str) {
    err.lines().filter(|line| line.starts_with(MARK)).for_each(say);
}

fn say(line: &str) {
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

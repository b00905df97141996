//! See `checks/wire.rs`, which the tests run over the seeds as well.
#![no_main]

#[path = "../checks/shell.rs"]
#[allow(dead_code, reason = "only the verdict is needed")]
mod shell;
#[path = "../checks/wire.rs"]
mod wire;

libfuzzer_sys::fuzz_target!(|text: &str| wire::check(text));

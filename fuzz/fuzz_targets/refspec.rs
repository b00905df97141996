//! See `checks/refspec.rs`, which the tests run over the seeds as well.
#![no_main]

#[path = "../checks/refspec.rs"]
mod refspec;

libfuzzer_sys::fuzz_target!(|text: &str| refspec::check(text));

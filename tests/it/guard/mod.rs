//! The guard, end to end: the hook program against real repositories, and what git really does beside it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod check;
mod fuzz;
mod hostile;
mod hosts;
mod matrix;
mod prepush;
mod robust;
mod scene;
mod verdicts;

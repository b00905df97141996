//! The guard, end to end: the hook program against real repositories, and what git really does beside it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "it/guard_hosts.rs"]
mod guard_hosts;
#[path = "it/guard_matrix.rs"]
mod guard_matrix;
#[path = "it/guard_robust.rs"]
mod guard_robust;
#[path = "it/guard_scene.rs"]
mod guard_scene;
#[path = "it/guard_verdicts.rs"]
mod guard_verdicts;

//! Making a worktree: find the base, look at what is there, decide, then register, check out and record it under a
//! journal entry, so that a failure or a kill at any point is undone or finished.

pub mod adopt;
pub mod apply;
pub mod base;
pub mod birth;
pub mod create;
pub mod facts;
pub mod hooks;
mod plan;
pub mod recover;
pub mod repository;
pub mod strict;

//! Making a worktree ready for work: files, dependencies, ports, an environment, a database, setup commands.
//!
//! What is to be done is a plan of steps ([`crate::policy::provision`]); [`engine`] carries it out, independent steps at
//! once; [`record`] says in the worktree's git directory how far it is; [`made`] keeps what was made outside of the worktree,
//! written down before it is made, so that nothing of it can be forgotten. Each step may be done again at any time: it
//! repairs and completes.

pub mod data;
pub mod db;
pub mod engine;
pub mod env;
pub mod made;
pub mod ports;
pub mod record;

//! Making a worktree ready for work: files, dependencies, ports, an environment, a database, setup commands.
//!
//! What is to be done is a plan of steps ([`crate::policy::provision`]); [`engine`] carries it out, independent steps at
//! once; [`record`] says in the worktree's git directory how far it is; [`made`] keeps what was made outside of the worktree,
//! written down before it is made, so that nothing of it can be forgotten. Each step may be done again at any time: it
//! repairs and completes.

pub mod background;
pub mod command;
pub mod copy;
pub mod deps;
pub mod engine;
pub mod facts;
pub mod files;
pub mod interrupted;
pub mod links;
pub mod made;
pub mod record;
pub mod removal;
pub mod run;
pub mod scene;
pub mod setup;
pub mod stage;
pub mod trust;
pub mod undo;

//! git-agent: a worktree of its own for every coding agent.
//!
//! This library exists for the two programs, the benches and the fuzz targets; it promises no API.
//! `docs/architecture.md` is the map of the house, and `tests/it/house.rs` checks that the map is kept.

pub mod agent;
pub mod cli;
pub mod clients;
pub mod cmd;
pub mod config;
pub mod doctor;
pub mod environment;
pub mod error;
pub mod git;
pub mod guard_log;
pub mod heal;
pub mod hook;
pub mod journal;
pub mod launch;
pub mod machine;
pub mod policy;
pub mod provision;
pub mod remote_helper;
pub mod report;
pub mod setup;
pub mod spawn;
pub mod store;
pub mod trash;

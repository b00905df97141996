//! What makes a worktree ready for work.

mod cargo;
mod deps;
mod env;
mod examples;
mod faults;
mod files;
mod interrupted;
mod lfs;
mod lockfiles;
mod ports;
mod postgres;
mod postgres_kills;
mod providers;
mod rewrite;
mod server;
mod setup;
mod sqlite;
mod submodules;
mod tools;

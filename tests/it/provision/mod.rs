//! What makes a worktree ready for work.

mod env;
mod ports;
mod postgres;
mod providers;
mod rewrite;
mod server;
mod sqlite;

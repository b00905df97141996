//! The one door to git: reading is done in this process with gix, writing by the git program.
//!
//! Nothing else in the house starts git or opens a repository.

pub mod connect;
pub mod facts;
pub mod history;
pub mod ignored;
pub mod merged;
pub mod program;
pub mod remote;
pub mod repo;
pub mod retry;
pub mod status;
pub mod submodules;
pub mod tracked;
pub mod unfinished;
pub mod worktrees;

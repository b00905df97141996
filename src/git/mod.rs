//! The one door to git: reading is done in this process with gix, writing by the git program.
//!
//! Nothing else in the house starts git or opens a repository.

pub mod facts;
pub mod program;

//! What `git agent doctor` looks at and does: the facts, the push that must be refused, and mending.
//! [`crate::policy::doctor`] judges.

mod facts;
mod mend;
mod proof;
mod settings;

pub use facts::gather;
pub use mend::mend;

//! The arguments of `git push`, and the refs that it would move.
//!
//! This follows git's own code path: `builtin/push.c` turns words into refspecs (and maps a branch's bare name through
//! `remote.<name>.push` or its upstream, which surprises people), `remote.c` matches refspecs with refs. The documented
//! rules are in gitrepository-layout(5), git-push(1) and git-config(1); where those are silent, the code was measured.

pub mod args;
pub mod config;
pub mod dst;
pub mod facts;
pub mod file;
pub mod glob;
pub mod legacy;
pub mod protect;
pub mod refspec;
pub mod resolve;

pub use args::Options;
pub use config::{Config, Setting};
pub use dst::Dst;
pub use facts::{Head, Repository, View};
pub use protect::{Protection, Rule};
pub use resolve::{Landing, Move, Refusal, resolve};

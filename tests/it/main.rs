//! The one integration binary. Its modules mirror `src/`; `house` checks that each file here is one of them.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests start programs, write files and prepare environments themselves")]
#![allow(clippy::wrong_self_convention, reason = "a run is handed on from one assertion to the next")]

mod guard;
mod history;
mod kills;
mod races;
mod restore;
mod rm;
mod spawn;
mod status;
mod support;
mod work;

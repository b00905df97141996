//! The one integration binary. Its modules mirror `src/`; `house` checks that each file here is one of them.
#![cfg(unix)]

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

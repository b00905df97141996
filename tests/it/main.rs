//! The one integration binary. Its modules mirror `src/`; `house` checks that each file here is one of them.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests start programs, write files and prepare environments themselves")]

mod clients;
mod diff;
mod doctor;
mod gc;
mod golden;
mod guard;
mod history;
mod hook_events;
mod house;
mod init;
mod kills;
mod list;
mod places;
mod provision;
mod races;
mod restore;
mod rm;
mod run;
mod safety;
mod spawn;
mod status;
mod statusline;
mod strict;
mod support;
mod upstream;
mod work;

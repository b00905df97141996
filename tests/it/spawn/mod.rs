//! `git agent spawn`

mod base;
mod birth;
mod branches;
mod names;
mod programs;
mod report;

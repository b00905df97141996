//! Programs other than git: those that run other programs, those that are given code, those that reach a server on a way of
//! their own, and those that change the files that the guard stands on.

mod carried;
pub(crate) mod clients;
mod files;
pub(crate) mod interpreters;
pub(crate) mod options;
mod powershell;
pub(crate) mod printers;
pub(crate) mod shells;
mod spread;
pub(crate) mod wrap;

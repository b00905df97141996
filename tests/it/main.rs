//! The one integration binary.

mod history;
mod status;
mod support;

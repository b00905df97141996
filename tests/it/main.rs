//! The one integration binary.

mod status;
mod support;

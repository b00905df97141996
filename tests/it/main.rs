//! The one integration binary. Its modules mirror `src/`; `house` checks that each file here is one of them.

#[cfg(unix)]
mod spawn;
mod status;
#[cfg(unix)]
mod support;

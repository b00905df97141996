//! The other side of a push: which ref of the remote a word names.

use crate::policy::shell::Text;

/// A ref of the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dst {
    /// This one; a short name was completed with `refs/heads/`.
    Ref(String),
    /// One whose full name begins so.
    Below(String),
    /// Any.
    Unknown,
}

/// What the right side of a refspec names.
pub(super) fn dst_of(dst: &Text) -> Dst {
    match dst.get() {
        Some(name) => complete(name),
        None if dst.prefix().starts_with("refs/") => Dst::Below(dst.prefix().to_owned()),
        None if dst.prefix().is_empty() => Dst::Unknown,
        None => Dst::Below(format!("refs/heads/{}", dst.prefix().trim_start_matches("heads/"))),
    }
}

/// A short name on the other side is looked up among the remote's refs; for what is protected, only branches matter.
pub(super) fn complete(name: &str) -> Dst {
    Dst::Ref(if name.starts_with("refs/") || name == "HEAD" {
        name.to_owned()
    } else if name.starts_with("heads/") || name.starts_with("tags/") {
        format!("refs/{name}")
    } else {
        format!("refs/heads/{name}")
    })
}

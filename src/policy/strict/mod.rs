//! Strict mode: every push of a linked worktree goes through a remote helper of ours (gitremote-helpers(7)), so that it is
//! judged where no option of `git push` and no setting of hooks reaches.

pub mod address;
pub mod allowed;
pub mod command;
pub mod packet;
pub mod route;
pub mod ssh;

/// What git calls the helper: it starts `git-remote-agent-guard`.
pub const NAME: &str = "agent-guard";
/// What a routed URL begins with. The real one follows.
pub const PREFIX: &str = "agent-guard::";

/// The URL behind ours, however often it was routed.
pub fn unrouted(mut url: &str) -> &str {
    while let Some(rest) = url.strip_prefix(PREFIX) {
        url = rest;
    }
    url
}

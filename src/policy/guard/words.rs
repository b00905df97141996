//! The words of a refusal: the same from every layer, so that what an agent has learned from one holds for the others.

use crate::policy::push::{Protection, Rule, View};

/// Where a push would have landed, and why it must not.
pub(crate) fn landing(deletes: bool, branch: &str, remote: &str, because: &str, rule: &Rule) -> String {
    let verb = if deletes { "delete" } else { "update" };
    let source =
        if rule.pattern == branch { rule.source.to_owned() } else { format!("{} {}", rule.source, rule.pattern) };
    format!("this push would {verb} '{branch}' on {remote} ({because}); the branch is protected: {source}")
}

/// The command to use instead.
pub(crate) fn instead(view: &View<'_>, remote: Option<&str>, protection: &Protection) -> String {
    let remotes = view.remotes();
    let named = remote.filter(|remote| remotes.contains(remote));
    let remote = named.or_else(|| remotes.first().copied()).unwrap_or("origin");
    match view.branch().filter(|branch| protection.rule(&format!("refs/heads/{branch}")).is_none()) {
        Some(branch) => format!("Use instead: git push -u {remote} {}", quoted(&format!("HEAD:refs/heads/{branch}"))),
        None => format!("Use instead: git switch -c NAME && git push -u {remote} HEAD:refs/heads/NAME"),
    }
}

/// A word for a shell. Branch names may hold letters that mean something to it.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-+@".contains(&byte) || byte >= 0x80;
    if word.bytes().all(safe) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

//! The verdict on what git's pre-push hook is told: the refs that are about to move, by their full names.

use crate::policy::guard::verdict::{Decision, Finding, Verdict};
use crate::policy::guard::words;
use crate::policy::push::{Protection, View};

/// What to say of a push that moves the refs of these lines, if it is refused. `agent.guard = off` and `agent.allowPush` let
/// everything through.
pub fn refusal(lines: &str, remote: &str, protection: &Protection, view: &View<'_>) -> Option<String> {
    let off = protection.off || view.repo.config().text("agent.guard").is_some_and(|value| value == "off");
    let verdict = judge_refs(lines, remote, protection, view);
    (!off && verdict.decision == Decision::Deny).then(|| verdict.message())
}

/// Judges the lines of githooks(5), pre-push, in a push to `remote`, which is the URL where no remote is named.
pub fn judge_refs(lines: &str, remote: &str, protection: &Protection, view: &View<'_>) -> Verdict {
    let mut findings = Vec::new();
    let mut deny = |what| {
        findings.push(Finding { deny: true, what, instead: Some(words::instead(view, Some(remote), protection)) });
    };
    for line in lines.lines() {
        // From the right: a local name is what the user has typed (`HEAD^{/some words}`), the other three hold no blank.
        let mut parts = line.rsplitn(4, ' ');
        let (Some(_), Some(name), Some(id), Some(local)) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            deny(format!("git describes this push in a way that the guard does not know: {line}"));
            continue;
        };
        if let Some(rule) = protection.rule(name) {
            let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
            let deletes = id.bytes().all(|byte| byte == b'0');
            let because = if deletes { name.to_owned() } else { format!("{local} -> {name}") };
            deny(words::landing(deletes, branch, remote, &because, rule));
        }
    }
    let decision = if findings.is_empty() { Decision::Allow } else { Decision::Deny };
    Verdict { decision, findings, steps: Vec::new() }
}

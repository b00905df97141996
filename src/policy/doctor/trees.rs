//! Checks of the linked worktrees.

use super::facts::Facts;
use super::finding::{Finding, Fix};
use super::guard::quoted;

/// Worktrees that git or git-agent cannot use.
pub(super) fn broken(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for tree in &facts.trees {
        if let Some((what, remedy)) = &tree.problem {
            let finding = Finding::bad("worktrees", format!("the worktree of '{}' is broken: {what}", tree.name));
            found.push(match &tree.found_at {
                Some(path) => {
                    finding.hint(format!("git worktree repair {}", quoted(path))).fix(Fix::Repair(path.clone()))
                }
                None => finding.hint(remedy),
            });
        }
        if let Some(damage) = &tree.damage {
            let first = damage.lines().next().unwrap_or_default();
            let what = format!("the record of the agent in {} cannot be read: {first}", tree.path);
            found.push(Finding::bad("worktrees", what).hint("git agent list"));
        }
    }
    if found.is_empty() && !facts.trees.is_empty() {
        found.push(Finding::ok("worktrees", format!("{} linked worktree(s), all sound", facts.trees.len())));
    }
    found
}

/// Worktrees of other tools: guarded by git's hook, but without a record.
pub(super) fn foreign(facts: &Facts) -> Vec<Finding> {
    let foreign = facts.trees.iter().filter(|tree| !tree.agent && tree.damage.is_none() && tree.problem.is_none());
    let names: Vec<&str> = foreign.map(|tree| tree.name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let judged = facts.setup.stanza == Some(crate::policy::include::Stanza::Fine) && !facts.setup.guard_off;
    let what = format!("not made by git agent: {}", names.join(", "));
    vec![if judged {
        Finding::ok("foreign", format!("{what}; pushes from there are judged as well"))
    } else {
        Finding::warn("foreign", format!("{what}; pushes from there are not judged"))
    }]
}

/// Branches whose upstream is another branch: some ways to push would land there.
pub(super) fn upstreams(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for tree in &facts.trees {
        let (Some(branch), Some((remote, merge))) = (&tree.branch, &tree.upstream) else { continue };
        let target = merge.strip_prefix("refs/heads/").unwrap_or(merge);
        if target == branch && remote != "." {
            continue;
        }
        let shown = if remote == "." { target.to_owned() } else { format!("{remote}/{target}") };
        let finding = Finding::warn("upstream", format!("the upstream of '{branch}' is {shown}, not its own branch"))
            .hint(format!("git branch --unset-upstream {}", quoted(branch)));
        // Where somebody else works is for him to say.
        found.push(if tree.agent { finding.fix(Fix::Upstream(branch.clone())) } else { finding });
    }
    found
}

/// Where a plain `git push` goes.
pub(super) fn plain_push(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if facts.setup.stanza != Some(crate::policy::include::Stanza::Fine) {
        return found;
    }
    for tree in facts.trees.iter().filter(|tree| tree.problem.is_none()) {
        if let Some(setting) = tree.push_default.as_ref().filter(|setting| setting.value != "current") {
            let what = format!("push.default is {} in '{}' ({})", setting.value, tree.name, setting.origin);
            let finding = Finding::warn("push-default", what);
            found.push(match setting.scope.as_str() {
                "command" => finding.hint("unset GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT"),
                "worktree" => {
                    finding.hint(format!("git -C {} config --worktree --unset-all push.default", quoted(&tree.path)))
                }
                _ => finding.fix(Fix::Setup),
            });
        }
    }
    found
}

//! Checks of programs, of what the team shares, and of what git-agent itself has left.

use super::facts::Facts;
use super::finding::{Finding, Fix};

const INSTALL: &str = "install git-agent and git-agent-hook of one version, side by side";

/// git is new enough.
pub(super) fn git_version(facts: &Facts) -> Vec<Finding> {
    let (major, minor) = facts.oldest_git;
    vec![match facts.git {
        Some(found) if found >= facts.oldest_git => Finding::ok("git", format!("git {}.{}", found.0, found.1)),
        Some(found) => Finding::bad("git", format!("git {}.{} is older than {major}.{minor}", found.0, found.1))
            .hint("install a newer git, then check with: git --version"),
        None => Finding::bad("git", "git cannot be started").hint("install git, then: git --version"),
    }]
}

/// git-agent-hook is there, of this version, and where clients find it.
pub(super) fn hook_program(facts: &Facts) -> Vec<Finding> {
    let Some(hook) = &facts.hook else {
        return vec![
            Finding::bad("hook-program", "git-agent-hook is not installed: nothing judges a push").hint(INSTALL),
        ];
    };
    let version = hook.version.as_deref().unwrap_or("unknown");
    if version != facts.version {
        let what = format!("{} is of version {version}, git-agent of {}", hook.path, facts.version);
        return vec![Finding::bad("hook-program", what).hint(INSTALL)];
    }
    if !hook.on_path {
        let folder = hook.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let what = "git-agent-hook is not on PATH, where clients look for it";
        return vec![
            Finding::warn("hook-program", what).hint(format!("export PATH={}:\"$PATH\"", super::guard::quoted(folder))),
        ];
    }
    vec![Finding::ok("hook-program", format!("git-agent-hook {version} at {}", hook.path))]
}

/// git ignores the worktree folder.
pub(super) fn ignored(facts: &Facts) -> Vec<Finding> {
    match &facts.setup.not_ignored {
        Some(file) => {
            let what = format!("the worktree folder is not ignored: 'git add -A' would record worktrees ({file})");
            vec![Finding::warn("ignored", what).fix(Fix::Setup)]
        }
        None => vec![Finding::ok("ignored", "the worktree folder is not in the way of 'git add'")],
    }
}

/// `.gitagent` can be read, and all of it counts.
pub(super) fn team(facts: &Facts) -> Vec<Finding> {
    if let Some(why) = &facts.team.broken {
        let first = why.lines().next().unwrap_or_default();
        let what = format!(".gitagent is not in git's configuration syntax: {first}");
        return vec![Finding::bad("gitagent", what).hint("git config --file .gitagent --list")];
    }
    let finding = |key: &String| {
        Finding::warn("gitagent", format!("{key} counts for nothing in .gitagent"))
            .hint(format!("git config --file .gitagent --unset-all {}", super::guard::quoted(key)))
    };
    facts.team.unknown.iter().map(finding).collect()
}

/// The trash holds nothing for longer than the user wants.
pub(super) fn trash(facts: &Facts) -> Vec<Finding> {
    if facts.expired == 0 {
        return Vec::new();
    }
    let what = format!("{} removed agent(s) have been in the trash for longer than agent.trashExpire", facts.expired);
    vec![Finding::warn("trash", what).hint("git agent gc")]
}

/// No operation died and stayed.
pub(super) fn journal(facts: &Facts) -> Vec<Finding> {
    let finding = |what: &String| {
        Finding::bad("journal", format!("an interrupted operation could not be mended: {what}")).hint("git agent list")
    };
    facts.dead.iter().map(finding).collect()
}

/// What no check on this machine can say.
pub(super) fn server(facts: &Facts) -> Vec<Finding> {
    let Some(remote) = &facts.remote else { return Vec::new() };
    let what = format!("hooks are passed by --no-verify: protect the branch on the server of '{remote}' as well");
    vec![Finding::ok("server", what)]
}

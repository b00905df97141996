//! Checks of the layer in git: whether the hooks are there, in force and alive.

use super::facts::{Facts, HookFile, Proof, Setting};
use super::finding::{Finding, Fix};
use crate::policy::include::Stanza;

/// The include in `.git/config`, and the file that it names.
pub(super) fn include(facts: &Facts) -> Vec<Finding> {
    let setup = &facts.setup;
    let finding = match setup.stanza {
        None | Some(Stanza::Missing) if facts.trees.is_empty() => {
            Finding::warn("include", "this repository is not set up for agents; the first spawn does it")
                .hint("git agent init")
                .fix(Fix::Setup)
        }
        None | Some(Stanza::Missing) => {
            Finding::bad("include", "this repository is not set up for agents: no push from its worktrees is judged")
                .fix(Fix::Setup)
        }
        Some(Stanza::Overridden) => {
            Finding::bad("include", "something behind the include in .git/config overrides it").fix(Fix::Setup)
        }
        Some(Stanza::Fine) if setup.moved => {
            Finding::bad("include", "the repository was moved: its worktrees look for hooks in the old place")
                .fix(Fix::Setup)
        }
        Some(Stanza::Fine) if setup.stale => {
            Finding::warn("include", "the settings of linked worktrees are not up to date").fix(Fix::Setup)
        }
        Some(Stanza::Fine) => Finding::ok("include", "linked worktrees have their settings, as the last word"),
    };
    vec![finding]
}

/// Our files in the folder of hooks.
pub(super) fn hooks(facts: &Facts) -> Vec<Finding> {
    let setup = &facts.setup;
    if setup.guard_off {
        return vec![
            Finding::warn("hooks", "agent.guard is off: git's own hooks judge no push")
                .hint("git config --unset-all agent.guard"),
        ];
    }
    if !matches!(setup.stanza, Some(Stanza::Fine | Stanza::Overridden)) {
        return Vec::new();
    }
    if setup.hooks.is_empty() {
        return vec![Finding::ok("hooks", format!("the hooks in {} are as they were written", setup.folder))];
    }
    let all_missing = setup.hooks.len() > 20 && setup.hooks.iter().all(|(_, file)| *file == HookFile::Missing);
    if all_missing {
        let what = format!("the folder of hooks is gone: {}", setup.folder);
        return vec![Finding::bad("hooks", what).fix(Fix::Setup)];
    }
    let finding = |(event, file): &(String, HookFile)| {
        let what = match file {
            HookFile::Missing => format!("the hook {event} is missing: yours of that name does not run in worktrees"),
            HookFile::NotExecutable => format!("the hook {event} is not executable, so git passes over it"),
            HookFile::Changed => format!("the hook {event} was edited, or is of another version of git agent"),
            HookFile::Foreign => format!("another tool has put its {event} in the place of ours"),
        };
        let judged = event == "pre-push" && *file != HookFile::Changed;
        let finding = if judged { Finding::bad("hooks", what) } else { Finding::warn("hooks", what) };
        finding.fix(Fix::Setup)
    };
    setup.hooks.iter().map(finding).collect()
}

/// Whether git would take hooks from our folder, in each worktree.
pub(super) fn in_force(facts: &Facts) -> Vec<Finding> {
    let setup = &facts.setup;
    if setup.guard_off || setup.moved || setup.stanza != Some(Stanza::Fine) {
        return Vec::new();
    }
    let sound = facts.trees.iter().filter(|tree| tree.problem.is_none());
    let mut found = Vec::new();
    let mut fine = 0;
    for tree in sound {
        match &tree.hooks_path {
            Some(setting) if setting.value == setup.folder => fine += 1,
            Some(setting) => found.push(overridden(setting, &tree.name, &tree.path)),
            None => found.push(
                Finding::bad("hooks-path", format!("git looks for no hooks of ours in '{}'", tree.name))
                    .fix(Fix::Setup),
            ),
        }
    }
    if found.is_empty() && fine > 0 {
        let trees = if fine == 1 { "the worktree".to_owned() } else { format!("all {fine} worktrees") };
        found.push(Finding::ok("hooks-path", format!("git takes the hooks of {trees} from our folder")));
    }
    found
}

fn overridden(setting: &Setting, name: &str, path: &str) -> Finding {
    let what = format!("core.hooksPath is {} in '{name}' ({}): our hooks do not run", setting.value, setting.origin);
    let path = quoted(path);
    match setting.scope.as_str() {
        "command" => Finding::bad("hooks-path", what).hint("unset GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT"),
        "worktree" => {
            Finding::bad("hooks-path", what).hint(format!("git -C {path} config --worktree --unset-all core.hooksPath"))
        }
        _ => Finding::bad("hooks-path", what).fix(Fix::Setup),
    }
}

/// What came of the push that must be refused.
pub(super) fn proof(facts: &Facts) -> Vec<Finding> {
    match &facts.proof {
        Proof::Untried => Vec::new(),
        Proof::Refused => {
            vec![Finding::ok("pre-push", "a push to a protected branch is refused (tried, as a dry run)")]
        }
        Proof::Passed => vec![
            Finding::bad("pre-push", "a push to a protected branch was not refused (tried, as a dry run)")
                .hint("git agent init --dry-run"),
        ],
        Proof::Failed(why) => {
            vec![
                Finding::bad("pre-push", format!("it cannot be proved that pushes are judged: {why}"))
                    .hint("git agent doctor --fix"),
            ]
        }
    }
}

/// What is recorded as protected.
pub(super) fn protected(facts: &Facts) -> Vec<Finding> {
    let Some(remote) = &facts.remote else { return Vec::new() };
    if !matches!(facts.setup.stanza, Some(Stanza::Fine | Stanza::Overridden)) {
        return Vec::new();
    }
    let recorded = &facts.setup.protected;
    vec![if recorded.is_empty() {
        Finding::warn(
            "protected",
            format!("the default branch of '{remote}' is not recorded: only main and master are protected"),
        )
        .fix(Fix::Setup)
    } else {
        Finding::ok("protected", format!("protected beside main and master: {}", recorded.join(", ")))
    }]
}

/// Settings that let pushes through or lead them elsewhere.
pub(super) fn openings(facts: &Facts) -> Vec<Finding> {
    facts.openings.iter().map(opening).collect()
}

fn opening(setting: &Setting) -> Finding {
    let Setting { scope, origin, key, value } = setting;
    let unset = match scope.as_str() {
        "command" => "unset GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT".to_owned(),
        "global" | "system" | "worktree" => format!("git config --{scope} --unset-all {}", quoted(key)),
        _ => format!("git config --unset-all {}", quoted(key)),
    };
    let what = if key.starts_with("remote.") {
        format!("{key} = {value} decides where a plain 'git push' goes ({origin})")
    } else {
        format!("{key} = {value} lets pushes to protected branches through ({origin})")
    };
    Finding::warn("openings", what).hint(unset)
}

/// A word of a command for a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

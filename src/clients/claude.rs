//! Claude Code: `settings.json` in its folder, or in a project's `.claude` (code.claude.com, settings and hooks).

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::error::Result;
use crate::policy::settings::{Entries, forms};

/// The events that we answer, in the order in which a session meets them. A worktree that we make is made by us alone, so
/// the client waits; states are told in the background.
const EVENTS: [(&str, Option<&str>, How); 13] = [
    // Every tool: those that run commands have more names than one, and those that write files count as well.
    ("PreToolUse", None, How::Judged),
    ("WorktreeCreate", None, How::Waited),
    ("WorktreeRemove", None, How::Waited),
    ("SessionStart", None, How::Waited),
    ("PostToolUse", Some("EnterWorktree"), How::Waited),
    ("SubagentStart", None, How::Waited),
    ("SubagentStop", None, How::Waited),
    ("UserPromptSubmit", None, How::Waited),
    ("Notification", None, How::Told),
    ("PermissionRequest", None, How::Told),
    ("Stop", None, How::Waited),
    ("StopFailure", None, How::Told),
    ("SessionEnd", None, How::Waited),
];

/// What the client does with the hook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// It waits, and a failure stops the tool.
    Judged,
    /// It waits.
    Waited,
    /// It goes on.
    Told,
}

/// Its folder.
pub(super) fn folder() -> Result<PathBuf> {
    super::folder(Some("CLAUDE_CONFIG_DIR"), ".claude")
}

/// Our entries.
pub(super) fn entries() -> Entries {
    // The client's own way to make a worktree is out of use while there is a hook for it.
    let end = |event: &str| match event {
        "WorktreeCreate" => forms::NO_WORKTREE.to_owned(),
        _ => String::new(),
    };
    Entries { head: Vec::new(), hooks: groups(end) }
}

/// The same with the end of a command line for each event, which is reached where our program is missing.
fn groups(end: impl Fn(&str) -> String) -> Vec<(&'static str, Value)> {
    let group = |(event, matcher, how): (&'static str, Option<&str>, How)| {
        let mut hook = json!({ "type": "command", "command": forms::shell("claude") + &end(event) });
        match how {
            How::Judged => hook["onFailure"] = json!("block"),
            How::Told => hook["async"] = json!(true),
            How::Waited => {}
        }
        let group = match matcher {
            Some(matcher) => json!({ "matcher": matcher, "hooks": [hook] }),
            None => json!({ "hooks": [hook] }),
        };
        (event, group)
    };
    EVENTS.into_iter().map(group).collect()
}

/// What in the settings stands in the way.
pub(super) fn notes(settings: &Value) -> Vec<String> {
    let mut notes = Vec::new();
    if settings["disableAllHooks"] == true {
        notes.push("hooks are switched off there (disableAllHooks), so the guard does not work".to_owned());
    }
    if has_plugin(settings) {
        notes.push("the plugin is enabled there as well, so each hook runs twice: one of both is enough".to_owned());
    }
    notes
}

/// Whether our plugin is enabled in these settings.
pub(super) fn has_plugin(settings: &Value) -> bool {
    let plugins = settings["enabledPlugins"].as_object();
    plugins.is_some_and(|plugins| plugins.iter().any(|(name, on)| name.starts_with("git-agent@") && *on == true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plugin's hooks are these, and say what to do where the program is missing.
    #[test]
    fn the_plugin_has_the_same_hooks() {
        let end = |event: &str| match event {
            "SessionStart" => "; exec sh \"${CLAUDE_PLUGIN_ROOT}/hooks/missing.sh\" session-start".to_owned(),
            "WorktreeCreate" => "; exec sh \"${CLAUDE_PLUGIN_ROOT}/hooks/missing.sh\" worktree-create".to_owned(),
            "WorktreeRemove" => "; exec sh \"${CLAUDE_PLUGIN_ROOT}/hooks/missing.sh\" worktree-remove".to_owned(),
            _ => String::new(),
        };
        let hooks: Value = groups(end).into_iter().map(|(event, group)| (event.to_owned(), json!([group]))).collect();
        let file: Value = serde_json::from_str(include_str!("../../hooks/hooks.json")).unwrap();
        assert_eq!(file["hooks"], hooks, "hooks/hooks.json is to be:\n{hooks:#}");
    }

    #[test]
    fn what_stands_in_the_way_is_said() {
        assert_eq!(notes(&json!({})).len(), 0);
        assert_eq!(notes(&json!({ "disableAllHooks": true })).len(), 1);
        assert_eq!(notes(&json!({ "enabledPlugins": { "git-agent@git-agent": true, "x@y": true } })).len(), 1);
        assert_eq!(notes(&json!({ "enabledPlugins": { "git-agent@git-agent": false } })).len(), 0);
    }
}

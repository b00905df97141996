//! Gemini CLI: `settings.json` in its folder, or in a project's `.gemini` (geminicli.com, hooks). It reads comments.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::error::Result;
use crate::policy::settings::{Entries, forms};

const EVENTS: [&str; 6] = ["BeforeTool", "SessionStart", "BeforeAgent", "AfterAgent", "Notification", "SessionEnd"];

/// Its folder; the variable names the home that it is in.
pub(super) fn folder() -> Result<PathBuf> {
    let home = crate::environment::var("GEMINI_CLI_HOME").map(PathBuf::from);
    home.map_or_else(|| super::folder(None, ".gemini"), |home| Ok(home.join(".gemini")))
}

/// Our entries.
pub(super) fn entries() -> Entries {
    let hook = json!({ "type": "command", "name": "git-agent", "command": forms::shell("gemini") });
    Entries { head: Vec::new(), hooks: EVENTS.map(|event| (event, json!({ "hooks": [hook] }))).to_vec() }
}

/// What in the settings stands in the way.
pub(super) fn notes(settings: &Value) -> Vec<String> {
    if settings["hooksConfig"]["enabled"] == false {
        return vec!["hooks are switched off there (hooksConfig.enabled), so the guard does not work".to_owned()];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_is_said() {
        assert_eq!(notes(&json!({})).len(), 0);
        assert_eq!(notes(&json!({ "hooksConfig": { "enabled": false } })).len(), 1);
    }
}

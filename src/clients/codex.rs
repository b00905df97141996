//! Codex: `hooks.json` in its folder, or in a project's `.codex` (developers.openai.com/codex, hooks).

use std::path::PathBuf;

use serde_json::json;

use super::{Scope, guarded};
use crate::error::Result;
use crate::policy::settings::Entries;

const EVENTS: [&str; 5] = ["PreToolUse", "SessionStart", "UserPromptSubmit", "PermissionRequest", "Stop"];

/// Its folder.
pub(super) fn folder() -> Result<PathBuf> {
    super::folder(Some("CODEX_HOME"), ".codex")
}

/// Our entries. It has no word for a hook that must not fail, so there is none.
pub(super) fn entries() -> Entries {
    let hook = json!({ "type": "command", "command": guarded("codex") });
    Entries { head: Vec::new(), hooks: EVENTS.map(|event| (event, json!({ "hooks": [hook] }))).to_vec() }
}

/// It runs a hook only after a person has looked at it: that is its consent to give, not ours.
pub(super) fn notes(scope: &Scope) -> Vec<String> {
    let mut notes =
        vec!["Codex runs new hooks only after you have trusted them: start codex, type /hooks, trust them".to_owned()];
    if matches!(scope, Scope::Project(_)) {
        notes.push("it reads a project's hooks only where the project itself is trusted".to_owned());
    }
    notes
}

//! Codex: `hooks.json` in its folder, or in a project's `.codex` (developers.openai.com/codex, hooks).

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Scope;
use crate::error::Result;
use crate::policy::settings::{Entries, forms};
use crate::store;

const EVENTS: [&str; 6] = ["PreToolUse", "SessionStart", "UserPromptSubmit", "PermissionRequest", "Stop", "SessionEnd"];

/// Its folder.
pub(super) fn folder() -> Result<PathBuf> {
    super::folder(Some("CODEX_HOME"), ".codex")
}

/// Our entries. It has no word for a hook that must not fail, so there is none.
pub(super) fn entries() -> Entries {
    let hook = json!({ "type": "command", "command": forms::shell("codex") });
    Entries { head: Vec::new(), hooks: EVENTS.map(|event| (event, json!({ "hooks": [hook] }))).to_vec() }
}

/// It runs a hook only after a person has looked at it: that is its consent to give, not ours.
pub(super) fn notes(scope: &Scope) -> Vec<String> {
    let mut notes =
        vec!["Codex runs new hooks only after you have trusted them: start codex and choose: Trust all".to_owned()];
    if matches!(scope, Scope::Project(_)) {
        notes.push("it reads a project's hooks only where the project itself is trusted".to_owned());
    }
    notes
}

/// Whether a person has trusted the guard: Codex writes that into its `config.toml` under the hook's file and place. It compares a hash
/// besides, which is its own affair.
pub(super) fn is_trusted(file: &Path) -> Result<bool> {
    let config = store::read(&folder()?.join("config.toml"))?.unwrap_or_default();
    let key = format!("{}:pre_tool_use:", file.display());
    Ok(String::from_utf8_lossy(&config).lines().any(|line| line.starts_with("[hooks.state.") && line.contains(&key)))
}

//! Copilot CLI: a file of ours among its hooks (docs.github.com, hooks of Copilot CLI). Its input does not name the event, so
//! the command line does.

use std::path::PathBuf;

use serde_json::json;

use crate::error::Result;
use crate::policy::settings::{Entries, forms};

const EVENTS: [&str; 5] = ["preToolUse", "sessionStart", "userPromptSubmitted", "agentStop", "sessionEnd"];

/// Its folder.
pub(super) fn folder() -> Result<PathBuf> {
    super::folder(Some("COPILOT_HOME"), ".copilot")
}

/// Our entries. A hook that fails stops the tool there, so a program that is missing must not fail.
pub(super) fn entries() -> Entries {
    let hook = |event: &str| {
        let arguments = format!("copilot {event}");
        json!({ "type": "command", "bash": forms::shell(&arguments), "powershell": forms::powershell(&arguments) })
    };
    Entries { head: vec![("version", json!(1))], hooks: EVENTS.map(|event| (event, hook(event))).to_vec() }
}

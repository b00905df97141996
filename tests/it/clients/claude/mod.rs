//! Claude Code.

mod commands;
mod plugin;
mod pushes;
mod sessions;
mod terminal;
mod worktrees;

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::place::Client;
use super::world::{Told, World};
use crate::support::program::Run;
use crate::support::project::put;

/// Long enough for the client to take it for one; made up.
const KEY: &str = "sk-ant-test-0000000000000000000000000000000000000000";

/// Off: telemetry, updates, reports, surveys, whatever asks somebody else than the model.
const QUIET: [&str; 12] = [
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DISABLE_AUTOUPDATER",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_BUG_COMMAND",
    "DISABLE_GROWTHBOOK",
    "DISABLE_COST_WARNINGS",
    "DISABLE_UPDATES",
    "DISABLE_INSTALLATION_CHECKS",
    "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL",
    "CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY",
    "CLAUDE_CODE_SKIP_PROMPT_HISTORY",
];

/// What the model may call without a question. In `-p` a question is a refusal.
pub const TOOLS: &str = "Bash,Read,Write,Edit,Agent,Skill,EnterWorktree,ExitWorktree";

impl World {
    /// Claude Code in a folder, with the arguments still to come.
    pub fn claude(&self, dir: &Path) -> Command {
        let home = self.scratch.home();
        let onboarded = home.join(".claude.json");
        if !onboarded.exists() {
            let trusted = json!({ "hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true });
            let root = self.scratch.root().to_string_lossy().into_owned();
            let known = json!({
                "hasCompletedOnboarding": true, "theme": "dark", "numStartups": 5,
                "customApiKeyResponses": { "approved": [&KEY[KEY.len() - 20..]], "rejected": [] },
                "projects": { root: trusted },
            });
            put(&onboarded, known.to_string());
        }
        let program = Client::Claude.find().expect("checked before the test began");
        let mut command = self.command(program, dir);
        command.env("ANTHROPIC_BASE_URL", self.model.url()).env("ANTHROPIC_API_KEY", KEY);
        // Every tool is offered from the start, so that a script can call it.
        command.env("ENABLE_TOOL_SEARCH", "false");
        command.envs(QUIET.map(|name| (name, "1")));
        command
    }

    /// `claude -p PROMPT` with more arguments, to its end.
    #[track_caller]
    pub fn ask_claude(&self, dir: &Path, prompt: &str, args: &[&str]) -> (Run, Told) {
        let mut command = self.claude(dir);
        command.args(["-p", prompt]).args(args).args(["--allowedTools", TOOLS]);
        let run = self.run(&mut command);
        (run, self.told())
    }
}

//! Gemini CLI.

mod pushes;
mod sessions;

use std::path::Path;

use serde_json::{Value, json};

use super::place::Client;
use super::world::{Told, World};
use crate::support::program::Run;
use crate::support::project::put;

impl World {
    /// Where Gemini CLI keeps the user's settings.
    pub fn gemini_settings(&self) -> std::path::PathBuf {
        self.scratch.home().join(".gemini/settings.json")
    }

    /// What the user's settings have to say for it to run here: the kind of key, no updates, no statistics.
    fn gemini_quiet() -> serde_json::Map<String, Value> {
        let settings = json!({
            "security": { "auth": { "selectedType": "gemini-api-key" } },
            "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false },
            "privacy": { "usageStatisticsEnabled": false },
            "telemetry": { "enabled": false },
        });
        settings.as_object().expect("it is one").clone()
    }

    /// `gemini -p PROMPT` with more arguments, to its end.
    #[track_caller]
    pub fn ask_gemini(&self, dir: &Path, prompt: &str, args: &[&str]) -> (Run, Told) {
        let text = std::fs::read(self.gemini_settings()).unwrap_or_else(|_| b"{}".to_vec());
        let mut settings: Value = serde_json::from_slice(&text).expect("it is JSON");
        settings.as_object_mut().expect("it is an object").extend(Self::gemini_quiet());
        put(&self.gemini_settings(), settings.to_string());
        let mut command = self.command(Client::Gemini.find().expect("checked before the test began"), dir);
        command.env("GEMINI_API_KEY", "made-up").env("GOOGLE_GEMINI_BASE_URL", self.model.url());
        command.env("GEMINI_CLI_NO_RELAUNCH", "true");
        command.args(["-p", prompt, "-y", "--skip-trust", "-m", "gemini-2.5-flash"]).args(args);
        let run = self.run(&mut command);
        (run, self.told())
    }
}

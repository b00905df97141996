//! Codex CLI.

mod pushes;
mod sessions;
mod trust;

use std::path::Path;
use std::process::Command;

use super::place::Client;
use super::world::{Told, World};
use crate::support::program::Run;
use crate::support::project::{put, text};

impl World {
    /// Where Codex keeps its settings.
    pub fn codex_home(&self) -> std::path::PathBuf {
        self.scratch.home().join(".codex")
    }

    /// Codex in a folder that it trusts, with the arguments still to come. Its commands run without a sandbox: that would be
    /// one more namespace, which not every machine allows inside of another.
    pub fn codex(&self, dir: &Path) -> Command {
        let config = self.codex_home().join("config.toml");
        let had = if config.exists() { text(&config) } else { String::new() };
        if !had.contains("model_provider") {
            let (url, dir) = (self.model.url(), dir.display());
            let ours = "model = \"gpt-5.5\"\nmodel_provider = \"scripted\"\napproval_policy = \"never\"\n\
                 sandbox_mode = \"danger-full-access\"\ncheck_for_update_on_startup = false\n";
            let tables = format!(
                "\n[analytics]\nenabled = false\n[features]\nplugins = false\n[model_providers.scripted]\nname = \"scripted\"\n\
                 base_url = \"{url}/v1\"\nwire_api = \"responses\"\nenv_key = \"SCRIPTED_KEY\"\n\
                 request_max_retries = 0\nstream_max_retries = 0\nsupports_websockets = false\n\
                 [projects.\"{dir}\"]\ntrust_level = \"trusted\"\n"
            );
            put(&config, format!("{ours}{had}{tables}"));
        }
        let mut command = self.command(Client::Codex.find().expect("checked before the test began"), dir);
        command.env("SCRIPTED_KEY", "made-up");
        command
    }

    /// `codex exec PROMPT` with more arguments, to its end.
    #[track_caller]
    pub fn ask_codex(&self, dir: &Path, prompt: &str, args: &[&str]) -> (Run, Told) {
        let mut command = self.codex(dir);
        command.args(["exec", "--json"]).args(args).arg(prompt);
        let run = self.run(&mut command);
        (run, self.told())
    }
}

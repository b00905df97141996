//! Which keys of a committed `.gitagent` count for anything.

use super::{Config, TEAM_KEYS};

/// Other keys of `.gitagent` that count: whoever reads them judges where they come from. What they may say is limited there.
const JUDGED_KEYS: [&str; 6] =
    ["agent.setup", "agent.teardown", "agent.rewriteenv", "agent.datadir", "agent.dataenv", "agent.envfile"];

/// The keys of the sections that are the user's to name.
const PORT_KEYS: [&str; 2] = ["base", "env"];
const DATABASE_KEYS: [&str; 15] = [
    "provider",
    "env",
    "connection",
    "source",
    "path",
    "strategy",
    "project",
    "parent",
    "database",
    "role",
    "pooled",
    "create",
    "url",
    "drop",
    "shell",
];

/// Whether a key of `.gitagent` counts for anything.
fn counts(section: &str, subsection: Option<&str>, key: &str) -> bool {
    match (section, subsection) {
        ("agent", None) => {
            let key = format!("agent.{key}");
            TEAM_KEYS.contains(&key.as_str()) || JUDGED_KEYS.contains(&key.as_str())
        }
        ("agent-port", _) => PORT_KEYS.contains(&key),
        ("agent-db", _) => DATABASE_KEYS.contains(&key),
        ("agent-env", subsection) => subsection.is_none() || key == "value",
        _ => false,
    }
}

impl Config {
    /// The keys of `.gitagent` that count for nothing.
    pub fn idle_team_keys(&self) -> Vec<String> {
        let mut found = Vec::new();
        for section in self.team.iter().flat_map(gix::config::File::sections) {
            let header = section.header();
            let sub = header.subsection_name().map(ToString::to_string);
            let section_name = header.name().to_string();
            for name in section.body().value_names() {
                let dot = sub.as_ref().map(|sub| format!("{sub}.")).unwrap_or_default();
                let key = format!("{section_name}.{dot}{name}");
                let is_used = counts(&section_name.to_lowercase(), sub.as_deref(), &name.to_lowercase());
                if !is_used && !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        found
    }
}

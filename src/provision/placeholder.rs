//! What the placeholders in values of `[agent-env]` stand for.

use std::path::Path;

use crate::agent::Agent;
use crate::config::Config;
use crate::git::repo::Repo;
use crate::policy::slug;
use crate::provision::data;
use crate::provision::db::Database;
use crate::provision::db::spec::{self, Provider};
use crate::provision::ports::{self, Leased};

/// What every agent has, or may have: one with a detached HEAD has no branch now.
const ALWAYS: [&str; 7] = ["name", "slug", "branch", "base", "path", "main", "repo"];

/// The names that the settings of a repository give. Settings that are wrong give none.
pub fn names(repo: &Repo, config: &Config) -> Vec<String> {
    let mut names: Vec<String> = ALWAYS.map(str::to_owned).into();
    names.extend(data::setting(config).ok().flatten().map(|_| "data".to_owned()));
    names.extend(ports::services(config).unwrap_or_default().iter().map(|service| format!("port.{}", service.name)));
    for spec in spec::specs(repo, config).unwrap_or_default() {
        // A file has no name on a server, and what is on a server no path.
        let place = if matches!(spec.provider, Provider::Sqlite { .. }) { "path" } else { "name" };
        let dot = if spec.label.is_empty() { "" } else { "." };
        names.extend(["url", place].map(|field| format!("db.{}{dot}{field}", spec.label)));
    }
    names
}

/// What one agent has.
pub struct Known<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The agent.
    pub agent: &'a Agent,
    /// Its ports.
    pub ports: &'a [Leased],
    /// Its databases.
    pub databases: &'a [Database],
    /// Its data folder.
    pub data: Option<&'a Path>,
}

impl Known<'_> {
    /// The value of the placeholder `name`.
    pub fn value(&self, name: &str) -> Option<String> {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        match name {
            "name" => Some(self.agent.name()),
            "slug" => Some(slug::slug(&self.agent.name())),
            "branch" => self.agent.tree.branch().map(str::to_owned),
            "base" => base(self.agent),
            "path" => Some(shown(&self.agent.tree.path)),
            "main" => Some(shown(self.repo.root())),
            "repo" => Some(self.repo.name()),
            "data" => self.data.map(shown),
            _ => {
                if let Some(service) = name.strip_prefix("port.") {
                    let leased = self.ports.iter().find(|leased| leased.service.name == service);
                    return leased.map(|leased| leased.port.to_string());
                }
                let (which, field) =
                    name.strip_prefix("db.").map(|rest| rest.rsplit_once('.').unwrap_or(("", rest)))?;
                let database = self.databases.iter().find(|database| database.label == which)?;
                match field {
                    "url" => database.url.clone(),
                    "name" => database.name.clone(),
                    "path" => database.path.as_deref().map(shown),
                    _ => None,
                }
            }
        }
    }
}

/// The branch or commit that an agent started from.
pub fn base(agent: &Agent) -> Option<String> {
    let record = agent.record.as_ref()?;
    Some(record.base.branch.clone().unwrap_or_else(|| record.base.commit.clone()))
}

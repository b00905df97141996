//! Neon: a branch of its own, through Neon's own program (`neonctl`, from npm), which knows who the user is.
//!
//! Its commands and their JSON: <https://neon.com/docs/reference/cli-branches>. A branch is deleted by the id that Neon gave
//! it, never by a name.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Context, Error, Kind, Result};
use crate::launch::tool::Tool;
use crate::provision::db::spec::Provider;

const HINT: &str = "npm install -g neonctl && neonctl auth";

#[derive(Deserialize)]
struct Created {
    branch: Branch,
}

#[derive(Deserialize)]
struct Branch {
    id: String,
    name: String,
}

fn refused(error: Error) -> Error {
    error.hint("neonctl projects list")
}

/// Runs the program; the project goes last, behind the words of the command.
fn run(folder: &Path, project: Option<&str>, arguments: &[&str]) -> Result<String> {
    let tool = Tool::find("neonctl", folder, HINT)?.args(arguments.iter().copied());
    let tool = match project {
        Some(project) => tool.args(["--project-id", project]),
        None => tool,
    };
    tool.text("").map_err(refused)
}

/// The id of the branch `name`, made from its parent if it is not there. `resumed`: we may have made it before we died.
///
/// # Errors
/// When Neon refuses, or has a branch of that name that is not ours.
pub fn create(folder: &Path, name: &str, spec: &Provider, resumed: bool) -> Result<String> {
    let Provider::Neon { project, parent, .. } = spec else { return Err(Error::failed("not a database at Neon")) };
    let project = project.as_deref();
    if let Some(branch) = branches(folder, project)?.into_iter().find(|branch| branch.name == name) {
        if resumed {
            return Ok(branch.id);
        }
        return Err(Error::new(Kind::Exists, format!("Neon has a branch '{name}' already"))
            .hint(format!("neonctl branches delete {}", branch.id)));
    }
    let mut line = vec!["branches", "create", "--name", name, "--output", "json"];
    if let Some(parent) = parent {
        line.extend(["--parent", parent]);
    }
    let made = run(folder, project, &line)?;
    let made: Created =
        serde_json::from_str(&made).context(|| "neonctl did not say which branch it made".to_owned())?;
    Ok(made.branch.id)
}

/// The connection string of a branch.
///
/// # Errors
/// When Neon refuses: several databases or roles need `agent-db.database` and `agent-db.role`.
pub fn url(folder: &Path, branch: &str, spec: &Provider) -> Result<String> {
    let Provider::Neon { project, database, role, pooled, .. } = spec else {
        return Err(Error::failed("not a database at Neon"));
    };
    let mut line = vec!["connection-string", branch];
    if let Some(database) = database {
        line.extend(["--database-name", database]);
    }
    if let Some(role) = role {
        line.extend(["--role-name", role]);
    }
    if *pooled {
        line.push("--pooled");
    }
    let url = run(folder, project.as_deref(), &line)?;
    let url = url.trim().to_owned();
    let is_url = url.contains("://") && !url.contains(char::is_whitespace);
    if is_url { Ok(url) } else { Err(Error::failed("neonctl printed no connection string").hint(HINT)) }
}

/// Puts the data of a branch back to its parent's.
///
/// # Errors
/// When Neon refuses.
pub fn reset(folder: &Path, branch: &str, project: Option<&str>) -> Result<()> {
    run(folder, project, &["branches", "reset", branch, "--parent"]).map(drop)
}

/// Deletes the branch with this id; one that is gone is no error.
///
/// # Errors
/// When Neon refuses.
pub fn delete(folder: &Path, branch: &str, project: Option<&str>) -> Result<()> {
    delete_where(folder, project, |other| other.id == branch)
}

/// Deletes the branch of this name, if there is one.
///
/// # Errors
/// When Neon refuses.
pub fn delete_named(folder: &Path, name: &str, project: Option<&str>) -> Result<()> {
    delete_where(folder, project, |other| other.name == name)
}

fn delete_where(folder: &Path, project: Option<&str>, is_it: impl Fn(&Branch) -> bool) -> Result<()> {
    match branches(folder, project)?.iter().find(|branch| is_it(branch)) {
        Some(branch) => run(folder, project, &["branches", "delete", &branch.id]).map(drop),
        None => Ok(()),
    }
}

fn branches(folder: &Path, project: Option<&str>) -> Result<Vec<Branch>> {
    let list = run(folder, project, &["branches", "list", "--output", "json"])?;
    serde_json::from_str(&list).context(|| "neonctl printed no list of branches".to_owned())
}

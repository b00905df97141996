//! Neon: a branch of its own, through Neon's own program, which knows who the user is: `neonctl`, or `neon`, as npm calls
//! it by now.
//!
//! Its commands and their JSON: <https://neon.com/docs/reference/cli-branches>. A branch is deleted by the id that Neon gave
//! it; by its name, in which chance has a part, only if that id never came. It is never looked for in a list: Neon gives
//! those by the page.

use serde::Deserialize;

use crate::error::{Context, Error, Result};
use crate::launch::tool::Tool;
use crate::provision::db::hold::Site;
use crate::provision::db::spec::Provider;

const HINT: &str = "npm install -g neon && neon auth";

#[derive(Deserialize)]
struct Created {
    branch: Branch,
}

#[derive(Deserialize)]
struct Branch {
    id: String,
    project_id: Option<String>,
}

/// Neon's program, under one of its names.
///
/// # Errors
/// When there is none.
pub fn find(site: Site<'_>) -> Result<Tool> {
    let tool = Tool::find("neonctl", site.folder, HINT);
    let tool = tool.or_else(|error| Tool::find("neon", site.folder, HINT).map_err(|_| error))?;
    // Or it would open a browser and wait for somebody to log in.
    Ok(tool.holding(site.lock).envs(&[("CI".to_owned(), "1".to_owned())]))
}

/// Runs the program; the project goes last, behind the words of the command.
fn run(site: Site<'_>, project: Option<&str>, arguments: &[&str]) -> Result<String> {
    let tool = find(site)?.args(arguments.iter().copied());
    let tool = match project {
        Some(project) => tool.args(["--project-id", project]),
        None => tool,
    };
    tool.text("").map_err(|error| error.hint("neonctl projects list"))
}

/// The project: as configured, else the one that the program takes by itself, here and now.
///
/// # Errors
/// When Neon refuses.
pub fn project(site: Site<'_>, spec: &Provider) -> Result<Option<String>> {
    let Provider::Neon { project, .. } = spec else { return Err(Error::failed("not a database at Neon")) };
    if project.is_some() {
        return Ok(project.clone());
    }
    let list = run(site, None, &["branches", "list", "--output", "json"])?;
    let list: Vec<Branch> = serde_json::from_str(&list).context(|| "neonctl printed no list of branches".to_owned())?;
    Ok(list.into_iter().find_map(|branch| branch.project_id))
}

/// Makes the branch `name` and returns its id.
///
/// # Errors
/// When Neon refuses.
pub fn create(site: Site<'_>, name: &str, project: Option<&str>, spec: &Provider) -> Result<String> {
    let Provider::Neon { parent, .. } = spec else { return Err(Error::failed("not a database at Neon")) };
    let mut line = vec!["branches", "create", "--name", name, "--output", "json"];
    if let Some(parent) = parent {
        line.extend(["--parent", parent]);
    }
    let made = run(site, project, &line)?;
    let made: Created =
        serde_json::from_str(&made).context(|| "neonctl did not say which branch it made".to_owned())?;
    Ok(made.branch.id)
}

/// The connection string of a branch.
///
/// # Errors
/// When Neon refuses: several databases or roles need `agent-db.database` and `agent-db.role`.
pub fn url(site: Site<'_>, branch: &str, project: Option<&str>, spec: &Provider) -> Result<String> {
    let Provider::Neon { database, role, pooled, .. } = spec else {
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
    let url = run(site, project, &line)?;
    let url = url.trim().to_owned();
    let is_url = url.contains("://") && !url.contains(char::is_whitespace);
    if is_url { Ok(url) } else { Err(Error::failed("neonctl printed no connection string").hint(HINT)) }
}

/// Puts the data of a branch back to its parent's.
///
/// # Errors
/// When Neon refuses.
pub fn reset(site: Site<'_>, branch: &str, project: Option<&str>) -> Result<()> {
    run(site, project, &["branches", "reset", branch, "--parent"]).map(drop)
}

/// Deletes a branch, by its id or its name; one that Neon says is gone is no error.
///
/// # Errors
/// When Neon refuses.
pub fn delete(site: Site<'_>, branch: &str, project: Option<&str>) -> Result<()> {
    match run(site, project, &["branches", "delete", branch]) {
        Err(error) if is_gone(&error) => Ok(()),
        other => other.map(drop),
    }
}

/// Whether Neon says that there is no such branch, and does not say so of the project.
fn is_gone(error: &Error) -> bool {
    let said = error.causes.join("\n").to_ascii_lowercase();
    let lines = said.lines().filter(|line| line.contains("not found"));
    lines.clone().any(|line| line.contains("branch")) && !lines.clone().any(|line| line.contains("project not found"))
}

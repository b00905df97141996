//! Agents: a linked worktree, and the record that git-agent keeps in the worktree's own git directory.

pub mod activity;
mod contents;
pub mod record;
pub mod sessions;
pub mod work;

use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees::{self, Worktree};
use record::Record;

/// One linked worktree, with its record if git-agent made it or took it in.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Git's side of it.
    pub tree: Worktree,
    /// Our side; `None` for a foreign worktree.
    pub record: Option<Record>,
    /// Set when there is a record that cannot be read.
    pub damage: Option<String>,
}

impl Agent {
    /// Reads what belongs to a worktree.
    pub fn of(tree: Worktree) -> Self {
        match Record::load(&tree.admin) {
            Ok(record) => Self { tree, record, damage: None },
            Err(error) => Self { tree, record: None, damage: Some(error.to_string()) },
        }
    }

    /// What people call it: the record's name, else the folder.
    pub fn name(&self) -> String {
        self.record.as_ref().map_or_else(|| self.tree.folder(), |record| record.name.clone())
    }

    /// Whether the branch that is checked out was created for the agent, and so may go with it. A branch that was
    /// there before, or that the agent has switched to, stays.
    pub fn owns_branch(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.branch_created && self.tree.branch() == Some(&record.branch))
    }

    /// The name for a user's command line: quoted if a shell would read something into it.
    pub fn shown_name(&self) -> String {
        shell_word(&self.name())
    }
}

/// All linked worktrees of the repository with their records.
///
/// # Errors
/// When git's list of worktrees cannot be read.
pub fn all(repo: &Repo) -> Result<Vec<Agent>> {
    Ok(worktrees::list(repo)?.into_iter().map(Agent::of).collect())
}

/// The agent called `name`: by its record, else by its branch, else by its folder.
///
/// # Errors
/// When there is none, or several foreign worktrees answer to the name.
pub fn find(repo: &Repo, name: &str) -> Result<Agent> {
    let mut agents = all(repo)?;
    let by_record = |agent: &Agent| agent.record.as_ref().is_some_and(|record| record.name == name);
    let by_branch = |agent: &Agent| agent.tree.branch() == Some(name);
    let by_folder = |agent: &Agent| agent.tree.folder() == name || agent.tree.path == Path::new(name);
    let tests: [&dyn Fn(&Agent) -> bool; 3] = [&by_record, &by_branch, &by_folder];
    for test in tests {
        let positions: Vec<usize> =
            agents.iter().enumerate().filter(|(_, agent)| test(agent)).map(|(at, _)| at).collect();
        match positions[..] {
            [] => {}
            [only] => return Ok(agents.swap_remove(only)),
            _ => {
                let paths = positions.iter().map(|&at| agents[at].tree.path.display().to_string()).collect::<Vec<_>>();
                return Err(Error::new(Kind::Usage, format!("'{name}' names several worktrees"))
                    .because(paths.join("\n"))
                    .hint("name it by its branch or its path: git agent list"));
            }
        }
    }
    Err(not_found(repo, name, &agents))
}

fn not_found(repo: &Repo, name: &str, agents: &[Agent]) -> Error {
    let error = Error::new(Kind::NotFound, format!("there is no agent '{name}'"));
    if crate::trash::find(repo, name).is_ok_and(|found| found.is_some()) {
        return error.because("it is in the trash").hint(format!("git agent restore {}", shell_word(name)));
    }
    let folded = name.to_lowercase();
    let near = agents.iter().map(Agent::name).find(|other| {
        let other = other.to_lowercase();
        other == folded || other.contains(&folded) || folded.contains(&other)
    });
    match near {
        Some(near) => error.because(format!("did you mean '{near}'?")).hint("git agent list"),
        None => error.hint("git agent list"),
    }
}

/// `text` as one word of a command that a person may paste into a POSIX shell.
pub fn shell_word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

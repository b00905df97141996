//! The environment of the worktree that a command of a session runs in.
//!
//! A session moves: into a worktree that it asks for, out of it, and its subagents work in worktrees of their own. So the
//! client's script is not given values but a question, which each command asks where it runs.

use std::io::Write;
use std::path::Path;

use crate::agent::{Agent, shell_word};
use crate::config::Config;
use crate::error::{Context, Result};
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::policy::export::{self, Syntax};
use crate::provision::env;
use crate::{environment, store};

/// The first line of what is added to the script.
const MARK: &str = "# git-agent: the environment of the worktree that a command runs in";

/// `git-agent-hook env`: commands for a POSIX shell that set the environment; nothing outside of linked worktrees. A setting
/// that is wrong takes nothing but its own variables away.
///
/// # Errors
/// When the worktree or its repository cannot be read.
pub fn exports() -> Result<String> {
    let here = environment::current_dir()?;
    let Some(admin) = worktrees::git_dir_around(&here) else { return Ok(String::new()) };
    let repo = Repo::discover(&here)?;
    let agent = Agent::of(worktrees::read(repo.common(), &admin));
    if agent.record.is_none() {
        return Ok(String::new());
    }
    let (config, broken) = Config::readable(&repo)?;
    let (environment, problems) = env::gather(&repo, &config, &agent);
    broken.iter().chain(&problems).for_each(|problem| super::warn(&problem.to_string()));
    let set = environment.pairs.iter().map(|(name, value)| export::line(Syntax::Posix, name, value));
    let unset = environment.unset.iter().map(|name| export::unset(Syntax::Posix, name));
    Ok(set.chain(unset).map(|line| format!("{line}\n")).collect())
}

/// Adds the question to the script that the client runs before each command, once. The shell looks for the `.git` file
/// of a linked worktree by itself, so that a command in a main checkout starts no program. It looks from where it really is:
/// a symlink may lead into a worktree.
///
/// # Errors
/// When the script cannot be written.
pub fn add_to(script: &Path) -> Result<()> {
    let before = store::read(script)?.unwrap_or_default();
    if String::from_utf8_lossy(&before).contains(MARK) {
        return Ok(());
    }
    let program = std::env::current_exe().context(|| "this program does not know its path".to_owned())?;
    let program = shell_word(&program.to_string_lossy());
    let newline = if before.is_empty() || before.ends_with(b"\n") { "" } else { "\n" };
    let block = format!(
        "{newline}{MARK}
git_agent_top=$(pwd -P 2>/dev/null)
while [ -n \"$git_agent_top\" ] && [ ! -e \"$git_agent_top/.git\" ]; do git_agent_top=${{git_agent_top%/*}}; done
if [ -f \"$git_agent_top/.git\" ]; then eval \"$({program} env </dev/null 2>/dev/null)\"; fi
unset git_agent_top
"
    );
    store::append(script)?.write_all(block.as_bytes()).context(|| format!("cannot write {}", script.display()))
}

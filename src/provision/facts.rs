//! What must be known to plan.

use gix::bstr::ByteSlice;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::policy::provision::{Facts, deps};
use crate::provision::{db, files, ports, rewrite, submodules};

/// Looks at the settings, the patterns and the tracked lockfiles of the worktree.
///
/// # Errors
/// When a setting is wrong or a file cannot be read.
pub fn gather(repo: &Repo, config: &Config, agent: &Agent) -> Result<Facts> {
    let dependencies = config.deps()? != deps::Mode::None;
    let lockfiles = if dependencies { lockfiles(&Tracked::read(repo, &agent.tree.admin)?) } else { Vec::new() };
    Ok(Facts {
        submodules: submodules::are_wanted(repo, &agent.tree.path, &agent.tree.admin)?,
        files: !files::patterns(repo, config)?.is_empty(),
        links: repo.main().is_some() && !config.link().is_empty(),
        lockfiles,
        dependencies,
        ports: !ports::services(config)?.is_empty(),
        database: !db::spec::specs(repo, config)?.is_empty(),
        environment: rewrite::is_wanted(config)?,
        setup: !config.setup().is_empty(),
    })
}

/// Looks whether every setting can be understood, before anything is made.
///
/// # Errors
/// The first that cannot.
pub fn check(repo: &Repo, config: &Config) -> Result<()> {
    config.deps()?;
    ports::services(config)?;
    db::spec::specs(repo, config)?;
    rewrite::is_wanted(config)?;
    Ok(())
}

/// The tracked lockfiles, by folder and name.
pub fn lockfiles(tracked: &Tracked) -> Vec<(String, String)> {
    let interesting = tracked.paths().filter_map(|path| path.to_str().ok()).filter(|path| deps::is_interesting(path));
    let split = interesting.map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    split.map(|(folder, name)| (folder.to_owned(), name.to_owned())).collect()
}

//! What must be known to plan.

use std::path::Path;

use gix::bstr::ByteSlice;

use crate::agent::Agent;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::policy::provision::{Facts, deps};
use crate::provision::{data, db, env, files, ports, rewrite, submodules};
use crate::store;

/// The lockfile of every yarn, and the settings by which the later ones are known.
const YARN: &str = "yarn.lock";
const YARN_SETTINGS: &str = ".yarnrc.yml";

/// Looks at the settings, the patterns and the tracked lockfiles of the worktree.
///
/// # Errors
/// When a setting is wrong or a file cannot be read.
pub fn gather(repo: &Repo, config: &Config, agent: &Agent) -> Result<Facts> {
    let dependencies = config.deps()? != deps::Mode::None;
    let lockfiles = if dependencies {
        lockfiles(&Tracked::read(repo, &agent.tree.admin)?, Some(&agent.tree.path))
    } else {
        Vec::new()
    };
    Ok(Facts {
        submodules: submodules::are_wanted(repo, &agent.tree.path, &agent.tree.admin)?,
        files: !files::patterns(repo, config)?.is_empty(),
        links: repo.main().is_some() && !config.link().is_empty(),
        lockfiles,
        dependencies,
        ports: !ports::services(config)?.is_empty(),
        database: !db::spec::specs(repo, config)?.is_empty(),
        environment: rewrite::is_wanted(config)?
            || data::setting(config)?.is_some()
            || !config.section("agent-env").is_empty(),
        setup: !config.setup().is_empty(),
    })
}

/// Looks whether every setting can be understood, before anything is made.
///
/// # Errors
/// The first that cannot.
pub fn check(repo: &Repo, config: &Config) -> Result<()> {
    problems(repo, config).into_iter().next().map_or(Ok(()), Err)
}

/// Every setting that cannot be understood.
pub fn problems(repo: &Repo, config: &Config) -> Vec<Error> {
    let settings = [
        config.deps().err(),
        config.setup_waits().err(),
        ports::services(config).err(),
        data::setting(config).err(),
        db::spec::specs(repo, config).err(),
        rewrite::is_wanted(config).err(),
    ];
    settings.into_iter().flatten().chain(env::problems(repo, config)).collect()
}

/// The tracked lockfiles, by folder and name. What yarn's are in the checkout at `top` says which yarn is meant, whether
/// its settings lie beside them or not.
pub fn lockfiles(tracked: &Tracked, top: Option<&Path>) -> Vec<(String, String)> {
    let interesting = tracked.paths().filter_map(|path| path.to_str().ok()).filter(|path| deps::is_interesting(path));
    let split = interesting.map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    let mut found: Vec<(String, String)> = split.map(|(folder, name)| (folder.to_owned(), name.to_owned())).collect();
    let is_berry = |folder: &str| {
        let text = top.and_then(|top| store::read_limited(&top.join(folder).join(YARN), 1 << 28).ok().flatten());
        text.is_some_and(|text| deps::is_berry(&String::from_utf8_lossy(&text)))
    };
    let berries: Vec<String> = found
        .iter()
        .filter(|(folder, name)| name == YARN && is_berry(folder))
        .map(|(folder, _)| folder.clone())
        .collect();
    found.extend(berries.into_iter().map(|folder| (folder, YARN_SETTINGS.to_owned())));
    found
}

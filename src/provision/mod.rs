//! Making a worktree ready for work: submodules, files, dependencies, ports, an environment, a database, setup commands.
//!
//! What is to be done is a plan of steps ([`crate::policy::provision`]); [`engine`] carries it out, independent steps at
//! once; [`record`] says in the worktree's git directory how far it is; [`made`] keeps what was made outside of the worktree,
//! written down before it is made, so that nothing of it can be forgotten. Each step may be done again at any time: it
//! repairs and completes.

pub mod background;
pub mod command;
pub mod copy;
pub mod data;
pub mod db;
pub mod deps;
pub mod due;
pub mod engine;
pub mod env;
pub mod facts;
pub mod files;
pub mod interrupted;
pub mod lfs;
pub mod links;
pub mod made;
pub mod places;
pub mod ports;
pub mod record;
pub mod removal;
pub mod rewrite;
pub mod run;
pub mod scene;
pub mod setup;
pub mod stage;
pub mod submodules;
pub mod trust;
pub mod undo;

use crate::agent::Agent;

/// Whether an ignored path of the worktree is what we made there, so that a removal need not ask about it: its data
/// folder, a database of the agent's, which is a copy and stays in the trash with all else, or a `.env` file that nobody has changed since.
pub fn is_ours(agent: &Agent, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    if rewrite::is_untouched(&agent.tree.admin, &agent.tree.path, path) {
        return true;
    }
    let full = agent.tree.path.join(path);
    if !full.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return db::record::files(agent).iter().any(|file| file == path);
    }
    let names = crate::store::names(&full).unwrap_or_default();
    full.join(data::TAG).exists()
        || names.iter().all(|name| is_ours(agent, &format!("{path}/{}", name.to_string_lossy())))
}

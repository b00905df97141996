//! The slash commands, in the user's own folder of Claude Code, where they have no prefix.

use super::{Plan, Record, claude, missing_folders};
use crate::error::{Error, Kind, Result};
use crate::policy::settings::Patch;
use crate::setup::change::Change;
use crate::store;

use super::record::Written;

/// The commands as the plugin has them.
const COMMANDS: [(&str, &str); 6] = [
    ("worktree.md", include_str!("../../commands/worktree.md")),
    ("worktree-list.md", include_str!("../../commands/worktree-list.md")),
    ("worktree-plan.md", include_str!("../../commands/worktree-plan.md")),
    ("worktree-push.md", include_str!("../../commands/worktree-push.md")),
    ("worktree-rm.md", include_str!("../../commands/worktree-rm.md")),
    ("worktree-status.md", include_str!("../../commands/worktree-status.md")),
];

/// Writes them, or removes those that are as we wrote them. A file of the same name that somebody else wrote, or changed, is never
/// touched.
///
/// # Errors
/// When there is such a file and ours is to be written.
pub fn plan(undo: bool, record: &Record) -> Result<Vec<Plan>> {
    let folder = claude::folder()?.join("commands");
    let mut plans = Vec::new();
    for (name, text) in COMMANDS {
        let path = folder.join(name);
        let found = store::read(&path)?;
        let old = record.of(&path);
        let written = |found: &Vec<u8>| old.is_some_and(|old| old.patch.after.as_bytes() == found);
        let ours = found.as_ref().is_none_or(|found| found == text.as_bytes() || written(found));
        let mut plan = Plan::default();
        if undo {
            plan.entry = old.map(|_| (path.clone(), None));
            if ours {
                plan.change = Change::file(&path, None)?;
            } else {
                plan.notes.push(format!("left {}: it was changed since", path.display()));
            }
        } else if ours {
            let patch = Patch { before: String::new(), after: text.to_owned() };
            let folders = old.map_or_else(|| missing_folders(&path), |old| old.folders);
            let written = Written { created: true, folders, found: false, patch };
            plan.entry = Some((path.clone(), Some(written)));
            plan.change = Change::file(&path, Some(text.as_bytes()))?;
        } else {
            return Err(Error::new(Kind::Exists, format!("{} is not one that git agent wrote", path.display()))
                .hint(format!("mv {0} {0}.mine", path.display())));
        }
        plans.push(plan);
    }
    Ok(plans)
}

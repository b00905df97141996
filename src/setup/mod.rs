//! What git-agent puts into a repository once, as a plan: which files change and how. `git agent init` prints it or
//! carries it out, a spawn carries it out, and [`undo`] is the plan back.

pub mod change;
pub mod record;
pub mod undo;

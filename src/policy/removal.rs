//! May this worktree be removed? Decided from facts alone; [`crate::policy`] does not look at the world.

/// What stands against a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Locked with `git worktree lock`, with the reason given there.
    Locked(String),
    /// These processes run in it: name and process id.
    Running(Vec<(String, u32)>),
    /// The user's own shell stands in it.
    Standing,
    /// Work that would be gone if the trash did not exist: kind and count.
    Work(Vec<(Kind, usize)>),
}

/// A kind of work that a removal would take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Paths whose staged content differs from the last commit.
    Staged,
    /// Tracked paths that were changed and not staged.
    Changed,
    /// Paths that git does not know and does not ignore.
    Untracked,
    /// Paths in conflict.
    Conflicted,
    /// Ignored paths that no tool makes again.
    Ignored,
    /// Commits that are neither in the base nor on a remote.
    Unpushed,
    /// Commits of its submodules that no remote has and the main checkout neither.
    Submodules,
    /// A merge, rebase, cherry-pick, revert or bisect that has not ended.
    InProgress,
    /// Repositories of their own inside the worktree.
    Nested,
}

impl Kind {
    /// The kind with its count, for a sentence.
    pub fn counted(self, count: usize) -> String {
        let many = if count == 1 { "" } else { "s" };
        match self {
            Self::Staged => format!("{count} staged change{many}"),
            Self::Changed => format!("{count} unstaged change{many}"),
            Self::Untracked => format!("{count} untracked path{many}"),
            Self::Conflicted => format!("{count} conflict{many}"),
            Self::Ignored => format!("{count} ignored path{many} that no tool makes again"),
            Self::Unpushed => format!("{count} commit{many} neither in the base nor pushed"),
            Self::Submodules => format!("{count} commit{many} in submodules that were pushed nowhere"),
            Self::InProgress => "an unfinished merge, rebase or bisect".to_owned(),
            Self::Nested => format!("{count} nested repositor{}", if count == 1 { "y" } else { "ies" }),
        }
    }

    /// The word for JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Changed => "changed",
            Self::Untracked => "untracked",
            Self::Conflicted => "conflicted",
            Self::Ignored => "ignored",
            Self::Unpushed => "unpushed",
            Self::Submodules => "submodules",
            Self::InProgress => "inProgress",
            Self::Nested => "nested",
        }
    }
}

/// What is known about a worktree that somebody wants to remove.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The reason of `git worktree lock`; `None` when it is not locked.
    pub locked: Option<String>,
    /// Processes that run in it: name and process id.
    pub running: Vec<(String, u32)>,
    /// The user's shell stands in it.
    pub standing: bool,
    /// Kinds of work with their counts; zero counts are left out by [`obstacle`].
    pub work: Vec<(Kind, usize)>,
}

/// How much the user insists: 0, `--force` once, or twice.
pub type Force = u8;

/// What stands against the removal, the first that `force` does not overrule. Work is overruled by one `--force`;
/// a lock, a process and the user's own place by two, as with `git worktree remove`.
pub fn obstacle(facts: &Facts, force: Force) -> Option<Obstacle> {
    if force < 2 {
        if let Some(reason) = &facts.locked {
            return Some(Obstacle::Locked(reason.clone()));
        }
        if facts.standing {
            return Some(Obstacle::Standing);
        }
        if !facts.running.is_empty() {
            return Some(Obstacle::Running(facts.running.clone()));
        }
    }
    let work: Vec<_> = facts.work.iter().copied().filter(|(_, count)| *count > 0).collect();
    (force == 0 && !work.is_empty()).then_some(Obstacle::Work(work))
}

/// Why a branch counts as merged, or as holding nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// Its tip is a commit of the base, and commits were made on it.
    Ancestor,
    /// Merging it into the base changes nothing: its content is there under another commit (a squash).
    Squash,
    /// Each of its commits has a twin in the base with the same patch-id (cherry-picks, a rebase).
    PatchId,
}

impl Merged {
    /// The word for JSON and for the list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ancestor => "ancestor",
            Self::Squash => "squash",
            Self::PatchId => "patch-id",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_against_a_removal() {
        let clean = Facts { work: vec![(Kind::Staged, 0)], ..Facts::default() };
        let dirty = Facts { work: vec![(Kind::Staged, 1), (Kind::Ignored, 0)], ..Facts::default() };
        let locked = Facts { locked: Some("why".into()), ..dirty.clone() };
        let running = Facts { running: vec![("claude".into(), 7)], ..Facts::default() };
        let standing = Facts { standing: true, ..running.clone() };
        let work = Some(Obstacle::Work(vec![(Kind::Staged, 1)]));
        for (facts, force, expected) in [
            (&clean, 0, None),
            (&dirty, 0, work),
            (&dirty, 1, None),
            (&locked, 1, Some(Obstacle::Locked("why".into()))),
            (&locked, 2, None),
            (&running, 0, Some(Obstacle::Running(vec![("claude".into(), 7)]))),
            (&running, 1, Some(Obstacle::Running(vec![("claude".into(), 7)]))),
            (&running, 2, None),
            (&standing, 0, Some(Obstacle::Standing)),
        ] {
            assert_eq!(obstacle(facts, force), expected, "{facts:?} with force {force}");
        }
    }

    #[test]
    fn counts_read_as_sentences() {
        assert_eq!(Kind::Untracked.counted(1), "1 untracked path");
        assert_eq!(Kind::Unpushed.counted(3), "3 commits neither in the base nor pushed");
        assert_eq!(Kind::Nested.counted(2), "2 nested repositories");
    }
}

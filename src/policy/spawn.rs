//! What a spawn would do, decided from facts: the plan that `--dry-run` prints and that the spawn carries out.

use std::path::{Path, PathBuf};

use super::name::{self, Collision};

/// Where the agent's branch comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// It is created at the base.
    Create,
    /// The local branch of that name is taken as it is.
    Take {
        /// How its wrong upstream is mended.
        upstream: Upstream,
    },
    /// It is created from the remote's branch of the same name, which becomes its upstream.
    Track {
        /// The full name of the ref that follows the remote's branch.
        tracking: String,
    },
}

/// What happens to the upstream of a branch that was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// It has none, or the right one.
    Leave,
    /// It is set to the remote's branch of the same name; the text is what it was.
    Set(String),
    /// It is unset, for the remote has no branch of that name; the text is what it was.
    Unset(String),
}

/// Something that a name can run into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// An agent of that name.
    Agent(String),
    /// A removed agent of that name.
    Trashed(String),
    /// A local branch.
    Branch(String),
}

/// A worktree that is on record.
#[derive(Clone, Debug)]
pub struct Worktree {
    /// The branch that it holds.
    pub branch: Option<String>,
    /// Its place.
    pub path: PathBuf,
    /// Whether the folder is there.
    pub exists: bool,
}

/// What is known before a spawn.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The agent's name.
    pub name: &'a str,
    /// Its branch.
    pub branch: &'a str,
    /// Where its worktree would go.
    pub path: &'a Path,
    /// Whether something is there already.
    pub path_exists: bool,
    /// A symlink on the way to it, inside the repository, and where it points.
    pub symlink: Option<(PathBuf, PathBuf)>,
    /// Something on the way to it that is no folder.
    pub blocked: Option<PathBuf>,
    /// Names of agents, trashed agents and local branches.
    pub taken: &'a [Taken],
    /// Every worktree, the main checkout included.
    pub worktrees: &'a [Worktree],
    /// The upstream of the local branch, as `remote` and full ref, if there is a branch with one.
    pub upstream: Option<(String, String)>,
    /// The ref here that follows the remote's branch of the same name, if the remote has one.
    pub tracking: Option<String>,
}

/// Why there is no spawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The name runs into another.
    Collides(Collision, Taken),
    /// The branch is checked out there.
    CheckedOut(PathBuf),
    /// Something stands at the worktree's path.
    PathTaken(PathBuf),
    /// A worktree is on record for that path, and its folder is gone.
    Stale(PathBuf),
    /// Something on the way to the worktree's path is no folder.
    Blocked(PathBuf),
    /// A symlink would lead the worktree out of the repository.
    Symlink(PathBuf, PathBuf),
}

/// Decides where the branch comes from, or why there is no spawn.
///
/// # Errors
/// The first thing that stands against it.
pub fn decide(facts: &Facts<'_>) -> Result<Branch, Refusal> {
    if let Some(refusal) = clash(facts.name, facts.branch, facts.taken, facts.worktrees) {
        return Err(refusal);
    }
    if let Some((link, target)) = &facts.symlink {
        return Err(Refusal::Symlink(link.clone(), target.clone()));
    }
    if facts.worktrees.iter().any(|tree| tree.path == facts.path && !tree.exists) {
        return Err(Refusal::Stale(facts.path.to_owned()));
    }
    if let Some(file) = &facts.blocked {
        return Err(Refusal::Blocked(file.clone()));
    }
    if facts.path_exists {
        return Err(Refusal::PathTaken(facts.path.to_owned()));
    }
    if facts.taken.contains(&Taken::Branch(facts.branch.to_owned())) {
        return Ok(Branch::Take { upstream: mended(facts.branch, facts.upstream.as_ref(), facts.tracking.is_some()) });
    }
    Ok(match &facts.tracking {
        Some(tracking) => Branch::Track { tracking: tracking.clone() },
        None => Branch::Create,
    })
}

/// What a name and its branch run into: another name, or a worktree that holds the branch.
pub fn clash(name: &str, branch: &str, names: &[Taken], worktrees: &[Worktree]) -> Option<Refusal> {
    for taken in names {
        let found = match taken {
            Taken::Agent(other) | Taken::Trashed(other) => {
                name::collision(name, other).filter(|found| *found != Collision::Nested)
            }
            // The same branch is taken over, and only its own name can be: a folder of the same name is no branch.
            Taken::Branch(other) => {
                name::collision(branch, other).filter(|found| !matches!(found, Collision::Same | Collision::Folder))
            }
        };
        if let Some(collision) = found {
            return Some(Refusal::Collides(collision, taken.clone()));
        }
    }
    let holder = worktrees.iter().find(|tree| tree.branch.as_deref() == Some(branch))?;
    Some(Refusal::CheckedOut(holder.path.clone()))
}

/// What happens to the upstream of a branch that was there before. `upstream` is the remote and the full ref that are
/// configured, `tracked` whether the remote is known to have a branch of the same name.
pub fn mended(branch: &str, upstream: Option<&(String, String)>, tracked: bool) -> Upstream {
    let Some((remote, merge)) = upstream else { return Upstream::Leave };
    if *merge == format!("refs/heads/{branch}") && remote != "." {
        return Upstream::Leave;
    }
    let was = format!("{remote}/{}", merge.strip_prefix("refs/heads/").unwrap_or(merge));
    if tracked { Upstream::Set(was) } else { Upstream::Unset(was) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(taken: &'a [Taken], worktrees: &'a [Worktree]) -> Facts<'a> {
        Facts {
            name: "x",
            branch: "x",
            path: Path::new("/r/x"),
            path_exists: false,
            symlink: None,
            blocked: None,
            taken,
            worktrees,
            upstream: None,
            tracking: None,
        }
    }

    #[test]
    fn where_the_branch_comes_from() {
        assert_eq!(decide(&facts(&[], &[])), Ok(Branch::Create));
        let tracked = Facts { tracking: Some("refs/remotes/origin/x".into()), ..facts(&[], &[]) };
        assert_eq!(decide(&tracked), Ok(Branch::Track { tracking: "refs/remotes/origin/x".into() }));
        let there = [Taken::Branch("x".into())];
        assert_eq!(decide(&facts(&there, &[])), Ok(Branch::Take { upstream: Upstream::Leave }));
        for (remote, merge, tracking, expected) in [
            ("origin", "refs/heads/x", None, Upstream::Leave),
            ("origin", "refs/heads/main", None, Upstream::Unset("origin/main".into())),
            ("origin", "refs/heads/main", Some("refs/remotes/origin/x"), Upstream::Set("origin/main".into())),
            (".", "refs/heads/main", None, Upstream::Unset("./main".into())),
        ] {
            let upstream = Some((remote.to_owned(), merge.to_owned()));
            let facts = Facts { upstream, tracking: tracking.map(str::to_owned), ..facts(&there, &[]) };
            assert_eq!(decide(&facts), Ok(Branch::Take { upstream: expected }));
        }
    }

    #[test]
    fn what_stands_against_it() {
        let agent = |name: &str| Taken::Agent(name.into());
        let branch = |name: &str| Taken::Branch(name.into());
        for (taken, collision) in [
            (agent("x"), Collision::Same),
            (agent("X"), Collision::Case),
            (Taken::Trashed("x".into()), Collision::Same),
            (branch("X"), Collision::Case),
            (branch("x/y"), Collision::Nested),
        ] {
            let all = [taken.clone()];
            assert_eq!(decide(&facts(&all, &[])), Err(Refusal::Collides(collision, taken)));
        }
        for harmless in [agent("x/y"), agent("y"), branch("y")] {
            assert_eq!(decide(&facts(&[harmless], &[])), Ok(Branch::Create));
        }
        let elsewhere = [Worktree { branch: Some("x".into()), path: "/r".into(), exists: true }];
        assert_eq!(decide(&facts(&[branch("x")], &elsewhere)), Err(Refusal::CheckedOut("/r".into())));
        let gone = [Worktree { branch: None, path: "/r/x".into(), exists: false }];
        assert_eq!(decide(&facts(&[], &gone)), Err(Refusal::Stale("/r/x".into())));
        let there = Facts { path_exists: true, ..facts(&[], &[]) };
        assert_eq!(decide(&there), Err(Refusal::PathTaken("/r/x".into())));
    }
}

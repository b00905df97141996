//! From names to plans, and the words for what stands against one.

use gix::ObjectId;

use crate::agent::record::{Base, Record};
use crate::agent::shell_word;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::history::History;
use crate::git::repo::{Repo, real};
use crate::journal;
use crate::policy::name::{self, Collision};
use crate::policy::place;
use crate::policy::spawn::{Branch, Facts, Refusal, Taken, decide};
use crate::spawn::apply::Plan;
use crate::spawn::base;
use crate::spawn::facts::{self, Known};

/// One agent that is asked for.
pub(super) struct Wanted {
    pub name: String,
    pub profile: Option<String>,
}

pub(super) fn wanted(stem: &str, profiles: &[String], count: u32) -> Vec<Wanted> {
    name::siblings(stem, profiles, count).into_iter().map(|(name, profile)| Wanted { name, profile }).collect()
}

/// A name that we made up gets a number if it is taken; a name that the user chose never changes.
pub(super) fn make_free(
    wanted: &mut Vec<Wanted>,
    stem: &str,
    profiles: &[String],
    count: u32,
    known: &Known,
    prefix: &str,
) {
    let taken = |name: &str| {
        let branch = format!("{prefix}{name}");
        known.taken.iter().any(|taken| match taken {
            Taken::Agent(other) | Taken::Trashed(other) => name::collision(name, other).is_some(),
            Taken::Branch(other) => name::collision(&branch, other).is_some(),
        })
    };
    for number in 2.. {
        if !wanted.iter().any(|one| taken(&one.name)) {
            return;
        }
        *wanted = self::wanted(&format!("{stem}-{number}"), profiles, count);
    }
}

pub(super) fn plans(
    repo: &Repo,
    config: &Config,
    base: &base::Found,
    known: &Known,
    wanted: &[Wanted],
    prefix: &str,
    task: Option<&str>,
) -> Result<Vec<Plan>> {
    let template = config.worktree_template(repo.is_bare())?;
    let local = repo.gix();
    let mut history = History::new(&local);
    let mut plans: Vec<Plan> = Vec::new();
    for one in wanted {
        let branch = format!("{prefix}{}", one.name);
        let written = place::worktree_path(&template, repo.root(), &repo.name(), &name::folder(&one.name));
        let symlink = facts::symlink_below(repo.root(), &written);
        let path = if symlink.is_some() { written } else { real(&written) };
        let tracking = base.tracking.iter().find(|tracking| tracking.branch == branch);
        let facts = Facts {
            name: &one.name,
            branch: &branch,
            path: &path,
            path_exists: path.symlink_metadata().is_ok(),
            symlink,
            blocked: facts::blocked_by(&path),
            taken: &known.taken,
            worktrees: &known.worktrees,
            upstream: facts::upstream(repo, &branch),
            tracking: tracking.map(|tracking| tracking.reference.clone()),
        };
        if path.to_str().is_none() {
            return Err(Error::new(Kind::Unsupported, format!("the path {} is not Unicode", path.display()))
                .hint("git config agent.worktreeDir PATH"));
        }
        let source = decide(&facts).map_err(|refusal| refused(&one.name, &branch, refusal))?;
        let start = match &source {
            Branch::Create => Some(base.commit),
            Branch::Take { .. } => repo.ref_commit(&format!("refs/heads/{branch}")),
            Branch::Track { .. } => tracking.map(|tracking| tracking.commit),
        };
        let start = start.ok_or_else(|| {
            Error::failed(format!("branch '{branch}' has no commit")).hint(format!("git log {}", shell_word(&branch)))
        })?;
        let fork = fork_point(&mut history, start, base.commit);
        let record = Record {
            version: 1,
            name: one.name.clone(),
            branch,
            branch_created: !matches!(source, Branch::Take { .. }),
            base: Base { commit: fork.to_string(), ..base.base.clone() },
            protected: base.protected.clone(),
            created: journal::now(),
            task: task.map(str::to_owned),
            profile: one.profile.clone(),
            origin: None,
        };
        plans.push(Plan { record, source, start, path, default_branch: base.default_branch.clone() });
    }
    Ok(plans)
}

/// Where a branch that was there before left the base: its own base. Unrelated histories have none in common.
fn fork_point(history: &mut History<'_>, start: ObjectId, base: ObjectId) -> ObjectId {
    history.distance(start, base).ok().and_then(|distance| distance.merge_base).unwrap_or(base)
}

fn refused(name: &str, branch: &str, refusal: Refusal) -> Error {
    let shown = |path: &std::path::Path| shell_word(&path.to_string_lossy());
    match refusal {
        Refusal::Collides(collision, taken) => collides(name, branch, collision, &taken),
        Refusal::CheckedOut(path) => {
            Error::new(Kind::Exists, format!("branch '{branch}' is checked out at {}", path.display()))
                .hint(format!("cd {}", shown(&path)))
        }
        Refusal::PathTaken(path) => Error::new(Kind::Exists, format!("something is at {} already", path.display()))
            .hint(format!("ls -la {}", shown(&path))),
        Refusal::Stale(path) => {
            let what = format!("git has a worktree on record at {}, and its folder is gone", path.display());
            Error::new(Kind::Exists, what)
                .because("if it was moved: git worktree repair NEW-PATH")
                .hint(format!("git worktree prune && git agent spawn {}", shell_word(name)))
        }
        Refusal::Blocked(file) => {
            Error::new(Kind::Exists, format!("{} is no folder: the worktree cannot go below it", file.display())).hint(
                format!("git config agent.worktreeDir '../{{repo}}-{{name}}' && git agent spawn {}", shell_word(name)),
            )
        }
        Refusal::Symlink(link, target) => Error::new(
            Kind::Refused,
            format!("{} is a symlink to {}: the worktree would leave the repository", link.display(), target.display()),
        )
        .hint(format!("git config agent.worktreeDir '../{{repo}}-{{name}}' && git agent spawn {}", shell_word(name))),
    }
}

fn collides(name: &str, branch: &str, collision: Collision, taken: &Taken) -> Error {
    let (what, other) = match taken {
        Taken::Agent(other) => ("an agent", other),
        Taken::Trashed(other) => ("a removed agent", other),
        Taken::Branch(other) => ("a branch", other),
    };
    let why = match collision {
        Collision::Same => format!("there is {what} '{other}' already"),
        Collision::Case => format!("'{name}' and {what} '{other}' are one name where file systems ignore case"),
        Collision::Folder => format!("'{name}' and {what} '{other}' would share a folder"),
        Collision::Nested => format!("git cannot have branch '{branch}' beside {what} '{other}'"),
    };
    let error = Error::new(Kind::Exists, why);
    let other = shell_word(other);
    let elsewhere = format!("git agent spawn {}-2", shell_word(&name.replace('/', "-")));
    match taken {
        Taken::Agent(_) if collision == Collision::Same => error.hint(format!("cd \"$(git agent path {other})\"")),
        Taken::Trashed(_) => {
            let error = error.because("a removed agent keeps its name until it is purged, which deletes it for good");
            let error =
                if collision == Collision::Same { error.hint(format!("git agent restore {other}")) } else { error };
            error.hint(format!("git agent gc --purge {other}")).hint(elsewhere)
        }
        _ => error.hint(elsewhere),
    }
}

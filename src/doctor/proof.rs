//! A push that must be refused: a dry run to a bare repository that exists for this moment, below `.git/agent`.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::git::retry;
use crate::policy::doctor::{Facts, HookFile, Proof};
use crate::policy::include::Stanza;
use crate::{agent, journal, store};

/// The folder of one attempt, in `.git/agent`. One that is there while nobody holds the lock is left from a killed one.
const FOLDER: &str = "doctor";
/// What git says to a push that our hook refused.
const REFUSAL: &str = "git-agent: this push would update 'main'";

/// Where attempts are made.
pub(super) fn folder(repo: &Repo) -> PathBuf {
    repo.house().join(FOLDER)
}

/// Pushes to `main` of a scratch repository from a linked worktree, or from a scratch one where there is none.
///
/// It is not tried where it is known to fail, since then a hook of the user's would run.
///
/// # Errors
/// When the scratch repository cannot be made or removed.
pub(super) fn attempt(repo: &Repo, facts: &Facts) -> Result<Proof> {
    let setup = &facts.setup;
    let opened = facts.openings.iter().any(|setting| setting.key.eq_ignore_ascii_case("agent.allowPush"));
    let broken = setup.hooks.iter().any(|(event, file)| event == "pre-push" && *file != HookFile::Changed);
    if setup.guard_off || setup.moved || opened || broken || facts.hook.is_none() || setup.stanza != Some(Stanza::Fine)
    {
        return Ok(Proof::Untried);
    }
    let linked = facts.trees.iter().find(|tree| {
        tree.problem.is_none() && tree.hooks_path.as_ref().is_some_and(|setting| setting.value == setup.folder)
    });
    if linked.is_none() && facts.trees.iter().any(|tree| tree.problem.is_none()) {
        return Ok(Proof::Untried);
    }
    let heads = linked.into_iter().flat_map(|tree| agent::find(repo, &tree.path));
    let commit = heads.filter_map(|agent| agent.tree.head.commit(&repo.gix())).next().or_else(|| repo.commit("HEAD"));
    let Some(commit) = commit else { return Ok(Proof::Untried) };

    let _held = journal::repository_lock(repo)?;
    let scratch = Scratch::make(repo)?;
    let remote = scratch.folder.join("remote.git");
    let format = format!("--object-format={}", commit.kind());
    repo.git().args(["init", "--quiet", "--bare", "--template=", &format, "--"]).arg(&remote).run()?;
    let place = match linked {
        Some(tree) => PathBuf::from(&tree.path),
        None => scratch.worktree(&commit.to_string())?,
    };
    let git = Git::at(&place).args(["push", "--dry-run", "--"]).arg(&remote).arg(format!("{commit}:refs/heads/main"));
    let output = git.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    scratch.remove()?;
    Ok(if said.contains(REFUSAL) && !output.status.success() {
        Proof::Refused
    } else if output.status.success() {
        Proof::Passed
    } else {
        Proof::Failed(said.lines().find(|line| !line.trim().is_empty()).unwrap_or("git said nothing").to_owned())
    })
}

/// A folder that is removed in the end, with the worktree in it.
struct Scratch<'r> {
    repo: &'r Repo,
    folder: PathBuf,
}

impl<'r> Scratch<'r> {
    fn make(repo: &'r Repo) -> Result<Self> {
        let scratch = Self { repo, folder: folder(repo) };
        scratch.clear()?;
        store::create_folder(&scratch.folder)?;
        Ok(scratch)
    }

    fn worktree(&self, commit: &str) -> Result<PathBuf> {
        let path = self.tree();
        retry::run(|| {
            let add = ["worktree", "add", "--quiet", "--no-checkout", "--detach", "--"];
            self.repo.git().args(add).arg(&path).arg(commit)
        })?;
        Ok(path)
    }

    fn tree(&self) -> PathBuf {
        // A name that no agent has, since git names its entry after it.
        self.folder.join("git-agent-doctor~")
    }

    fn remove(self) -> Result<()> {
        self.clear()
    }

    /// git's entry goes by hand: `git worktree remove` has to look at files that are not there.
    fn clear(&self) -> Result<()> {
        let path = self.tree();
        let entries = self.repo.common().join("worktrees");
        for name in
            store::names(&entries)?.into_iter().filter(|name| name.to_string_lossy().starts_with("git-agent-doctor"))
        {
            let link = store::read(&entries.join(&name).join("gitdir"))?.unwrap_or_default();
            if Path::new(String::from_utf8_lossy(&link).trim_end()).parent() == Some(&path) {
                store::remove_folder(&entries.join(&name))?;
            }
        }
        // As git does when the last one goes; it stays where there are others.
        if store::names(&entries)?.is_empty() {
            store::remove_folder(&entries)?;
        }
        store::remove_folder(&self.folder)
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        // After a failure; what stays behind then is removed by the next attempt.
        self.clear().ok();
    }
}

//! `git agent diff`

use std::ffi::OsString;

use gix::ObjectId;

use crate::agent::{self, Agent, work};
use crate::cli::Diff;
use crate::error::{Context, Error, Kind, Result};
use crate::git::history::History;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::launch::exit_code;
use crate::report::Outcome;
use crate::store;

pub(super) fn run(args: &Diff, quiet: bool) -> Result<Outcome> {
    check(&args.arguments)?;
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    if let Some(problem) = &agent.tree.problem {
        return Err(Error::failed(format!("the worktree of '{}' is broken", agent.name()))
            .because(&problem.what)
            .hint(&problem.remedy));
    }
    let base = start(&repo, &agent)?;
    // A copy of the index in which the untracked files are known by name: the diff shows them, the worktree's own
    // index stays as it is, and no blob is written for them.
    let index = agent.tree.admin.join(format!("agent-diff.{}.index", std::process::id()));
    let result = show(args, &agent, base, &index);
    store::remove_file(&index)?;
    result.map(Outcome::code)
}

/// Refuses the options of `git diff` that reach beyond the worktree: a client may let this verb run without a question. git takes a
/// long option by any beginning of its name.
fn check(arguments: &[OsString]) -> Result<()> {
    for word in arguments.iter().take_while(|word| *word != "--") {
        let word = word.to_string_lossy();
        let name = word.split('=').next().unwrap_or_default();
        let begins = |option: &str| name.len() > 2 && option.starts_with(name);
        if let Some(option) = ["--output", "--no-index"].into_iter().find(|option| begins(option)) {
            return Err(Error::new(Kind::Usage, format!("'{option}' is not for 'git agent diff'"))
                .because("it only shows what an agent changed")
                .hint("git agent diff NAME >FILE"));
        }
    }
    Ok(())
}

fn show(args: &Diff, agent: &Agent, base: ObjectId, index: &std::path::Path) -> Result<i32> {
    let own = agent.tree.admin.join("index");
    if own.exists() {
        std::fs::copy(&own, index).context(|| "cannot copy the index".to_owned())?;
        // git trusts entries that are older than the index file: the copy must not look newer than the original.
        let modified = own.metadata().and_then(|metadata| metadata.modified());
        let times = modified.map(|time| std::fs::FileTimes::new().set_modified(time));
        times
            .and_then(|times| std::fs::File::options().write(true).open(index)?.set_times(times))
            .context(|| "cannot copy the index".to_owned())?;
    }
    Git::at(&agent.tree.path)
        .env("GIT_INDEX_FILE", index)
        .args(["add", "--intent-to-add", "--ignore-errors", "--", "."])
        .output()?;
    let mut git = Git::at(&agent.tree.path).env("GIT_INDEX_FILE", index).arg("diff");
    if args.stat {
        git = git.arg("--stat");
    }
    let (options, paths): (Vec<_>, Vec<_>) = match args.arguments.iter().position(|word| word == "--") {
        Some(at) => (args.arguments[..at].to_vec(), args.arguments[at + 1..].to_vec()),
        None => args.arguments.iter().cloned().partition(|word| word.to_string_lossy().starts_with('-')),
    };
    let status = git.args(options).arg(base.to_string()).arg("--").args(paths).interactive()?;
    Ok(exit_code(status))
}

/// The commit to compare with: where the branch last left its base, so that a rebase or a merge of the base does not
/// count as the agent's work; the recorded commit once the base has the branch.
fn start(repo: &Repo, agent: &Agent) -> Result<ObjectId> {
    let Some(record) = &agent.record else { return foreign_start(repo, agent) };
    let recorded =
        ObjectId::from_hex(record.base.commit.as_bytes()).context(|| "the record's base is damaged".to_owned())?;
    let local = repo.gix();
    let mut history = History::new(&local);
    let tip = record.base.reference.as_deref().and_then(|reference| repo.ref_commit(reference));
    let (Some(head), Some(tip)) = (agent.tree.head.commit(&local), tip) else { return Ok(recorded) };
    let Ok(distance) = history.distance(head, tip) else { return Ok(recorded) };
    let fork = distance.merge_base.filter(|fork| *fork != head);
    let newer = fork.filter(|fork| history.distance(*fork, recorded).is_ok_and(|distance| distance.behind == 0));
    Ok(newer.unwrap_or(recorded))
}

/// A worktree that we did not make has no recorded base: the default branch stands in.
fn foreign_start(repo: &Repo, agent: &Agent) -> Result<ObjectId> {
    let local = repo.gix();
    let tip = work::default_tip(repo, &local);
    let head = agent.tree.head.commit(&local);
    let fork = head.zip(tip).and_then(|(head, tip)| History::new(&local).distance(head, tip).ok()?.merge_base);
    fork.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("'{}' was not made by git-agent, and no base can be told for it", agent.name()),
        )
        .hint(format!("git -C '{}' diff HEAD", agent.tree.path.display()))
    })
}

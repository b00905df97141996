//! Filling in the rows, in this process and on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use gix::ObjectId;

use super::row::{Against, Row};
use crate::agent::work;
use crate::error::Result;
use crate::git::history::History;
use crate::git::repo::{Repo, ref_commit};
use crate::git::status::{Options, Place, Reader, Untracked};
use crate::git::{merged, remote};

fn workers(rows: usize) -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(rows.max(1))
}

/// What the commits tell: ahead, behind, merged, age. A row whose history cannot be read gets its problem.
pub(super) fn history(repo: &Repo, rows: &mut [Row]) {
    let remote = remote::choose(repo);
    let chunk = rows.len().div_ceil(workers(rows.len())).max(1);
    std::thread::scope(|scope| {
        for rows in rows.chunks_mut(chunk) {
            let remote = remote.as_deref();
            scope.spawn(move || {
                let local = repo.gix();
                let mut history = History::new(&local);
                for row in rows {
                    if let Err(error) = fill(repo, &local, &mut history, remote, row) {
                        row.problem.get_or_insert((error.message, "git fsck".to_owned()));
                    }
                }
            });
        }
    });
}

fn fill(
    repo: &Repo,
    local: &gix::Repository,
    history: &mut History<'_>,
    remote: Option<&str>,
    row: &mut Row,
) -> Result<()> {
    let branch = row.agent.tree.branch().map(str::to_owned);
    let tip = row.agent.tree.head.commit(local);
    let Some(tip) = tip else { return Ok(()) };
    row.committed = Some(history.time(tip)?);
    if let Some(base) = work::base_tip(repo, local, &row.agent) {
        let distance = history.distance(tip, base)?;
        let name = row.agent.record.as_ref().and_then(|record| record.base.branch.clone());
        let name = name.unwrap_or_else(|| base.to_hex_with_len(10).to_string());
        row.base = Some(Against { name, ahead: distance.ahead, behind: distance.behind });
        // A fresh branch is an ancestor of its base too; only one that was worked on is looked at further.
        let worked = distance.ahead > 0 || merged::has_worked(repo, &row.agent.tree.admin, branch.as_deref());
        if worked {
            row.merged = merged::by_content(repo, local, tip, base, &distance, true)?.map(|proof| proof.kind);
        }
    }
    if let Some((name, upstream)) = branch.and_then(|branch| upstream(local, remote, &branch)) {
        let distance = history.distance(tip, upstream)?;
        row.upstream = Some(Against { name, ahead: distance.ahead, behind: distance.behind });
    }
    Ok(())
}

/// The ref that follows the branch's upstream; the remote's branch of the same name where none is configured, for
/// that is where a plain `git push` goes.
fn upstream(local: &gix::Repository, remote: Option<&str>, branch: &str) -> Option<(String, ObjectId)> {
    let full = gix::refs::FullName::try_from(format!("refs/heads/{branch}")).ok()?;
    let tracking = local.branch_remote_tracking_ref_name(full.as_ref(), gix::remote::Direction::Fetch);
    let tracking = tracking.and_then(Result::ok).map(|name| name.as_bstr().to_string());
    let tracking = tracking.or_else(|| Some(format!("refs/remotes/{}/{branch}", remote?)))?;
    let commit = ref_commit(local, &tracking)?;
    Some((tracking.trim_start_matches("refs/remotes/").to_owned(), commit))
}

/// What the files tell. `progress` sees the rows after each one.
pub(super) fn status(repo: &Repo, rows: &mut [Row], progress: &mut dyn FnMut(&[Row])) {
    let places: Vec<_> = rows
        .iter()
        .map(|row| (row.agent.tree.path.clone(), row.agent.tree.admin.clone(), row.agent.tree.problem.is_some()))
        .collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..workers(rows.len()) {
            let (sender, places, next) = (sender.clone(), &places, &next);
            scope.spawn(move || {
                let local = repo.gix();
                let mut reader = Reader::new(&local);
                let options = Options { untracked: Untracked::Configured, ..Options::default() };
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((root, git_dir, broken)) = places.get(at) else { return };
                    if !broken {
                        let found = reader.status(Place { root, git_dir }, options);
                        // The receiver lives as long as this scope.
                        sender.send((at, found)).ok();
                    }
                }
            });
        }
        drop(sender);
        for (at, found) in receiver {
            match found {
                Ok(status) => rows[at].counts = Some(status.counts),
                Err(error) => {
                    rows[at].problem = Some((error.message, format!("git -C '{}' status", places[at].0.display())));
                }
            }
            progress(rows);
        }
    });
}

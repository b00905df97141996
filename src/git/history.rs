//! Questions about the graph of commits, answered from one cache for all worktrees: how far two commits are apart,
//! and where they meet.

use std::collections::{BinaryHeap, HashMap};

use gix::ObjectId;

use crate::error::{Context, Result};

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const BOTH: u8 = LEFT | RIGHT;

#[derive(Clone, Debug)]
struct Commit {
    time: i64,
    parents: Vec<ObjectId>,
}

/// The part of the graph that was read so far. One value serves many questions, each commit is decoded once.
pub struct History<'repo> {
    repo: &'repo gix::Repository,
    graph: Option<gix::commitgraph::Graph>,
    commits: HashMap<ObjectId, Commit>,
}

/// How two commits relate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distance {
    /// Commits that only the first one reaches.
    pub ahead: usize,
    /// Commits that only the second one reaches.
    pub behind: usize,
    /// A best common ancestor, the newest if there are several; `None` for unrelated histories.
    pub merge_base: Option<ObjectId>,
}

impl<'repo> History<'repo> {
    /// An empty cache on `repo`; the commit-graph file is used where there is one.
    pub fn new(repo: &'repo gix::Repository) -> Self {
        Self { repo, graph: repo.commit_graph_if_enabled().ok().flatten(), commits: HashMap::new() }
    }

    fn load(&mut self, id: ObjectId) -> Result<&Commit> {
        if !self.commits.contains_key(&id) {
            let commit = self.decode(id)?;
            self.commits.insert(id, commit);
        }
        Ok(&self.commits[&id])
    }

    fn decode(&self, id: ObjectId) -> Result<Commit> {
        if let Some((graph, position)) = self.graph.as_ref().and_then(|graph| Some((graph, graph.lookup(id)?))) {
            let commit = graph.commit_at(position);
            let parents = commit.iter_parents().filter_map(|parent| Some(graph.id_at(parent.ok()?).to_owned()));
            return Ok(Commit { time: commit.committer_timestamp().cast_signed(), parents: parents.collect() });
        }
        let object = self.repo.find_commit(id).context(|| format!("commit {id} is missing"))?;
        let time = object.time().map(|time| time.seconds).unwrap_or_default();
        Ok(Commit { time, parents: self.parents(id, object.parent_ids().map(gix::Id::detach).collect()) })
    }

    /// A shallow clone's boundary has parents that were never fetched: git treats it as a root.
    fn parents(&self, id: ObjectId, parents: Vec<ObjectId>) -> Vec<ObjectId> {
        match self.repo.shallow_commits() {
            Ok(Some(boundary)) if boundary.binary_search(&id).is_ok() => Vec::new(),
            _ => parents,
        }
    }

    /// How far `left` and `right` are apart: what `git rev-list --left-right --count LEFT...RIGHT` prints.
    ///
    /// Commits are taken newest first and carry which side reaches them; the walk ends when only commits that both
    /// sides reach are left. A commit is taken again when a side is added late (clock skew), as git does it.
    ///
    /// # Errors
    /// When a commit is missing or damaged.
    pub fn distance(&mut self, left: ObjectId, right: ObjectId) -> Result<Distance> {
        if left == right {
            return Ok(Distance { merge_base: Some(left), ..Distance::default() });
        }
        let mut sides: HashMap<ObjectId, u8> = HashMap::new();
        let mut queue = BinaryHeap::new();
        let mut one_sided = 0usize;
        for (id, side) in [(left, LEFT), (right, RIGHT)] {
            sides.insert(id, side);
            queue.push((self.load(id)?.time, id));
            one_sided += 1;
        }
        let mut merge_base: Option<(i64, ObjectId)> = None;
        let mut queued: HashMap<ObjectId, u8> = sides.clone();
        while one_sided > 0 {
            let Some((time, id)) = queue.pop() else { break };
            let side = sides[&id];
            let Some(counted) = queued.remove(&id) else { continue };
            if counted != BOTH {
                one_sided -= 1;
            }
            if side == BOTH && merge_base.is_none() {
                merge_base = Some((time, id));
            }
            for parent in self.load(id)?.parents.clone() {
                let before = sides.get(&parent).copied().unwrap_or(0);
                let after = before | side;
                if before == after {
                    continue;
                }
                sides.insert(parent, after);
                if let Some(counted) = queued.get_mut(&parent) {
                    if *counted != BOTH && after == BOTH {
                        one_sided -= 1;
                    }
                    *counted = after;
                } else {
                    queued.insert(parent, after);
                    if after != BOTH {
                        one_sided += 1;
                    }
                    queue.push((self.load(parent)?.time, parent));
                }
            }
        }
        if merge_base.is_none() {
            // The walk stops as soon as nothing one-sided is queued: the newest common commit may still wait there.
            merge_base = queue.into_iter().filter(|(_, id)| sides[id] == BOTH).max();
        }
        let count = |wanted| sides.values().filter(|side| **side == wanted).count();
        Ok(Distance { ahead: count(LEFT), behind: count(RIGHT), merge_base: merge_base.map(|(_, id)| id) })
    }

    /// The committer time of a commit, in seconds since 1970.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn time(&mut self, id: ObjectId) -> Result<i64> {
        Ok(self.load(id)?.time)
    }

    /// Up to `limit` commits reachable from `tip`, in no order.
    ///
    /// # Errors
    /// When a commit is missing or damaged.
    pub fn reachable(&mut self, tip: ObjectId, limit: usize) -> Result<std::collections::HashSet<ObjectId>> {
        let mut seen = std::collections::HashSet::from([tip]);
        let mut queue = std::collections::VecDeque::from([tip]);
        while let Some(id) = queue.pop_front() {
            for parent in self.load(id)?.parents.clone() {
                if seen.len() < limit && seen.insert(parent) {
                    queue.push_back(parent);
                }
            }
        }
        Ok(seen)
    }
}

//! Questions about the graph of commits, answered from one cache for all worktrees: how far two commits are apart,
//! and where they meet.

use std::collections::{BinaryHeap, HashMap};

use gix::ObjectId;

use crate::error::{Context, Result};

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const BOTH: u8 = LEFT | RIGHT;
/// Below a commit that both sides reach: common as well, and no best common ancestor.
const BELOW: u8 = 4;

/// Common commits that are looked at before the rest is believed to be common too.
const SLOP: u32 = 32;

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
    /// Commits are taken newest first and carry which side reaches them. Clocks run wrong, so a commit is taken again
    /// when a side is added late, and the walk goes on for [`SLOP`] commits after the last one that only one side
    /// reaches; git's own walk has the same remedy, with five.
    ///
    /// # Errors
    /// When a commit is missing or damaged.
    pub fn distance(&mut self, left: ObjectId, right: ObjectId) -> Result<Distance> {
        if left == right {
            return Ok(Distance { merge_base: Some(left), ..Distance::default() });
        }
        let mut marks: HashMap<ObjectId, u8> = HashMap::from([(left, LEFT), (right, RIGHT)]);
        let mut queue = BinaryHeap::from([(self.load(left)?.time, left), (self.load(right)?.time, right)]);
        let mut oldest = i64::MAX;
        let mut slop = SLOP;
        let mut settled: HashMap<ObjectId, u8> = HashMap::new();
        while let Some((time, id)) = queue.pop() {
            let mark = marks[&id];
            // It may wait once for each side; what it passes on is the same the second time.
            if settled.insert(id, mark) == Some(mark) {
                continue;
            }
            if mark & BOTH != BOTH {
                oldest = oldest.min(time);
                slop = SLOP;
            } else if time < oldest {
                slop -= 1;
                if slop == 0 {
                    if queue.iter().all(|(_, waiting)| marks[waiting] & BOTH == BOTH) {
                        break;
                    }
                    slop = SLOP;
                }
            }
            let passed = if mark & BOTH == BOTH { BOTH | BELOW } else { mark };
            for parent in self.load(id)?.parents.clone() {
                let known = marks.entry(parent).or_default();
                if *known | passed != *known {
                    *known |= passed;
                    queue.push((self.load(parent)?.time, parent));
                }
            }
        }
        let count = |side| marks.values().filter(|mark| **mark & BOTH == side).count();
        let bases = marks.iter().filter(|(_, mark)| **mark == BOTH).map(|(id, _)| *id);
        let newest = bases.max_by_key(|id| (self.commits.get(id).map(|commit| commit.time), *id));
        Ok(Distance { ahead: count(LEFT), behind: count(RIGHT), merge_base: newest })
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

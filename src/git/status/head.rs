//! The tree that the HEAD of a worktree names.

use std::collections::HashMap;

use gix::bstr::ByteSlice;
use gix::hash::ObjectId;
use gix::prelude::FindExt;

use super::{Beyond, Place};

/// Trees of commits seen before: many agents stand on one commit.
#[derive(Debug, Default)]
pub(super) struct Trees(HashMap<ObjectId, ObjectId>);

impl Trees {
    /// The tree of HEAD in the worktree at `place`; `None` before the first commit.
    pub(super) fn of_head(&mut self, repo: &gix::Repository, place: Place<'_>) -> Result<Option<ObjectId>, Beyond> {
        let Some(commit) = head(repo, place)? else { return Ok(None) };
        if let Some(tree) = self.0.get(&commit) {
            return Ok(Some(*tree));
        }
        let mut buffer = Vec::new();
        let tree = repo.objects.find_commit(&commit, &mut buffer).map(|commit| commit.tree());
        let tree = tree.map_err(|_| Beyond("the commit cannot be read"))?;
        self.0.insert(commit, tree);
        Ok(Some(tree))
    }
}

/// Reads HEAD by hand, since `repo` may be another worktree of the repository: only HEAD and a few names that no branch
/// has differ between worktrees.
fn head(repo: &gix::Repository, place: Place<'_>) -> Result<Option<ObjectId>, Beyond> {
    let path = place.git_dir.join("HEAD");
    let text = std::fs::read(&path).map_err(|_| Beyond("HEAD cannot be read"))?;
    let Some(name) = text.strip_prefix(b"ref:") else {
        let id = ObjectId::from_hex(text.trim_ascii()).map_err(|_| Beyond("HEAD is malformed"))?;
        return Ok(Some(id));
    };
    let name = name.trim_ascii();
    if !name.starts_with(b"refs/heads/") {
        return Err(Beyond("HEAD is no branch"));
    }
    let path = gix::path::from_bstr(name.as_bstr()).map_err(|_| Beyond("the branch has no path"))?;
    let loose = repo.common_dir().join(path);
    if let Some(id) = std::fs::read(loose).ok().and_then(|text| ObjectId::from_hex(text.trim_ascii()).ok()) {
        return Ok(Some(id));
    }
    let found = repo.refs.try_find(name.as_bstr()).map_err(|_| Beyond("the branch cannot be read"))?;
    match found.map(|found| found.target) {
        None => Ok(None),
        Some(gix::refs::Target::Object(id)) => Ok(Some(id)),
        Some(gix::refs::Target::Symbolic(_)) => Err(Beyond("the branch is symbolic")),
    }
}

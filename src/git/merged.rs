//! Is a branch's work in the base? Told by content, not by ancestry alone.

use std::path::Path;

use gix::ObjectId;
use gix::bstr::BString;

use crate::error::{Context, Result};
use crate::git::history::Distance;
use crate::git::program::Git;
use crate::git::repo::Repo;
use crate::policy::removal::Merged;

/// A proof that a branch is merged, for the program and for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Which kind of proof it is.
    pub kind: Merged,
    /// The proof in words, with the commits that it rests on.
    pub text: String,
}

/// The proof by ancestry or by content, if there is one. `distance` is from `tip` to `base`; `worked` says that
/// commits were made on the branch (see [`has_worked`]), without which an ancestor of the base is only a fresh branch.
///
/// # Errors
/// When an object is missing or git fails.
pub fn by_content(
    repo: &Repo,
    local: &gix::Repository,
    tip: ObjectId,
    base: ObjectId,
    distance: &Distance,
    worked: bool,
) -> Result<Option<Proof>> {
    let (short_tip, short_base) = (tip.to_hex_with_len(10), base.to_hex_with_len(10));
    if distance.ahead == 0 {
        let text = format!("{short_tip} is an ancestor of the base at {short_base}");
        return Ok(worked.then_some(Proof { kind: Merged::Ancestor, text }));
    }
    let Some(fork) = distance.merge_base.filter(|_| distance.behind > 0) else { return Ok(None) };
    let squashed = match compare_trees(local, fork, tip, base)? {
        Verdict::Missing => false,
        Verdict::Present => true,
        Verdict::Unclear => merge_adds_nothing(repo, local, tip, base)?,
    };
    let text = format!("merging {short_tip} into the base at {short_base} changes nothing");
    Ok(squashed.then_some(Proof { kind: Merged::Squash, text }))
}

/// What the trees alone say.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// A path that the branch changed is in the base as it was before: a merge would change it.
    Missing,
    /// Each path that the branch changed is in the base as the branch has it.
    Present,
    /// Both sides changed a path, in different ways: only a merge tells.
    Unclear,
}

/// Decides most cases without merging: a merge takes the branch's side of every path that the base left alone.
fn compare_trees(local: &gix::Repository, fork: ObjectId, tip: ObjectId, base: ObjectId) -> Result<Verdict> {
    let tree = |id: ObjectId| -> Result<gix::Tree<'_>> {
        let commit = local.find_commit(id).context(|| format!("commit {id} is missing"))?;
        commit.tree().context(|| format!("the tree of {id} is missing"))
    };
    let (fork, tip, base) = (tree(fork)?, tree(tip)?, tree(base)?);
    let changed = changed_paths(local, &fork, &tip)?;
    if changed.is_empty() {
        // Commits that change nothing hold nothing but their messages: those are not in the base.
        return Ok(Verdict::Missing);
    }
    let entry = |tree: &gix::Tree<'_>, path: &BString| {
        let found = tree.lookup_entry(path.split(|&byte| byte == b'/'));
        found
            .map(|entry| entry.map(|entry| (entry.mode().value(), entry.object_id())))
            .context(|| "a tree is missing".to_owned())
    };
    let mut unclear = false;
    for path in &changed {
        let in_base = entry(&base, path)?;
        if in_base == entry(&tip, path)? {
            continue;
        }
        if in_base == entry(&fork, path)? {
            return Ok(Verdict::Missing);
        }
        unclear = true;
    }
    Ok(if unclear { Verdict::Unclear } else { Verdict::Present })
}

fn changed_paths(local: &gix::Repository, from: &gix::Tree<'_>, to: &gix::Tree<'_>) -> Result<Vec<BString>> {
    let mut recorder = gix::diff::tree::Recorder::default();
    let state = gix::diff::tree::State::default();
    let (left, right) = (
        gix::objs::TreeRefIter::from_bytes(&from.data, local.object_hash()),
        gix::objs::TreeRefIter::from_bytes(&to.data, local.object_hash()),
    );
    gix::diff::tree(left, right, state, &local.objects, &mut recorder)
        .context(|| "two trees cannot be compared".to_owned())?;
    let mut paths = Vec::new();
    for change in recorder.records {
        use gix::diff::tree::recorder::Change;
        let (mode, path) = match change {
            Change::Addition { entry_mode, path, .. }
            | Change::Deletion { entry_mode, path, .. }
            | Change::Modification { entry_mode, path, .. } => (entry_mode, path),
        };
        // A folder is listed beside what is in it.
        if !mode.is_tree() {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// git's own merge (`git merge-tree --write-tree`, git 2.38), which writes objects and nothing else. Merge drivers are
/// made to fail, which is a conflict: one that always takes our side (a common recipe) proves nothing.
fn merge_adds_nothing(repo: &Repo, local: &gix::Repository, tip: ObjectId, base: ObjectId) -> Result<bool> {
    let snapshot = local.config_snapshot();
    let sections = snapshot.plumbing().sections_by_name("merge").into_iter().flatten();
    let drivers = sections.filter_map(|section| section.header().subsection_name().map(ToString::to_string));
    let disabled = drivers.flat_map(|driver| ["-c".to_owned(), format!("merge.{driver}.driver=false")]);
    let git = Git::at(repo.common()).args(disabled).args(["merge-tree", "--write-tree", "--no-messages"]);
    let output = git.args([base.to_string(), tip.to_string()]).output()?;
    if !output.status.success() {
        return Ok(false);
    }
    let merged = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let commit = local.find_commit(base).context(|| format!("commit {base} is missing"))?;
    let tree = commit.tree_id().context(|| format!("the tree of {base} is missing"))?.to_string();
    Ok(merged == tree)
}

/// The proof by patch-id: each commit that the base lacks has a twin there. Costs git processes that read every diff
/// on both sides, so only removals ask for it.
///
/// `git cherry` finds the candidates. Its patch-ids pass over white space, which is meaning in Python, Make and YAML:
/// so the twins' patches are compared once more, byte by byte.
///
/// # Errors
/// When git fails.
pub fn by_patch_id(repo: &Repo, tip: ObjectId, base: ObjectId) -> Result<Option<Proof>> {
    let git = || Git::at(repo.common());
    let range = format!("{base}..{tip}");
    // `git cherry` passes over merges, and with them over what was changed while merging.
    if git().args(["rev-list", "--count", "--merges", &range, "--"]).text()? != "0" {
        return Ok(None);
    }
    let text = git().args(["cherry", &base.to_string(), &tip.to_string()]).text()?;
    let commits = text.lines().count();
    if commits == 0 || !text.lines().all(|line| line.starts_with("- ")) {
        return Ok(None);
    }
    let (ours, theirs) = (patches(repo, &range)?, patches(repo, &format!("{tip}..{base}"))?);
    if ours.len() != commits || !ours.iter().all(|patch| theirs.contains(patch)) {
        return Ok(None);
    }
    let many = if commits == 1 { "its commit has a twin" } else { "each of its commits has a twin" };
    let text = format!("{many} with the same patch-id in the base at {}", base.to_hex_with_len(10));
    Ok(Some(Proof { kind: Merged::PatchId, text }))
}

/// The patch of each commit in `range`, without what differs between twins: blob ids and line numbers.
fn patches(repo: &Repo, range: &str) -> Result<Vec<Vec<u8>>> {
    let options = [
        "--no-merges",
        "--format=%x00",
        "-p",
        "--binary",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--no-renames",
    ];
    let git = Git::at(repo.common()).arg("log").args(options).args(["--src-prefix=a/", "--dst-prefix=b/", range, "--"]);
    let output = git.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned())
            .context(|| format!("cannot read the patches of {range}"));
    }
    let mut patches = Vec::new();
    for line in output.stdout.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"\0") {
            patches.push(Vec::new());
        } else if let Some(patch) = patches.last_mut() {
            let hunk: &[u8] = if line.starts_with(b"@@ ") { b"@@\n" } else { line };
            let blobs = line.starts_with(b"index ") && line.windows(2).any(|pair| pair == b"..");
            if !blobs && line != b"\n" {
                patch.extend_from_slice(hunk);
            }
        }
    }
    Ok(patches)
}

/// Reflog entries that a commit leaves (git-commit, cherry-pick, revert, am, and a rebase that took one over).
const WORK: [&str; 6] = ["commit", "cherry-pick", "revert", "am", "rebase (pick)", "rebase (continue)"];

/// Whether commits were made on the branch, by its reflog and the worktree's own. Without a reflog nobody knows, and
/// the answer is no.
pub fn has_worked(repo: &Repo, admin: &Path, branch: Option<&str>) -> bool {
    let logs = [Some(admin.join("logs/HEAD")), branch.map(|name| repo.common().join("logs/refs/heads").join(name))];
    logs.into_iter().flatten().filter_map(|log| std::fs::read_to_string(log).ok()).any(|text| {
        let messages = text.lines().filter_map(|line| line.split_once('\t')).map(|(_, message)| message);
        messages.into_iter().any(|message| WORK.iter().any(|work| message.starts_with(work)))
    })
}

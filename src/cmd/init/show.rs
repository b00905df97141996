//! How changes to files are shown.

use std::path::Path;

use serde_json::{Value, json};

use crate::git::repo::Repo;
use crate::policy::hooks;
use crate::report::diff::unified;
use crate::setup::change::Change;
use crate::store;

/// The changes as a diff. Hooks that are all alike are shown once.
pub(super) fn diff(repo: &Repo, changes: &[Change]) -> String {
    let mut out = String::new();
    let mut shown: Vec<&Change> = Vec::new();
    let mut alike: Vec<String> = Vec::new();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for change in changes {
        let path = named(repo, &change.path);
        let twin = |other: &&Change| {
            is_hook(repo, other)
                && is_hook(repo, change)
                && other.before == change.before
                && other.after == change.after
        };
        if shown.iter().any(twin) {
            alike.push(path);
            continue;
        }
        let (before, after) = (text(&change.before), text(&change.after));
        out.push_str(&unified(&path, before.as_deref(), after.as_deref()));
        shown.push(change);
    }
    if !alike.is_empty() {
        out.push_str(&format!("and the same for {}\n", alike.join(", ")));
    }
    out
}

/// One change as a diff, with its whole path.
pub(super) fn one(change: &Change) -> String {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let path = change.path.display().to_string();
    unified(path.trim_start_matches('/'), text(&change.before).as_deref(), text(&change.after).as_deref())
}

/// A line for each change, one for all hooks together, and what stays.
pub(super) fn summary(repo: &Repo, changes: &[Change], kept: &[String]) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for change in changes {
        let what = if is_hook(repo, change) {
            format!("{} hooks in {}", action(change), named(repo, &repo.common().join(hooks::PATH)))
        } else {
            format!("{} {}", action(change), named(repo, &change.path))
        };
        match lines.iter_mut().find(|(line, _)| *line == what) {
            Some((_, count)) => *count += 1,
            None => lines.push((what, 1)),
        }
    }
    let lines = lines.into_iter().map(|(line, _)| line);
    lines.chain(kept.iter().map(|kept| format!("left {kept}"))).collect::<Vec<_>>().join("\n")
}

/// The changes for `--json`.
pub(super) fn changes_json(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(|change| json!({ "path": store::json_path(&change.path), "action": action(change) })).collect()
}

fn action(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "removed",
        _ => "changed",
    }
}

fn is_hook(repo: &Repo, change: &Change) -> bool {
    change.path.parent() == Some(&repo.common().join(hooks::PATH))
}

/// A path from the top of the main checkout, if it is below.
fn named(repo: &Repo, path: &Path) -> String {
    path.strip_prefix(repo.root()).unwrap_or(path).display().to_string()
}

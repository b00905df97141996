//! What a remote has: asked with one `git ls-remote`, fetched only when something is missing here.

use std::collections::BTreeMap;

use gix::ObjectId;

use crate::error::Result;
use crate::git::repo::Repo;
use crate::git::retry;
use crate::store::Lock;

/// What a remote said about itself.
#[derive(Clone, Debug, Default)]
pub struct Advertised {
    /// Its default branch, by its short name, if its HEAD names one.
    pub default_branch: Option<String>,
    /// The branches that were asked for and exist, with their commits.
    pub branches: BTreeMap<String, ObjectId>,
}

/// The remote that work comes from and goes to: `origin`, else the only one, else what `checkout.defaultRemote` names.
pub fn choose(repo: &Repo) -> Option<String> {
    let local = repo.gix();
    let names: Vec<String> = local.remote_names().iter().map(ToString::to_string).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    let preferred = local.config_snapshot().string("checkout.defaultRemote").map(|name| name.to_string());
    match (preferred.filter(|name| has(name)), &names[..]) {
        (Some(name), _) => Some(name),
        _ if has("origin") => Some("origin".to_owned()),
        (None, [only]) => Some(only.clone()),
        _ => None,
    }
}

/// Whether there is a remote of that name.
pub fn exists(repo: &Repo, name: &str) -> bool {
    repo.gix().remote_names().iter().any(|other| **other == name.as_bytes())
}

/// Asks the remote for its default branch and for `branches`. One round trip; nothing is written.
///
/// # Errors
/// When the remote cannot be reached; git's words are the cause.
pub fn ask(repo: &Repo, remote: &str, branches: &[String]) -> Result<Advertised> {
    let prompts = if std::io::IsTerminal::is_terminal(&std::io::stderr()) { "1" } else { "0" };
    let git = repo.git().env("GIT_TERMINAL_PROMPT", prompts).args(["ls-remote", "--symref", "--", remote, "HEAD"]);
    let text = git.args(branches.iter().map(|branch| format!("refs/heads/{branch}"))).text()?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Advertised {
    let mut found = Advertised::default();
    let mut head = None;
    for (left, name) in text.lines().filter_map(|line| line.split_once('\t')) {
        if let Some(target) = left.strip_prefix("ref: ") {
            if name == "HEAD" {
                found.default_branch = target.strip_prefix("refs/heads/").map(str::to_owned);
            }
        } else if let Ok(id) = ObjectId::from_hex(left.as_bytes()) {
            match name.strip_prefix("refs/heads/") {
                Some(branch) => drop(found.branches.insert(branch.to_owned(), id)),
                None if name == "HEAD" => head = Some(id),
                None => {}
            }
        }
    }
    if let (Some(branch), Some(id)) = (&found.default_branch, head) {
        found.branches.insert(branch.clone(), id);
    }
    found
}

/// The full name of the ref here that follows `branch` of `remote`: what `remote.<name>.fetch` says, else
/// `refs/remotes/<remote>/<branch>` (a bare clone has no such setting).
pub fn tracking_ref(repo: &Repo, remote: &str, branch: &str) -> String {
    let local = repo.gix();
    let snapshot = local.config_snapshot();
    let specs = snapshot.plumbing().strings(format!("remote.{remote}.fetch").as_str()).unwrap_or_default();
    let source = format!("refs/heads/{branch}");
    let mapped = specs.iter().find_map(|spec| map(&spec.to_string(), &source));
    mapped
        .filter(|target| !target.starts_with("refs/heads/"))
        .unwrap_or_else(|| format!("refs/remotes/{remote}/{branch}"))
}

/// Whether `git fetch` and `git push` leave a trace of the remote's branches here. `git clone --bare` sets no refspec:
/// then nobody can tell whether a commit is pushed.
pub fn is_followed(repo: &Repo, remote: &str) -> bool {
    let local = repo.gix();
    let key = format!("remote.{remote}.fetch");
    local.config_snapshot().plumbing().strings(key.as_str()).is_some_and(|specs| !specs.is_empty())
}

/// Where a fetch refspec puts `source`, if it matches it (gitglossary(7), refspec).
fn map(spec: &str, source: &str) -> Option<String> {
    let (from, to) = spec.trim_start_matches('+').split_once(':')?;
    if to.is_empty() {
        return None;
    }
    match (from.split_once('*'), to.split_once('*')) {
        (Some((before, after)), Some((to_before, to_after))) => {
            let middle = source.strip_prefix(before)?.strip_suffix(after)?;
            Some(format!("{to_before}{middle}{to_after}"))
        }
        (None, None) if from == source => Some(to.to_owned()),
        _ => None,
    }
}

/// Fetches those of `wanted` (branch and the commit the remote has) that are not here yet, and nothing else: no tags,
/// no submodules, no other branch. Parallel spawns wait for one another's fetch instead of repeating it.
///
/// # Errors
/// When the fetch fails.
pub fn fetch(repo: &Repo, remote: &str, wanted: &[(String, ObjectId)]) -> Result<()> {
    let missing = || -> Vec<String> {
        let behind =
            wanted.iter().filter(|(branch, id)| repo.ref_commit(&tracking_ref(repo, remote, branch)) != Some(*id));
        behind.map(|(branch, _)| format!("+refs/heads/{branch}:{}", tracking_ref(repo, remote, branch))).collect()
    };
    if missing().is_empty() {
        return Ok(());
    }
    crate::store::create_folder(&repo.house())?;
    let _one_at_a_time = Lock::wait(&repo.house().join("fetch.lock"))?;
    let specs = missing();
    if specs.is_empty() {
        return Ok(());
    }
    retry::run(|| {
        let options =
            ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"];
        repo.git().arg("fetch").args(options).arg("--").arg(remote).args(&specs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertisement() {
        let id = "1".repeat(40);
        let other = "2".repeat(40);
        let found = parse(&format!("ref: refs/heads/trunk\tHEAD\n{id}\tHEAD\n{other}\trefs/heads/feat/x\n"));
        assert_eq!(found.default_branch.as_deref(), Some("trunk"));
        assert_eq!(found.branches["trunk"].to_string(), id);
        assert_eq!(found.branches["feat/x"].to_string(), other);
        assert_eq!(parse("").default_branch, None);
    }

    #[test]
    fn refspecs_map_branches() {
        for (spec, source, expected) in [
            ("+refs/heads/*:refs/remotes/origin/*", "refs/heads/feat/x", Some("refs/remotes/origin/feat/x")),
            ("refs/heads/main:refs/remotes/o/main", "refs/heads/main", Some("refs/remotes/o/main")),
            ("refs/heads/main:refs/remotes/o/main", "refs/heads/x", None),
            ("+refs/heads/feat/*:refs/x/*", "refs/heads/main", None),
            ("refs/heads/main", "refs/heads/main", None),
        ] {
            assert_eq!(map(spec, source).as_deref(), expected, "{spec}");
        }
    }
}

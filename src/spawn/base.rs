//! The commit that new agents start from.

use gix::ObjectId;

use crate::agent::record::Base;
use crate::config::{BaseChoice, Config};
use crate::error::{Error, Kind, Result};
use crate::git::remote::{self, Advertised};
use crate::git::repo::{Head, Repo};

/// The branches that are looked for when no remote HEAD tells the default one, after `init.defaultBranch`.
const USUAL: [&str; 3] = ["main", "master", "trunk"];

/// A base that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What goes into the record.
    pub base: Base,
    /// The commit.
    pub commit: ObjectId,
    /// The remote that the repository works with.
    pub remote: Option<String>,
    /// The remote's default branch, if the remote or its refs here say which it is.
    pub default_branch: Option<String>,
    /// The branches that no agent may update, as they are known now.
    pub protected: Vec<String>,
    /// Branches that were asked for and that the remote has.
    pub tracking: Vec<Tracking>,
    /// What the user should know: a fetch that failed, and which commit is used instead.
    pub warnings: Vec<String>,
}

/// A branch of the remote.
#[derive(Clone, Debug)]
pub struct Tracking {
    /// Its name there.
    pub branch: String,
    /// The ref here that follows it.
    pub reference: String,
    /// The commit it is at.
    pub commit: ObjectId,
}

/// Finds the base that `choice` names. `branches` are the branches that the agents would get: the remote is asked for
/// them in the same breath. Fetches when the choice is [`BaseChoice::Fresh`].
///
/// # Errors
/// When there is no commit to start from, or the ref is unknown.
pub fn find(repo: &Repo, config: &Config, choice: &BaseChoice, branches: &[String], fetch: bool) -> Result<Found> {
    let remote = remote::choose(repo);
    match choice {
        BaseChoice::Fresh => match &remote {
            Some(remote) => fresh(repo, config, remote, branches, fetch),
            None => local_default(repo, config, None),
        },
        BaseChoice::Head => from_head(repo, config, remote),
        BaseChoice::Ref(name) => from_ref(repo, config, remote, name),
    }
    .map(|found| with_known_tracking(repo, found, branches))
}

/// The default branch as it is known here, without asking the remote: what a worktree that somebody else made counts as
/// started from.
///
/// # Errors
/// When there is no commit.
pub fn known(repo: &Repo, config: &Config) -> Result<Found> {
    let remote = remote::choose(repo);
    let branch = remote.as_ref().and_then(|remote| Some((remote, offline_default(repo, config, remote)?)));
    if let Some((name, branch)) = branch {
        let reference = remote::tracking_ref(repo, name, &branch);
        if let Some(commit) = repo.ref_commit(&reference) {
            let base = Base {
                branch: Some(format!("{name}/{branch}")),
                reference: Some(reference),
                commit: commit.to_string(),
            };
            return Ok(Found {
                base,
                commit,
                remote,
                default_branch: Some(branch.clone()),
                protected: vec![branch],
                tracking: Vec::new(),
                warnings: Vec::new(),
            });
        }
    }
    local_default(repo, config, remote)
}

fn fresh(repo: &Repo, config: &Config, remote: &str, branches: &[String], fetch: bool) -> Result<Found> {
    let asked = remote::ask(repo, remote, branches);
    let (advertised, failure) = match asked {
        Ok(advertised) => (advertised, None),
        Err(error) => (Advertised::default(), Some(error)),
    };
    let Some(branch) = advertised.default_branch.clone().or_else(|| offline_default(repo, config, remote)) else {
        let mut found = local_default(repo, config, Some(remote.to_owned()))?;
        if let Some(error) = failure {
            let used = describe(&found);
            found
                .warnings
                .push(format!("cannot reach '{remote}': using {used} instead of its default branch{}", reason(&error)));
        }
        return Ok(found);
    };
    let reference = remote::tracking_ref(repo, remote, &branch);
    let wanted: Vec<_> = advertised.branches.iter().map(|(name, id)| (name.clone(), *id)).collect();
    let failure = match failure {
        None if fetch => remote::fetch(repo, remote, &wanted).err(),
        other => other,
    };
    let told = advertised.branches.get(&branch).copied().filter(|_| failure.is_none());
    // Without a fetch (a dry run) the plan names what a spawn would use; after one, what is here, for the remote may
    // have moved since it was asked.
    let here = repo.ref_commit(&reference);
    let commit = if fetch { here.or(told) } else { told.or(here) };
    let Some(commit) = commit else {
        let mut found = local_default(repo, config, Some(remote.to_owned()))?;
        let used = describe(&found);
        found.warnings.push(format!(
            "'{remote}' has no '{branch}' to start from: using {used}{}",
            failure.as_ref().map(reason).unwrap_or_default()
        ));
        return Ok(found);
    };
    let mut found = Found {
        base: Base {
            branch: Some(format!("{remote}/{branch}")),
            reference: Some(reference),
            commit: commit.to_string(),
        },
        commit,
        remote: Some(remote.to_owned()),
        default_branch: Some(branch.clone()),
        protected: vec![branch.clone()],
        tracking: Vec::new(),
        warnings: Vec::new(),
    };
    if let Some(error) = failure {
        let used = describe(&found);
        found
            .warnings
            .push(format!("cannot fetch from '{remote}': using {used}, which may be stale{}", reason(&error)));
    }
    if !remote::is_followed(repo, remote) {
        found.warnings.push(format!(
            "git does not record what is pushed to '{remote}'; to mend it: git config remote.{remote}.fetch '+refs/heads/*:refs/remotes/{remote}/*'"
        ));
    }
    for (name, commit) in advertised.branches.iter().filter(|(name, _)| branches.contains(name)) {
        let reference = remote::tracking_ref(repo, remote, name);
        let here = repo.ref_commit(&reference).filter(|_| fetch);
        found.tracking.push(Tracking { branch: name.clone(), commit: here.unwrap_or(*commit), reference });
    }
    Ok(found)
}

/// Branches of the remote that are known here, for those that were not just asked for: git itself tracks a remote's
/// branch from the refs it has.
fn with_known_tracking(repo: &Repo, mut found: Found, branches: &[String]) -> Found {
    if let Some(remote) = &found.remote {
        for name in branches {
            let reference = remote::tracking_ref(repo, remote, name);
            let new = !found.tracking.iter().any(|known| known.branch == *name);
            if let Some(commit) = repo.ref_commit(&reference).filter(|_| new) {
                found.tracking.push(Tracking { branch: name.clone(), reference, commit });
            }
        }
    }
    found
}

/// The default branch of a remote as far as it is known here, else the usual names.
fn offline_default(repo: &Repo, config: &Config, remote: &str) -> Option<String> {
    if let Some(branch) = recorded_head(repo, remote) {
        return Some(branch);
    }
    let configured = config.git_string("init.defaultBranch");
    let candidates = configured.iter().map(String::as_str).chain(USUAL);
    candidates
        .into_iter()
        .find(|name| repo.ref_commit(&remote::tracking_ref(repo, remote, name)).is_some())
        .map(str::to_owned)
}

/// Without a remote to ask: the branch of the main checkout, or what HEAD of a bare repository names.
fn local_default(repo: &Repo, config: &Config, remote: Option<String>) -> Result<Found> {
    let usual = || {
        let configured = config.git_string("init.defaultBranch");
        let mut names = configured.into_iter().chain(USUAL.map(str::to_owned));
        names.find(|name| repo.ref_commit(&format!("refs/heads/{name}")).is_some())
    };
    let main = match main_head(repo) {
        Head::Branch(name) if repo.ref_commit(&format!("refs/heads/{name}")).is_some() => Some(name),
        Head::Detached(_) if usual().is_none() => return from_head(repo, config, remote),
        _ => usual(),
    };
    let Some(branch) = main else { return Err(no_commit(repo)) };
    let reference = format!("refs/heads/{branch}");
    let Some(commit) = repo.ref_commit(&reference) else { return Err(no_commit(repo)) };
    let base = Base { branch: Some(branch.clone()), reference: Some(reference), commit: commit.to_string() };
    Ok(Found {
        base,
        commit,
        remote,
        default_branch: None,
        protected: vec![branch],
        tracking: Vec::new(),
        warnings: Vec::new(),
    })
}

/// HEAD of the main checkout, which is HEAD of the common directory.
fn main_head(repo: &Repo) -> Head {
    match gix::open(repo.common()).ok().and_then(|main| main.head().ok().map(|head| head.kind.clone())) {
        Some(gix::head::Kind::Symbolic(found)) => {
            Head::Branch(crate::git::repo::short(&found.name.as_bstr().to_string()))
        }
        Some(gix::head::Kind::Detached { target, .. }) => Head::Detached(target),
        Some(gix::head::Kind::Unborn(name)) => Head::Branch(crate::git::repo::short(&name.as_bstr().to_string())),
        None => Head::Broken(String::new()),
    }
}

fn from_head(repo: &Repo, config: &Config, remote: Option<String>) -> Result<Found> {
    let (branch, reference, commit) = match repo.head() {
        Head::Branch(name) => {
            let reference = format!("refs/heads/{name}");
            let commit = repo.ref_commit(&reference).ok_or_else(|| no_commit(repo))?;
            (Some(name), Some(reference), commit)
        }
        Head::Detached(commit) => (None, None, commit),
        Head::Broken(why) => return Err(Error::failed("HEAD cannot be read").because(why).hint("git fsck")),
    };
    let default_branch = remote.as_deref().and_then(|remote| offline_default(repo, config, remote));
    let protected = default_branch.clone().into_iter().collect();
    let base = Base { branch, reference, commit: commit.to_string() };
    Ok(Found { base, commit, remote, default_branch, protected, tracking: Vec::new(), warnings: Vec::new() })
}

fn from_ref(repo: &Repo, config: &Config, remote: Option<String>, name: &str) -> Result<Found> {
    let Some(commit) = repo.commit(name) else {
        let mut error = Error::new(Kind::NotFound, format!("'{name}' names no commit"));
        if let Some((remote, branch)) =
            remote.as_ref().and_then(|remote| Some((remote, name.strip_prefix(&format!("{remote}/"))?)))
        {
            error = error.hint(format!(
                "git fetch {} {}",
                crate::agent::shell_word(remote),
                crate::agent::shell_word(branch)
            ));
        }
        return Err(error.hint("git branch --all"));
    };
    let full = [name.to_owned(), format!("refs/heads/{name}"), format!("refs/remotes/{name}")]
        .into_iter()
        .find(|full| full.starts_with("refs/") && !full.starts_with("refs/tags/") && repo.ref_commit(full).is_some());
    let default_branch = remote.as_deref().and_then(|remote| offline_default(repo, config, remote));
    let protected = default_branch.clone().into_iter().collect();
    let short = |full: &str| full.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/").to_owned();
    let base = Base { branch: full.as_deref().map(short), reference: full, commit: commit.to_string() };
    Ok(Found { base, commit, remote, default_branch, protected, tracking: Vec::new(), warnings: Vec::new() })
}

/// The default branch of a remote, and what the user should know. What the refs here say is enough; else the remote is
/// asked, and if that fails the usual names are tried.
pub fn default_branch(repo: &Repo, config: &Config, remote: &str) -> (Option<String>, Option<String>) {
    if let Some(branch) = recorded_head(repo, remote) {
        return (Some(branch), None);
    }
    match remote::ask(repo, remote, &[]) {
        Ok(advertised) => (advertised.default_branch, None),
        Err(error) => {
            let guess = offline_default(repo, config, remote);
            let used = guess.as_ref().map_or_else(String::new, |branch| format!(", '{branch}' is taken for it"));
            let said = format!("cannot ask '{remote}' for its default branch{}{used}", reason(&error));
            (guess, Some(said))
        }
    }
}

/// What `refs/remotes/<remote>/HEAD` names (git-remote(1), set-head).
fn recorded_head(repo: &Repo, remote: &str) -> Option<String> {
    let head = format!("refs/remotes/{remote}/HEAD");
    let local = repo.gix();
    let found = local.try_find_reference(head.as_str()).ok().flatten()?;
    let target = found.target().try_name().map(|name| name.as_bstr().to_string())?;
    target.strip_prefix(&format!("refs/remotes/{remote}/")).map(str::to_owned)
}

fn describe(found: &Found) -> String {
    let commit = found.commit.to_hex_with_len(10);
    found.base.branch.as_ref().map_or_else(|| commit.to_string(), |branch| format!("{branch} at {commit}"))
}

fn reason(error: &Error) -> String {
    let line = error.causes.iter().flat_map(|cause| cause.lines()).find(|line| !line.trim().is_empty());
    line.map(|line| format!(" ({})", line.trim())).unwrap_or_default()
}

fn no_commit(repo: &Repo) -> Error {
    let branch = match repo.head() {
        Head::Branch(name) => format!("branch '{name}' has no commit yet"),
        _ => "there is no commit yet".to_owned(),
    };
    Error::new(Kind::Unsupported, format!("nothing to start from: {branch}"))
        .hint("git commit --allow-empty -m 'Start'")
}

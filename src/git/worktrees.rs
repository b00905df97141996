//! The linked worktrees of a repository, read from `.git/worktrees/` (gitrepository-layout(5)).
//!
//! Read by hand: a damaged entry must become a row that says what is wrong, and one pass over 200 entries must cost
//! a few milliseconds.

use std::path::{Path, PathBuf};

use gix::ObjectId;

use crate::error::Result;
use crate::git::repo::{Head, Repo, real, short};
use crate::store;

/// One linked worktree as git has it on record.
#[derive(Clone, Debug)]
pub struct Worktree {
    /// Git's name for it: the folder in `.git/worktrees/`. Not derived from the branch or path.
    pub id: String,
    /// `.git/worktrees/<id>`, absolute.
    pub admin: PathBuf,
    /// The top of the worktree, absolute; empty when git's record of it is unreadable.
    pub path: PathBuf,
    /// What its HEAD names.
    pub head: Head,
    /// Why it is locked (possibly an empty text); `None` when it is not.
    pub locked: Option<String>,
    /// What is wrong with it, and the command that mends it.
    pub problem: Option<Problem>,
}

/// What is wrong with a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was found.
    pub what: String,
    /// The command that mends it.
    pub remedy: String,
}

impl Worktree {
    /// The branch that is checked out.
    pub fn branch(&self) -> Option<&str> {
        match &self.head {
            Head::Branch(name) => Some(name),
            _ => None,
        }
    }

    /// The last part of its path.
    pub fn folder(&self) -> String {
        self.path.file_name().map_or_else(|| self.id.clone(), |name| name.to_string_lossy().into_owned())
    }
}

/// All linked worktrees, sorted by id.
///
/// # Errors
/// When `.git/worktrees` exists and cannot be read.
pub fn list(repo: &Repo) -> Result<Vec<Worktree>> {
    let folder = repo.common().join("worktrees");
    let names = store::names(&folder)?;
    Ok(names.into_iter().map(|name| read(repo.common(), &folder.join(&name))).collect())
}

/// The git directory of the linked worktree that `folder` lies in, found without opening a repository: by the `.git` files
/// above it. `None` where a repository's own folder comes first.
pub fn git_dir_around(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let link = folder.join(".git");
        let Ok(metadata) = link.symlink_metadata() else { continue };
        if metadata.is_dir() {
            return None;
        }
        let target = text(&link)?;
        let admin = folder.join(target.strip_prefix("gitdir: ")?);
        // A submodule has such a file as well: the worktree is further up.
        if admin.join("commondir").is_file() {
            return Some(real(&admin));
        }
    }
    None
}

/// The top of the worktree with the git directory `admin`, as git has it on record.
pub fn top_of(admin: &Path) -> Option<PathBuf> {
    let link = text(&admin.join("gitdir")).filter(|link| !link.is_empty())?;
    real(&admin.join(link)).parent().map(Path::to_owned)
}

/// Removes the git directory of a worktree if git has deleted it and it holds only what we wrote into it at that moment.
/// Returns whether it did.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_husk(admin: &Path) -> Result<bool> {
    let names = store::names(admin)?;
    let ours = |name: &std::ffi::OsString| {
        let name = name.to_string_lossy();
        name.starts_with("agent") || name.starts_with(".agent")
    };
    if names.is_empty() || !names.iter().all(ours) {
        return Ok(false);
    }
    store::remove_folder(admin)?;
    Ok(true)
}

/// A worktree, the main checkout included, and the branch that git lets nobody else check out.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The branch; `None` for a detached HEAD without a rebase under way.
    pub branch: Option<String>,
    /// The top of the worktree.
    pub path: PathBuf,
}

/// Who holds which branch: by HEAD, or by a rebase while HEAD is detached.
///
/// # Errors
/// As [`list`].
pub fn holders(repo: &Repo) -> Result<Vec<Holder>> {
    let held = |head: &Head, admin: &Path| match head {
        Head::Branch(name) => Some(name.clone()),
        _ => rebased_branch(admin),
    };
    let main = repo
        .main()
        .map(|path| Holder { branch: held(&read_head(repo.common()), repo.common()), path: path.to_owned() });
    let linked = list(repo)?.into_iter().map(|tree| Holder { branch: held(&tree.head, &tree.admin), path: tree.path });
    Ok(main.into_iter().chain(linked).collect())
}

fn rebased_branch(admin: &Path) -> Option<String> {
    let name = ["rebase-merge/head-name", "rebase-apply/head-name"].iter().find_map(|name| text(&admin.join(name)))?;
    name.strip_prefix("refs/heads/").map(str::to_owned)
}

/// Reads one entry of `.git/worktrees/`.
pub fn read(common: &Path, admin: &Path) -> Worktree {
    let id = admin.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let head = read_head(admin);
    let locked = text(&admin.join("locked"));
    // git writes the file in two steps: an empty one was never finished.
    let (path, problem) = match text(&admin.join("gitdir")).filter(|link| !link.is_empty()) {
        None => (PathBuf::new(), Some(problem("git's record has no 'gitdir'", "git worktree prune --verbose"))),
        Some(link) => {
            // git writes absolute paths without symlinks; only relative ones (git 2.48) must be resolved.
            let link = if Path::new(&link).is_absolute() { PathBuf::from(link) } else { real(&admin.join(link)) };
            let path = link.parent().map(Path::to_owned).unwrap_or_default();
            let wrong = check(common, admin, &link, &path);
            (path, wrong)
        }
    };
    let problem = problem.or_else(|| match &head {
        Head::Broken(why) => Some(problem_text(format!("its HEAD {why}"), "git fsck")),
        _ => None,
    });
    Worktree { id, admin: admin.to_owned(), path, head, locked, problem }
}

fn check(common: &Path, admin: &Path, link: &Path, path: &Path) -> Option<Problem> {
    let Some(back) = text(link) else {
        return Some(if path.is_dir() {
            problem("its folder has no '.git' file", "git worktree repair")
        } else {
            problem("its folder is gone (if it was moved: git worktree repair NEW-PATH)", "git worktree prune")
        });
    };
    let target = back.strip_prefix("gitdir: ").map(|to| path.join(to));
    if target.as_deref() == Some(admin) || target.is_some_and(|to| real(&to) == real(admin)) {
        return None;
    }
    let elsewhere = format!("its folder belongs to another repository than {}", common.display());
    Some(problem_text(elsewhere, "git worktree repair"))
}

fn read_head(admin: &Path) -> Head {
    let Some(text) = text(&admin.join("HEAD")) else { return Head::Broken("is missing".to_owned()) };
    match text.strip_prefix("ref: ") {
        Some(target) => Head::Branch(short(target.trim())),
        None => {
            ObjectId::from_hex(text.as_bytes()).map_or_else(|_| Head::Broken("is damaged".to_owned()), Head::Detached)
        }
    }
}

fn text(path: &Path) -> Option<String> {
    let bytes = store::read(path).ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned())
}

fn problem(what: &str, remedy: &str) -> Problem {
    problem_text(what.to_owned(), remedy)
}

fn problem_text(what: String, remedy: &str) -> Problem {
    Problem { what, remedy: remedy.to_owned() }
}

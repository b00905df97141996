//! What is dirty in one worktree, computed in this process and counted exactly as `git status --porcelain=v2
//! --no-renames` would print it. Nothing is ever written, not even a refreshed index.
//!
//! One readdir per folder and one lstat per tracked file are all that a clean worktree costs; ignore rules are read
//! only when a name turns up that the index does not know, content only where the times cannot be trusted. Whatever
//! cannot be answered exactly that way is left to one git process: see [`Status::beyond`].

#[cfg(unix)]
mod content;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod head;
#[cfg(unix)]
mod ignores;
#[cfg(unix)]
mod nested;
#[cfg(unix)]
mod own;
mod porcelain;
mod settings;
#[cfg(unix)]
mod staged;
#[cfg(unix)]
mod stat;
#[cfg(unix)]
mod unknown;
#[cfg(unix)]
mod walk;

use std::path::Path;
use std::rc::Rc;

use gix::bstr::BString;

use crate::error::{Context, Error, Result};
use crate::git::program::Git;
use settings::{Reach, Settings};

/// How the files of a worktree differ from its commit and its index: numbers of paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Paths whose index entry differs from the commit. A rename is two paths.
    pub staged: u32,
    /// Paths whose file differs from the index entry.
    pub changed: u32,
    /// Files and folders that git does not know and no rule ignores; a folder of such files counts once.
    pub untracked: u32,
    /// Paths with a merge conflict. They count neither as staged nor as changed.
    pub conflicted: u32,
}

impl Counts {
    /// Whether nothing differs and nothing is untracked.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether to look for untracked files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Untracked {
    /// Do not look; ignored files are not looked for either.
    No,
    /// As `git status` does by default, whatever is configured: what proves that nothing would be lost.
    #[default]
    Normal,
    /// As the user's `status.showUntrackedFiles` says.
    Configured,
}

/// What to look for beyond tracked files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether untracked files count.
    pub untracked: Untracked,
    /// Also list ignored paths, collapsed as `git status --ignored` does.
    pub ignored: bool,
    /// Keep the untracked paths, not only their number.
    pub paths: bool,
}

/// The state of one worktree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The numbers.
    pub counts: Counts,
    /// With [`Options::paths`] the untracked paths, sorted; folders end with a slash.
    pub untracked: Vec<BString>,
    /// With [`Options::ignored`] the ignored paths, sorted; folders end with a slash.
    pub ignored: Vec<BString>,
    /// Why a git process had to answer; `None` if none was started.
    pub beyond: Option<&'static str>,
}

/// Where a worktree is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The top folder of its files.
    pub root: &'a Path,
    /// Its own git directory: `.git` for the main checkout, `.git/worktrees/<id>` for a linked one.
    pub git_dir: &'a Path,
}

/// Why this process does not answer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Beyond(&'static str);

/// Reads the status of any number of worktrees of one repository. Make one per thread: what can be shared between
/// worktrees (configuration, object database, global ignore rules, buffers) is read once.
pub struct Reader<'r> {
    #[cfg_attr(not(unix), expect(dead_code, reason = "only the walk reads objects"))]
    repo: &'r gix::Repository,
    reach: Reach,
    /// What holds for every worktree, if [`Reach::Everywhere`].
    shared: Option<Rc<Settings>>,
    #[cfg(unix)]
    own: own::Own,
}

impl<'r> Reader<'r> {
    /// A reader for the worktrees of `repo`, which may be opened at any of them.
    pub fn new(repo: &'r gix::Repository) -> Self {
        let reach = settings::reach(repo);
        let shared = (reach == Reach::Everywhere).then(|| Rc::new(Settings::load(repo)));
        Self {
            repo,
            reach,
            shared,
            #[cfg(unix)]
            own: own::Own::default(),
        }
    }

    /// The status of the worktree at `place`.
    ///
    /// # Errors
    /// When the git process fails that was needed, for instance because the worktree is gone or broken.
    pub fn status(&mut self, place: Place<'_>, options: Options) -> Result<Status> {
        match self.without_git(place, options) {
            Ok(status) => Ok(status),
            Err(Beyond(why)) => Ok(Status { beyond: Some(why), ..ask_git(place.root, options)? }),
        }
    }

    /// The same, if no git process is needed for it.
    pub fn quick_status(&mut self, place: Place<'_>, options: Options) -> Option<Status> {
        self.without_git(place, options).ok()
    }

    fn without_git(&mut self, place: Place<'_>, options: Options) -> Result<Status, Beyond> {
        let settings = match &self.shared {
            Some(settings) => Rc::clone(settings),
            None if self.reach == Reach::Unclear => return Err(Beyond("settings depend on the worktree's path")),
            None => {
                let there = gix::open(place.root).map_err(|_| Beyond("the worktree cannot be opened"))?;
                Rc::new(Settings::load(&there))
            }
        };
        if let Some(why) = settings.beyond(options.untracked) {
            return Err(Beyond(why));
        }
        #[cfg(unix)]
        return self.own.status(self.repo, &settings, place, options);
        // Windows has neither the inodes nor the folder handles that the walk is made of.
        #[cfg(not(unix))]
        return Err(Beyond("not a Unix system"));
    }
}

/// The status of the worktree that `repo` was opened at.
///
/// # Errors
/// When `repo` has no worktree, or a git process fails that was needed.
pub fn status(repo: &gix::Repository, options: Options) -> Result<Status> {
    let root = repo.workdir().ok_or_else(|| Error::failed("a bare repository has no files"))?;
    Reader::new(repo).status(Place { root, git_dir: repo.git_dir() }, options)
}

fn ask_git(root: &Path, options: Options) -> Result<Status> {
    let git = Git::at(root).args(["status", "--porcelain=v2", "-z", "--no-renames", "--no-ahead-behind"]);
    let git = match options.untracked {
        Untracked::No => git.arg("--untracked-files=no"),
        Untracked::Normal => git.arg("--untracked-files=normal"),
        Untracked::Configured => git,
    };
    let look_for_ignored = options.ignored && options.untracked != Untracked::No;
    let git = if look_for_ignored { git.arg("--ignored=traditional") } else { git };
    let output = git.output()?;
    if !output.status.success() {
        let what = format!("'git status' failed in '{}'", root.display());
        return Err(Error::failed(what).because(String::from_utf8_lossy(&output.stderr)));
    }
    porcelain::parse(&output.stdout, options.paths).context(|| "'git status' cannot be understood".to_owned())
}

//! One repository: where its parts are, whichever of its worktrees the user stands in.

use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;

use crate::error::{Context, Error, Kind, Result};
use crate::git::program::Git;

/// A repository that was found from a directory inside it.
#[derive(Debug)]
pub struct Repo {
    gix: gix::ThreadSafeRepository,
    common: PathBuf,
    here: PathBuf,
    main: Option<PathBuf>,
    bare: bool,
}

/// What HEAD names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch, by its name without `refs/heads/`.
    Branch(String),
    /// A commit, on no branch.
    Detached(ObjectId),
    /// HEAD cannot be read; the text says why.
    Broken(String),
}

impl Repo {
    /// Finds the repository that `start` is in, as git does (`GIT_DIR` and its kin included).
    ///
    /// # Errors
    /// When there is none, or it is one that gix cannot read (the reftable format).
    pub fn discover(start: &Path) -> Result<Self> {
        let gix = gix::ThreadSafeRepository::discover_with_environment_overrides(start).map_err(|cause| {
            let text = error_chain(&cause);
            if Git::at(start).args(["rev-parse", "--git-dir"]).succeeds().unwrap_or(false) {
                return Error::new(Kind::Unsupported, "this repository cannot be read").because(text).hint("git fsck");
            }
            Error::new(Kind::NotFound, format!("no git repository in {} or above it", start.display())).hint("git init")
        })?;
        let local = gix.to_thread_local();
        let common = real(local.common_dir());
        let storage = local.config_snapshot().string("extensions.refStorage").map(|value| value.to_string());
        if storage.is_some_and(|format| !format.eq_ignore_ascii_case("files")) {
            return Err(Error::new(
                Kind::Unsupported,
                "this repository keeps its refs in a format that git-agent cannot read yet (reftable)",
            )
            .hint("git refs migrate --ref-format=files"));
        }
        // git is started in folders of the repository and finds it from there: what the environment says must agree.
        if let Some(top) = local.workdir() {
            let found = gix::discover(top).map(|found| real(found.common_dir()));
            if found.ok().as_ref() != Some(&common) {
                return Err(Error::new(
                    Kind::Unsupported,
                    format!("{} is not a checkout of {} by itself", top.display(), common.display()),
                )
                .because("GIT_DIR, GIT_WORK_TREE or core.worktree joins them, which git-agent does not support")
                .hint("env -u GIT_DIR -u GIT_WORK_TREE git agent …"));
            }
        }
        let bare = local.config_snapshot().boolean("core.bare").unwrap_or(false);
        let is_main = local.worktree().is_some_and(|tree| tree.is_main());
        let main = if is_main { local.workdir().map(real) } else { main_checkout(&common) };
        let main = main.filter(|_| !bare).filter(|path| path.is_dir());
        let here = local.workdir().map_or_else(|| common.clone(), real);
        Ok(Self { gix, common, here, main, bare })
    }

    /// A handle for the calling thread.
    pub fn gix(&self) -> gix::Repository {
        let mut local = self.gix.to_thread_local();
        // Walks read the same commits and trees again and again.
        local.object_cache_size_if_unset(4 << 20);
        local
    }

    /// The directory that all worktrees share (`git rev-parse --git-common-dir`), absolute, without symlinks.
    pub fn common(&self) -> &Path {
        &self.common
    }

    /// Where git-agent keeps what belongs to the repository: `.git/agent`.
    pub fn house(&self) -> PathBuf {
        self.common.join("agent")
    }

    /// The top of the worktree that the user stands in, or the repository itself if it is bare.
    pub fn here(&self) -> &Path {
        &self.here
    }

    /// The main checkout; `None` in a bare repository.
    pub fn main(&self) -> Option<&Path> {
        self.main.as_deref()
    }

    /// The main checkout, or the repository itself where there is none.
    pub fn root(&self) -> &Path {
        self.main().unwrap_or(&self.common)
    }

    /// Whether there is a main checkout that cannot be told from here (`git clone --separate-git-dir`, seen from a
    /// linked worktree).
    pub fn has_lost_main(&self) -> bool {
        self.main.is_none() && !self.bare
    }

    /// Whether the repository has no main checkout.
    pub fn is_bare(&self) -> bool {
        self.bare || self.main.is_none()
    }

    /// The repository's name: the folder of the main checkout, or of the bare repository without `.git` and `.bare`.
    /// Empty for `project/.bare`.
    pub fn name(&self) -> String {
        let root = self.root().file_name().unwrap_or_default().to_string_lossy().into_owned();
        if self.main.is_some() {
            return root;
        }
        root.strip_suffix(".git").or_else(|| root.strip_suffix(".bare")).unwrap_or(&root).to_owned()
    }

    /// `git` in the main checkout or the bare repository: the place that no removal takes away, and from which a
    /// relative remote URL means what it says.
    pub fn git(&self) -> Git {
        Git::at(self.root())
    }

    /// `git` in the worktree that the user stands in, for what a new worktree inherits from it (sparse checkout).
    pub fn git_here(&self) -> Git {
        Git::at(&self.here)
    }

    /// The commit that `spec` names, as `git rev-parse SPEC^{commit}` would find it; `None` when it names none.
    pub fn commit(&self, spec: &str) -> Option<ObjectId> {
        let repo = self.gix();
        let peeled = format!("{spec}^{{commit}}");
        repo.rev_parse_single(peeled.as_bytes().as_bstr()).ok().map(gix::Id::detach)
    }

    /// The commit that a full ref name (`refs/heads/x`) points at; `None` when there is no such ref.
    pub fn ref_commit(&self, full: &str) -> Option<ObjectId> {
        ref_commit(&self.gix(), full)
    }

    /// The names of all refs below `prefix` (`refs/heads/`), without the prefix.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub fn ref_names(&self, prefix: &str) -> Result<Vec<String>> {
        let repo = self.gix();
        let platform = repo.references().context(|| "cannot read the refs".to_owned())?;
        let refs = platform.prefixed(prefix).context(|| format!("cannot read the refs below {prefix}"))?;
        let names = refs.flatten().map(|found| found.name().as_bstr().to_string());
        Ok(names.filter_map(|name| name.strip_prefix(prefix).map(str::to_owned)).collect())
    }

    /// What HEAD of the worktree that the user stands in names.
    pub fn head(&self) -> Head {
        match self.gix().head() {
            Ok(head) => match head.kind {
                gix::head::Kind::Symbolic(found) => Head::Branch(short(&found.name.as_bstr().to_string())),
                gix::head::Kind::Unborn(name) => Head::Branch(short(&name.as_bstr().to_string())),
                gix::head::Kind::Detached { target, .. } => Head::Detached(target),
            },
            Err(cause) => Head::Broken(cause.to_string()),
        }
    }
}

/// The file in which a spawn from the main checkout remembers it, where git itself does not.
pub const MAIN_FILE: &str = "agent/main-checkout";

/// The main checkout as it is known from a linked worktree: around `.git`, where [`MAIN_FILE`] says (`git init
/// --separate-git-dir`), or where `core.worktree` points (a submodule).
fn main_checkout(common: &Path) -> Option<PathBuf> {
    if common.file_name().is_some_and(|name| name == ".git") {
        return common.parent().map(Path::to_owned);
    }
    let remembered = crate::store::read(&common.join(MAIN_FILE)).ok().flatten();
    let remembered = remembered.map(|bytes| PathBuf::from(String::from_utf8_lossy(&bytes).trim_end()));
    // It may have been moved since.
    let is_ours = |path: &PathBuf| gix::discover(path).is_ok_and(|found| real(found.git_dir()) == common);
    if let Some(path) = remembered.filter(is_ours) {
        return Some(path);
    }
    let text = crate::store::read(&common.join("config")).ok().flatten()?;
    let config = gix::config::File::try_from(String::from_utf8_lossy(&text).as_ref()).ok()?;
    config.string("core.worktree").map(|path| real(&common.join(path.to_string())))
}

/// The commit that a full ref name points at, read through an open repository.
pub fn ref_commit(repo: &gix::Repository, full: &str) -> Option<ObjectId> {
    let mut found = repo.try_find_reference(full).ok().flatten()?;
    found.peel_to_id().ok().map(gix::Id::detach)
}

/// A branch name without `refs/heads/`.
pub fn short(full: &str) -> String {
    full.strip_prefix("refs/heads/").unwrap_or(full).to_owned()
}

/// The path with symlinks resolved as far as it exists: what git itself writes into its files.
pub fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match absolute.canonicalize() {
        Ok(canonical) => gix::path::realpath(&canonical).unwrap_or(canonical),
        Err(_) => match (absolute.parent(), absolute.file_name()) {
            (Some(parent), Some(name)) => real(parent).join(name),
            _ => absolute,
        },
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}\n{cause}");
        source = cause.source();
    }
    text
}

//! A submodule's git directory in the worktree, made from the main checkout's copy of it.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use crate::error::{Context, Error, Result};
use crate::git::program::Git;
use crate::git::repo::real;
use crate::git::unfinished::{clear_stale_lock, fill_in, has_foreign_files};
use crate::provision::{lfs, stage};
use crate::store;

/// One submodule of a worktree.
pub(super) struct Own<'o> {
    /// The main checkout's copy: a git directory.
    pub source: &'o Path,
    /// Where git looks for the worktree's.
    pub git_dir: &'o Path,
    /// Its folder in the worktree.
    pub top: &'o Path,
    /// Where a clone grows.
    pub stage: &'o Path,
    /// The commit that belongs there.
    pub commit: &'o str,
    /// Held by each git.
    pub hold: Option<&'o File>,
}

/// What is said to every git here. No transport but that from one folder to another, and no hook: those of a user who has
/// them in each repository may come from what is checked out (a relative `core.hooksPath`).
const TAME: [&str; 8] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "submodule.recurse=false",
    "-c",
    "advice.detachedHead=false",
];

impl Own<'_> {
    fn git(&self, git_dir: &Path) -> Git {
        let git = Git::at(git_dir).holding(self.hold).env("GIT_DIR", git_dir).args(TAME);
        git.env("GIT_ALLOW_PROTOCOL", "file").env("GIT_NO_LAZY_FETCH", "1")
    }

    fn has_commit(&self, git_dir: &Path) -> bool {
        let object = format!("{}^{{commit}}", self.commit);
        self.git(git_dir).args(["cat-file", "-e", &object]).succeeds().unwrap_or(false)
    }

    /// Whether the main checkout's copy has the commit.
    pub fn source_has_commit(&self) -> bool {
        self.has_commit(self.source)
    }

    /// Whether a clone is there that only lacks its files. One that was cut short, in which nothing can be, is removed.
    /// `modules` is the folder of all git directories beside this one.
    ///
    /// # Errors
    /// When its place is another's, or it cannot be removed.
    pub fn is_half_there(&self, modules: &Path) -> Result<bool> {
        let above = self.git_dir.ancestors().skip(1).take_while(|folder| *folder != modules);
        if let Some(other) = above.into_iter().find(|folder| folder.join("HEAD").exists()) {
            return Err(Error::failed(format!("its name leads into the submodule at {}", other.display())));
        }
        if self.git_dir.symlink_metadata().is_err() {
            return Ok(false);
        }
        if !self.git_dir.join("HEAD").is_file() {
            return Err(Error::failed(format!("{} is in the way", self.git_dir.display())));
        }
        if self.has_commit(self.git_dir) {
            return Ok(true);
        }
        store::remove_folder(self.git_dir)?;
        Ok(false)
    }

    /// The settings of the source's remotes: key and value.
    fn remotes_of_source(&self) -> Vec<(String, String)> {
        let git = self.git(self.source).args(["config", "--local", "--null", "--get-regexp", r"^remote\."]);
        let text = git.text().unwrap_or_default();
        text.split('\0').filter_map(|pair| pair.split_once('\n')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    /// The name of the source's remote: `origin`, or the first of others.
    fn remote_of_source(&self) -> String {
        let remotes = self.remotes_of_source();
        let mut names = remotes.iter().filter_map(|(key, _)| key.strip_prefix("remote.")?.strip_suffix(".url"));
        if names.clone().any(|name| name == "origin") {
            return "origin".to_owned();
        }
        names.next().unwrap_or("origin").to_owned()
    }

    /// The URL of the source's remote.
    pub fn url_of_source(&self) -> Option<String> {
        let key = format!("remote.{}.url", self.remote_of_source());
        self.remotes_of_source().into_iter().find(|(known, _)| *known == key).map(|(_, url)| url)
    }

    /// Clones the source: beside its place, so that a kill leaves a whole clone there or none. It gets the remote that the
    /// source has, or `url`, or none: a push must never land in the source.
    ///
    /// # Errors
    /// When it cannot be cloned.
    pub fn clone(&self, url: Option<&str>) -> Result<()> {
        let remote = self.remote_of_source();
        store::remove_folder(self.stage)?;
        let git = Git::at(self.source).holding(self.hold).env("GIT_ALLOW_PROTOCOL", "file").args(TAME);
        let git = git.args(["clone", "--quiet", "--no-checkout", "--origin", &remote, "--"]);
        git.arg(self.source).arg(self.stage).run()?;
        let grown = self.stage.join(".git");
        if !self.has_commit(&grown) {
            // Of a shallow source only what its branches lead to was cloned.
            self.git(&grown).args(["fetch", "--quiet", "--no-tags"]).arg(self.source).arg(self.commit).run()?;
        }
        self.set_remote(&grown, &remote, url)?;
        let config = grown.join("config");
        let top = real(self.top);
        if let Some(parent) = self.git_dir.parent() {
            store::create_folder(parent)?;
        }
        let tree = relative(&real(self.git_dir), &top);
        let git = Git::at(self.stage).args(["config", "--file"]).arg(config).args(["--", "core.worktree"]);
        git.arg(tree).run()?;
        let moved = stage::move_in(&grown, self.git_dir);
        moved.context(|| format!("cannot move the clone to {}", self.git_dir.display()))?;
        store::remove_folder(self.stage)
    }

    fn set_remote(&self, grown: &Path, remote: &str, url: Option<&str>) -> Result<()> {
        let config = || Git::at(grown).args(["config", "--file"]).arg(grown.join("config"));
        let prefix = format!("remote.{remote}.");
        let wanted = ["url", "pushurl", "promisor", "partialclonefilter"];
        let mut settings: Vec<(String, String)> = self.remotes_of_source();
        settings.retain(|(key, _)| key.strip_prefix(&prefix).is_some_and(|key| wanted.contains(&key)));
        let key = format!("{prefix}url");
        if !settings.iter().any(|(known, _)| *known == key) {
            settings.extend(url.map(|url| (key.clone(), url.to_owned())));
        }
        if settings.is_empty() {
            return config().args(["--remove-section", prefix.trim_end_matches('.')]).run();
        }
        config().args(["--unset-all", &key]).run()?;
        settings.iter().try_for_each(|(key, value)| config().args(["--add", "--", key, value]).run())
    }

    /// Links the folder to its git directory and checks the commit out. Files that somebody has put there stay. Returns
    /// what there is to know of them.
    ///
    /// # Errors
    /// When git fails.
    pub fn check_out(&self) -> Result<Option<String>> {
        for name in store::names(self.git_dir)?.iter().filter(|name| name.to_string_lossy().ends_with(".lock")) {
            clear_stale_lock(&self.git_dir.join(name));
        }
        store::create_folder(self.top)?;
        let link = self.top.join(".git");
        if link.symlink_metadata().is_err() {
            let to = relative(&real(self.top), &real(self.git_dir));
            store::write_atomic(&link, format!("gitdir: {}\n", to.to_string_lossy()).as_bytes())?;
        }
        let is_empty = store::names(self.top)?.len() == 1;
        if !is_empty && has_foreign_files(self.git_dir, self.top, self.commit) {
            self.git(self.git_dir).args(["update-ref", "--no-deref", "HEAD", self.commit]).run()?;
            fill_in(self.git_dir, self.top, self.commit)?;
            return Ok(None);
        }
        let lacks = lfs::checked_out(|| {
            // Not without the network: of a partial clone git loads what is missing, as the user has set it up.
            let git = Git::at(self.top).holding(self.hold).env("GIT_DIR", self.git_dir).env("GIT_WORK_TREE", self.top);
            git.args(TAME).args(["checkout", "--quiet", "--force", "--detach", self.commit])
        })?;
        Ok(lacks.then(|| lfs::missing(self.top)))
    }
}

/// The way from the folder `from` to `to`, both absolute, as git writes it.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(left, right)| left == right).count();
    if common == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_folders() {
        for (from, to, expected) in [
            ("/r/.git/worktrees/x/modules/s", "/r/.claude/worktrees/x/s", "../../../../../.claude/worktrees/x/s"),
            ("/r/a", "/r/a/b", "b"),
            ("/r/a", "/q", "../../q"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(expected));
        }
    }
}

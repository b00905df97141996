//! The configuration that decides what counts as a difference.

use std::path::PathBuf;

use gix::bstr::{BStr, BString, ByteSlice};

use super::Untracked;
use crate::environment;

/// What was configured for one worktree, or for all of a repository.
#[derive(Debug)]
pub(super) struct Settings {
    /// `core.fileMode`: the executable bit counts.
    pub file_mode: bool,
    /// `core.symlinks`: symbolic links are checked out as such.
    pub symlinks: bool,
    /// `core.ignoreCase`: the file system folds case.
    pub ignore_case: bool,
    /// `core.precomposeUnicode`: the file system decomposes names.
    pub precompose: bool,
    /// `core.trustCtime`: a changed ctime counts.
    pub trust_ctime: bool,
    /// `core.checkStat` is not `minimal`.
    pub check_stat: bool,
    /// `core.autocrlf` is `true` or `input`.
    pub autocrlf: bool,
    /// Skipped entries whose file exists count as not skipped.
    pub sparse: bool,
    /// `core.excludesFile` or its default.
    pub excludes_file: Option<PathBuf>,
    /// Whether the user wants untracked files: `None` for a value that only git can honour.
    look: Option<bool>,
    beyond: Option<&'static str>,
}

impl Settings {
    /// Reads what holds for the worktree that `repo` was opened at.
    pub(super) fn load(repo: &gix::Repository) -> Self {
        let config = repo.config_snapshot();
        let boolean = |key: &str, default: bool| config.boolean(key).unwrap_or(default);
        let is =
            |key: &str, word: &str| config.string(key).is_some_and(|value| value.eq_ignore_ascii_case(word.as_bytes()));
        let excludes_file = match config.trusted_path("core.excludesFile") {
            Ok(Some(path)) => Ok(Some(path)),
            Ok(None) => Ok(default_excludes_file()),
            Err(_) => Err("core.excludesFile cannot be resolved"),
        };
        let beyond = if config.string("extensions.refStorage").is_some_and(|value| value != "files") {
            Some("references are not kept in files")
        } else if environment::var("GIT_CONFIG_PARAMETERS").is_some() {
            // gix does not read what `git -c` hands to the programs that it starts.
            Some("settings come from the command line")
        } else {
            excludes_file.as_ref().err().copied()
        };
        Self {
            file_mode: boolean("core.fileMode", true),
            symlinks: boolean("core.symlinks", true),
            ignore_case: boolean("core.ignoreCase", false),
            precompose: boolean("core.precomposeUnicode", false),
            trust_ctime: boolean("core.trustCtime", true),
            check_stat: !is("core.checkStat", "minimal"),
            autocrlf: is("core.autocrlf", "input") || boolean("core.autocrlf", false),
            sparse: boolean("core.sparseCheckout", false) && !boolean("sparse.expectFilesOutsideOfPatterns", false),
            excludes_file: excludes_file.ok().flatten(),
            look: look(config.string("status.showUntrackedFiles").as_ref().map(|value| value.as_bstr())),
            beyond,
        }
    }

    /// Why git has to be asked whatever the worktree looks like.
    pub(super) fn beyond(&self, untracked: Untracked) -> Option<&'static str> {
        let unusual = untracked == Untracked::Configured && self.look.is_none();
        self.beyond.or_else(|| unusual.then_some("status.showUntrackedFiles lists every file"))
    }

    /// Whether to look for untracked files.
    #[cfg(unix)]
    pub(super) fn look(&self, untracked: Untracked) -> bool {
        match untracked {
            Untracked::No => false,
            Untracked::Normal => true,
            Untracked::Configured => self.look.unwrap_or(true),
        }
    }
}

fn look(value: Option<&BStr>) -> Option<bool> {
    match value.map(|value| value.to_ascii_lowercase()).as_deref() {
        None | Some(b"normal" | b"true" | b"yes" | b"on" | b"1") => Some(true),
        Some(b"no" | b"false" | b"off" | b"0") => Some(false),
        Some(_) => None,
    }
}

fn default_excludes_file() -> Option<PathBuf> {
    let config = match environment::var("XDG_CONFIG_HOME") {
        Some(config) => PathBuf::from(config),
        None => PathBuf::from(environment::var("HOME")?).join(".config"),
    };
    Some(config.join("git/ignore"))
}

/// Whether no worktree of `repo` can have settings of its own: there is no per-worktree configuration, and no
/// conditional include that holds in some worktrees only has a word to say here.
pub(super) fn hold_everywhere(repo: &gix::Repository) -> bool {
    let config = repo.config_snapshot();
    if config.boolean("extensions.worktreeConfig").unwrap_or(false) {
        return false;
    }
    let Some(conditional) = config.plumbing().sections_by_name("includeIf") else { return true };
    conditional.into_iter().all(|section| {
        let condition = section.header().subsection_name().map(BString::from).unwrap_or_default();
        // The remotes are the same everywhere; the branch and the directory are not.
        condition.starts_with(b"hasconfig:")
            || section.values("path").iter().all(|path| {
                let home = section.meta().path.as_deref().and_then(|file| file.parent());
                let path = gix::path::from_bstr(path.as_bstr()).ok();
                home.zip(path).is_some_and(|(home, path)| is_silent(&home.join(path)))
            })
    })
}

/// Whether the configuration file at `path` neither sets what [`Settings`] reads nor includes others. An absolute
/// path stays as it is when joined, one that starts with `~` is not found: both are right, since a file that is not
/// there sets nothing for git either, and a home directory is spelled out below.
fn is_silent(path: &std::path::Path) -> bool {
    if path.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"~")) {
        return false;
    }
    let Ok(text) = std::fs::read(path) else { return !path.exists() };
    let text = text.to_ascii_lowercase();
    !READ.iter().any(|word| text.contains_str(word))
}

/// What [`Settings::load`] reads, and what could bring it in. A word in a comment costs time, never the right answer.
const READ: [&str; 15] = [
    "filemode",
    "symlinks",
    "ignorecase",
    "precomposeunicode",
    "trustctime",
    "checkstat",
    "autocrlf",
    "sparse",
    "excludesfile",
    "showuntrackedfiles",
    "refstorage",
    "[include",
    "[ include",
    "[\tinclude",
    "extensions",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untracked_files_as_configured() {
        for (value, expected) in [
            (None, Some(true)),
            (Some("normal"), Some(true)),
            (Some("True"), Some(true)),
            (Some("no"), Some(false)),
            (Some("false"), Some(false)),
            (Some("all"), None),
            (Some("nonsense"), None),
        ] {
            assert_eq!(look(value.map(BStr::new)), expected, "{value:?}");
        }
    }
}

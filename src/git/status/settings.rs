//! The configuration that decides what counts as a difference.

use std::path::{Path, PathBuf};

use gix::bstr::{BStr, ByteSlice};

use super::Untracked;
use crate::environment;

/// What was configured for one worktree, or for all of a repository.
#[derive(Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only the walk asks for most"))]
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
        } else if environment::command_line_config().is_some() {
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

/// Where [`Settings::load`] has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// At any worktree: all have the same.
    Everywhere,
    /// At each worktree.
    Worktree,
    /// Only git knows.
    Unclear,
}

/// How far settings reach in `repo`. gix 0.90 judges `includeIf "gitdir:…"` by the common directory where git judges by
/// the worktree's own, so conditional includes may only hold what is not read here, a user's name for instance.
pub(super) fn reach(repo: &gix::Repository) -> Reach {
    let config = repo.config_snapshot();
    let silent = |section: gix::config::file::SectionRef<'_>| {
        let home = section.meta().path.as_deref().and_then(Path::parent);
        section.values("path").iter().all(|path| home.is_some_and(|home| is_silent(home, path.as_bstr())))
    };
    if !config.plumbing().sections_by_name("includeIf").is_none_or(|mut sections| sections.all(silent)) {
        return Reach::Unclear;
    }
    let own = config.boolean("extensions.worktreeConfig").unwrap_or(false);
    if own { Reach::Worktree } else { Reach::Everywhere }
}

/// Whether the configuration file that `path` names, as written in a file in the folder `home`, neither sets what
/// [`Settings::load`] reads nor includes others. A file that is not there sets nothing.
fn is_silent(home: &Path, path: &BStr) -> bool {
    let Ok(path) = gix::path::from_bstr(path) else { return false };
    let path = match path.strip_prefix("~") {
        Ok(rest) => match environment::var("HOME") {
            Some(user) => PathBuf::from(user).join(rest),
            None => return false,
        },
        Err(_) if path.as_os_str().as_encoded_bytes().starts_with(b"~") => return false,
        Err(_) if path.starts_with("%(prefix)") => return false,
        Err(_) => home.join(path),
    };
    match std::fs::read(path) {
        Ok(text) => says_nothing(&text),
        Err(cause) => cause.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Whether none of our keys occurs in `text`. One in a comment costs time, never the right answer.
fn says_nothing(text: &[u8]) -> bool {
    const READ: [&str; 13] = [
        "attributesfile",
        "autocrlf",
        "checkstat",
        "excludesfile",
        "expectfilesoutsideofpatterns",
        "filemode",
        "ignorecase",
        "include",
        "precomposeunicode",
        "showuntrackedfiles",
        "sparsecheckout",
        "symlinks",
        "trustctime",
    ];
    let text = text.to_ascii_lowercase();
    !READ.iter().any(|key| text.contains_str(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_that_say_nothing() {
        for (text, expected) in [
            ("", true),
            ("[user]\n\temail = a@example.com\n[core]\n\thooksPath = x\n", true),
            ("[core]\n\texcludesFile = x\n", false),
            ("[Core]\n\tFILEMODE\n", false),
            ("[include]\n\tpath = x\n", false),
        ] {
            assert_eq!(says_nothing(text.as_bytes()), expected, "{text}");
        }
    }

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

//! The submodules of a checkout, read without git: its index says where one is and at which commit, `.gitmodules` how it is
//! called.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use crate::error::Result;
use crate::git::repo::{Repo, real};
use crate::git::tracked::Tracked;
use crate::policy::provision::submodules::name_at;
use crate::store;

/// A submodule that the index has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submodule {
    /// Its name: that of its git directory.
    pub name: String,
    /// Its path from the top of the checkout.
    pub path: String,
    /// The commit that belongs there.
    pub commit: String,
}

/// The submodules of the checkout at `top` with the git directory `git_dir`; a path that `.gitmodules` does not name is none.
///
/// # Errors
/// When the index or `.gitmodules` is there and cannot be read.
pub fn list(repo: &Repo, top: &Path, git_dir: &Path) -> Result<Vec<Submodule>> {
    let file = top.join(".gitmodules");
    // A symlink there is nothing for git either.
    if !file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Vec::new());
    }
    let listed = listed(&store::read(&file)?.unwrap_or_default());
    let tracked = Tracked::read(repo, git_dir)?;
    let found = tracked.gitlinks().filter_map(|(path, commit)| {
        let path = path.to_str().ok()?;
        let name = name_at(&listed, path)?.to_owned();
        Some(Submodule { name, path: path.to_owned(), commit: commit.to_string() })
    });
    Ok(found.collect())
}

/// The values of `path` with the names of their sections. A file that is no configuration lists nothing.
fn listed(text: &[u8]) -> Vec<(String, String)> {
    let meta = gix::config::file::Metadata::api();
    let options = gix::config::file::init::Options::default();
    let Ok(file) = gix::config::File::from_bytes_no_includes(text.as_bstr(), meta, options) else { return Vec::new() };
    let sections = file.sections_by_name("submodule").into_iter().flatten();
    let paths = |section: gix::config::file::SectionRef<'_>| {
        let name = section.header().subsection_name().map(ToString::to_string).unwrap_or_default();
        let paths = section.body().into_iter().filter(|(key, _)| key.eq_ignore_ascii_case("path"));
        paths.map(|(_, path)| (name.clone(), path.to_string())).collect::<Vec<_>>()
    };
    sections.flat_map(paths).collect()
}

/// The git directory that the checkout at `top` says it has, by its own `.git`: nothing above is looked at.
pub fn git_dir_of(top: &Path) -> Option<PathBuf> {
    let link = top.join(".git");
    let metadata = link.symlink_metadata().ok()?;
    if metadata.is_dir() {
        return Some(real(&link));
    }
    let text = store::read(&link).ok().flatten()?;
    let text = String::from_utf8_lossy(&text);
    text.trim_end().strip_prefix("gitdir: ").map(|to| real(&top.join(to)))
}

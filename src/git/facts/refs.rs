//! Refs in files (gitrepository-layout(5)): loose ones, then `packed-refs`. Other formats are asked through git.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::place::Layout;
use crate::git::program::Git;
use crate::policy::push::{Config, Head};

/// Names that are read from a repository at most: a push of everything is judged by its first names already.
const MOST: usize = 50_000;

pub(super) struct Refs {
    git_dir: PathBuf,
    common_dir: PathBuf,
    packed: OnceCell<BTreeSet<String>>,
    /// HEAD and all names, where git had to be asked.
    asked: Option<(Head, BTreeSet<String>)>,
}

impl Refs {
    pub(super) fn new(at: &Layout, config: &Config) -> Result<Self, String> {
        let files = config.text("extensions.refstorage").is_none_or(|format| format == "files");
        let asked = if files { None } else { Some(ask(&at.git_dir)?) };
        let (git_dir, common_dir) = (PathBuf::from(&at.git_dir), PathBuf::from(&at.common_dir));
        Ok(Self { git_dir, common_dir, packed: OnceCell::new(), asked })
    }

    pub(super) fn head(&self) -> Head {
        if let Some((head, _)) = &self.asked {
            return head.clone();
        }
        let path = self.git_dir.join("HEAD");
        let text = match fs::read_link(&path) {
            Ok(target) => format!("ref: {}", target.display()), // the oldest form: a symbolic link
            Err(_) => fs::read_to_string(&path).unwrap_or_default(),
        };
        match text.trim().strip_prefix("ref:") {
            Some(name) => Head::Branch(name.trim().to_owned()),
            None if text.trim().len() >= 40 => Head::Detached,
            None => Head::Unknown,
        }
    }

    fn loose(&self, name: &str) -> Option<PathBuf> {
        // A name with such parts is none, and must not become a path.
        if name.split('/').any(|part| part.is_empty() || part.starts_with('.')) || name.contains('\0') {
            return None;
        }
        let own = ["refs/worktree/", "refs/bisect/", "refs/rewritten/"].iter().any(|prefix| name.starts_with(prefix));
        Some(if own { self.git_dir.join(name) } else { self.common_dir.join(name) })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match &self.asked {
            Some((_, names)) => names.contains(name),
            None => self.loose(name).is_some_and(|path| path.is_file()) || self.packed().contains(name),
        }
    }

    pub(super) fn symbolic(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.loose(name)?).ok()?;
        text.strip_prefix("ref:").map(|target| target.trim().to_owned())
    }

    pub(super) fn below(&self, prefix: &str) -> Vec<String> {
        if let Some((_, names)) = &self.asked {
            return names.iter().filter(|name| name.starts_with(prefix)).cloned().collect();
        }
        let mut names: BTreeSet<String> =
            self.packed().iter().filter(|name| name.starts_with(prefix)).cloned().collect();
        let folder = prefix.trim_end_matches('/');
        walk(&self.common_dir.join(folder), folder, &mut names);
        names.into_iter().collect()
    }

    fn packed(&self) -> &BTreeSet<String> {
        self.packed.get_or_init(|| {
            let text = fs::read_to_string(self.common_dir.join("packed-refs")).unwrap_or_default();
            let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
            lines.filter_map(|line| line.split_once(' ')).map(|(_, name)| name.trim().to_owned()).collect()
        })
    }
}

fn walk(dir: &Path, name: &str, names: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let Ok(file) = entry.file_name().into_string() else { continue };
        if names.len() >= MOST || file.ends_with(".lock") {
            continue;
        }
        let name = format!("{name}/{file}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), &name, names),
            Ok(_) => {
                names.insert(name);
            }
            Err(_) => {}
        }
    }
}

fn ask(git_dir: &str) -> Result<(Head, BTreeSet<String>), String> {
    let git = || Git::at(Path::new("/")).arg(format!("--git-dir={git_dir}"));
    let names = git().args(["for-each-ref", "--format=%(refname)"]).text().map_err(|error| error.to_string())?;
    let head = git().args(["symbolic-ref", "-q", "HEAD"]).text();
    let head = head.map_or(Head::Detached, Head::Branch);
    Ok((head, names.lines().map(str::to_owned).collect()))
}

//! Everything that a folder holds, as lines that can be compared.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// One line for each path below `top`: its type and mode, its time, and its content or target.
pub fn listing(top: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    walk(top, top, &mut lines);
    lines.sort();
    lines
}

/// As [`listing`], without the times: what a copy may not keep.
pub fn contents(top: &Path) -> Vec<String> {
    let lines = listing(top);
    lines
        .iter()
        .map(|line| {
            line.split('\t').enumerate().filter(|(at, _)| *at != 2).map(|(_, part)| part).collect::<Vec<_>>().join("\t")
        })
        .collect()
}

fn walk(top: &Path, path: &Path, lines: &mut Vec<String>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    let what = if metadata.is_symlink() {
        format!("{:?}", std::fs::read_link(path).expect("a link has a target"))
    } else if metadata.is_file() {
        let mut hasher = DefaultHasher::new();
        std::fs::read(path).expect("a file can be read").hash(&mut hasher);
        format!("{} bytes {:x}", metadata.len(), hasher.finish())
    } else {
        "-".to_owned()
    };
    let inside = path.strip_prefix(top).expect("it is below the top").to_string_lossy();
    lines.push(format!("{inside}\t{:o}\t{}.{:09}\t{what}", metadata.mode(), metadata.mtime(), metadata.mtime_nsec()));
    if metadata.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder can be read").flatten() {
            walk(top, &entry.path(), lines);
        }
    }
}

/// Asserts that two listings are the same, and says which lines differ.
#[track_caller]
pub fn assert_same(before: &[String], after: &[String], what: &str) {
    let gone: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(gone.is_empty() && new.is_empty(), "{what}\ngone: {gone:#?}\nnew: {new:#?}");
}

/// Lock files of git below a `.git` folder.
pub fn locks(git: &Path) -> Vec<PathBuf> {
    found(git, ".lock")
}

/// Temporary files of ours below a folder.
pub fn temporaries(folder: &Path) -> Vec<PathBuf> {
    found(folder, ".tmp-git-agent")
}

fn found(folder: &Path, ending: &str) -> Vec<PathBuf> {
    fn search(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() && !path.is_symlink() && !path.ends_with("objects") && !path.ends_with("trash") {
                search(&path, ending, found);
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // `fetch.lock` in our own folder is a file that stays and is locked by the kernel.
            let ours = path.parent().is_some_and(|parent| parent.ends_with("agent"));
            if name.ends_with(ending) && !(ours && ending == ".lock") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    search(folder, ending, &mut found);
    found
}

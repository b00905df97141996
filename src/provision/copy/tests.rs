//! What a copy keeps, and what it leaves alone.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::provision::copy::{Counter, copy};
use crate::store::{create_folder, write_atomic};

fn put(path: &Path, text: impl AsRef<[u8]>) {
    create_folder(path.parent().unwrap()).unwrap();
    write_atomic(path, text.as_ref()).unwrap();
}

fn lines(top: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        let m = folder.metadata().unwrap();
        found.push(format!(
            "{} {:o} {}.{}",
            folder.strip_prefix(top).unwrap().display(),
            m.mode(),
            m.mtime(),
            m.mtime_nsec()
        ));
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let m = path.symlink_metadata().unwrap();
            if m.is_dir() {
                folders.push(path);
                continue;
            }
            let what = if m.is_symlink() {
                format!("{:?}", fs::read_link(&path).unwrap())
            } else {
                format!("{:?}", fs::read(&path).unwrap().iter().map(|byte| u64::from(*byte)).sum::<u64>())
            };
            let name = path.strip_prefix(top).unwrap().display().to_string();
            found.push(format!("{name} {:o} {}.{} {} {what}", m.mode(), m.mtime(), m.mtime_nsec(), m.len()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_tree_is_copied_whole() {
    let dir = assert_fs::TempDir::new().unwrap();
    let from = dir.path().join("from");
    for number in 0..1300 {
        put(&from.join(format!("many/{number}")), number.to_string());
    }
    for depth in 0..40 {
        put(&from.join("d/".repeat(depth)).join("file"), vec![7; depth * 5000]);
    }
    create_folder(&from.join("empty")).unwrap();
    put(&from.join("run"), "#!/bin/sh\n");
    fs::set_permissions(from.join("run"), fs::Permissions::from_mode(0o751)).unwrap();
    put(&from.join("secret"), "x");
    fs::set_permissions(from.join("secret"), fs::Permissions::from_mode(0o400)).unwrap();
    put(&from.join("big"), vec![3; 3 << 20]);
    symlink("../../nowhere", from.join("link")).unwrap();
    symlink("many", from.join("to-folder")).unwrap();
    fs::hard_link(from.join("big"), from.join("twin")).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789);
    fs::File::open(from.join("many/7")).unwrap().set_modified(old).unwrap();
    fs::File::open(from.join("empty")).unwrap().set_modified(old).unwrap();
    fs::set_permissions(from.join("many"), fs::Permissions::from_mode(0o500)).unwrap();
    let before = lines(&from);

    let (to, counter) = (dir.path().join("to"), Counter::default());
    copy(&from, &to, &counter).unwrap();
    assert_eq!(lines(&to), before);
    assert_eq!(lines(&from), before, "the original is as it was");
    assert_eq!(counter.left(), Vec::<String>::new());
    assert_eq!(counter.files(), 1300 + 40 + 6);
    assert_eq!(to.join("big").metadata().unwrap().ino(), to.join("twin").metadata().unwrap().ino());
    assert_ne!(to.join("big").metadata().unwrap().ino(), from.join("big").metadata().unwrap().ino());
    for tree in [&from, &to] {
        fs::set_permissions(tree.join("many"), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn holes_stay_holes() {
    let dir = assert_fs::TempDir::new().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    put(&from, "begin");
    let file = fs::File::options().write(true).open(&from).unwrap();
    file.set_len(64 << 20).unwrap();
    std::os::unix::fs::FileExt::write_at(&file, b"middle", 32 << 20).unwrap();
    copy(&from, &to, &Counter::default()).unwrap();
    assert!(fs::read(&from).unwrap() == fs::read(&to).unwrap());
    let blocks = |path: &Path| path.metadata().unwrap().blocks();
    assert!(blocks(&to) <= blocks(&from).max(1024), "{} blocks of {}", blocks(&to), blocks(&from));
}

#[test]
fn nothing_is_followed_and_nothing_overwritten() {
    let dir = assert_fs::TempDir::new().unwrap();
    put(&dir.path().join("outside"), "outside");
    put(&dir.path().join("from"), "from");
    symlink("outside", dir.path().join("to")).unwrap();
    assert!(copy(&dir.path().join("from"), &dir.path().join("to"), &Counter::default()).is_err());
    assert_eq!(fs::read(dir.path().join("outside")).unwrap(), b"outside");
    assert!(copy(&dir.path().join("from"), &dir.path().join("outside"), &Counter::default()).is_err());
    assert_eq!(fs::read(dir.path().join("outside")).unwrap(), b"outside");

    let tree = dir.path().join("tree");
    put(&tree.join("worktree/.git"), "gitdir: /elsewhere");
    put(&tree.join("repository/.git/HEAD"), "ref: x");
    rustix::fs::mknodat(rustix::fs::CWD, tree.join("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    let counter = Counter::default();
    copy(&tree, &dir.path().join("copy"), &counter).unwrap();
    assert!(!dir.path().join("copy/worktree").exists());
    assert!(dir.path().join("copy/repository/.git/HEAD").exists());
    assert_eq!(counter.left().len(), 2, "{:?}", counter.left());
}

#[test]
fn every_further_name_of_a_file_stays_one() {
    let dir = assert_fs::TempDir::new().unwrap();
    let from = dir.path().join("from");
    for number in 0..300 {
        put(&from.join(format!("0/{number}")), vec![1; 3000]);
        for name in 1..5 {
            create_folder(&from.join(name.to_string())).unwrap();
            fs::hard_link(from.join(format!("0/{number}")), from.join(format!("{name}/{number}"))).unwrap();
        }
    }
    let (to, counter) = (dir.path().join("to"), Counter::default());
    copy(&from, &to, &counter).unwrap();
    assert_eq!(lines(&to), lines(&from));
    assert_eq!(counter.files(), 1500);
    for number in 0..300 {
        assert_eq!(to.join(format!("0/{number}")).metadata().unwrap().nlink(), 5, "{number}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn attributes_of_files_and_folders_come_along() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let dir = assert_fs::TempDir::new().unwrap();
    let from = dir.path().join("from");
    put(&from.join("file"), "x");
    let name = |number: usize| format!("user.{number}.{}", "x".repeat(230));
    let set = |path: &Path, number: usize| setxattr(path, name(number), b"v", XattrFlags::empty()).is_ok();
    if !set(&from, 0) {
        return;
    }
    // A file system may have room for less than what fits into the first buffer.
    let many = (0..30).filter(|number| set(&from.join("file"), *number)).count();
    let to = dir.path().join("to");
    copy(&from, &to, &Counter::default()).unwrap();
    let has = |path: &Path, number: usize| getxattr(path, name(number), &mut [0u8; 9][..]) == Ok(1);
    assert!(has(&to, 0));
    assert!((0..many).all(|number| has(&to.join("file"), number)), "{many} names");
}

#[test]
fn what_is_not_wanted_stays_behind() {
    let dir = assert_fs::TempDir::new().unwrap();
    let from = dir.path().join("from");
    put(&from.join("in/keep"), "x");
    put(&from.join("in/drop"), "x");
    put(&from.join("drop/keep"), "x");
    let to = dir.path().join("to");
    let without = |path: &Path| path.ends_with("drop");
    super::super::draft(&from, &to, &without, &Counter::default()).unwrap().seal(&to).unwrap();
    assert!(to.join("in/keep").exists() && !to.join("in/drop").exists() && !to.join("drop").exists());
}

#[test]
fn what_goes_away_meanwhile_is_told_and_the_rest_comes() {
    let dir = assert_fs::TempDir::new().unwrap();
    let from = dir.path().join("from");
    put(&from.join("in/gone"), "x");
    put(&from.join("in/kept"), "x");
    put(&from.join("in/folder-gone/x"), "x");
    let to = dir.path().join("to");
    // Asked right before each is copied.
    let without = |path: &Path| {
        if path.ends_with("gone") {
            fs::remove_file(path).unwrap();
        } else if path.ends_with("folder-gone") {
            fs::remove_dir_all(path).unwrap();
        }
        false
    };
    let counter = Counter::default();
    super::super::draft(&from, &to, &without, &counter).unwrap().seal(&to).unwrap();
    assert!(to.join("in/kept").exists() && !to.join("in/gone").exists());
    let mut left = counter.left();
    left.sort();
    let expected =
        ["folder-gone", "gone"].map(|name| format!("{}: it has gone meanwhile", from.join("in").join(name).display()));
    assert_eq!(left, expected);
}

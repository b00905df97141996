//! Copying a `node_modules` of 50,000 files against `cp -a`: on this file system, and on btrfs and xfs with shared blocks where
//! images can be mounted (as root). `cargo bench --bench copy`
#![allow(clippy::disallowed_methods, reason = "benches start programs and write files themselves")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run should say where")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Ground, compare, heading};
use git_agent::provision::copy::{Counter, copy};

const FILES: usize = 50_000;
const ROUNDS: usize = 7;

fn main() {
    let ground = Ground::new(10);
    heading("git agent", "cp");
    let here = ground.beside("here");
    std::fs::create_dir(&here).unwrap();
    against(&ground, "this file system | cp -a", &here, &["-a"]);
    for (name, make) in [("btrfs", "mkfs.btrfs"), ("xfs", "mkfs.xfs")] {
        match mounted(&ground, name, make) {
            Some(image) => {
                against(&ground, &format!("{name} | cp -a --reflink=always"), &image.0, &["-a", "--reflink=always"]);
            }
            None => println!("SKIPPED: {name} cannot be mounted here (it takes root, {make} and a loop device)"),
        }
    }
}

fn against(ground: &Ground, case: &str, place: &Path, options: &[&str]) {
    let source = place.join("node_modules");
    ground.fill(&source, FILES);
    let clean = |path: &Path| std::fs::remove_dir_all(path).unwrap();
    compare(
        &format!("{FILES} files, {case}"),
        ROUNDS,
        |round| {
            let target = place.join(format!("ours-{round}"));
            settle();
            let begun = Instant::now();
            let counter = Counter::default();
            copy(&source, &target, &counter).unwrap();
            let took = begun.elapsed();
            assert_eq!(counter.files(), FILES as u64);
            clean(&target);
            took
        },
        |round| {
            let target = place.join(format!("theirs-{round}"));
            settle();
            let begun = Instant::now();
            let status = Command::new("cp").args(options).args([&source, &target]).status().unwrap();
            let took = begun.elapsed();
            assert!(status.success());
            clean(&target);
            took
        },
    );
}

/// What one side left to be written must not slow the other.
fn settle() {
    Command::new("sync").status().unwrap();
    std::thread::sleep(Duration::from_millis(50));
}

/// A file system in an image, gone with this value.
struct Image(PathBuf);

impl Drop for Image {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().unwrap();
    }
}

fn mounted(ground: &Ground, name: &str, make: &str) -> Option<Image> {
    let (image, place) = (ground.beside(&format!("{name}.img")), ground.beside(name));
    std::fs::File::create(&image).unwrap().set_len(4 << 30).unwrap();
    std::fs::create_dir(&place).unwrap();
    let quiet = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    let made = quiet(Command::new(make).arg("-q").arg(&image));
    let there = made && quiet(Command::new("mount").args(["-o", "loop"]).args([&image, &place]));
    there.then_some(Image(place))
}

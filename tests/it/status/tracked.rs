//! Tracked files that differ from the index, or seem to.

use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::By::{Git, Us};
use super::{Situation, mode, run, settle};

const TRACKED: &[Situation] = &[
    ("clean", Us, |_| {}),
    ("clean and settled", Us, settle),
    ("edited", Us, |s| s.write("a", "something else\n")),
    ("edited to the same size", Us, |s| s.write("a", "ALPHA\n")),
    ("edited to the same size, settled", Us, |s| {
        settle(s);
        s.write("a", "ALPHA\n");
    }),
    ("edited to the same size at once after staging", Us, |s| {
        s.write("a", "11111\n");
        s.git(&["add", "a"]);
        s.write("a", "22222\n");
    }),
    ("rewritten with the same content", Us, |s| s.write("a", "alpha\n")),
    ("touched without change", Us, |s| {
        settle(s);
        s.age("a", 60);
    }),
    ("emptied", Us, |s| s.write("a", "")),
    ("empty no more", Us, |s| s.write("empty", "1")),
    ("deleted", Us, |s| s.remove("a")),
    ("folder deleted", Us, |s| s.remove("dir")),
    ("folder replaced by a file", Us, |s| {
        s.remove("dir");
        s.write("dir", "now a file");
    }),
    ("folder replaced by a link", Us, |s| {
        s.remove("dir");
        symlink("x", s.root().join("dir")).expect("a link can be made");
    }),
    ("folder replaced by a link to its copy", Us, |s| {
        std::fs::rename(s.root().join("dir"), s.root().join("moved")).expect("it can be moved");
        symlink("moved", s.root().join("dir")).expect("a link can be made");
    }),
    ("file replaced by a folder", Us, |s| {
        s.remove("a");
        s.write("a/inside", "x");
    }),
    ("file replaced by an empty folder", Us, |s| {
        s.remove("a");
        s.folder("a");
    }),
    ("file replaced by a repository", Us, |s| {
        s.remove("a");
        s.git(&["init", "--quiet", "a"]);
    }),
    ("file replaced by a link", Us, |s| {
        s.remove("a");
        symlink("b", s.root().join("a")).expect("a link can be made");
    }),
    ("file replaced by a pipe", Us, |s| {
        s.remove("a");
        rustix::fs::mknodat(rustix::fs::CWD, s.root().join("a"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
            .expect("a pipe can be made");
    }),
    ("link replaced by a file", Us, |s| {
        s.remove("link");
        s.write("link", "a");
    }),
    ("link elsewhere", Us, |s| {
        s.remove("link");
        symlink("b", s.root().join("link")).expect("a link can be made");
    }),
    ("link made again", Us, |s| {
        s.remove("link");
        symlink("a", s.root().join("link")).expect("a link can be made");
    }),
    ("made executable", Us, |s| mode(s, "a", 0o755)),
    ("executable no more", Us, |s| mode(s, "run", 0o644)),
    ("executable for others only", Us, |s| mode(s, "a", 0o645)),
    ("made executable, core.fileMode=false", Us, |s| {
        s.config("core.fileMode", "false");
        mode(s, "a", 0o755);
    }),
    ("copied back with its time", Us, |s| {
        settle(s);
        let path = s.root().join("a");
        let time = std::fs::metadata(&path).and_then(|meta| meta.modified()).expect("it has a time");
        s.remove("a");
        s.write("a", "alpha\n");
        let file = std::fs::File::options().write(true).open(path).expect("it can be opened");
        file.set_modified(time).expect("its time can be set");
    }),
    ("core.trustCtime=false", Us, |s| {
        settle(s);
        s.config("core.trustCtime", "false");
        mode(s, "a", 0o600);
    }),
    ("core.checkStat=minimal", Us, |s| {
        settle(s);
        s.config("core.checkStat", "minimal");
        s.write("a", "ALPHA\n");
    }),
    ("core.checkStat=minimal, at once", Us, |s| {
        s.config("core.checkStat", "minimal");
        s.write("a", "ALPHA\n");
    }),
    ("core.symlinks=false", Us, |s| {
        s.config("core.symlinks", "false");
        s.write("a", "x");
    }),
    ("link checked out as a file, core.symlinks=false", Git, |s| {
        s.config("core.symlinks", "false");
        s.remove("link");
        s.write("link", "a");
    }),
    ("a time before the epoch", Us, |s| {
        let file = std::fs::File::options().write(true).open(s.root().join("a")).expect("it can be opened");
        file.set_modified(SystemTime::UNIX_EPOCH - Duration::from_secs(5)).expect("its time can be set");
    }),
    ("a time in the future", Us, |s| {
        let file = std::fs::File::options().write(true).open(s.root().join("a")).expect("it can be opened");
        file.set_modified(SystemTime::now() + Duration::from_secs(5000)).expect("its time can be set");
        s.git(&["update-index", "-q", "--refresh"]);
    }),
    ("assume-unchanged", Us, |s| {
        s.git(&["update-index", "--assume-unchanged", "a", "b"]);
        s.write("a", "edited");
        s.remove("b");
    }),
    ("skip-worktree", Us, |s| {
        s.git(&["update-index", "--skip-worktree", "a", "b"]);
        s.write("a", "edited");
        s.remove("b");
    }),
    ("a large file with the same size", Us, |s| {
        s.write("big", vec![b'x'; 300_000]);
        s.commit("big");
        s.write("big", [vec![b'x'; 299_999], vec![b'y']].concat());
    }),
    ("index version 4", Us, |s| {
        s.git(&["update-index", "--index-version", "4"]);
        s.write("dir/c", "edited");
    }),
    ("no index checksum", Us, |s| {
        s.config("index.skipHash", "true");
        s.write("a", "edited");
        s.git(&["add", "a"]);
    }),
    ("split index", Git, |s| {
        s.git(&["update-index", "--split-index"]);
        s.write("a", "edited");
    }),
    ("untracked cache", Us, |s| {
        s.git(&["update-index", "--untracked-cache"]);
        s.git(&["status"]);
        s.write("dir/new", "x");
    }),
];

#[test]
fn tracked_files() {
    run("status::tracked::tracked_files", TRACKED, &[]);
}

#[test]
fn longer_hashes() {
    run("status::tracked::longer_hashes", TRACKED, &["--object-format=sha256"]);
}

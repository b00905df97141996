//! Situations made by hand.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use super::check;
use crate::support::{Scratch, alone};

/// Who must be able to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Us,
    Git,
}
use By::{Git, Us};

type Situation = (&'static str, By, fn(&Scratch));

/// A commit with files, folders, a program and a link, and an index that is older than nothing.
fn base(options: &[&str]) -> Scratch {
    let scratch = Scratch::with(options);
    for (path, text) in [
        ("a", "alpha\n"),
        ("b", "beta\n"),
        ("dir/c", "gamma\n"),
        ("dir/sub/d", "delta\n"),
        ("dir-x", "between dir and dir/\n"),
        ("dir.y", "too\n"),
        ("empty", ""),
        ("run", "#!/bin/sh\n"),
        ("x/y z/e", "epsilon\n"),
    ] {
        scratch.write(path, text);
    }
    mode(&scratch, "run", 0o755);
    symlink("a", scratch.root().join("link")).expect("a link can be made");
    scratch.commit("base");
    scratch
}

fn mode(scratch: &Scratch, path: &str, mode: u32) {
    let path = scratch.root().join(path);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode can be set");
}

/// Makes the index a while newer than every file, as after a day's work.
fn settle(scratch: &Scratch) {
    for path in scratch.git(&["ls-files"]).lines() {
        if scratch.root().join(path).symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            scratch.age(path, 3600);
        }
    }
    scratch.git(&["update-index", "-q", "--refresh"]);
}

fn conflict(scratch: &Scratch) {
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write("a", "other\n");
    scratch.remove("b");
    scratch.commit("other");
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.write("a", "main\n");
    scratch.write("b", "main\n");
    scratch.commit("main");
    let merged = scratch.try_git_in(&scratch.root(), &["merge", "--quiet", "other"]);
    assert!(!merged.status.success());
}

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

const STAGED: &[Situation] = &[
    ("staged", Us, |s| {
        s.write("a", "staged\n");
        s.git(&["add", "a"]);
    }),
    ("staged and edited", Us, |s| {
        s.write("dir/sub/d", "staged\n");
        s.git(&["add", "."]);
        s.write("dir/sub/d", "edited again\n");
    }),
    ("staged and reverted in the file only", Us, |s| {
        s.write("a", "staged\n");
        s.git(&["add", "a"]);
        s.write("a", "alpha\n");
    }),
    ("added", Us, |s| {
        s.write("dir/new", "x");
        s.write("new/new", "x");
        s.git(&["add", "."]);
    }),
    ("removed", Us, |s| {
        s.git(&["rm", "-r", "--quiet", "dir", "a"]);
    }),
    ("removed from the index only", Us, |s| {
        s.git(&["rm", "-r", "--quiet", "--cached", "dir", "a"]);
    }),
    ("renamed", Us, |s| {
        s.git(&["mv", "a", "z"]);
        s.git(&["mv", "dir", "folder"]);
    }),
    ("mode staged", Us, |s| {
        s.git(&["update-index", "--chmod=+x", "a"]);
    }),
    ("file staged as a folder", Us, |s| {
        s.remove("a");
        s.write("a/b/c", "x");
        s.git(&["add", "--all"]);
    }),
    ("folder staged as a file", Us, |s| {
        s.remove("dir");
        s.write("dir", "x");
        s.git(&["add", "--all"]);
    }),
    ("link staged as a file", Us, |s| {
        s.remove("link");
        s.write("link", "a");
        s.git(&["add", "--all"]);
    }),
    ("everything removed from the index", Us, |s| {
        s.git(&["read-tree", "--empty"]);
    }),
    ("no index", Us, |s| s.remove(".git/index")),
    ("index without cached trees", Us, |s| {
        s.remove(".git/index");
        s.git(&["read-tree", "HEAD"]);
        s.git(&["update-index", "--force-remove", "a"]);
    }),
    ("index read without looking at files", Us, |s| {
        s.git(&["read-tree", "HEAD"]);
    }),
    ("intended", Us, |s| {
        s.write("new", "x");
        s.write("dir/new", "x");
        s.git(&["add", "-N", "new", "dir/new"]);
    }),
    ("intended and deleted", Us, |s| {
        s.write("new", "x");
        s.git(&["add", "-N", "new"]);
        s.remove("new");
    }),
    ("intended in place of a committed file", Us, |s| {
        s.git(&["rm", "--quiet", "--cached", "a"]);
        s.git(&["add", "-N", "a"]);
    }),
    ("conflict", Us, conflict),
    ("conflict with the file deleted", Us, |s| {
        conflict(s);
        s.remove("a");
    }),
    ("half of a conflict resolved", Us, |s| {
        conflict(s);
        s.git(&["add", "a"]);
        s.write("c", "untracked");
    }),
    ("conflict between a file and a folder", Us, |s| {
        let blob = s.git(&["rev-parse", "HEAD:a"]);
        let info = format!("0 {} 0\ta\n100644 {blob} 1\tdir\n100644 {blob} 2\tdir\n", "0".repeat(blob.len()));
        assert!(s.try_git_with(&["update-index", "--index-info"], &info).status.success());
    }),
    ("merge of a file and a folder", Us, |s| {
        s.git(&["checkout", "--quiet", "-b", "other"]);
        s.remove("dir");
        s.write("dir", "a file");
        s.commit("other");
        s.git(&["checkout", "--quiet", "main"]);
        s.write("dir/c", "edited");
        s.commit("main");
        assert!(!s.try_git_in(&s.root(), &["merge", "--quiet", "other"]).status.success());
    }),
    ("detached", Us, |s| {
        s.git(&["checkout", "--quiet", "--detach"]);
        s.write("a", "edited");
    }),
    ("packed references", Us, |s| {
        s.git(&["pack-refs", "--all"]);
        s.write("a", "staged");
        s.git(&["add", "a"]);
    }),
    ("packed objects", Us, |s| {
        s.git(&["gc", "--quiet"]);
        s.write("a", "staged");
        s.git(&["add", "a"]);
    }),
    ("unborn branch with files", Us, |s| {
        s.git(&["checkout", "--quiet", "--orphan", "fresh"]);
        s.write("new", "x");
    }),
    ("HEAD moved back", Us, |s| {
        s.write("dir/c", "next");
        s.commit("next");
        s.git(&["reset", "--soft", "HEAD~1"]);
    }),
    ("replaced commit", Us, |s| {
        s.write("a", "next");
        s.commit("next");
        s.git(&["replace", "HEAD", "HEAD~1"]);
    }),
];

const UNTRACKED: &[Situation] = &[
    ("untracked file", Us, |s| s.write("new", "x")),
    ("untracked file in a tracked folder", Us, |s| s.write("dir/sub/new", "x")),
    ("untracked folder", Us, |s| {
        s.write("new/1", "x");
        s.write("new/deep/er/2", "x");
    }),
    ("empty folders", Us, |s| s.folder("new/deep/er")),
    ("link to a folder", Us, |s| symlink("dir", s.root().join("new")).expect("a link can be made")),
    ("names that need quoting", Us, |s| {
        s.write("new\n\"line", "x");
        s.write("dir/\u{e9}\t", "x");
    }),
    ("ignored", Us, |s| {
        s.write(".gitignore", "*.o\n/target/\n");
        s.write("dir/x.o", "x");
        s.write("target/debug/x", "x");
        s.write("dir/target/x", "x");
    }),
    ("negated", Us, |s| {
        s.write(".gitignore", "*.o\n!keep.o\nlogs/*\n!logs/keep/\n");
        s.write("keep.o", "x");
        s.write("logs/a", "x");
        s.write("logs/keep/b", "x");
    }),
    ("negated below an ignored folder", Us, |s| {
        s.write(".gitignore", "logs/\n!logs/keep\n");
        s.write("logs/keep", "x");
        s.write("logs/.gitignore", "!keep\n");
    }),
    ("rules at every level", Us, |s| {
        s.write(".gitignore", "*.tmp\n");
        s.write("dir/.gitignore", "!*.tmp\n/only\n");
        s.write("dir/sub/.gitignore", "a.tmp\n");
        for path in ["1.tmp", "dir/1.tmp", "dir/only", "dir/sub/only", "dir/sub/a.tmp", "dir/sub/b.tmp"] {
            s.write(path, "x");
        }
    }),
    ("rules that ignore themselves", Us, |s| s.write("new/.gitignore", "*\n")),
    ("rules with CRLF", Us, |s| {
        s.write(".gitignore", "*.o\r\n*.tmp\r");
        s.write("a.o", "x");
        s.write("a.tmp", "x");
    }),
    ("rules behind a link", Us, |s| {
        s.write("rules", "*.o\n");
        symlink("rules", s.root().join(".gitignore")).expect("a link can be made");
        s.write("a.o", "x");
    }),
    ("a folder called .gitignore", Us, |s| {
        s.write(".gitignore/x", "x");
        s.write("new", "x");
    }),
    ("ignored folder with tracked files", Us, |s| {
        s.write("build/kept", "x");
        s.commit("build");
        s.write(".gitignore", "build/\n");
        s.write("build/new", "x");
        s.write("build/deep/new", "x");
        s.write("build/kept", "edited");
    }),
    ("untracked folder with ignored files", Us, |s| {
        s.write(".gitignore", "*.o\n");
        s.write("mixed/a.o", "x");
        s.write("mixed/sub/b.o", "x");
        s.write("mixed/sub/c", "x");
        s.write("all/a.o", "x");
        s.write("all/sub/b.o", "x");
        s.folder("all/empty");
    }),
    ("ignored and empty", Us, |s| {
        s.write(".gitignore", "out/\n");
        s.folder("out/deep");
    }),
    ("info/exclude", Us, |s| {
        s.write(".git/info/exclude", "*.o\n!c.o\n");
        s.write("a.o", "x");
        s.write("c.o", "x");
    }),
    ("no info/exclude", Us, |s| {
        s.remove(".git/info");
        s.write("a.o", "x");
    }),
    ("core.excludesFile", Us, |s| {
        std::fs::write(s.beside("rules"), "*.o\n*.x\n").expect("it can be written");
        s.config("core.excludesFile", s.beside("rules").to_str().expect("a plain path"));
        s.write(".git/info/exclude", "!b.x\n");
        s.write("a.o", "x");
        s.write("a.x", "x");
        s.write("b.x", "x");
    }),
    ("the default core.excludesFile", Us, |s| {
        let folder = s.home().join(".config/git");
        std::fs::create_dir_all(&folder).expect("it can be made");
        std::fs::write(folder.join("ignore"), "*.default\n").expect("it can be written");
        s.write("a.default", "x");
    }),
    ("nested repository", Us, |s| {
        s.git(&["init", "--quiet", "inner"]);
        s.git(&["init", "--quiet", "deep/er"]);
    }),
    ("nested repository, ignored", Us, |s| {
        s.write(".gitignore", "inner\nouter/\n");
        s.git(&["init", "--quiet", "inner"]);
        s.git(&["init", "--quiet", "outer/inner"]);
    }),
    ("nested worktree", Us, |s| {
        s.git(&["worktree", "add", "--quiet", ".claude/worktrees/one"]);
    }),
    ("nested worktree beside an ignored file", Us, |s| {
        s.git(&["worktree", "add", "--quiet", ".claude/worktrees/one"]);
        s.write(".gitignore", ".claude/settings\n");
        s.write(".claude/settings", "x");
    }),
    ("a .git that is none", Us, |s| {
        s.write("1/.git", "gitdir: nowhere\n");
        s.write("2/.git", "nonsense");
        s.folder("3/.git");
        s.write("4/.git/HEAD", "ref: refs/heads/main\n");
        s.write("5/.git", "gitdir: nowhere\n");
        s.write("5/x", "x");
    }),
    ("a repository in a tracked folder", Us, |s| {
        s.git(&["init", "--quiet", "dir"]);
        s.write("dir/new", "x");
    }),
    ("upper-case names", Us, |s| {
        s.write("A", "x");
        s.write("new/.GIT", "x");
        s.write("Dir/c", "x");
    }),
    ("core.ignoreCase", Git, |s| {
        s.config("core.ignoreCase", "true");
        s.write(".gitignore", "*.O\n");
        s.write("a.o", "x");
        s.write("A", "x");
    }),
    ("core.ignoreCase with nothing alike", Us, |s| {
        s.config("core.ignoreCase", "true");
        s.write(".gitignore", "*.O\n");
        s.write("a.o", "x");
        s.write("new", "x");
        s.remove("b");
    }),
    ("status.showUntrackedFiles=no", Us, |s| {
        s.config("status.showUntrackedFiles", "no");
        s.write("new", "x");
    }),
    ("status.showUntrackedFiles=all", Git, |s| {
        s.config("status.showUntrackedFiles", "all");
        s.write("new/1", "x");
        s.write("new/2", "x");
    }),
    ("status.renames", Us, |s| {
        s.config("status.renames", "copies");
        s.git(&["mv", "a", "z"]);
    }),
];

const CONVERTED: &[Situation] = &[
    ("core.autocrlf=input, LF", Us, |s| {
        s.config("core.autocrlf", "input");
        s.write("a", "ALPHA\n");
        s.write("b", "beta\n");
    }),
    ("core.autocrlf=true, CRLF in the file", Git, |s| {
        s.write("a", "1\n2\n");
        s.commit("lines");
        s.config("core.autocrlf", "true");
        s.remove("a");
        s.git(&["checkout", "a"]);
        s.age("a", 5000);
    }),
    ("core.autocrlf=true, CRLF of another size", Us, |s| {
        s.config("core.autocrlf", "true");
        s.write("a", "alpha\r\n");
    }),
    ("core.autocrlf=true, binary", Us, |s| {
        s.write("bin", b"\0\r\n\r\n");
        s.commit("bin");
        s.config("core.autocrlf", "true");
        settle(s);
        s.age("bin", 5000);
    }),
    ("CRLF without conversion", Us, |s| {
        s.write("crlf", "1\r\n");
        s.commit("crlf");
        s.age("crlf", 5000);
    }),
    ("text=auto, touched", Us, |s| {
        s.write(".gitattributes", "* text=auto\n*.sh text eol=lf\n*.png binary\n");
        s.write("a.sh", "x\n");
        s.commit("attributes");
        for path in ["a", "b", "a.sh"] {
            s.age(path, 5000);
        }
    }),
    ("text=auto, CRLF", Git, |s| {
        s.write(".gitattributes", "* text=auto eol=crlf\n");
        s.commit("attributes");
        s.remove("a");
        s.git(&["checkout", "a"]);
        s.age("a", 5000);
    }),
    ("-text, CRLF", Us, |s| {
        s.write("dir/.gitattributes", "* -text\n");
        s.write("dir/crlf", "1\r\n");
        s.commit("attributes");
        s.config("core.autocrlf", "true");
        s.age("dir/crlf", 5000);
    }),
    ("ident", Git, |s| {
        s.write(".gitattributes", "i ident\n");
        s.write("i", "$Id$\n");
        s.commit("ident");
        s.remove("i");
        s.git(&["checkout", "i"]);
        s.age("i", 5000);
    }),
    ("filter driver", Git, |s| {
        s.config("filter.rot.clean", "tr a-z n-za-m");
        s.config("filter.rot.smudge", "tr a-z n-za-m");
        s.write(".gitattributes", "*.rot filter=rot\n");
        s.write("x.rot", "hello\n");
        s.commit("filter");
        s.age("x.rot", 5000);
    }),
    ("filter driver, untouched", Us, |s| {
        s.config("filter.rot.clean", "tr a-z n-za-m");
        s.write(".gitattributes", "*.rot filter=rot\n");
        s.write("x.rot", "hello\n");
        s.commit("filter");
        settle(s);
        s.write("a", "edited");
    }),
    ("working-tree-encoding", Git, |s| {
        s.write(".gitattributes", "*.u text working-tree-encoding=UTF-16LE\n");
        s.write("x.u", b"h\0i\0\n\0");
        s.commit("encoding");
        s.age("x.u", 5000);
    }),
];

const SHAPES: &[Situation] = &[
    ("sparse checkout", Us, |s| {
        s.git(&["sparse-checkout", "set", "--no-cone", "/a", "/x/"]);
        s.write("a", "edited");
    }),
    ("sparse checkout with a file that came back", Us, |s| {
        s.git(&["sparse-checkout", "set", "--no-cone", "/a", "/x/"]);
        s.write("dir/c", "came back");
        s.write("b", "beta\n");
    }),
    ("sparse checkout in cone mode", Us, |s| {
        s.git(&["sparse-checkout", "set", "--cone", "dir"]);
        s.write("dir/new", "x");
        s.write("x/new", "x");
    }),
    ("sparse checkout without its ignore rules", Us, |s| {
        s.write("dir/.gitignore", "*.o\n");
        s.commit("rules");
        s.git(&["sparse-checkout", "set", "--no-cone", "/a", "/dir/c"]);
        s.write("dir/new.o", "x");
        s.write("dir/new", "x");
    }),
    ("sparse checkout with a link for a folder", Git, |s| {
        s.git(&["sparse-checkout", "set", "--no-cone", "/a", "/x/"]);
        symlink("x", s.root().join("dir")).expect("a link can be made");
    }),
    ("sparse index", Git, |s| {
        s.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "dir"]);
        s.write("dir/new", "x");
    }),
    ("submodule that was never checked out", Us, |s| {
        let commit = s.git(&["rev-parse", "HEAD"]);
        s.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = ./nowhere\n");
        s.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
        s.folder("sub");
        s.commit("submodule");
    }),
    ("submodule whose folder is missing", Git, |s| {
        let commit = s.git(&["rev-parse", "HEAD"]);
        s.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    }),
    ("submodule, changed", Git, |s| {
        s.git(&["init", "--quiet", "sub"]);
        s.git_in(&s.root().join("sub"), &["commit", "--quiet", "--allow-empty", "-m", "first"]);
        s.git(&["-c", "advice.addEmbeddedRepo=false", "add", "sub"]);
        s.git(&["commit", "--quiet", "-m", "submodule"]);
        s.write("sub/new", "x");
    }),
    ("no file at all", Us, |s| {
        s.git(&["rm", "-r", "--quiet", "."]);
        s.git(&["commit", "--quiet", "-m", "empty"]);
    }),
];

fn run(name: &str, table: &[Situation], options: &[&str]) {
    alone(name, || {
        for (what, by, prepare) in table {
            let scratch = base(options);
            prepare(&scratch);
            let beyond = check(&scratch, &scratch.root(), what);
            assert_eq!(if beyond.is_some() { Git } else { Us }, *by, "{what}: {beyond:?}");
        }
    });
}

#[test]
fn tracked_files() {
    run("status::situations::tracked_files", TRACKED, &[]);
}

#[test]
fn staged_files() {
    run("status::situations::staged_files", STAGED, &[]);
}

#[test]
fn untracked_and_ignored_files() {
    run("status::situations::untracked_and_ignored_files", UNTRACKED, &[]);
}

#[test]
fn converted_files() {
    run("status::situations::converted_files", CONVERTED, &[]);
}

#[test]
fn unusual_shapes() {
    run("status::situations::unusual_shapes", SHAPES, &[]);
}

#[test]
fn longer_hashes() {
    run("status::situations::longer_hashes", TRACKED, &["--object-format=sha256"]);
}

#[test]
fn a_repository_without_commits() {
    alone("status::situations::a_repository_without_commits", || {
        let scratch = Scratch::new();
        assert_eq!(check(&scratch, &scratch.root(), "nothing"), None);
        scratch.write("a", "x");
        scratch.write("b/c", "x");
        assert_eq!(check(&scratch, &scratch.root(), "untracked"), None);
        scratch.git(&["add", "."]);
        scratch.write("a", "y");
        assert_eq!(check(&scratch, &scratch.root(), "staged"), None);
    });
}

#[test]
fn linked_worktrees() {
    alone("status::situations::linked_worktrees", || {
        let scratch = base(&[]);
        scratch.write(".git/info/exclude", "*.o\n");
        let linked = scratch.beside("linked");
        scratch.git(&["worktree", "add", "--quiet", linked.to_str().expect("a plain path")]);
        let write = |path: &str, text: &str| std::fs::write(linked.join(path), text).expect("it can be written");
        assert_eq!(check(&scratch, &linked, "fresh"), None);
        write("a", "edited");
        write("new.o", "x");
        write("new", "x");
        assert_eq!(check(&scratch, &linked, "dirty"), None);
        scratch.git_in(&linked, &["add", "a"]);
        scratch.git_in(&linked, &["commit", "--quiet", "-m", "own"]);
        scratch.git(&["pack-refs", "--all"]);
        write("b", "staged");
        scratch.git_in(&linked, &["add", "b"]);
        assert_eq!(check(&scratch, &linked, "packed"), None);
        scratch.git_in(&linked, &["checkout", "--quiet", "--detach"]);
        assert_eq!(check(&scratch, &linked, "detached"), None);
    });
}

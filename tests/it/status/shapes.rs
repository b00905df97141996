//! Sparse checkouts, submodules and other unusual worktrees.

use std::os::unix::fs::symlink;

use super::By::{Git, Us};
use super::{Situation, run};

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

#[test]
fn unusual_shapes() {
    run("status::shapes::unusual_shapes", SHAPES, &[]);
}

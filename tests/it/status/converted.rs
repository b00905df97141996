//! Files that git converts before it compares them.

use super::By::{Git, Us};
use super::{Situation, run, settle};

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

#[test]
fn converted_files() {
    run("status::converted::converted_files", CONVERTED, &[]);
}

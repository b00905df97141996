//! What no text may do: panic, take long, or pass with a push in it that was not understood.

use std::time::{Duration, Instant};

use git_agent::git::facts::Disk;
use git_agent::policy::guard::{Decision, judge, smells};
use git_agent::policy::shell;

use super::scene::Scene;

/// A generator that needs no crate and repeats itself: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }
}

const PIECES: [&str; 72] = [
    "git",
    " ",
    "push",
    " ",
    "origin",
    " ",
    "main",
    "HEAD",
    ":",
    "+",
    "-u",
    "--all",
    "--mirr",
    "--no-verif",
    "-c ",
    "alias.x=push",
    "$(",
    ")",
    "`",
    "\"",
    "'",
    "\\",
    "\n",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "(",
    "{ ",
    " }",
    "<<EOF\n",
    "\nEOF\n",
    "<<<",
    ">",
    "<(",
    "$X",
    "${X:-",
    "}",
    "$((",
    "))",
    "[[ ",
    " ]]",
    "if ",
    "; then ",
    "; fi",
    "for b in ",
    "; do ",
    "; done",
    "case x in ",
    "*) ",
    ";;",
    " esac",
    "f() ",
    "eval ",
    "bash -c ",
    "env ",
    "xargs ",
    "cd ",
    "..",
    "/",
    "{a,b}",
    "*",
    "~",
    "#",
    "$'\\x41'",
    "é",
    "\0",
    "export ",
    "X=",
    "=(",
    "function ",
];

fn soup(random: &mut Random) -> String {
    (0..random.next(40) + 1).map(|_| PIECES[random.next(PIECES.len())]).collect()
}

#[test]
fn no_text_panics_and_none_that_is_not_understood_passes_with_a_push() {
    let scene = Scene::new("base");
    let disk = Disk::new();
    let session = disk.session(scene.path("wt").to_str().unwrap(), false);
    assert!(session.agent);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut unread = 0;
    for _ in 0..20_000 {
        let text = soup(&mut random);
        let verdict = judge(&text, &session, &disk);
        if shell::parse(&text, Some(0)).is_err() && smells(&text) {
            unread += 1;
            assert!(matches!(verdict.decision, Decision::Ask | Decision::Deny), "{text:?}");
        }
        if let Decision::Rewrite(rewritten) = verdict.decision {
            let again = judge(&rewritten, &session, &disk).decision;
            assert!(matches!(again, Decision::Allow | Decision::Rewrite(_)), "{text:?} became {rewritten:?}: {again}");
        }
    }
    assert!(unread > 100, "{unread}");
}

#[test]
fn time_is_bounded() {
    let scene = Scene::new("base");
    let disk = Disk::new();
    let session = disk.session(scene.path("wt").to_str().unwrap(), false);
    // A debug build is an order of magnitude slower than what is shipped.
    let bound = if cfg!(debug_assertions) { Duration::from_millis(1500) } else { Duration::from_millis(50) };
    let hostile = [
        "$(".repeat(200_000),
        "((".repeat(100_000),
        "$((".repeat(50_000),
        "`".repeat(99_999),
        "${x:-".repeat(50_000),
        "{a,".repeat(50_000),
        format!("echo {}", "{a,b}".repeat(64)),
        "git push origin x;".repeat(20_000),
        format!("x={}; {}git push $x", "a".repeat(250), "echo ${x//*a*a*a*a*b/} ".repeat(3_000)),
        format!("x={}; {}git push $x", "a".repeat(250), "echo ${x%%*a*a*a*a*b} ".repeat(3_000)),
        format!("echo git push | tee {}", ">(sh) ".repeat(5_000)),
        "a".repeat(3 << 20),
        format!("git push origin main {}", "x ".repeat(1 << 20)),
        format!("git push {}", "'".repeat(100_001)),
        format!("x={}; {}", "a b ".repeat(1000), "echo $x$x$x$x;".repeat(200)),
        format!("f() {{ f; f; }}; f{}", " ".repeat(10)),
        "eval \"eval \\\"eval 'f() { f | f & }; f'\\\"\"; git push origin $X".to_owned(),
        "for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7 8 9; do for c in 1 2 3 4 5 6 7 8 9; do for d in 1 2 3 4 5 6 7 8 9; do git push origin $a; done; done; done; done".to_owned(),
        format!("{} git push origin main", "if true; then x=1; else x=2; fi;".repeat(200)),
        (0..3000).map(|n| format!("v{n}=abcdefgh; ")).collect::<String>() + &"if a; then b=1; fi; ".repeat(300) + "git push",
        "x=$x$x;".repeat(3000) + "git push origin $x",
        "x=aa; ".to_owned() + &"x=$x$x; ".repeat(60) + "git push origin $x",
        "set -- a".to_owned() + &"; set -- \"$@\" \"$@\"".repeat(60) + "; git push origin $1",
        "a=(x)".to_owned() + &"; a+=(\"${a[@]}\")".repeat(60) + "; git push origin $a",
        "f() { f \"$@\" \"$@\"; }; f x; git push origin $1".to_owned(),
        "x=aaaaaaaaaaaaaaaa; ".to_owned() + &"y=$x$x$x$x; x=$y$y$y$y; ".repeat(20) + &"echo $x$x $y; ".repeat(500),
        format!("<<A {}\n", "<<A ".repeat(2000)),
    ];
    for text in hostile {
        let start = Instant::now();
        let verdict = judge(&text, &session, &disk);
        let took = start.elapsed();
        let head: String = text.chars().take(60).collect();
        assert!(took < bound, "{took:?}: {head}");
        if smells(&text) {
            assert!(!matches!(verdict.decision, Decision::Allow) || !text.contains("main"), "{head}");
        }
    }
}

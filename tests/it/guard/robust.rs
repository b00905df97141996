//! What no text may do: panic, take long, or pass with a push in it that was not understood.

use std::time::Duration;

use git_agent::git::facts::Disk;
use git_agent::policy::guard::{Decision, judge, smells};
use git_agent::policy::shell;

use super::hostile;
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

/// Time that this thread had a processor for: other processes on the machine do not count. `None` where that is not told.
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

#[test]
fn time_is_bounded() {
    let scene = Scene::new("base");
    let disk = Disk::new();
    let session = disk.session(scene.path("wt").to_str().unwrap(), false);
    // A debug build is more than an order of magnitude slower than what is shipped.
    let bound = if cfg!(debug_assertions) { Duration::from_millis(1500) } else { Duration::from_millis(50) };
    let mut long = Vec::new();
    for (name, text) in hostile::texts() {
        let start = worked();
        let verdict = judge(&text, &session, &disk);
        if let Some(took) = start.and_then(|start| Some(worked()? - start))
            && took > bound
        {
            long.push(format!("{took:?}: {name}"));
        }
        if smells(&text) {
            assert!(!matches!(verdict.decision, Decision::Allow) || !text.contains("main"), "{name}");
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

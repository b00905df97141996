//! Distances between commits against what git reaches from each, on random graphs.

use git_agent::git::history::History;
use gix::ObjectId;

use crate::support::Scratch;

/// A graph of `size` commits with one to three parents each, and with times that run backwards now and then. The
/// commits are `refs/tags/0` and so on.
fn graph(scratch: &Scratch, size: usize, seed: u64) {
    let mut random = Random(seed);
    let mut stream = String::new();
    for number in 0..size {
        let skew = if random.below(5) == 0 { random.below(40) } else { 0 };
        let time = 1_000_000_000 + number * 10 - skew.min(number * 10);
        stream.push_str(&format!(
            "commit refs/tags/{number}\nmark :{}\ncommitter n <n@example.com> {time} +0000\ndata 1\nx\n",
            number + 1
        ));
        if number > 0 && random.below(12) != 0 {
            let first = number - random.below(number.min(6));
            stream.push_str(&format!("from :{first}\n"));
            for _ in 0..random.below(3) {
                let other = 1 + random.below(number);
                if other != first {
                    stream.push_str(&format!("merge :{other}\n"));
                }
            }
        }
        stream.push('\n');
    }
    let output = scratch.try_git_with(&["fast-import", "--quiet", "--force"], &stream);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn distances_are_what_git_counts() {
    for (seed, with_commit_graph) in [(1, false), (2, true), (3, false), (4, false)] {
        let scratch = Scratch::new();
        let size = 70;
        graph(&scratch, size, seed);
        if with_commit_graph {
            scratch.git(&["commit-graph", "write", "--reachable"]);
        }
        let repo = gix::open(scratch.root()).expect("it opens");
        let mut history = History::new(&repo);
        let mut random = Random(seed + 100);
        for _ in 0..60 {
            let (left, right) = (random.below(size), random.below(size));
            let id = |number: usize| {
                let text = scratch.git(&["rev-parse", &format!("refs/tags/{number}^{{commit}}")]);
                ObjectId::from_hex(text.as_bytes()).expect("git prints ids")
            };
            let found = history.distance(id(left), id(right)).expect("the graph is whole");
            let counted =
                scratch.git(&["rev-list", "--left-right", "--count", &format!("refs/tags/{left}...refs/tags/{right}")]);
            assert_eq!(format!("{}\t{}", found.ahead, found.behind), counted, "seed {seed}: {left}...{right}");
            let bases = scratch.try_git_in(
                &scratch.root(),
                &["merge-base", "--all", &format!("refs/tags/{left}"), &format!("refs/tags/{right}")],
            );
            let bases = String::from_utf8_lossy(&bases.stdout).into_owned();
            match found.merge_base {
                Some(base) => assert!(
                    bases.contains(&base.to_string()),
                    "seed {seed}: {left}...{right} meet at {base}, not {bases}"
                ),
                None => assert_eq!(bases, "", "seed {seed}: {left}...{right}"),
            }
        }
    }
}

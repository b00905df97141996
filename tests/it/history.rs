//! Distances between commits on graphs and clocks made by chance: against what the graph says, and against git's own
//! where the clocks are right (git allows itself mistakes where they are not).

use std::collections::BTreeSet;

use git_agent::git::history::History;
use gix::ObjectId;

use crate::support::Scratch;
use crate::support::dice::Dice;

const COMMITS: usize = 24;

/// How the clocks of those who commit run.
#[derive(Clone, Copy, Debug)]
enum Clocks {
    /// Each commit is younger than its parents.
    Right,
    /// Many commits in one second.
    Tied,
    /// Any commit may be older than its parents.
    Wrong,
}

/// A repository with commits that have up to three parents each.
struct Graph {
    scratch: Scratch,
    ids: Vec<ObjectId>,
    /// What each commit reaches, itself included.
    reached: Vec<BTreeSet<usize>>,
}

fn graph(dice: &mut Dice, clocks: Clocks) -> Graph {
    let scratch = Scratch::new();
    let mut reached: Vec<BTreeSet<usize>> = Vec::new();
    let mut stream = String::new();
    for number in 1..=COMMITS {
        let time = 1_000_000
            + match clocks {
                Clocks::Right => number * 10,
                Clocks::Tied => 0,
                Clocks::Wrong => dice.roll(200),
            };
        stream.push_str(&format!("commit refs/heads/c{number}\nmark :{number}\ncommitter c <c@e> {time} +0000\n"));
        stream.push_str(&format!("data {}\n{number}\n", number.to_string().len()));
        let mut parents: Vec<usize> = (0..dice.pick(&[0, 1, 1, 1, 2, 2, 3])).map(|_| 1 + dice.roll(COMMITS)).collect();
        parents.retain(|parent| *parent < number);
        parents.dedup();
        for (at, parent) in parents.iter().enumerate() {
            stream.push_str(&format!("{} :{parent}\n", if at == 0 { "from" } else { "merge" }));
        }
        stream.push('\n');
        let above = parents.iter().flat_map(|parent| reached[parent - 1].clone());
        reached.push(above.chain([number - 1]).collect());
    }
    let output = scratch.try_git_with(&["fast-import", "--quiet"], &stream);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ids = (1..=COMMITS).map(|number| {
        let id = scratch.commit_of(&format!("refs/heads/c{number}")).expect("it was made");
        ObjectId::from_hex(id.as_bytes()).expect("an id")
    });
    let ids = ids.collect();
    Graph { scratch, ids, reached }
}

fn compare(clocks: Clocks) {
    for seed in 1..=10 {
        let mut dice = Dice::new(seed);
        let Graph { scratch, ids, reached } = graph(&mut dice, clocks);
        if seed % 2 == 0 {
            scratch.git(&["commit-graph", "write", "--reachable"]);
        }
        let repo = gix::open(scratch.root()).expect("it can be opened");
        let mut history = History::new(&repo);
        for _ in 0..40 {
            let (left, right) = (dice.roll(COMMITS), dice.roll(COMMITS));
            let range = format!("{}...{}", ids[left], ids[right]);
            let what = format!("seed {seed}: {range}, {clocks:?}");
            let ours = history.distance(ids[left], ids[right]).expect("all commits are there");
            let ahead = reached[left].difference(&reached[right]).count();
            let behind = reached[right].difference(&reached[left]).count();
            assert_eq!((ours.ahead, ours.behind), (ahead, behind), "{what}");
            let common: BTreeSet<usize> = reached[left].intersection(&reached[right]).copied().collect();
            let best = |one: &usize| !common.iter().any(|other| other != one && reached[*other].contains(one));
            let best: Vec<ObjectId> = common.iter().filter(|one| best(one)).map(|one| ids[*one]).collect();
            assert_eq!(ours.merge_base.is_none(), best.is_empty(), "{what}");
            assert!(ours.merge_base.is_none_or(|base| best.contains(&base)), "{what}: {ours:?} {best:?}");
            if matches!(clocks, Clocks::Right) {
                let theirs = scratch.git(&["rev-list", "--left-right", "--count", &range]);
                assert_eq!(format!("{}\t{}", ours.ahead, ours.behind), theirs, "{what}");
            }
        }
    }
}

#[test]
fn distances_are_gits() {
    compare(Clocks::Right);
}

#[test]
fn distances_are_right_when_clocks_tie() {
    compare(Clocks::Tied);
}

#[test]
fn distances_are_right_when_clocks_are_wrong() {
    compare(Clocks::Wrong);
}

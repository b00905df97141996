//! kill -9 at any moment: nothing is lost, nothing leaks, and the next command heals.
//!
//! Two ways to die: at a random moment, and right before or after each git process that we start. What survives is
//! either our git children (the process alone was killed) or nothing (its whole group).

mod calls;
mod random;

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_fs::TempDir;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use crate::support::Scratch;
use crate::support::listing::locks;
use crate::support::program::{Run, wait_until};
use crate::support::project::{names, put};
use crate::support::state::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Process,
    Group,
}

/// Runs the command and kills it after `delay`, then waits until nothing of it lives any more.
pub fn killed_after(command: &mut Command, delay: Duration, victim: Victim) {
    let mut child = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let pid = pid(&child);
    let until = Instant::now() + delay;
    // A sleep would wake too late by more than what is to be told apart.
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    // It may have ended before: that is one of the moments.
    let _ = match victim {
        Victim::Process => kill_process(pid, Signal::KILL),
        Victim::Group => kill_process_group(pid, Signal::KILL),
    };
    child.wait().expect("it can be waited for");
    wait_until("its children have ended", || !lives(pid));
}

/// Whether a process of the group lives. A dead one that nobody has waited for yet does not count: init may take its
/// time, and what it held is free already.
fn lives(group: Pid) -> bool {
    if test_kill_process_group(group).is_err() {
        return false;
    }
    let Ok(processes) = std::fs::read_dir("/proc") else { return true };
    let group = group.as_raw_nonzero().to_string();
    processes.flatten().any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
        let (state, its) = (fields.next(), fields.nth(1));
        its == Some(&group) && !matches!(state, Some("Z" | "X"))
    })
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("a process id")
}

/// The repository that is killed in, with an agent `x` that holds work of several kinds.
struct World {
    scratch: Scratch,
    place: PathBuf,
    whole: State,
    /// Removed with the world.
    _elsewhere: Option<TempDir>,
}

impl World {
    fn new(elsewhere: Option<TempDir>) -> Self {
        let scratch = crate::work::project();
        for number in 0..30 {
            scratch.write(&format!("files/{number}"), format!("{number}\n").repeat(50));
        }
        scratch.commit("files");
        scratch.git(&["push", "--quiet"]);
        scratch.git(&["branch", "--track", "mine", "origin/main"]);
        scratch.colleague_pushes("theirs", "theirs");
        if let Some(elsewhere) = &elsewhere {
            scratch.config("agent.worktreeDir", elsewhere.path().to_str().expect("Unicode"));
        }
        let place = scratch.spawn("x");
        scratch.commit_in(&place, "own", "own\n");
        scratch.git_in(&place, &["push", "--quiet"]);
        put(&place.join("a"), "staged\n");
        scratch.git_in(&place, &["add", "a"]);
        put(&place.join("a"), "changed\n");
        put(&place.join("new/deep"), "untracked\n");
        put(&place.join(".env"), "SECRET=1\n");
        let whole = State::of(&scratch, &place).without_logs();
        Self { scratch, place, whole, _elsewhere: elsewhere }
    }

    fn program(&self, args: &[&str]) -> Command {
        self.scratch.program(&self.scratch.root(), args)
    }

    /// The next command heals, and leaves no trace of the dead one.
    fn heal(&self, what: &str) -> Run {
        let run = self.scratch.agent(&["list"]);
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        let git = self.scratch.root().join(".git");
        assert_eq!(names(&git.join("agent/ops")), Vec::<String>::new(), "{what}: {}", run.err);
        assert_eq!(locks(&git), Vec::<PathBuf>::new(), "{what}: {}", run.err);
        self.scratch.git(&["config", "--list"]);
        run
    }

    /// The agent `x` is whole in its place or whole in the trash; afterwards it is in its place.
    fn assert_whole(&self, what: &str) {
        if !self.place.exists() {
            let run = self.scratch.agent(&["restore", "x"]);
            assert_eq!(run.code, 0, "{what}: {}", run.err);
        }
        // The reflogs of branches have a test of their own.
        self.whole.assert_is(&State::of(&self.scratch, &self.place).without_logs(), what);
        assert_eq!(names(&self.scratch.root().join(".git/agent/trash")), Vec::<String>::new(), "{what}");
        let beside = names(self.place.parent().expect("a folder"));
        assert_eq!(beside, ["x"], "{what}");
    }

    /// The agent that was to be made is there and whole, or there is no trace of it. Afterwards there is none.
    fn assert_made_or_not(&self, name: &str, branch_before: Option<&str>, what: &str) {
        let scratch = &self.scratch;
        let place = self.place.with_file_name(name);
        if place.exists() {
            assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "", "{what}");
            assert_eq!(scratch.git_in(&place, &["symbolic-ref", "HEAD"]), format!("refs/heads/{name}"), "{what}");
            let row = scratch.row(name);
            assert_eq!((&row["problem"], &row["foreign"]), (&serde_json::Value::Null, &false.into()), "{what}");
            scratch.agent(&["rm", name]).ok();
            scratch.agent(&["gc", "--purge", name]).ok();
        }
        assert!(!place.exists(), "{what}");
        assert_eq!(scratch.commit_of(&format!("refs/heads/{name}")).as_deref(), branch_before, "{what}");
        let worktrees = scratch.root().join(".git/worktrees");
        assert_eq!(names(&worktrees), ["x"], "{what}");
        let log = scratch.root().join(".git/logs/refs/heads").join(name);
        assert_eq!(log.exists(), branch_before.is_some(), "{what}: a reflog of a branch that is not there");
        let config = scratch.git(&["config", "--local", "--list"]);
        assert!(branch_before.is_some() || !config.contains(&format!("branch.{name}.")), "{what}: {config}");
    }
}

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Makes an agent with a branch of its own.
    Create,
    /// Makes one with the remote's branch.
    Track,
    /// Makes one with a branch that is there, and mends its upstream.
    Take,
    Remove,
    Restore,
}

const DEEDS: [Deed; 5] = [Deed::Create, Deed::Track, Deed::Take, Deed::Remove, Deed::Restore];

impl Deed {
    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["spawn", "y"],
            Self::Track => &["spawn", "theirs"],
            Self::Take => &["spawn", "mine"],
            Self::Remove => &["rm", "x", "--force"],
            Self::Restore => &["restore", "x"],
        }
    }

    fn prepare(self, world: &World) {
        match self {
            Self::Take => {
                world.scratch.git(&["branch", "--quiet", "--set-upstream-to=origin/main", "mine"]);
            }
            Self::Restore => drop(world.scratch.agent(&["rm", "x", "--force"]).ok()),
            _ => {}
        }
    }

    fn check(self, world: &World, mine: &str, what: &str) {
        match self {
            Self::Create => world.assert_made_or_not("y", None, what),
            Self::Track => world.assert_made_or_not("theirs", None, what),
            Self::Take => world.assert_made_or_not("mine", Some(mine), what),
            Self::Remove | Self::Restore => {}
        }
        // The upstream of the branch that was there is the only thing that may have changed for good.
        world.scratch.git(&["branch", "--quiet", "--set-upstream-to=origin/main", "mine"]);
        world.assert_whole(what);
    }
}

/// A world in which every deed can be repeated: `State` holds all refs and branch settings.
fn settled(elsewhere: Option<TempDir>) -> (World, String) {
    let mut world = World::new(elsewhere);
    world.scratch.agent(&["spawn", "theirs"]).ok();
    world.scratch.agent(&["rm", "theirs"]).ok();
    world.scratch.agent(&["gc", "--purge", "theirs"]).ok();
    world.whole = State::of(&world.scratch, &world.place).without_logs();
    let mine = world.scratch.commit_of("refs/heads/mine").expect("it is there");
    (world, mine)
}

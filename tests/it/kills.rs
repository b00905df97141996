//! kill -9 at any moment: nothing is lost, nothing leaks, and the next command heals.
//!
//! Two ways to die: at a random moment, and right before or after each git process that we start. What survives is
//! either our git children (the process alone was killed) or nothing (its whole group).

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_fs::TempDir;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use crate::support::Scratch;
use crate::support::dice::Dice;
use crate::support::listing::{locks, temporaries};
use crate::support::program::{Run, wait_until};
use crate::support::project::{names, put, put_program};
use crate::support::state::State;

/// How many kills at random moments a test makes.
fn kills() -> usize {
    std::env::var("GIT_AGENT_TEST_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(150)
}

fn seed() -> u64 {
    std::env::var("GIT_AGENT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Process,
    Group,
}

/// Runs the command and kills it after `delay`, then waits until nothing of it lives any more.
fn killed_after(command: &mut Command, delay: Duration, victim: Victim) {
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
    wait_until("its children have ended", || test_kill_process_group(pid).is_err());
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
        assert_eq!(names(&scratch.root().join(".git/worktrees")), ["x"], "{what}");
        // An empty one has a test of its own.
        let log = std::fs::read(scratch.root().join(".git/logs/refs/heads").join(name)).unwrap_or_default();
        assert_eq!(!log.is_empty(), branch_before.is_some(), "{what}: a reflog of a branch that is not there");
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

/// Kills each deed at random moments; now and then the healing command as well.
fn at_random_moments(world: &World, mine: &str, deeds: &[Deed], runs: usize, seed: u64) {
    let mut dice = Dice::new(seed);
    let mut lasts = vec![Duration::from_millis(40); deeds.len()];
    for number in 0..runs {
        let which = dice.roll(deeds.len());
        let deed = deeds[which];
        let victim = dice.pick(&[Victim::Process, Victim::Group]);
        deed.prepare(world);
        let delay = lasts[which] * u32::try_from(dice.roll(1100)).unwrap_or_default() / 1000;
        let what = format!("seed {seed}, run {number}: {deed:?}, {victim:?} after {delay:?}");
        let begun = Instant::now();
        killed_after(&mut world.program(deed.args()), delay, victim);
        // How long it lasts is learnt from those that were not killed in time.
        lasts[which] = lasts[which].max(begun.elapsed().min(Duration::from_millis(150)));
        if dice.roll(4) == 0 {
            let delay = Duration::from_micros(dice.roll(30_000) as u64);
            killed_after(&mut world.program(&["list"]), delay, victim);
        }
        world.heal(&what);
        deed.check(world, mine, &what);
    }
    world.scratch.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn random_moments() {
    std::thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || {
                let (world, mine) = settled(None);
                at_random_moments(&world, &mine, &DEEDS, kills() / 2, seed() * 1000 + worker);
            });
        }
    });
}

#[test]
fn random_moments_across_file_systems() {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    let shm = Path::new("/dev/shm");
    if device(shm).is_none_or(|there| Some(there) == device(&std::env::temp_dir())) {
        return;
    }
    let elsewhere = TempDir::new_in(shm).expect("it can be written to");
    let (world, mine) = settled(Some(elsewhere));
    at_random_moments(&world, &mine, &[Deed::Remove, Deed::Restore], kills() / 3, seed());
}

/// A `git` that kills who started it, before or after it does its work, at the call that a variable names.
struct Murderer {
    path: std::ffi::OsString,
    count: PathBuf,
    when: &'static str,
}

impl Murderer {
    fn new(scratch: &Scratch, when: &'static str) -> Self {
        let path = std::env::var_os("PATH").expect("a PATH");
        let real = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|path| path.is_file());
        let script = format!(
            "#!/bin/sh\nread n 2>/dev/null <\"$COUNT\"; n=$((n + 1)); echo $n >\"$COUNT\"\n\
             if [ $n != \"$AT\" ]; then exec '{real}' \"$@\"; fi\n\
             [ $WHEN = after ] && '{real}' \"$@\"\nkill -9 $PPID\n",
            real = real.expect("git is there").display()
        );
        let folder = scratch.beside("bin");
        put_program(&folder.join("git"), &script);
        let path = std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path)));
        Self { path: path.expect("a PATH"), count: scratch.beside("count"), when }
    }

    /// Runs the deed, which dies at git call number `at` if it makes so many.
    fn run(&self, world: &World, deed: Deed, at: u32) -> Run {
        put(&self.count, "");
        let mut command = world.program(deed.args());
        command.env("PATH", &self.path).env("COUNT", &self.count);
        command.env("AT", at.to_string()).env("WHEN", self.when).process_group(0);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let pid = pid(&child);
        let run = Run::of(&child.wait_with_output().expect("it ends"));
        wait_until("its children have ended", || test_kill_process_group(pid).is_err());
        run
    }

    /// Tries the deed with a death at each of its git calls, and calls `then` after each.
    fn at_each_call(&self, world: &World, deed: Deed, then: &dyn Fn(&str)) {
        for at in 1..100 {
            deed.prepare(world);
            let run = self.run(world, deed, at);
            let what = format!("{deed:?} {} call {at}: {}", self.when, run.err);
            world.heal(&what);
            then(&what);
            if run.code == 0 {
                return;
            }
            assert_eq!(run.code, 137, "{what}");
        }
        panic!("{deed:?} never ends");
    }
}

#[test]
fn around_each_git_process() {
    std::thread::scope(|scope| {
        for when in ["before", "after"] {
            scope.spawn(move || {
                let (world, mine) = settled(None);
                let murderer = Murderer::new(&world.scratch, when);
                for deed in DEEDS {
                    murderer.at_each_call(&world, deed, &|what| deed.check(&world, &mine, what));
                }
                world.scratch.git(&["fsck", "--strict", "--no-dangling"]);
            });
        }
    });
}

#[test]
fn a_branch_keeps_its_reflog() {
    let (world, _) = settled(None);
    let before = State::of(&world.scratch, &world.place);
    let murderer = Murderer::new(&world.scratch, "after");
    for deed in [Deed::Remove, Deed::Restore] {
        murderer.at_each_call(&world, deed, &|what| {
            world.assert_whole(what);
            before.assert_is(&State::of(&world.scratch, &world.place), what);
        });
    }
}

impl Murderer {
    /// Lets the deed die at the first git call after it was written down.
    fn cut_short(&self, world: &World, deed: Deed) {
        let ops = world.scratch.root().join(".git/agent/ops");
        let begun = |at: &u32| {
            let died = self.run(world, deed, *at).code == 137;
            let begun = died && names(&ops).iter().any(|name| name.ends_with(".json"));
            if !begun {
                world.heal("before it began");
            }
            begun
        };
        (1..100).find(begun).expect("there is such a call");
    }
}

#[test]
fn an_empty_reflog_goes_too() {
    let (world, mine) = settled(None);
    Murderer::new(&world.scratch, "before").cut_short(&world, Deed::Create);
    assert_eq!(world.scratch.commit_of("refs/heads/y"), None);
    let log = world.scratch.root().join(".git/logs/refs/heads/y");
    put(&log, "");
    world.heal("killed before the reflog was written");
    assert!(!log.exists());
    Deed::Create.check(&world, &mine, "afterwards");
}

#[test]
#[ignore = "bug: only one folder is swept"]
fn temporary_files_go_too() {
    let (world, _) = settled(None);
    let murderer = Murderer::new(&world.scratch, "before");
    for (deed, files) in [
        (Deed::Create, &["..gitignore", ".git/info/.exclude", ".git/agent/.worktree.gitconfig"][..]),
        (Deed::Restore, &[".git/logs/refs/heads/.x"]),
    ] {
        deed.prepare(&world);
        murderer.cut_short(&world, deed);
        for file in files {
            world.scratch.write(&format!("{file}.4000000.0.tmp-git-agent"), "half");
        }
        world.heal("killed while writing");
        assert_eq!(temporaries(&world.scratch.root()), Vec::<PathBuf>::new());
    }
}

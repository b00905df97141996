//! Death right before or after each git process that we start.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use super::{DEEDS, Deed, World, lives, pid, settled};
use crate::support::Scratch;
use crate::support::listing::temporaries;
use crate::support::program::{Run, wait_until};
use crate::support::project::{names, put, put_program};
use crate::support::state::State;

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
        wait_until("its children have ended", || !lives(pid));
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
        self.cut_short_when(world, deed, &|| true);
    }

    /// As [`Self::cut_short`], at the first such call where `reached` says so.
    fn cut_short_when(&self, world: &World, deed: Deed, reached: &dyn Fn() -> bool) {
        let ops = world.scratch.root().join(".git/agent/ops");
        let begun = |at: &u32| {
            let died = self.run(world, deed, *at).code == 137;
            let begun = died && names(&ops).iter().any(|name| name.ends_with(".json")) && reached();
            if !begun {
                world.heal("before it came so far");
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
fn a_half_made_entry_goes_too() {
    let (world, mine) = settled(None);
    Murderer::new(&world.scratch, "before").cut_short(&world, Deed::Create);
    let entry = world.scratch.root().join(".git/worktrees/y");
    put(&entry.join("locked"), "initializing\n");
    put(&entry.join("gitdir"), "");
    world.heal("killed before the link was written");
    assert!(!entry.exists());
    Deed::Create.check(&world, &mine, "afterwards");
}

#[test]
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

#[test]
#[ignore = "bug: a spawn that is kept leaves the lock of the packed refs"]
fn the_lock_of_the_packed_refs_goes_too() {
    let (world, mine) = settled(None);
    let git = world.scratch.root().join(".git");
    let complete = || git.join("worktrees/y/index").exists();
    // `git reset --hard` takes it, in order to delete refs such as MERGE_HEAD.
    Murderer::new(&world.scratch, "after").cut_short_when(&world, Deed::Create, &complete);
    let lock = git.join("packed-refs.lock");
    put(&lock, "");
    world.scratch.agent(&["list"]).ok();
    assert!(!lock.exists());
    Deed::Create.check(&world, &mine, "afterwards");
}

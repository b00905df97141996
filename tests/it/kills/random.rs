//! Death at random moments.

use std::path::Path;
use std::time::{Duration, Instant};

use assert_fs::TempDir;

use super::{DEEDS, Deed, Victim, World, killed_after, settled};
use crate::support::dice::Dice;

/// How many kills at random moments a test makes.
fn kills() -> usize {
    std::env::var("GIT_AGENT_TEST_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(150)
}

fn seed() -> u64 {
    std::env::var("GIT_AGENT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
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

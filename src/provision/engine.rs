//! Carrying out a plan: each step begins when those that it waits for have ended, so independent ones run at once.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::policy::provision::Step;
use crate::provision::record::Stage;

/// A step has begun or ended.
#[derive(Debug)]
pub enum Event<T> {
    /// It begins.
    Begun,
    /// It ended with this result, after this time.
    Ended(T, Duration),
    /// It was left out, for it needs the step of this name, which failed.
    Skipped(String),
}

/// Carries out the steps. `perform` does one and says whether it worked; `seen` is told of each change, from any thread.
/// Returns how each ended, in their order.
pub fn carry_out<T: Send>(
    steps: &[Step],
    perform: &(dyn Fn(&Step) -> (bool, T) + Sync),
    seen: &(dyn Fn(&Step, Event<T>) + Sync),
) -> Vec<Stage> {
    let names: Vec<String> = steps.iter().map(|step| step.kind.name()).collect();
    let stages = Mutex::new(vec![Stage::Waiting; steps.len()]);
    let changed = Condvar::new();
    let worker = || {
        let Ok(mut held) = stages.lock() else { return };
        loop {
            let ready = (0..steps.len()).find(|&at| held[at] == Stage::Waiting && is_ready(&steps[at], &names, &held));
            let Some(at) = ready else {
                // Nothing waits, or what does waits for a step that another thread is at.
                if held.iter().all(|stage| *stage != Stage::Waiting)
                    || held.iter().all(|stage| *stage != Stage::Running)
                {
                    return;
                }
                match changed.wait(held) {
                    Ok(again) => held = again,
                    Err(_) => return,
                }
                continue;
            };
            let step = &steps[at];
            if let Some(missing) = step.needs.iter().find(|need| !is_done(need, &names, &held)) {
                held[at] = Stage::Skipped;
                seen(step, Event::Skipped(missing.clone()));
                changed.notify_all();
                continue;
            }
            held[at] = Stage::Running;
            drop(held);
            seen(step, Event::Begun);
            let begun = Instant::now();
            let (worked, result) = perform(step);
            seen(step, Event::Ended(result, begun.elapsed()));
            let Ok(again) = stages.lock() else { return };
            held = again;
            held[at] = if worked { Stage::Done } else { Stage::Failed };
            changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..steps.len() {
            scope.spawn(worker);
        }
        worker();
    });
    stages.into_inner().unwrap_or_default()
}

fn is_ready(step: &Step, names: &[String], stages: &[Stage]) -> bool {
    step.after.iter().all(|name| match position(name, names) {
        Some(at) => !matches!(stages[at], Stage::Waiting | Stage::Running),
        None => true,
    })
}

fn is_done(name: &str, names: &[String], stages: &[Stage]) -> bool {
    position(name, names).is_none_or(|at| stages[at] == Stage::Done)
}

fn position(name: &str, names: &[String]) -> Option<usize> {
    names.iter().position(|other| other == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::provision::Kind;

    fn step(kind: Kind, after: &[&str], needs: &[&str]) -> Step {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Step { kind, after: owned(after), needs: owned(needs) }
    }

    fn plan() -> Vec<Step> {
        vec![
            step(Kind::Files, &[], &[]),
            step(Kind::Ports, &[], &[]),
            step(Kind::Database, &["ports"], &["ports"]),
            step(Kind::Setup, &["files", "ports", "database"], &["files", "database"]),
        ]
    }

    #[test]
    fn independent_steps_meet_and_dependent_ones_wait() {
        let meeting = std::sync::Barrier::new(2);
        let order = Mutex::new(Vec::new());
        let perform = |step: &Step| {
            if matches!(step.kind, Kind::Files | Kind::Ports) {
                // Each waits for the other: one after the other they would wait for ever.
                meeting.wait();
            }
            order.lock().unwrap().push(step.kind.name());
            (true, ())
        };
        assert_eq!(carry_out(&plan(), &perform, &|_, _| {}), [Stage::Done; 4]);
        assert_eq!(order.lock().unwrap()[3], "setup");
    }

    #[test]
    fn what_needs_a_failed_step_is_left_out() {
        let skipped = Mutex::new(Vec::new());
        let seen = |step: &Step, event: Event<()>| {
            if let Event::Skipped(missing) = event {
                skipped.lock().unwrap().push((step.kind.name(), missing));
            }
        };
        let stages = carry_out(&plan(), &|step| (step.kind != Kind::Ports, ()), &seen);
        assert_eq!(stages, [Stage::Done, Stage::Failed, Stage::Skipped, Stage::Skipped]);
        let expected = [("database", "ports"), ("setup", "database")];
        assert_eq!(*skipped.lock().unwrap(), expected.map(|(step, missing)| (step.to_owned(), missing.to_owned())));
    }
}

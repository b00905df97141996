//! A provisioning from its plan to a worktree that is ready: carried out under a journal entry, with its progress on record.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::agent::{Agent, work};
use crate::config::Config;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::git::repo::Repo;
use crate::git::worktrees;
use crate::journal::{self, Entry, Operation, Provision};
use crate::launch::process::Identity;
use crate::policy::provision::{Kind, Step, plan};
use crate::provision::engine::{self, Event};
use crate::provision::made::{self, Book};
use crate::provision::record::{LOCK_FILE, Progress, Record, Stage, State};
use crate::provision::scene::{Done, Said, Scene};
use crate::provision::stage::{self, Staging};
use crate::provision::trust::{self, Trust};
use crate::provision::{data, deps, facts, files, links, places, setup, submodules};
use crate::store::Lock;

/// How often is looked whether what a killed run has started is over.
const PAUSE: Duration = Duration::from_millis(100);

/// Which steps of the plan are done now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All.
    #[default]
    All,
    /// Those that take moments.
    Short,
    /// Those that may take minutes.
    Long,
    /// What a removal has given back.
    Restored,
}

/// How it is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which steps.
    pub part: Part,
    /// Also what is done already.
    pub again: bool,
    /// Wait for whoever works at it, instead of refusing.
    pub wait: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The record; `None` where there was nothing to do, ever.
    pub record: Option<Record>,
    /// What the user should know beside the warnings of steps.
    pub warnings: Vec<String>,
    /// The steps that this run did.
    pub ran: Vec<String>,
}

/// The steps that a worktree needs.
///
/// # Errors
/// When a setting is wrong or a file cannot be read.
pub fn steps(repo: &Repo, config: &Config, agent: &Agent) -> Result<Vec<Step>> {
    Ok(plan(&facts::gather(repo, config, agent)?))
}

/// Makes the worktree ready, as far as its steps go. A step that fails is on record and in the report; it takes back what it
/// made outside of the worktree, and the others go on.
///
/// # Errors
/// When the worktree is broken, somebody else is at it, or nothing can be written down.
pub fn run(
    repo: &Repo,
    config: &Config,
    agent: &Agent,
    options: Options,
    say: &(dyn Fn(Said<'_>) + Sync),
) -> Result<Report> {
    if let Some(problem) = &agent.tree.problem {
        return Err(Error::failed(format!("the worktree of '{}' is broken", agent.name()))
            .because(&problem.what)
            .hint(&problem.remedy));
    }
    let admin = &agent.tree.admin;
    let steps = steps(repo, config, agent)?;
    if let Some(record) = needs_nothing(&steps, options.part, Record::load(admin)?) {
        let record = record.filter(|record| !record.is_pending());
        if record.is_none() {
            Record::remove(admin)?;
        }
        return Ok(Report { record, warnings: forgotten(repo, config, agent, &steps), ..Report::default() });
    }
    let _lock = lock(repo, agent, options.wait)?;
    // What is on record now: somebody else may have worked at it until a moment ago.
    let before = Record::load(admin)?;
    let wanted = part(&steps, options.part, before.as_ref());
    let mut warnings = Vec::new();
    let operation = begin(repo, agent)?;
    let result = (|| {
        let token = made::require_token(admin)?;
        let book = Book::open(repo, &token, &agent.name())?;
        let record = Mutex::new(opening(&steps, &wanted, before.as_ref(), token));
        save(&record, agent)?;
        let scene = Scene {
            repo,
            agent,
            book: &book,
            before: before.as_ref(),
            again: options.again,
            hold: Some(operation.lock().file()),
            staging: Staging::open(&agent.tree)?,
            say,
            commands: Mutex::default(),
            ignored: Mutex::default(),
        };
        // Before files are copied into it: later it would be taken for somebody's. What is wrong with it the step
        // 'environment' says.
        data::folder(repo, config, agent).ok();
        carry_out(&scene, &wanted, &record)?;
        if options.part != Part::Long && !steps.iter().any(|step| step.kind == Kind::Files) {
            warnings.extend(missing_environment(&scene));
        }
        if options.part == Part::Short && steps.iter().any(|step| step.kind.is_long()) {
            warnings.extend(untrusted(repo, config, agent)?);
        }
        if options.part != Part::Short {
            warnings.extend(deps::beyond(&scene)?);
        }
        stage::clear(&agent.tree)?;
        let mut record = record.into_inner().map_err(|_| Error::failed("a step panicked"))?;
        record.state = match () {
            () if record.failed().is_some() => State::Failed,
            // Until a process in the background takes over it is ours, and with our end interrupted.
            () if record.is_left() => State::Running,
            () => State::Done,
        };
        record.ended = Some(journal::now());
        record.save(admin)?;
        Ok(record)
    })();
    operation.finish()?;
    if worktrees::remove_husk(admin)? {
        return Err(Error::failed(format!("the worktree of '{}' was removed while it was made ready", agent.name()))
            .hint(format!("git agent spawn {}", agent.shown_name())));
    }
    let ran = wanted.iter().map(|step| step.kind.name()).collect();
    result.map(|record| Report { record: Some(record), warnings, ran })
}

/// The record of a worktree for which this run has nothing to do.
fn needs_nothing(steps: &[Step], part: Part, before: Option<Record>) -> Option<Option<Record>> {
    let is_untouched = before.as_ref().is_none_or(Record::is_pending);
    let nothing = match part {
        Part::Restored => self::part(steps, part, before.as_ref()).is_empty(),
        _ => steps.is_empty() && is_untouched,
    };
    nothing.then_some(before)
}

/// The steps of `all` that this run does.
fn part(all: &[Step], part: Part, before: Option<&Record>) -> Vec<Step> {
    let was_undone =
        |name: &str| before.and_then(|record| record.step(name)).is_some_and(|step| step.state == Stage::Waiting);
    let wanted = |step: &&Step| match part {
        Part::All => true,
        Part::Short => !step.kind.is_long(),
        Part::Long => step.kind.is_long(),
        Part::Restored => match step.kind {
            Kind::Ports | Kind::Environment => before.is_some(),
            Kind::Setup => was_undone(&step.kind.name()),
            _ => false,
        },
    };
    all.iter().filter(wanted).cloned().collect()
}

/// One works at a worktree at a time, and what a killed run has started counts: two installs at once spoil each other.
fn lock(repo: &Repo, agent: &Agent, wait: bool) -> Result<Lock> {
    let path = agent.tree.admin.join(LOCK_FILE);
    let lock = if wait { Some(Lock::wait(&path)?) } else { Lock::attempt(&path)? };
    let Some(lock) = lock else {
        return Err(Error::new(ErrorKind::Refused, format!("'{}' is being made ready already", agent.name()))
            .hint(format!("git agent log {} --provision --follow", agent.shown_name())));
    };
    while journal::is_provisioned(repo, &agent.tree.admin)? {
        if !wait {
            return Err(orphaned(repo, agent));
        }
        std::thread::sleep(PAUSE);
    }
    Ok(lock)
}

/// The error about commands that a killed run has started and that go on.
fn orphaned(repo: &Repo, agent: &Agent) -> Error {
    let what =
        format!("'{}' was being made ready by a process that is gone, and what it had started goes on", agent.name());
    let found = work::occupation(repo, agent).map(|found| found.facts.running).unwrap_or_default();
    let list = found.iter().map(|(program, pid)| format!("{program} (process {pid})")).collect::<Vec<_>>();
    let pids = found.iter().map(|(_, pid)| pid.to_string()).collect::<Vec<_>>();
    let name = agent.shown_name();
    let error = Error::new(ErrorKind::Refused, what);
    // An agent that follows hints should wait for an install rather than end it.
    let ends = || format!("{}; it ends by itself, or with: kill {}", list.join(", "), pids.join(" "));
    let error = if list.is_empty() { error } else { error.because(ends()) };
    error.hint(format!("git agent log {name} --provision")).hint(format!("git agent provision {name}"))
}

fn begin(repo: &Repo, agent: &Agent) -> Result<Operation> {
    let entry = Provision { name: agent.name(), path: agent.tree.path.clone(), admin: agent.tree.admin.clone() };
    let _held = journal::repository_lock(repo)?;
    Operation::begin(repo, &Entry::Provision(entry))
}

/// The record as it is when the steps begin: what this run does not do stays as it was.
fn opening(steps: &[Step], wanted: &[Step], before: Option<&Record>, token: String) -> Record {
    let progress = |step: &Step| {
        let name = step.kind.name();
        let old = before.and_then(|record| record.step(&name)).cloned();
        let old = old.unwrap_or_else(|| Progress { step: name.clone(), ..Progress::default() });
        if wanted.contains(step) { Progress { step: name, inputs: old.inputs, ..Progress::default() } } else { old }
    };
    Record {
        version: 1,
        token,
        state: State::Running,
        runner: Identity::own(),
        started: journal::now(),
        ended: None,
        steps: steps.iter().map(progress).collect(),
    }
}

/// What one step came to.
struct Ending {
    state: Stage,
    done: Done,
}

fn carry_out(scene: &Scene<'_>, steps: &[Step], record: &Mutex<Record>) -> Result<()> {
    let failure = Mutex::new(None);
    let note = |step: &Step, change: &dyn Fn(&mut Progress)| {
        let name = step.kind.name();
        let saved = record.lock().map_err(|_| Error::failed("a step panicked")).and_then(|mut record| {
            change(record.step_mut(&name));
            record.save(&scene.agent.tree.admin)?;
            Ok(record.step(&name).cloned())
        });
        match saved {
            Ok(progress) => progress,
            Err(error) => {
                if let Ok(mut failure) = failure.lock() {
                    failure.get_or_insert(error);
                }
                None
            }
        }
    };
    let seen = |step: &Step, event: Event<Ending>| match event {
        Event::Begun => {
            // Killed from here on, it is not done, whatever an earlier run did.
            note(step, &|progress| (progress.state, progress.inputs) = (Stage::Running, None));
            (scene.say)(Said::Begun(&step.kind.name()));
        }
        Event::Ended(ending, took) => {
            let progress = note(step, &|progress| ending.write(progress, took));
            progress.iter().for_each(|progress| (scene.say)(Said::Ended(progress)));
        }
        Event::Skipped(missing) => {
            let progress = note(step, &|progress| {
                progress.state = Stage::Skipped;
                progress.summary = format!("needs '{missing}', which failed");
            });
            progress.iter().for_each(|progress| (scene.say)(Said::Ended(progress)));
        }
    };
    engine::carry_out(steps, &|step| perform(scene, step), &seen);
    failure.into_inner().ok().flatten().map_or(Ok(()), Err)
}

impl Ending {
    fn write(&self, progress: &mut Progress, took: Duration) {
        progress.state = self.state;
        progress.millis = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let done = &self.done;
        progress.summary.clone_from(&done.summary);
        progress.warnings.clone_from(&done.warnings);
        progress.waits_for_trust = done.waits_for_trust;
        progress.inputs.clone_from(&done.inputs);
        progress.details.clone_from(&done.details);
    }
}

/// Does one step. One that fails has taken back what it made outside of the worktree.
fn perform(scene: &Scene<'_>, step: &Step) -> (bool, Ending) {
    let name = step.kind.name();
    let result = match &step.kind {
        Kind::Submodules => submodules::bring(scene),
        Kind::Files => files::bring(scene, &name),
        Kind::Links => links::make(scene),
        Kind::Dependencies { .. } => deps::bring(scene, step),
        Kind::Setup => setup::run(scene, &name),
        Kind::Ports => places::lease(scene),
        Kind::Database => places::make_databases(scene, &name),
        Kind::Environment => places::write_environment(scene),
    };
    match result {
        Ok(done) => (true, Ending { state: Stage::Done, done }),
        Err(error) => {
            let details = json!({ "hints": error.hints });
            let summary = Error { hints: Vec::new(), ..error }.to_string();
            (false, Ending { state: Stage::Failed, done: Done { summary, details, ..Done::default() } })
        }
    }
}

/// What is said of trust while somebody is there to hear it: what the steps in the background find is only in their log.
fn untrusted(repo: &Repo, config: &Config, agent: &Agent) -> Result<Option<String>> {
    let asked = trust::asked(repo, config)?;
    let is_open = matches!(trust::state(repo, &asked), Trust::Changed | Trust::None);
    Ok(is_open.then(|| {
        let remedy = format!("git agent trust && git agent provision {}", agent.shown_name());
        format!("the steps in the background leave out what they need and nobody has trusted: {remedy}")
    }))
}

fn save(record: &Mutex<Record>, agent: &Agent) -> Result<()> {
    record.lock().map_err(|_| Error::failed("a step panicked"))?.save(&agent.tree.admin)
}

fn missing_environment(scene: &Scene<'_>) -> Option<String> {
    forgotten_warning(&files::forgotten(scene.repo, scene.tree()))
}

fn forgotten(repo: &Repo, _config: &Config, agent: &Agent, steps: &[Step]) -> Vec<String> {
    if steps.iter().any(|step| step.kind == Kind::Files) {
        return Vec::new();
    }
    forgotten_warning(&files::forgotten(repo, &agent.tree.path)).into_iter().collect()
}

fn forgotten_warning(names: &[String]) -> Option<String> {
    let first = names.first()?;
    let list = names.join("', '");
    Some(format!("'{list}' of the main checkout is not copied; to have it copied: echo {first} >> {}", files::INCLUDE))
}

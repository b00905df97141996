//! A spawn from its request to worktrees that are ready: what `git agent spawn` does, and what a client's hook does when
//! the client asks for a worktree.

use std::thread::JoinHandle;

use crate::agent::{self, record::Origin};
use crate::config::{BaseChoice, Config};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::{program, remote};
use crate::policy::name;
use crate::policy::spawn::Taken;
use crate::spawn::apply::{self, Made, Plan};
use crate::spawn::plan::{Wanted, make_free, plans, wanted};
use crate::spawn::{base, birth, facts};
use crate::{journal, store};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The name that the agents share; one agent without a profile has it as it is.
    pub stem: String,
    /// We made the name up: it may get a number.
    pub derived: bool,
    /// The profiles of the agents; none is one agent without a profile.
    pub profiles: Vec<String>,
    /// How many of each.
    pub count: u32,
    /// What they start from; `None` for what is configured.
    pub base: Option<BaseChoice>,
    /// What they are to do.
    pub task: Option<String>,
    /// Who asks, if it is a client: it gets a name that a removed agent had.
    pub origin: Option<Origin>,
}

/// What is told while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Said<'a> {
    /// The remote is asked.
    Fetching,
    /// So many worktrees are filled.
    CheckingOut(usize),
    /// Something that the user should know.
    Warning(&'a str),
}

/// Worktrees that were made.
#[derive(Debug, Default)]
pub struct Created {
    /// One for each agent, in the order of the request.
    pub made: Vec<Made>,
    /// All that was told as a warning.
    pub warnings: Vec<String>,
}

/// The question whether the installed git is new enough. Asked beside everything else: it is needed before the first
/// change, and costs a process.
pub struct Version(JoinHandle<Result<()>>);

impl Version {
    /// Asks.
    pub fn ask() -> Self {
        Self(std::thread::spawn(|| program::require_supported_version().map(drop)))
    }

    fn require(self) -> Result<()> {
        self.0.join().map_err(|_| Error::failed("'git version' could not be run"))?
    }
}

/// A request whose names are fit and whose base is known.
struct Prepared {
    wanted: Vec<Wanted>,
    prefix: String,
    base: base::Found,
    warnings: Vec<String>,
}

/// What [`create`] would do. Changes nothing and fetches nothing.
///
/// # Errors
/// As [`create`].
pub fn plan(
    repo: &Repo,
    config: &Config,
    request: &Request,
    version: Version,
    say: &dyn Fn(Said<'_>),
) -> Result<Vec<Plan>> {
    let mut prepared = prepare(repo, config, request, version, false, say)?;
    planned(repo, config, request, &mut prepared)
}

/// Makes the worktrees: all of them are refused, or registered, before the first is filled.
///
/// # Errors
/// Whatever stands against one of them. What failed is gone again; an error names what was made all the same.
pub fn create(
    repo: &Repo,
    config: &Config,
    request: &Request,
    version: Version,
    say: &dyn Fn(Said<'_>),
) -> Result<Created> {
    let mut prepared = prepare(repo, config, request, version, true, say)?;
    let held = journal::repository_lock(repo)?;
    let plans = planned(repo, config, request, &mut prepared)?;
    say(Said::CheckingOut(plans.len()));
    let registered = register_all(repo, config, plans, &held)?;
    drop(held);
    let (made, failure) = fill_all(repo, registered);
    let mut warnings = prepared.warnings;
    for warning in made.iter().flat_map(|made| &made.warnings) {
        say(Said::Warning(warning));
        warnings.push(warning.clone());
    }
    match failure {
        None => Ok(Created { made, warnings }),
        Some(error) => Err(made.iter().fold(error, |error, made| {
            error.because(format!("'{}' was made: {}", made.record.name, made.path.display()))
        })),
    }
}

fn prepare(
    repo: &Repo,
    config: &Config,
    request: &Request,
    version: Version,
    fetch: bool,
    say: &dyn Fn(Said<'_>),
) -> Result<Prepared> {
    let (wanted, branches) = names(repo, config, request)?;
    let choice = request.base.clone().unwrap_or_else(|| config.base());
    version.require()?;
    if choice == BaseChoice::Fresh {
        say(Said::Fetching);
    }
    let base = base::find(repo, config, &choice, &branches, fetch)?;
    let mut warnings = base.warnings.clone();
    warnings.extend(birth::misdirecting_remotes(repo).iter().map(|key| birth::misdirection(key)));
    warnings.iter().for_each(|warning| say(Said::Warning(warning)));
    Ok(Prepared { wanted, prefix: config.branch_prefix(), base, warnings })
}

/// The agents that are wanted and their branches, all of them fit to be names.
fn names(repo: &Repo, config: &Config, request: &Request) -> Result<(Vec<Wanted>, Vec<String>)> {
    if repo.has_lost_main() {
        return Err(Error::new(
            Kind::Unsupported,
            format!("the main checkout of {} cannot be told from here", repo.common().display()),
        )
        .hint("git -C MAIN-CHECKOUT agent spawn NAME"));
    }
    let wanted = wanted(&request.stem, &request.profiles, request.count);
    let prefix = config.branch_prefix();
    let branches: Vec<String> = wanted.iter().map(|one| format!("{prefix}{}", one.name)).collect();
    for (one, branch) in wanted.iter().zip(&branches) {
        check(repo, &one.name, branch)?;
    }
    Ok((wanted, branches))
}

/// Says what is wrong with the name of an agent, or with that of its branch.
///
/// # Errors
/// The rule that is broken.
pub fn check(repo: &Repo, name: &str, branch: &str) -> Result<()> {
    name::check(name).map_err(|rule| {
        Error::new(Kind::Usage, format!("'{name}' cannot name an agent")).because(rule).hint("git agent spawn feat/one")
    })?;
    let remote = branch.split_once('/').map(|(first, _)| first).filter(|first| remote::exists(repo, first));
    if let Some(remote) = remote {
        return Err(Error::new(
            Kind::Usage,
            format!("a branch '{branch}' would stand in front of the one of the remote '{remote}'"),
        )
        .hint(format!("git agent spawn NAME --base {}", agent::shell_word(branch))));
    }
    name::check(branch).map_err(|rule| {
        Error::new(Kind::Usage, format!("agent.branchPrefix makes '{branch}' of the name, which is no branch"))
            .because(rule)
            .hint("git config agent.branchPrefix agent/")
    })
}

fn planned(repo: &Repo, config: &Config, request: &Request, prepared: &mut Prepared) -> Result<Vec<Plan>> {
    let mut known = facts::known(repo)?;
    if request.origin.is_some() {
        known.taken.retain(|taken| !matches!(taken, Taken::Trashed(_)));
    }
    let Prepared { wanted, prefix, base, .. } = prepared;
    if request.derived {
        make_free(wanted, &request.stem, &request.profiles, request.count, &known, prefix);
    }
    let mut plans = plans(repo, config, base, &known, wanted, prefix, request.task.as_deref())?;
    plans.iter_mut().for_each(|plan| plan.record.origin = request.origin);
    Ok(plans)
}

fn register_all(repo: &Repo, config: &Config, plans: Vec<Plan>, held: &store::Lock) -> Result<Vec<apply::Registered>> {
    let mut registered = Vec::new();
    for plan in plans {
        match apply::register(repo, config, plan, held) {
            Ok(one) => registered.push(one),
            Err(error) => {
                for one in registered {
                    apply::abandon(repo, one)?;
                }
                return Err(error);
            }
        }
    }
    Ok(registered)
}

/// Checks all of them out, a few at a time. Returns those that are ready, and the first failure.
fn fill_all(repo: &Repo, registered: Vec<apply::Registered>) -> (Vec<Made>, Option<Error>) {
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2).min(registered.len().max(1));
    let queue = std::sync::Mutex::new(registered.into_iter().enumerate());
    let results = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some((at, one)) = next else { return };
                    let result = apply::fill(repo, one);
                    if let Ok(mut results) = results.lock() {
                        results.push((at, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    let mut made = Vec::new();
    let mut failure = None;
    for (_, result) in results {
        match result {
            Ok(one) => made.push(one),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    (made, failure)
}

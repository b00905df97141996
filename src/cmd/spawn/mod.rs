//! `git agent spawn`

mod plan;
mod programs;

use serde_json::{Value, json};

use crate::agent::record::Record;
use crate::agent::{self, Agent};
use crate::cli;
use crate::config::{BaseChoice, Config};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::git::{program, remote, worktrees};
use crate::policy::name;
use crate::policy::spawn::Branch;
use crate::report::{self, Outcome, document};
use crate::spawn::apply::{self, Made, Plan};
use crate::spawn::{base, birth, facts};
use crate::{journal, launch, store};
use plan::{make_free, plans, stem, wanted};
use programs::{launchers, profiles, start_all};

pub(super) fn run(args: &cli::Spawn, quiet: bool) -> Result<Outcome> {
    // Asked beside everything else: it is needed before the first change, and costs a process.
    let version = std::thread::spawn(program::require_supported_version);
    let repo = super::open(quiet)?;
    if repo.has_lost_main() {
        return Err(Error::new(
            Kind::Unsupported,
            format!("the main checkout of {} cannot be told from here", repo.common().display()),
        )
        .hint("git -C MAIN-CHECKOUT agent spawn NAME"));
    }
    let config = Config::load(&repo)?;
    let (stem, derived) = stem(args)?;
    let profiles = profiles(args, &config);
    let launchers = launchers(args, &config, &repo, &profiles)?;
    let opener = if args.open { Some(launch::find_opener(config.open_command(), repo.here())?) } else { None };
    let mut wanted = wanted(&stem, &profiles, args.count);
    for one in &wanted {
        name::check(&one.name).map_err(|rule| {
            Error::new(Kind::Usage, format!("'{}' cannot name an agent", one.name))
                .because(rule)
                .hint("git agent spawn feat/one")
        })?;
    }
    let prefix = config.branch_prefix();
    let branches: Vec<String> = wanted.iter().map(|one| format!("{prefix}{}", one.name)).collect();
    for branch in &branches {
        let remote = branch.split_once('/').map(|(first, _)| first).filter(|first| remote::exists(&repo, first));
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
        })?;
    }
    let choice = match args.base.as_deref() {
        None => config.base(),
        Some("fresh") => BaseChoice::Fresh,
        Some("head") => BaseChoice::Head,
        Some(other) => BaseChoice::Ref(other.to_owned()),
    };
    version.join().map_err(|_| Error::failed("'git version' could not be run"))??;
    if choice == BaseChoice::Fresh {
        report::progress(quiet, "fetching the base…");
    }
    let base = base::find(&repo, &config, &choice, &branches, !args.dry_run)?;
    let mut warnings = base.warnings.clone();
    warnings.extend(birth::misdirecting_remotes(&repo).iter().map(|key| birth::misdirection(key)));
    warnings.iter().for_each(|warning| report::warn(warning));

    let held = if args.dry_run { None } else { Some(journal::repository_lock(&repo)?) };
    let known = facts::known(&repo)?;
    if derived {
        make_free(&mut wanted, &stem, &profiles, args.count, &known, &prefix);
    }
    let task =
        args.task.clone().or_else(|| args.prompt.as_ref().and_then(|prompt| prompt.lines().next().map(str::to_owned)));
    let plans = plans(&repo, &config, &base, &known, &wanted, &prefix, task.as_deref())?;
    let Some(held) = held else { return Ok(dry_run(&plans, args.json)) };
    report::progress(quiet, &format!("checking out {}…", counted(plans.len())));
    let mut registered = Vec::new();
    for plan in plans {
        match apply::register(&repo, &config, plan, &held) {
            Ok(one) => registered.push(one),
            Err(error) => {
                for one in registered {
                    apply::abandon(&repo, one)?;
                }
                return Err(error);
            }
        }
    }
    drop(held);
    let (made, failure) = fill_all(&repo, registered);
    for warning in made.iter().flat_map(|made| &made.warnings) {
        report::warn(warning);
        warnings.push(warning.clone());
    }
    if let Some(error) = failure {
        return Err(made.iter().fold(error, |error, made| {
            error.because(format!("'{}' was made: {}", made.record.name, made.path.display()))
        }));
    }
    for made in &made {
        if let Some(file) = &made.ignored_in {
            report::note(quiet, &format!("added the worktree folder to {}", file.display()));
        }
        report::note(quiet, &sentence(&made.record, "is ready"));
    }
    let agents: Vec<Agent> = made.iter().map(|made| Agent::of(worktrees::read(repo.common(), &made.admin))).collect();
    for agent in &agents {
        if let Some(words) = &opener {
            launch::open(words, agent)?;
        }
    }
    let code = start_all(args, &repo, &agents, &launchers, quiet)?;
    let text: Vec<String> = made.iter().map(|made| made.path.display().to_string()).collect();
    let outcome = Outcome { code: u8::try_from(code).unwrap_or(1), ..Outcome::text(text.join("\n")) };
    Ok(outcome.or_json(args.json, || {
        document("spawn", json!({ "agents": made.iter().map(made_json).collect::<Vec<_>>(), "warnings": warnings }))
    }))
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

fn dry_run(plans: &[Plan], json: bool) -> Outcome {
    let lines = plans.iter().flat_map(|plan| {
        let record = &plan.record;
        let branch = match &plan.source {
            Branch::Create => format!("create branch {} at {}", record.branch, plan.start),
            Branch::Take { .. } => format!("take branch {} at {}", record.branch, plan.start),
            Branch::Track { tracking } => {
                format!("create branch {} at {} and track {tracking}", record.branch, plan.start)
            }
        };
        [branch, format!("add worktree {}", plan.path.display()), sentence(record, "would be ready")]
    });
    let outcome = Outcome::text(lines.collect::<Vec<_>>().join("\n"));
    outcome.or_json(json, || {
        let agents = plans.iter().map(|plan| agent_json(&plan.record, &plan.path)).collect::<Vec<_>>();
        document("spawn", json!({ "dryRun": true, "agents": agents, "warnings": [] }))
    })
}

fn sentence(record: &Record, what: &str) -> String {
    let base = record.base.branch.as_deref().map(|branch| format!(" from {branch}")).unwrap_or_default();
    let commit = record.base.commit.get(..10).unwrap_or(&record.base.commit);
    format!("'{}' {what}: branch {}{base} at {commit}", record.name, record.branch)
}

fn counted(count: usize) -> String {
    if count == 1 { "the worktree".to_owned() } else { format!("{count} worktrees") }
}

fn made_json(made: &Made) -> Value {
    let mut value = agent_json(&made.record, &made.path);
    value["warnings"] = json!(made.warnings);
    value
}

fn agent_json(record: &Record, path: &std::path::Path) -> Value {
    json!({
        "name": record.name,
        "path": store::json_path(path),
        "branch": record.branch,
        "branchCreated": record.branch_created,
        "base": record.base,
        "task": record.task,
        "profile": record.profile,
    })
}

//! `git agent spawn`

use std::path::PathBuf;

use gix::ObjectId;
use serde_json::{Value, json};

use crate::agent::record::{Base, Record};
use crate::agent::{Agent, shell_word};
use crate::cli;
use crate::config::{BaseChoice, Config};
use crate::error::{Error, Kind, Result};
use crate::git::history::History;
use crate::git::repo::{Repo, real};
use crate::git::{program, worktrees};
use crate::launch::supervise::{self, Start};
use crate::launch::{self, tmux};
use crate::policy::name::{self, Collision};
use crate::policy::place;
use crate::policy::profile::{self, Mode, Unfit};
use crate::policy::spawn::{Branch, Facts, Refusal, Taken, decide};
use crate::report::{self, Outcome, document};
use crate::spawn::apply::{self, Made, Plan};
use crate::spawn::base;
use crate::spawn::facts::{self, Known};
use crate::{journal, store};

/// One agent that is asked for.
struct Wanted {
    name: String,
    profile: Option<String>,
}

/// How a program is started, with all that it needs found before anything is changed.
struct Launcher {
    profile: profile::Profile,
    mode: Mode,
    tmux: Option<PathBuf>,
}

pub(super) fn run(args: &cli::Spawn, quiet: bool) -> Result<Outcome> {
    // Asked beside everything else: it is needed before the first change, and costs a process.
    let version = std::thread::spawn(program::require_supported_version);
    let repo = super::open(quiet)?;
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
    for warning in &base.warnings {
        report::warn(warning);
    }

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
    let mut warnings = base.warnings;
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

/// The name that the siblings share, and whether we made it up.
fn stem(args: &cli::Spawn) -> Result<(String, bool)> {
    if let Some(name) = &args.name {
        return Ok((name.clone(), false));
    }
    let text = args.task.as_deref().or(args.prompt.as_deref());
    let derived = text.and_then(name::from_task);
    derived.map(|name| (name, true)).ok_or_else(|| {
        Error::new(Kind::Usage, "an agent needs a name, or a task to make one from")
            .hint("git agent spawn NAME")
            .hint("git agent spawn --task 'Fix the login form'")
    })
}

fn wanted(stem: &str, profiles: &[String], count: u32) -> Vec<Wanted> {
    name::siblings(stem, profiles, count).into_iter().map(|(name, profile)| Wanted { name, profile }).collect()
}

/// The profiles to start: the flags, else `agent.default`. A script that reads JSON gets only what it asks for.
fn profiles(args: &cli::Spawn, config: &Config) -> Vec<String> {
    if !args.agent.is_empty() {
        return args.agent.clone();
    }
    let detached = args.tmux || args.detach;
    config.default_profile().filter(|_| detached || !args.json).into_iter().collect()
}

fn launchers(args: &cli::Spawn, config: &Config, repo: &Repo, profiles: &[String]) -> Result<Vec<(String, Launcher)>> {
    let usage = |text: &str, hint: &str| Err(Error::new(Kind::Usage, text).hint(hint));
    if profiles.is_empty() {
        let asked = [
            (args.prompt.is_some(), "--prompt"),
            (!args.arguments.is_empty(), "arguments"),
            (args.tmux, "--tmux"),
            (args.detach, "--detach"),
        ];
        if let Some((_, what)) = asked.iter().find(|(asked, _)| *asked) {
            return usage(&format!("{what} needs a program to start"), "git agent spawn NAME --agent claude …");
        }
        return Ok(Vec::new());
    }
    let foreground = !args.tmux && !args.detach;
    let several = profiles.len() > 1 || args.count > 1;
    if foreground && several {
        return usage("several programs cannot share this terminal", "git agent spawn … --tmux (or --detach)");
    }
    if foreground && args.json {
        return usage("--json and a program in the foreground both want stdout", "git agent spawn … --json --detach");
    }
    let tmux = if args.tmux {
        Some(launch::find_program("tmux", repo.here(), "install tmux, or use --detach")?)
    } else {
        None
    };
    let mode = if args.detach { Mode::Headless } else { Mode::Interactive };
    let mut launchers = Vec::new();
    for name in profiles {
        let mut profile = config.profile(name)?;
        let remedy = format!("git config agent.{name}.command 'PROGRAM ARGUMENTS'");
        let program = launch::find_program(&profile.command[0], repo.here(), &remedy)?;
        profile.command[0] = program.to_string_lossy().into_owned();
        command_line(name, &profile, mode, args)?;
        launchers.push((name.clone(), Launcher { profile, mode, tmux: tmux.clone() }));
    }
    Ok(launchers)
}

fn command_line(name: &str, profile: &profile::Profile, mode: Mode, args: &cli::Spawn) -> Result<Vec<String>> {
    profile::command_line(profile, mode, args.prompt.as_deref(), &args.arguments).map_err(|unfit| match unfit {
        Unfit::NoPrompt => Error::new(Kind::Usage, format!("the profile '{name}' takes no prompt"))
            .hint(format!("git agent spawn … --agent {name} -- -c 'COMMAND'")),
        Unfit::NotHeadless => Error::new(Kind::Usage, format!("the profile '{name}' cannot run detached"))
            .hint(format!("git agent spawn … --agent {name} --tmux")),
    })
}

/// A name that we made up gets a number if it is taken; a name that the user chose never changes.
fn make_free(wanted: &mut Vec<Wanted>, stem: &str, profiles: &[String], count: u32, known: &Known, prefix: &str) {
    let taken = |name: &str| {
        let branch = format!("{prefix}{name}");
        known.taken.iter().any(|taken| match taken {
            Taken::Agent(other) | Taken::Trashed(other) => name::collision(name, other).is_some(),
            Taken::Branch(other) => name::collision(&branch, other).is_some(),
        })
    };
    for number in 2.. {
        if !wanted.iter().any(|one| taken(&one.name)) {
            return;
        }
        *wanted = self::wanted(&format!("{stem}-{number}"), profiles, count);
    }
}

fn plans(
    repo: &Repo,
    config: &Config,
    base: &base::Found,
    known: &Known,
    wanted: &[Wanted],
    prefix: &str,
    task: Option<&str>,
) -> Result<Vec<Plan>> {
    let template = config.worktree_template(repo.is_bare())?;
    let local = repo.gix();
    let mut history = History::new(&local);
    let mut plans: Vec<Plan> = Vec::new();
    for one in wanted {
        let branch = format!("{prefix}{}", one.name);
        let written = place::worktree_path(&template, repo.root(), &repo.name(), &name::folder(&one.name));
        let symlink = facts::symlink_below(repo.root(), &written);
        let path = if symlink.is_some() { written } else { real(&written) };
        let facts = Facts {
            name: &one.name,
            branch: &branch,
            path: &path,
            path_exists: path.symlink_metadata().is_ok(),
            symlink,
            taken: &known.taken,
            worktrees: &known.worktrees,
            upstream: facts::upstream(repo, &branch),
            tracking: base.tracking.iter().find(|(name, _)| *name == branch).map(|(_, reference)| reference.clone()),
        };
        let source = decide(&facts).map_err(|refusal| refused(&one.name, &branch, refusal))?;
        let start = match &source {
            Branch::Create => Some(base.commit),
            Branch::Take { .. } => repo.ref_commit(&format!("refs/heads/{branch}")),
            Branch::Track { tracking } => repo.ref_commit(tracking),
        };
        let start = start.ok_or_else(|| {
            Error::failed(format!("branch '{branch}' has no commit")).hint(format!("git log {}", shell_word(&branch)))
        })?;
        let fork = fork_point(&mut history, start, base.commit);
        let record = Record {
            version: 1,
            name: one.name.clone(),
            branch,
            branch_created: !matches!(source, Branch::Take { .. }),
            base: Base { commit: fork.to_string(), ..base.base.clone() },
            protected: base.protected.clone(),
            created: journal::now(),
            task: task.map(str::to_owned),
            profile: one.profile.clone(),
        };
        plans.push(Plan { record, source, start, path });
    }
    Ok(plans)
}

/// Where a branch that was there before left the base: its own base. Unrelated histories have none in common.
fn fork_point(history: &mut History<'_>, start: ObjectId, base: ObjectId) -> ObjectId {
    history.distance(start, base).ok().and_then(|distance| distance.merge_base).unwrap_or(base)
}

fn refused(name: &str, branch: &str, refusal: Refusal) -> Error {
    let shown = |path: &std::path::Path| shell_word(&path.to_string_lossy());
    match refusal {
        Refusal::Collides(collision, taken) => collides(name, branch, collision, &taken),
        Refusal::CheckedOut(path) => {
            Error::new(Kind::Exists, format!("branch '{branch}' is checked out at {}", path.display()))
                .hint(format!("cd {}", shown(&path)))
        }
        Refusal::PathTaken(path) => Error::new(Kind::Exists, format!("something is at {} already", path.display()))
            .hint(format!("ls -la {}", shown(&path))),
        Refusal::Stale(path) => Error::new(
            Kind::Exists,
            format!("git has a worktree on record at {}, and its folder is gone", path.display()),
        )
        .hint(format!(
            "git worktree repair NEW-PATH (if it was moved), or: git worktree prune && git agent spawn {}",
            shell_word(name)
        )),
        Refusal::Symlink(link, target) => Error::new(
            Kind::Refused,
            format!("{} is a symlink to {}: the worktree would leave the repository", link.display(), target.display()),
        )
        .hint(format!("git config agent.worktreeDir '../{{repo}}-{{name}}' && git agent spawn {}", shell_word(name))),
    }
}

fn collides(name: &str, branch: &str, collision: Collision, taken: &Taken) -> Error {
    let (what, other) = match taken {
        Taken::Agent(other) => ("an agent", other),
        Taken::Trashed(other) => ("a removed agent", other),
        Taken::Branch(other) => ("a branch", other),
    };
    let why = match collision {
        Collision::Same => format!("there is {what} '{other}' already"),
        Collision::Case => format!("'{name}' and {what} '{other}' are one name where file systems ignore case"),
        Collision::Folder => format!("'{name}' and {what} '{other}' would share a folder"),
        Collision::Nested => format!("git cannot have branch '{branch}' beside {what} '{other}'"),
    };
    let error = Error::new(Kind::Exists, why);
    let other = shell_word(other);
    match taken {
        Taken::Agent(_) if collision == Collision::Same => error.hint(format!("cd \"$(git agent path {other})\"")),
        Taken::Trashed(_) if collision == Collision::Same => error
            .hint(format!("git agent restore {other}"))
            .hint(format!("git agent gc --purge {other} (deletes it for good)")),
        Taken::Trashed(_) => {
            error.hint(format!("git agent gc --purge {other} (deletes it for good), or choose another name"))
        }
        _ => error.hint(format!("git agent spawn {}-2", shell_word(&name.replace('/', "-")))),
    }
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

fn start_all(
    args: &cli::Spawn,
    repo: &Repo,
    agents: &[Agent],
    launchers: &[(String, Launcher)],
    quiet: bool,
) -> Result<i32> {
    let mut code = 0;
    for agent in agents {
        let profile = agent.record.as_ref().and_then(|record| record.profile.clone());
        let Some((name, launcher)) = launchers.iter().find(|(name, _)| Some(name) == profile.as_ref()) else {
            continue;
        };
        let line = command_line(name, &launcher.profile, launcher.mode, args)?;
        let mut shown = launcher.profile.command.clone();
        shown.extend_from_slice(&args.arguments);
        let start = Start { line, shown, folder: agent.tree.path.clone(), environment: launch::environment(agent) };
        if let Some(program) = &launcher.tmux {
            let there = tmux::open(program, &repo.name(), &agent.name(), &agent.tree.admin, &start)?;
            report::note(quiet, &format!("'{}' runs in tmux: {there}", agent.name()));
        } else if args.detach {
            supervise::detach(&agent.tree.admin, &start)?;
            report::note(
                quiet,
                &format!("'{}' runs in the background: git agent log {} -f", agent.name(), agent.shown_name()),
            );
        } else {
            code = supervise::foreground(&agent.tree.admin, &start)?;
        }
    }
    Ok(code)
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

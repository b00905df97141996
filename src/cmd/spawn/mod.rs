//! `git agent spawn`

mod programs;
mod readiness;

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::agent::record::Record;
use crate::cli;
use crate::config::{BaseChoice, Config};
use crate::error::{Error, Kind, Result};
use crate::git::worktrees;
use crate::policy::name;
use crate::policy::spawn::Branch;
use crate::provision::env;
use crate::provision::facts;
use crate::report::{self, Outcome, document};
use crate::spawn::apply::{Made, Plan};
use crate::spawn::create::{self, Created, Request, Said, Version};
use crate::{launch, store};
use programs::{launchers, profiles, start_all};

pub(super) fn run(args: &cli::Spawn, quiet: bool) -> Result<Outcome> {
    let version = Version::ask();
    let repo = super::open(quiet)?;
    let config = Config::load(&repo)?;
    facts::check(&repo, &config)?;
    let (stem, derived) = stem(args)?;
    let profiles = profiles(args, &config);
    let launchers = launchers(args, &config, &repo, &profiles)?;
    let opener = if args.open { Some(launch::find_opener(config.open_command(), repo.here())?) } else { None };
    let task =
        args.task.clone().or_else(|| args.prompt.as_ref().and_then(|prompt| prompt.lines().next().map(str::to_owned)));
    let request = Request { stem, derived, profiles, count: args.count, base: base(args), task, origin: None };
    let say = |said: Said<'_>| match said {
        Said::Fetching => report::progress(quiet, "fetching the base…"),
        Said::CheckingOut(count) => report::progress(quiet, &format!("checking out {}…", counted(count))),
        Said::Warning(warning) => report::warn(warning),
    };
    if args.dry_run {
        return create::plan(&repo, &config, &request, version, &say).map(|plans| dry_run(&plans, args.json));
    }
    readiness::ask(&repo, &config, args, quiet)?;
    let Created { made, mut warnings } = create::create(&repo, &config, &request, version, &say)?;
    for made in &made {
        if let Some(file) = &made.ignored_in {
            report::note(quiet, &format!("added the worktree folder to {}", file.display()));
        }
    }
    let agents: Vec<Agent> = made.iter().map(|made| Agent::of(worktrees::read(repo.common(), &made.admin))).collect();
    let ready = readiness::provision(&repo, &config, &agents, quiet, &mut warnings)?;
    for (made, is_ready) in made.iter().zip(&ready.each) {
        report::note(quiet, &sentence(&made.record, if *is_ready { "is ready" } else { "is there" }));
    }
    for agent in &agents {
        if let Some(words) = &opener {
            launch::open(words, agent, &env::environment(&repo, agent)?.variables())?;
        }
    }
    // A program that finds no dependencies would start by looking for the reason.
    let code = if ready.code == 0 { start_all(args, &repo, &agents, &launchers, quiet)? } else { ready.code };
    let text: Vec<String> = made.iter().map(|made| made.path.display().to_string()).collect();
    let outcome = Outcome { code: u8::try_from(code).unwrap_or(1), ..Outcome::text(text.join("\n")) };
    Ok(outcome.or_json(args.json, || {
        document("spawn", json!({ "agents": agents_json(&made, &ready.documents), "warnings": warnings }))
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

fn base(args: &cli::Spawn) -> Option<BaseChoice> {
    args.base.as_deref().map(|base| match base {
        "fresh" => BaseChoice::Fresh,
        "head" => BaseChoice::Head,
        other => BaseChoice::Ref(other.to_owned()),
    })
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

fn agents_json(made: &[Made], provisions: &[Value]) -> Vec<Value> {
    let one = |(made, provision): (&Made, &Value)| {
        let mut value = agent_json(&made.record, &made.path);
        value["warnings"] = json!(made.warnings);
        value["provision"] = provision.clone();
        value
    };
    made.iter().zip(provisions).map(one).collect()
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

//! Gathering what the checks are about. Nothing is changed, and no remote is contacted.

use std::path::Path;

use super::{proof, settings};
use crate::agent::{self, Agent};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::repo::Repo;
use crate::git::{program, remote};
use crate::policy::doctor::{Facts, Finding, HookFile, HookProgram, Setting, Setup, Team, Tree};
use crate::policy::{hooks as policy_hooks, include, place, protected};
use crate::setup::record::Record;
use crate::spawn::facts::upstream;
use crate::spawn::{birth, hooks, repository};
use crate::{clients, journal, launch, provision, store, trash};

/// Everything about the repository.
///
/// # Errors
/// When git's files cannot be read at all.
pub fn gather(repo: &Repo) -> Result<Facts> {
    let (config, broken) = Config::readable(repo)?;
    let broken = broken.map(|error| error.causes.join(" "));
    let mut facts = Facts {
        git: program::version().ok(),
        oldest_git: program::OLDEST,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        hook: hook_program(),
        setup: setup(repo, &config)?,
        trees: trees(repo)?,
        openings: openings(repo)?,
        remote: remote::choose(repo),
        team: Team { broken, unknown: config.idle_team_keys() },
        expired: expired(repo, &config)?,
        dead: dead(repo)?,
        more: clients::examine::findings()?.into_iter().chain(provisioning(repo, &config)).collect(),
        ..Facts::default()
    };
    facts.proof = proof::attempt(repo, &facts)?;
    Ok(facts)
}

/// What stands against making worktrees ready: settings, and the user's lists on this machine.
fn provisioning(repo: &Repo, config: &Config) -> Vec<Finding> {
    let of = |check: &'static str, error: Error| {
        let what = std::iter::once(error.message).chain(error.causes).collect::<Vec<_>>().join("; ").replace('\n', " ");
        error.hints.into_iter().fold(Finding::bad(check, what), Finding::hint)
    };
    let settings = provision::facts::problems(repo, config).into_iter().map(|error| of("settings", error));
    let lists = [provision::ports::check_list().err(), provision::trust::check_list().err()];
    settings.chain(lists.into_iter().flatten().map(|error| of("state", error))).collect()
}

fn hook_program() -> Option<HookProgram> {
    let path = hooks::program()?;
    let on_path = which::which(hooks::PROGRAM).is_ok();
    Some(HookProgram { version: launch::version_of(&path), path: path.to_string_lossy().into_owned(), on_path })
}

fn setup(repo: &Repo, config: &Config) -> Result<Setup> {
    let text = store::read(&repo.common().join("config"))?.unwrap_or_default();
    let folder = hooks::folder(repo);
    let included = store::read(&repo.common().join(include::PATH))?;
    let moved =
        included.as_ref().is_some_and(|text| include::names_other_hooks(&String::from_utf8_lossy(text), &folder));
    let mut record = Record::load(repo).unwrap_or_default();
    let plan = birth::plan_include(repo, config, &[], &mut record)?;
    let changed = |path: &str| plan.changes.iter().any(|change| change.path == repo.common().join(path));
    let in_folder = repo.common().join(policy_hooks::PATH);
    let mut files = Vec::new();
    for change in plan.changes.iter().filter(|change| change.path.parent() == Some(&in_folder)) {
        let event = change.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match (&change.before, &change.after) {
            (_, None) => {}
            (None, _) => files.push((event, HookFile::Missing)),
            (Some(before), Some(after)) if before == after => files.push((event, HookFile::NotExecutable)),
            (Some(before), _) if hooks::is_ours(before) => files.push((event, HookFile::Changed)),
            _ => files.push((event, HookFile::Foreign)),
        }
    }
    let lines = store::read(&repo.common().join(protected::PATH))?.unwrap_or_default();
    let lines = String::from_utf8_lossy(&lines).into_owned();
    let names = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ignore = repository::plan_ignored(repo, config, &mut record).unwrap_or_default();
    Ok(Setup {
        stanza: Some(include::stanza(&String::from_utf8_lossy(&text))),
        guard_off: config.guard_is_off(),
        moved,
        stale: changed(include::PATH),
        hooks: files,
        protected: names.map(str::to_owned).collect(),
        not_ignored: ignore.map(|change| change.path.to_string_lossy().into_owned()),
        folder,
    })
}

fn trees(repo: &Repo) -> Result<Vec<Tree>> {
    let ours = proof::folder(repo);
    let all = agent::all(repo)?.into_iter().filter(|agent| !agent.tree.path.starts_with(&ours));
    all.map(|agent| tree(repo, &agent)).collect()
}

fn tree(repo: &Repo, agent: &Agent) -> Result<Tree> {
    let branch = agent.tree.branch().map(str::to_owned);
    let in_force = match agent.tree.problem {
        Some(_) => Vec::new(),
        None => settings::matching(&agent.tree.path, r"^(core\.hookspath|push\.default)$")?,
    };
    Ok(Tree {
        name: agent.name(),
        path: agent.tree.path.to_string_lossy().into_owned(),
        agent: agent.record.is_some(),
        problem: agent.tree.problem.as_ref().map(|problem| (problem.what.clone(), problem.remedy.clone())),
        found_at: agent.tree.problem.as_ref().and_then(|_| found_at(repo, agent)),
        damage: agent.damage.clone(),
        upstream: branch.as_deref().and_then(|branch| upstream(repo, branch)),
        branch,
        hooks_path: settings::last(&in_force, "core.hooksPath"),
        push_default: settings::last(&in_force, "push.default"),
    })
}

/// Where a worktree is that moved along with its main checkout: in the same place below it, with a link that names the same
/// entry.
fn found_at(repo: &Repo, agent: &Agent) -> Option<String> {
    let path = repo.main()?.join(place::DEFAULT).join(agent.tree.path.file_name()?);
    let link = store::read(&path.join(".git")).ok().flatten()?;
    let link = String::from_utf8_lossy(&link).trim().to_owned();
    let target = Path::new(link.strip_prefix("gitdir: ")?);
    let entry = target.file_name()?.to_str()?;
    let kind = target.parent()?.file_name()?;
    // A link that leads somewhere is another repository's worktree.
    (entry == agent.tree.id && kind == "worktrees" && !target.exists()).then(|| path.to_string_lossy().into_owned())
}

fn openings(repo: &Repo) -> Result<Vec<Setting>> {
    let all = settings::matching(repo.root(), r"^(agent\.allowpush|remote\..*\.(push|mirror))$")?;
    Ok(all.into_iter().filter(|setting| !setting.value.eq_ignore_ascii_case("false")).collect())
}

fn expired(repo: &Repo, config: &Config) -> Result<usize> {
    let Ok(Some(limit)) = config.trash_expire() else { return Ok(0) };
    let now = journal::now();
    Ok(trash::all(repo)?.iter().filter(|item| now.saturating_sub(item.meta.removed) >= limit).count())
}

fn dead(repo: &Repo) -> Result<Vec<String>> {
    if journal::is_empty(repo) {
        return Ok(Vec::new());
    }
    let Some(_held) = journal::try_repository_lock(repo)? else { return Ok(Vec::new()) };
    let word = |entry: &journal::Entry| match entry {
        journal::Entry::Spawn(spawn) => format!("the spawn of {}", spawn.path.display()),
        journal::Entry::Remove(transfer) => format!("the removal of {}", transfer.path.display()),
        journal::Entry::Restore(transfer) => format!("the return of {}", transfer.path.display()),
        journal::Entry::Provision(provision) => format!("the provisioning of '{}'", provision.name),
    };
    // What cannot even be read is one as well.
    Ok(match journal::dead(repo) {
        Ok(dead) => dead.iter().map(|dead| word(&dead.entry)).collect(),
        Err(error) => vec![error.message],
    })
}

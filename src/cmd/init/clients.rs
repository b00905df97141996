//! `git agent init CLIENT`: the settings of clients.

use std::path::PathBuf;

use serde_json::json;

use super::show;
use crate::cli::{Client as Named, Init};
use crate::clients::{self, Client, Plan, Record, Scope};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &Init, quiet: bool) -> Result<Outcome> {
    let scope = if args.project { Scope::Project(project()?) } else { Scope::User };
    let record = Record::open()?;
    // All of them are planned before anything is written.
    let mut plans: Vec<Plan> = Vec::new();
    for &client in &args.clients {
        let client = of(client);
        let plan = if args.undo { clients::plan_undo } else { clients::plan };
        plans.push(plan(client, &scope, &record)?);
    }
    if args.user_commands {
        plans.extend(clients::plan_commands(args.undo, &record)?);
    }
    let mut notes: Vec<String> = plans.iter().flat_map(|plan| plan.notes.clone()).collect();
    if !args.undo && !args.clients.is_empty() && which::which("git-agent-hook").is_err() {
        notes.push("git-agent-hook is not on PATH: until it is, the hooks do nothing".to_owned());
    }
    let changes: Vec<_> = plans.iter().filter_map(|plan| plan.change.clone()).collect();
    if !args.dry_run {
        clients::carry_out(&plans, record)?;
    }
    notes.iter().for_each(|note| report::warn(note));
    let nothing = if args.undo { "nothing to undo" } else { "already set up" };
    report::note(quiet || args.json || !changes.is_empty(), nothing);
    let text = changes.iter().map(show::one).collect::<String>();
    Ok(Outcome::text(text.trim_end_matches('\n')).or_json(args.json, || {
        let changes = show::changes_json(&changes);
        let fields = json!({ "dryRun": args.dry_run, "undo": args.undo, "changes": changes, "protected": [], "kept": [], "warnings": notes });
        document("init", fields)
    }))
}

fn of(client: Named) -> Client {
    match client {
        Named::Claude => Client::Claude,
        Named::Codex => Client::Codex,
        Named::Gemini => Client::Gemini,
        Named::Copilot => Client::Copilot,
    }
}

/// The top of the working tree that the user stands in: what is written there can be committed there.
fn project() -> Result<PathBuf> {
    let repo = Repo::discover(&environment::current_dir()?)?;
    let top = repo.git_here().args(["rev-parse", "--show-toplevel"]).text()?;
    let top = top.trim_end_matches('\n');
    if top.is_empty() {
        return Err(Error::new(Kind::Unsupported, "a bare repository has no files for settings")
            .hint("git -C WORKTREE agent init CLIENT --project"));
    }
    Ok(PathBuf::from(top))
}

//! `git agent trust`

use serde_json::{Value, json};

use crate::cli;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::provision::trust::{self, Asked, Trust};
use crate::report::{self, Outcome, document, readiness};

pub(super) fn run(args: &cli::Trust, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let config = Config::load(&repo)?;
    let asked = trust::asked(&repo, &config)?;
    let state = trust::state(&repo, &asked);
    let outcome = |text: &str, state: Trust| {
        Outcome::text(text).or_json(args.json, || document("trust", fields(&asked, state, args.dry_run)))
    };
    if args.revoke {
        if args.dry_run {
            return Ok(outcome("would forget what was said of this repository", Trust::None));
        }
        let had = trust::revoke(&repo)?;
        return Ok(outcome(if had { "forgotten" } else { "there was nothing to forget" }, Trust::None));
    }
    if asked.is_empty() {
        return Ok(outcome("this repository names no commands and needs no installs", Trust::Nothing));
    }
    let list = readiness::asked(&asked).join("\n");
    if args.show {
        return Ok(outcome(&format!("{list}\n{}", sentence(state)), state));
    }
    if args.dry_run {
        return Ok(outcome(&format!("would trust:\n{list}"), state));
    }
    if state == Trust::Given {
        return Ok(outcome(sentence(state), state));
    }
    if trust::is_agent() {
        return Err(Error::new(Kind::Refused, "an agent cannot trust what it works on: a person must do that")
            .because(list)
            .hint("in a terminal of your own: git agent trust"));
    }
    if !args.yes {
        if !report::can_ask() {
            return Err(Error::new(Kind::Refused, "nobody is there to be asked whether this may run")
                .because(list)
                .hint("in a terminal: git agent trust"));
        }
        if !report::ask(&format!("{list}\nMay these run for each new agent?")) {
            return Err(Error::new(Kind::Refused, "nothing is trusted").hint("git agent trust --show"));
        }
    }
    trust::grant(&repo, &asked)?;
    Ok(outcome(sentence(Trust::Given), Trust::Given))
}

fn sentence(state: Trust) -> &'static str {
    match state {
        Trust::Nothing => "there is nothing to trust",
        Trust::Given => "trusted, until one of them changes",
        Trust::Changed => "not trusted: it has changed since it was",
        Trust::None => "not trusted",
    }
}

fn fields(asked: &Asked, state: Trust, dry_run: bool) -> Value {
    let commands: Vec<Value> =
        asked.commands.iter().map(|(key, command)| json!({ "key": key, "command": command })).collect();
    let installs: Vec<Value> = asked
        .installs
        .iter()
        .map(|one| json!({ "tool": one.tool, "folder": one.folder, "commands": one.commands }))
        .collect();
    let word = match state {
        Trust::Nothing => "nothing",
        Trust::Given => "trusted",
        Trust::Changed => "changed",
        Trust::None => "untrusted",
    };
    let mut fields = json!({ "trust": word, "commands": commands, "installs": installs });
    if dry_run {
        fields["dryRun"] = json!(true);
    }
    fields
}

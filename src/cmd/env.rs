//! `git agent env`

use serde_json::{Map, Value, json};

use crate::agent::{self, Agent};
use crate::cli::{Env, Shell};
use crate::error::{Error, Kind, Result};
use crate::policy::export::{self, Syntax};
use crate::policy::{dotenv, variable};
use crate::provision::env;
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &Env, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let environment = env::environment(&repo, &agent)?;
    environment.warnings.iter().for_each(|warning| report::warn(warning));
    let pairs = &environment.pairs;
    let syntax = args.export.map(|shell| match shell {
        Shell::Sh => Syntax::Posix,
        Shell::Fish => Syntax::Fish,
        Shell::Powershell => Syntax::PowerShell,
    });
    let lines: Vec<String> = match syntax {
        _ if args.dotenv => {
            let lines = pairs.iter().map(|(name, value)| assignment(name, value, &agent));
            let lines: Vec<Option<String>> = lines.collect::<Result<_>>()?;
            // Such a file cannot unset; an empty value wins over the one in a file that it goes before.
            let unset = environment.unset.iter().filter(|name| !variable::is_ours(name));
            lines.into_iter().flatten().chain(unset.map(|name| format!("{name}="))).collect()
        }
        None => pairs.iter().map(|(name, value)| export::shown(name, value)).collect(),
        Some(syntax) => {
            let set = pairs.iter().map(|(name, value)| export::line(syntax, name, value));
            set.chain(environment.unset.iter().map(|name| export::unset(syntax, name))).collect()
        }
    };
    let outcome = Outcome::text(lines.join("\n"));
    Ok(outcome.or_json(args.json, || {
        let map: Map<String, Value> = pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        let (unset, warnings) = (&environment.unset, &environment.warnings);
        document("env", json!({ "name": agent.name(), "env": map, "unset": unset, "warnings": warnings }))
    }))
}

/// A line of a `.env` file. Nobody can mend a value of git-agent's own: such a one is left out.
fn assignment(name: &str, value: &str, agent: &Agent) -> Result<Option<String>> {
    if let Some(value) = dotenv::quoted(value) {
        return Ok(Some(format!("{name}={value}")));
    }
    let what = format!("the value of {name} cannot be written so that all readers of .env files agree on it");
    if variable::is_ours(name) {
        report::warn(&format!("{name} is left out: {what}"));
        return Ok(None);
    }
    Err(Error::new(Kind::Unsupported, what).hint(format!("git agent env {} --export", agent.shown_name())))
}

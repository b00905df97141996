//! `git agent env`

use serde_json::{Map, Value, json};

use crate::agent;
use crate::cli::{Env, Shell};
use crate::error::{Error, Kind, Result};
use crate::policy::dotenv;
use crate::policy::export::{Syntax, line};
use crate::provision::env;
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &Env, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let environment = env::environment(&repo, &agent)?;
    environment.warnings.iter().for_each(|warning| report::warn(warning));
    let pairs = &environment.pairs;
    let lines: Vec<String> = if args.dotenv {
        pairs.iter().map(|(name, value)| assignment(name, value, &args.name)).collect::<Result<_>>()?
    } else {
        let syntax = args.export.map(|shell| match shell {
            Shell::Sh => Syntax::Posix,
            Shell::Fish => Syntax::Fish,
            Shell::Powershell => Syntax::PowerShell,
        });
        let shown = |(name, value): &(String, String)| match syntax {
            None => format!("{name}={value}"),
            Some(syntax) => line(syntax, name, value),
        };
        pairs.iter().map(shown).collect()
    };
    let outcome = Outcome::text(lines.join("\n"));
    Ok(outcome.or_json(args.json, || {
        let map: Map<String, Value> = pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        document("env", json!({ "name": agent.name(), "env": map, "warnings": environment.warnings }))
    }))
}

/// A line of a `.env` file.
fn assignment(name: &str, value: &str, agent: &str) -> Result<String> {
    dotenv::quoted(value).map(|value| format!("{name}={value}")).ok_or_else(|| {
        let hint = format!("git agent env {} --export", agent::shell_word(agent));
        Error::new(
            Kind::Unsupported,
            format!("the value of {name} cannot be written so that all readers of .env files agree on it"),
        )
        .hint(hint)
    })
}

//! `git agent port`

use serde_json::{Map, Value, json};

use crate::agent;
use crate::cli::Port;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::provision::ports;
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &Port, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let config = Config::load(&repo)?;
    let mut leased = ports::lease(&repo, &config, &agent)?;
    if let Some(wanted) = &args.service {
        let known: Vec<String> = leased.iter().map(|one| one.service.name.clone()).collect();
        leased.retain(|one| one.service.name == *wanted);
        if leased.is_empty() {
            let error = Error::new(Kind::NotFound, format!("there is no service '{wanted}'"));
            return Err(if known.is_empty() {
                error.because("none is configured").hint("git config agent-port.web.base 3000")
            } else {
                error
                    .because(format!("there are {}", known.join(", ")))
                    .hint(format!("git agent port {}", agent.shown_name()))
            });
        }
    } else if leased.is_empty() {
        report::note(quiet, "no service is configured; for one: git config agent-port.web.base 3000");
    }
    let lines = leased.iter().map(|one| match &args.service {
        Some(_) => one.port.to_string(),
        None => format!("{}\t{}", one.service.name, one.port),
    });
    let outcome = Outcome::text(lines.collect::<Vec<_>>().join("\n"));
    Ok(outcome.or_json(args.json, || {
        let of =
            |one: &ports::Leased| (one.service.name.clone(), json!({ "port": one.port, "env": one.service.variable }));
        let map: Map<String, Value> = leased.iter().map(of).collect();
        document("port", json!({ "name": agent.name(), "ports": map }))
    }))
}

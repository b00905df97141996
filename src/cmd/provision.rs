//! `git agent provision`

use serde_json::json;

use crate::agent;
use crate::cli::{self, Background};
use crate::config::Config;
use crate::error::Result;
use crate::policy::provision::Step;
use crate::provision::run::{self, Options, Part};
use crate::report::readiness::{self, Teller};
use crate::report::{self, Outcome, document};

pub(super) fn run(args: &cli::Provision, quiet: bool) -> Result<Outcome> {
    if args.in_background.is_some() {
        crate::launch::supervise::leave_the_terminal();
    }
    let repo = super::open(quiet)?;
    let config = Config::load(&repo)?;
    let agent = agent::find(&repo, &args.name)?;
    if args.dry_run {
        let steps = run::steps(&repo, &config, &agent)?;
        let names: Vec<String> = steps.iter().map(|step| step.kind.name()).collect();
        let outcome = Outcome::text(steps.iter().map(line).collect::<Vec<_>>().join("\n"));
        let fields = || json!({ "dryRun": true, "name": agent.name(), "steps": names });
        return Ok(outcome.or_json(args.json, || document("provision", fields())));
    }
    let is_rest = args.in_background == Some(Background::Long);
    let part = if is_rest { Part::Long } else { Part::All };
    let options = Options { part, again: args.again, wait: is_rest };
    let teller = Teller::new(quiet || args.in_background.is_some(), &agent.name(), false);
    let result = run::run(&repo, &config, &agent, options, &|said| teller.say(said))?;
    result.warnings.iter().for_each(|warning| report::warn(warning));
    let failure =
        result.record.as_ref().and_then(|record| readiness::failure(&agent.name(), &agent.shown_name(), record));
    if let Some(error) = &failure {
        report::print_error(error);
    } else {
        report::note(quiet, &format!("'{}' is ready", agent.name()));
    }
    let code = failure.map_or(0, |error| error.kind as u8);
    let mut fields = readiness::json(&result);
    fields["name"] = json!(agent.name());
    Ok(Outcome { code, ..Outcome::default() }.or_json(args.json, || document("provision", fields)))
}

fn line(step: &Step) -> String {
    let after = if step.after.is_empty() { String::new() } else { format!(", after {}", step.after.join(", ")) };
    format!("would do {}{after}", step.kind.name())
}

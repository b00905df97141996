//! `git agent path`

use serde_json::json;

use crate::cli::Named;
use crate::error::Result;
use crate::report::{Outcome, document};
use crate::{agent, store};

pub(super) fn run(args: &Named, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let path = store::json_path(&agent.tree.path);
    let outcome = Outcome::text(agent.tree.path.display().to_string());
    Ok(outcome.or_json(args.json, || document("path", json!({ "name": agent.name(), "path": path }))))
}

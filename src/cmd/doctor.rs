//! `git agent doctor`

use serde_json::{Value, json};

use crate::cli::Doctor;
use crate::error::Result;
use crate::git::program;
use crate::policy::doctor::{Facts, Finding, Level, examine};
use crate::report::{Outcome, document};

pub(super) fn run(args: &Doctor, quiet: bool) -> Result<Outcome> {
    let _repo = super::open(quiet)?;
    let facts = Facts { git: program::version().ok(), oldest_git: program::OLDEST };
    let findings = examine(&facts);
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
    let lines: Vec<String> = findings.iter().map(lines).collect();
    let outcome = Outcome { code: u8::from(worst == Level::Bad), ..Outcome::text(lines.join("\n")) };
    Ok(outcome.or_json(args.json, || {
        document(
            "doctor",
            json!({ "worst": worst.word(), "findings": findings.iter().map(finding_json).collect::<Vec<_>>() }),
        )
    }))
}

fn lines(finding: &Finding) -> String {
    let first = format!("{:<5} {}", finding.level.word(), finding.what);
    let hints = finding.hints.iter().map(|hint| format!("\n      hint: {hint}"));
    std::iter::once(first).chain(hints).collect()
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "check": finding.check,
        "level": finding.level.word(),
        "what": finding.what,
        "hints": finding.hints,
        "fixable": finding.fix.is_some(),
    })
}

//! `git agent doctor`

use serde_json::{Value, json};

use crate::cli::Doctor;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::policy::doctor::{Finding, Fix, Level, examine};
use crate::report::{self, Outcome, document};
use crate::{doctor, environment, heal};

pub(super) fn run(args: &Doctor, quiet: bool) -> Result<Outcome> {
    // Not as other verbs begin: what they mend on the way is to be reported here.
    let repo = Repo::discover(&environment::current_dir()?)?;
    heal::heal(&repo)?.done.iter().for_each(|said| report::note(quiet, said));
    let mut findings = examine(&doctor::gather(&repo)?);
    let mut fixed = Vec::new();
    if args.fix {
        let mut fixes: Vec<Fix> = Vec::new();
        for fix in findings.iter().filter_map(|finding| finding.fix.clone()) {
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
        for fix in &fixes {
            match doctor::mend(&repo, fix) {
                Ok(said) => fixed.push(said),
                Err(error) => report::warn(&error.to_string()),
            }
        }
        if !fixes.is_empty() {
            // From the start: what the repository is may have changed.
            findings = examine(&doctor::gather(&Repo::discover(repo.root())?)?);
        }
    }
    fixed.iter().for_each(|said| report::note(quiet, said));
    let worst = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok);
    let lines: Vec<String> = findings.iter().map(lines).collect();
    let outcome = Outcome { code: u8::from(worst == Level::Bad), ..Outcome::text(lines.join("\n")) };
    Ok(outcome.or_json(args.json, || {
        let findings: Vec<Value> = findings.iter().map(finding_json).collect();
        document("doctor", json!({ "worst": worst.word(), "fixed": fixed, "findings": findings }))
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

//! What the walk finds, the way there, and the verdict that comes of both.

use super::Walker;
use super::expand::SOME;
use crate::policy::guard::smell::smells;
use crate::policy::guard::verdict::{Decision, Finding, Step, Verdict};

/// Steps that a trace keeps.
const MOST_STEPS: usize = 400;

impl Walker<'_> {
    /// Something was not followed to its end.
    pub(crate) fn lost(&mut self, why: &'static str) {
        self.lost.get_or_insert(why);
    }

    pub(crate) fn note(&mut self, what: &'static str, found: impl Into<String>) {
        if self.steps.len() < MOST_STEPS {
            let mut found = found.into().replace(SOME, "…");
            if found.len() > 400 {
                let cut = (0..=400).rev().find(|at| found.is_char_boundary(*at)).unwrap_or(0);
                found.truncate(cut);
                found.push('…');
            }
            self.steps.push(Step { what, found });
        }
    }

    pub(crate) fn deny(&mut self, what: impl Into<String>, instead: impl Into<String>) {
        self.finding(true, &what.into(), &instead.into());
    }

    pub(crate) fn ask(&mut self, what: impl Into<String>, instead: impl Into<String>) {
        self.finding(false, &what.into(), &instead.into());
    }

    fn finding(&mut self, deny: bool, what: &str, instead: &str) {
        self.note(if deny { "deny" } else { "ask" }, what);
        let what = what.replace(SOME, "…");
        let instead = instead.replace(SOME, "…");
        let finding = Finding { deny, what, instead: Some(instead).filter(|text| !text.is_empty()) };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Asks if the words of a push are in the text.
    pub(crate) fn not_understood(&mut self, why: &str) {
        if self.session.agent && smells(self.source) {
            self.ask(
                format!("{why}, and it has the words of a push in it"),
                "Run the push as a plain command of its own.",
            );
        }
    }

    pub(crate) fn verdict(mut self) -> Verdict {
        if let Some(why) = self.lost {
            self.not_understood(why);
        }
        self.findings.sort_by_key(|finding| !finding.deny);
        let decision = match self.findings.first() {
            Some(finding) if finding.deny => Decision::Deny,
            Some(_) => Decision::Ask,
            None => self.rewritten(),
        };
        Verdict { decision, findings: self.findings, steps: self.steps }
    }
}

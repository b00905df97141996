//! Another remote helper behind ours (`git-remote-https` and its kin): what git says goes on to it, except the refs that are
//! refused.

use std::io::StdinLock;

use crate::error::Result;
use crate::git::connect::Helper;
use crate::policy::strict::command::Spec;

/// Of what a helper can do, only what is understood here is offered to git. Not `export`: it takes history without saying to
/// which refs; not `connect`: git would talk to the server past us.
const KNOWN: [&str; 6] = ["option", "push", "fetch", "stateless-connect", "object-format", "check-connectivity"];

/// The helper.
pub struct Relay {
    helper: Helper,
    capabilities: String,
}

impl Relay {
    /// `capabilities` is what the helper answered.
    pub fn new(helper: Helper, capabilities: &str) -> Self {
        let known = |line: &&str| KNOWN.contains(&line.trim_start_matches('*'));
        let kept: String = capabilities.lines().filter(known).map(|line| format!("{line}\n")).collect();
        Self { helper, capabilities: kept + "\n" }
    }

    pub fn capabilities(&self) -> String {
        self.capabilities.clone()
    }

    pub fn option(&mut self, line: &str) -> Result<String> {
        self.helper.say(&format!("{line}\n"))?;
        self.helper.line()
    }

    pub fn list(&mut self) -> Result<String> {
        self.helper.say("list for-push\n")?;
        self.helper.lines()
    }

    pub fn push(&mut self, specs: &[&Spec]) -> Result<String> {
        let mut text: String = specs.iter().map(|spec| format!("push {}\n", spec.text)).collect();
        text.push('\n');
        self.helper.say(&text)?;
        let mut report = self.helper.lines()?;
        report.pop();
        Ok(report)
    }

    /// A fetch: `list`, a batch of `fetch`, or `stateless-connect`, after which both sides talk freely.
    pub fn fetch(&mut self, line: &str, input: &mut StdinLock<'_>) -> Result<bool> {
        self.helper.say(&format!("{line}\n"))?;
        if line.starts_with("stateless-connect ") {
            let reply = self.helper.line()?;
            super::answer(&reply)?;
            if reply == "\n" {
                self.helper.talk(input)?;
                return Ok(true);
            }
            return Ok(false);
        }
        if line.starts_with("fetch ") {
            while let Some(more) = super::next(input)? {
                self.helper.say(&format!("{more}\n"))?;
                if more.is_empty() {
                    break;
                }
            }
        }
        super::answer(&self.helper.lines()?).map(|()| false)
    }

    pub fn end(self) {
        self.helper.end();
    }
}

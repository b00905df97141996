//! Which branches no agent may update.

use super::config::{Config, Setting, truth};
use super::facts::View;
use super::glob;

/// One protected branch or glob, and where that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A branch name, or a glob over names.
    pub pattern: String,
    /// Where the rule comes from, for people.
    pub source: &'static str,
}

/// Everything that is protected in one repository.
#[derive(Clone, Debug, Default)]
pub struct Protection {
    rules: Vec<Rule>,
    /// Globs that the user's own configuration lets through.
    allowed: Vec<String>,
    /// The user has switched the guard off for this repository.
    pub off: bool,
}

impl Protection {
    /// What holds when the repository cannot be read.
    pub fn bare_minimum() -> Self {
        let mut protection = Self::default();
        protection.add("main", "always protected");
        protection.add("master", "always protected");
        protection
    }

    /// What holds in a repository, for a push to `urls`.
    pub fn of(view: &View<'_>, remote: &str, urls: &[String]) -> Self {
        let mut protection = Self::bare_minimum();
        for name in view.repo.recorded() {
            protection.add(name, "recorded for this repository");
        }
        // What the refs say now can be rewritten by an agent, so it only ever adds to what was recorded.
        let head = format!("refs/remotes/{remote}/HEAD");
        let prefix = format!("refs/remotes/{remote}/");
        if let Some(name) = view.repo.symbolic(&head).as_deref().and_then(|target| target.strip_prefix(&prefix)) {
            protection.add(name, "the remote's default branch");
        }
        for name in urls.iter().filter_map(|url| view.repo.default_of(url)) {
            protection.add(&name, "the remote's default branch");
        }
        // The user's configuration as it is on disk: a command's own `-c agent.protect=` counts for nothing.
        protection.add_all(view.repo.config());
        protection.add_all(view.repo.settings());
        for value in view.repo.settings().all("agent.allowpush") {
            match value {
                Setting::Text(text) if truth(text) => protection.off = true,
                Setting::Implicit => protection.off = true,
                Setting::Text(text) => protection.allowed.push(short(text).to_owned()),
                Setting::Unknown => {}
            }
        }
        protection
    }

    /// Adds what `agent.protect` says.
    pub fn add_all(&mut self, config: &Config) {
        for value in config.all("agent.protect") {
            if let Setting::Text(text) = value {
                for pattern in text.split([' ', ',', '\t', '\n']).filter(|pattern| !pattern.is_empty()) {
                    self.add(pattern, "agent.protect");
                }
            }
        }
    }

    /// Adds a rule.
    pub fn add(&mut self, pattern: &str, source: &'static str) {
        let pattern = short(pattern.trim());
        if !pattern.is_empty() && !self.rules.iter().any(|rule| rule.pattern == pattern) {
            self.rules.push(Rule { pattern: pattern.to_owned(), source });
        }
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule that protects a full ref name. `HEAD` of a remote is its default branch.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        if self.off {
            return None;
        }
        if name == "HEAD" {
            return self.rules.first();
        }
        let branch = name.strip_prefix("refs/heads/")?;
        if self.allowed.iter().any(|pattern| glob::matches(pattern, branch)) {
            return None;
        }
        self.rules.iter().find(|rule| glob::matches(&rule.pattern, branch))
    }

    /// A rule that could match a name which begins so.
    pub fn rule_below(&self, prefix: &str) -> Option<&Rule> {
        if self.off {
            return None;
        }
        let full = "refs/heads/";
        let branch = if full.starts_with(prefix) { "" } else { prefix.strip_prefix(full).unwrap_or(prefix) };
        if prefix.starts_with("refs/") && !full.starts_with(prefix) && !prefix.starts_with(full) {
            return None;
        }
        self.rules.iter().find(|rule| {
            let literal = glob::literal_prefix(&rule.pattern);
            literal.starts_with(branch) || (glob::is_glob(&rule.pattern) && branch.starts_with(literal))
        })
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").unwrap_or(name)
}

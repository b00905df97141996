//! How pushes come to our helper, by `url.<base>.pushInsteadOf` and `.insteadOf` (git-config(1)), and what they were before.
//!
//! git takes the longest prefix that matches, and of equal ones the one that it read first, which is never ours. So an
//! empty prefix catches every URL that no other rule does, and each rule of the user's own has to be outdone by longer ones.

use super::{NAME, PREFIX, unrouted};
use crate::policy::push::{Config, Setting};

/// What the include holds for strict mode, and what it cannot reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Lines for the configuration file.
    pub text: String,
    /// Remotes whose pushes cannot be routed, with the reason.
    pub uncovered: Vec<(String, &'static str)>,
}

/// Routes for everything that `config` knows, which may hold routes of ours already.
pub fn routes(config: &Config) -> Routes {
    let mut rules = vec![(String::new(), "pushInsteadOf")];
    let mut uncovered = Vec::new();
    let theirs = prefixes(config, "pushinsteadof");
    for prefix in &theirs {
        // Whatever comes behind it: a URL goes on with one of these letters.
        rules.extend((' '..='~').map(|letter| (format!("{prefix}{letter}"), "pushInsteadOf")));
    }
    let instead = prefixes(config, "insteadof");
    let fetched: Vec<&str> = values(config, "url").map(|(_, url)| url).collect();
    for remote in config.subsections("remote") {
        let explicit: Vec<&str> =
            values(config, "pushurl").filter(|(name, _)| *name == remote).map(|(_, url)| url).collect();
        for url in &explicit {
            // pushInsteadOf does not apply to it, and insteadOf would take the fetches along.
            if fetched.iter().any(|other| other.starts_with(url)) {
                uncovered.push((remote.to_owned(), "its pushurl is also what it fetches from"));
            } else if instead.iter().any(|prefix| prefix == url) {
                uncovered.push((remote.to_owned(), "its pushurl has a rule url.<base>.insteadOf of its own"));
            } else {
                rules.push(((*url).to_owned(), "insteadOf"));
            }
        }
        for (_, url) in values(config, "url").filter(|(name, _)| *name == remote && explicit.is_empty()) {
            if theirs.iter().any(|prefix| prefix == url) {
                uncovered.push((remote.to_owned(), "its URL has a rule url.<base>.pushInsteadOf of its own"));
            } else if theirs.iter().any(|prefix| url.starts_with(prefix.as_str())) {
                rules.push((url.to_owned(), "pushInsteadOf"));
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    rules.retain(|rule| seen.insert(rule.clone()));
    // Where protocol.allow is narrow, git must still be allowed to start us; what we start is asked about there.
    let mut text = format!("[protocol \"{NAME}\"]\n\tallow = always\n");
    for (prefix, key) in rules {
        let prefix = quoted(&prefix);
        text.push_str(&format!("[url \"{PREFIX}{prefix}\"]\n\t{key} = \"{prefix}\"\n"));
    }
    uncovered.dedup();
    for (remote, why) in &uncovered {
        text.push_str(&format!("# Not reached: {remote:?}, {why}.\n"));
    }
    Routes { text, uncovered }
}

/// The URL that git would have pushed to without us. `address` is what git gave to the helper, `remote` the name that the
/// push was given.
pub fn real_url(config: &Config, remote: &str, address: &str) -> String {
    let url = unrouted(address);
    let explicit = values(config, "pushurl").any(|(name, _)| name == remote);
    let pushed = if explicit { None } else { config.rewritten(url, "pushinsteadof") };
    pushed.or_else(|| config.rewritten(url, "insteadof")).unwrap_or_else(|| url.to_owned())
}

/// Each `remote.<name>.<key>`.
fn values<'a>(config: &'a Config, key: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    config.entries().iter().filter_map(move |(found, value)| {
        let name = found.strip_prefix("remote.")?.strip_suffix(key)?.strip_suffix('.')?;
        match value {
            Setting::Text(url) if !url.is_empty() => Some((name, url.as_str())),
            _ => None,
        }
    })
}

/// The prefixes of the user's own rules.
fn prefixes(config: &Config, key: &str) -> Vec<String> {
    let mut found: Vec<String> = config.rewrites(key).map(|(_, prefix)| prefix.to_owned()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Config {
        let mut config = Config::default();
        for (key, value) in settings {
            config.push(key, Setting::Text((*value).to_owned()));
        }
        config
    }

    #[test]
    fn one_rule_where_nothing_is_configured() {
        let routes = routes(&config(&[("remote.origin.url", "https://h/x")]));
        let head = "[protocol \"agent-guard\"]\n\tallow = always\n";
        assert_eq!(routes.text.strip_prefix(head).unwrap(), "[url \"agent-guard::\"]\n\tpushInsteadOf = \"\"\n");
        assert_eq!(routes.uncovered, []);
    }

    #[test]
    fn rules_of_the_users_are_outdone() {
        let routes = routes(&config(&[
            ("remote.origin.url", "https://h/é"),
            ("url.git@h:.pushinsteadof", "https://h/"),
            ("url.agent-guard::https://old/.pushinsteadof", "https://old/"),
        ]));
        assert!(routes.text.contains("[url \"agent-guard::https://h/m\"]\n\tpushInsteadOf = \"https://h/m\"\n"));
        assert!(routes.text.contains("[url \"agent-guard::https://h/\\\"\"]\n\tpushInsteadOf = \"https://h/\\\"\"\n"));
        assert!(routes.text.contains("[url \"agent-guard::https://h/é\"]"));
        assert!(!routes.text.contains("old"), "what we wrote ourselves is no rule of the user's");
        assert_eq!(routes.uncovered, []);
    }

    #[test]
    fn pushurls() {
        let routes = routes(&config(&[
            ("remote.origin.url", "https://h/x"),
            ("remote.origin.pushurl", "git@h:x"),
            ("remote.same.url", "git@h:y.git"),
            ("remote.same.pushurl", "git@h:y"),
            ("remote.own.url", "z"),
            ("url.b.pushinsteadof", "z"),
        ]));
        assert!(routes.text.contains("[url \"agent-guard::git@h:x\"]\n\tinsteadOf = \"git@h:x\"\n"));
        let names: Vec<&str> = routes.uncovered.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["same", "own"]);
    }

    #[test]
    fn what_the_url_was() {
        let config = config(&[
            ("remote.origin.url", "gh:x"),
            ("remote.two.url", "https://h/x"),
            ("remote.two.pushurl", "gh:y"),
            ("url.https://github.com/.insteadof", "gh:"),
            ("url.git@github.com:.pushinsteadof", "gh:"),
            ("url.agent-guard::.pushinsteadof", ""),
            ("url.agent-guard::gh:y.insteadof", "gh:y"),
        ]);
        for (remote, address, expected) in [
            ("origin", "agent-guard::gh:x", "git@github.com:x"),
            ("origin", "gh:x", "git@github.com:x"),
            ("two", "gh:y", "https://github.com/y"),
            ("/srv/x", "/srv/x", "/srv/x"),
            ("agent-guard::/srv/x", "agent-guard::agent-guard::/srv/x", "/srv/x"),
        ] {
            assert_eq!(real_url(&config, remote, address), expected, "{remote} {address}");
        }
    }
}

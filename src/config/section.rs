//! Sections whose keys are the user's to choose: `[agent-port "web"]`, `[agent-env]`, `[agent-db "cache"]`.

use super::Config;

/// One setting of such a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The text in quotes behind the section's name; empty without one.
    pub subsection: String,
    /// The key, in lower case: git ignores its case.
    pub key: String,
    /// The value.
    pub value: String,
    /// Whether it comes from the committed `.gitagent` rather than from the user.
    pub team: bool,
}

impl Config {
    /// All settings of the section `name`, the team's first: the last one of a key counts. Whoever reads them judges what
    /// the team may set.
    pub fn section(&self, name: &str) -> Vec<Entry> {
        let mut all = Vec::new();
        if let Some(team) = &self.team {
            all.extend(entries(team, name, true));
        }
        all.extend(entries(self.git.config_snapshot().plumbing(), name, false));
        let said = self.command_line.iter().filter_map(|(key, value)| {
            let (section, rest) = key.split_once('.')?;
            let (subsection, key) = rest.rsplit_once('.').unwrap_or(("", rest));
            section.eq_ignore_ascii_case(name).then(|| entry(subsection, key, value, false))
        });
        all.extend(said);
        all
    }
}

fn entries(file: &gix::config::File, name: &str, team: bool) -> Vec<Entry> {
    let sections = file.sections_by_name(name).into_iter().flatten();
    let of = |section: gix::config::file::SectionRef<'_>| {
        let subsection = section.header().subsection_name().map(ToString::to_string).unwrap_or_default();
        let pairs: Vec<Entry> =
            section.body().into_iter().map(|(key, value)| entry(&subsection, &key, &value.to_string(), team)).collect();
        pairs
    };
    sections.flat_map(of).collect()
}

fn entry(subsection: &str, key: &str, value: &str, team: bool) -> Entry {
    Entry { subsection: subsection.to_owned(), key: key.to_ascii_lowercase(), value: value.to_owned(), team }
}

/// The last value of `key` among entries.
pub fn last<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Entry> {
    entries.iter().rfind(|entry| entry.key == key)
}

/// Those of one database's settings that are from `.gitagent` and are done on a server or by commands: what is trusted or
/// not. A database that is a file of the repository is copied inside of it, and needs none.
pub fn acts_elsewhere(entries: &[Entry]) -> Vec<&Entry> {
    match last(entries, "provider") {
        Some(provider) if provider.value == "sqlite" => Vec::new(),
        _ => {
            let is_last = |entry: &&Entry| last(entries, &entry.key).is_some_and(|last| std::ptr::eq(last, *entry));
            entries.iter().filter(|entry| entry.team).filter(is_last).collect()
        }
    }
}

/// The subsections, each once, in the order in which they come first, with their entries.
pub fn grouped(entries: Vec<Entry>) -> Vec<(String, Vec<Entry>)> {
    let mut groups: Vec<(String, Vec<Entry>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(name, _)| *name == entry.subsection) {
            Some((_, group)) => group.push(entry),
            None => groups.push((entry.subsection.clone(), vec![entry])),
        }
    }
    groups
}

/// One setting of the section `agent`, with where it comes from: the user's own before the team's.
pub fn setting(config: &Config, key: &str) -> Option<Entry> {
    let entries = config.section("agent");
    let key = key.to_ascii_lowercase();
    entries.into_iter().rfind(|entry| entry.subsection.is_empty() && entry.key == key)
}

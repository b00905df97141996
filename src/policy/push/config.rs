//! Git configuration as a list of settings, later ones standing over earlier ones (git-config(1), "FILES").

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `key = value`
    Text(String),
    /// `key` without `=`: true for a boolean.
    Implicit,
    /// Set to something that cannot be known.
    Unknown,
}

/// Settings in the order in which git reads them.
#[derive(Clone, Debug, Default)]
pub struct Config {
    entries: Vec<(String, Setting)>,
    /// A key that cannot be known was set: any key may have any value.
    pub murky: bool,
}

impl Config {
    /// Adds a setting; the key is brought into git's canonical form.
    pub fn push(&mut self, key: &str, value: Setting) {
        self.entries.push((canonical(key), value));
    }

    /// Adds all settings of another.
    pub fn extend(&mut self, other: &Self) {
        self.entries.extend(other.entries.iter().cloned());
        self.murky |= other.murky;
    }

    /// Drops every value of a key, as `--unset-all` does.
    pub fn unset(&mut self, key: &str) {
        let key = canonical(key);
        self.entries.retain(|(found, _)| *found != key);
    }

    /// Drops a section and what is in it.
    pub fn remove_section(&mut self, section: &str) {
        let prefix = canonical(&format!("{section}.x"));
        let prefix = &prefix[..prefix.len() - 1];
        self.entries.retain(|(found, _)| found.strip_prefix(prefix).is_none_or(|rest| rest.contains('.')));
    }

    /// The value that counts for a single-valued key.
    pub fn last(&self, key: &str) -> Option<&Setting> {
        let key = canonical(key);
        self.entries.iter().rev().find(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// The text of the value that counts, if it has one that is known.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.last(key)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a boolean key is true; a value that cannot be known counts as `unknown`.
    pub fn flag(&self, key: &str, unknown: bool) -> Option<bool> {
        Some(match self.last(key)? {
            Setting::Implicit => true,
            Setting::Unknown => unknown,
            Setting::Text(text) => truth(text),
        })
    }

    /// Every value of a multi-valued key; an empty one empties the list, as git does since 2.46 for remotes.
    pub fn all(&self, key: &str) -> Vec<&Setting> {
        let key = canonical(key);
        let mut values = Vec::new();
        for (found, value) in &self.entries {
            if *found == key {
                if *value == Setting::Text(String::new()) { values.clear() } else { values.push(value) }
            }
        }
        values
    }

    /// Every setting, in order.
    pub fn entries(&self) -> &[(String, Setting)] {
        &self.entries
    }

    /// The URL that `url.<base>.<key>` makes of this one, if a rule matches: the longest prefix wins, of equal ones the
    /// first (git-config(1), `url.<base>.insteadOf`).
    pub fn rewritten(&self, url: &str, key: &str) -> Option<String> {
        let mut best: Option<(&str, &str)> = None;
        for (base, prefix) in self.rewrites(key) {
            if url.starts_with(prefix) && best.is_none_or(|(_, longest)| prefix.len() > longest.len()) {
                best = Some((base, prefix));
            }
        }
        best.map(|(base, prefix)| format!("{base}{}", &url[prefix.len()..]))
    }

    /// The rules `url.<base>.<key>`, as base and prefix, without those of strict mode.
    pub fn rewrites(&self, key: &str) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(move |(name, value)| {
            let base = name.strip_prefix("url.")?.strip_suffix(key)?.strip_suffix('.')?;
            let Setting::Text(prefix) = value else { return None };
            (!base.starts_with(crate::policy::strict::PREFIX)).then_some((base, prefix.as_str()))
        })
    }

    /// The names of `<section>.<name>.…`, each once.
    pub fn subsections(&self, section: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (key, _) in &self.entries {
            let name = key.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
            if let Some((name, _)) = name.and_then(|rest| rest.rsplit_once('.'))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }
}

/// Git's booleans (git-config(1), "Values"): a number other than 0 is true.
pub fn truth(text: &str) -> bool {
    match text.to_ascii_lowercase().as_str() {
        "" | "no" | "off" | "false" => false,
        "yes" | "on" | "true" => true,
        number => number.trim_end_matches(['k', 'm', 'g']).parse::<i64>().is_ok_and(|number| number != 0),
    }
}

/// Section and name in lower case, the subsection as it is.
pub fn canonical(key: &str) -> String {
    match (key.find('.'), key.rfind('.')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}{}{}", key[..first].to_ascii_lowercase(), &key[first..last], key[last..].to_ascii_lowercase())
        }
        _ => key.to_ascii_lowercase(),
    }
}

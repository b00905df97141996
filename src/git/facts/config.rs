//! Git's configuration files: syntax, places, order and includes (git-config(1)).

use std::fs;
use std::path::Path;

use super::place::Layout;
use crate::policy::guard::Place;
use crate::policy::push::file::parse;
use crate::policy::push::{Config, Setting};

/// Includes of includes are followed as deep as git follows them.
const DEEPEST: u32 = 10;

/// Everything that holds for a worktree, in the order in which git reads it.
pub(super) fn load(place: &Place, at: &Layout) -> Result<Config, String> {
    let mut files: Vec<String> = Vec::new();
    if !place.no_system {
        match &place.system {
            Some(path) => files.push(path.clone()),
            None => files.extend(
                ["/etc/gitconfig", "/usr/local/etc/gitconfig", "/opt/homebrew/etc/gitconfig"].map(str::to_owned),
            ),
        }
    }
    match (&place.global, &place.home) {
        (Some(path), _) => files.push(path.clone()),
        (None, home) => {
            let xdg = place.xdg.clone().or_else(|| home.as_ref().map(|home| format!("{home}/.config")));
            files.extend(xdg.map(|xdg| format!("{xdg}/git/config")));
            files.extend(home.as_ref().map(|home| format!("{home}/.gitconfig")));
        }
    }
    files.push(format!("{}/config", at.common_dir));
    let mut reading = Reading { place, at, config: Config::default() };
    for file in files {
        reading.file(&file, 0)?;
    }
    if reading.config.flag("extensions.worktreeconfig", true) == Some(true) {
        reading.file(&format!("{}/config.worktree", at.git_dir), 0)?;
    }
    Ok(reading.config)
}

struct Reading<'a> {
    place: &'a Place,
    at: &'a Layout,
    config: Config,
}

impl Reading<'_> {
    /// Reads one file; one that is not there is no trouble.
    fn file(&mut self, path: &str, depth: u32) -> Result<(), String> {
        let Ok(bytes) = fs::read(path) else { return Ok(()) };
        let text = String::from_utf8_lossy(&bytes);
        let mut includes: Vec<(usize, String)> = Vec::new();
        let mut entries: Vec<(String, Setting)> = Vec::new();
        parse(&text, &mut |key, value| {
            if let Setting::Text(target) = &value {
                let lower = key.to_ascii_lowercase();
                if lower == "include.path" || (lower.starts_with("includeif.") && lower.ends_with(".path")) {
                    includes.push((entries.len(), format!("{key}\0{target}")));
                }
            }
            entries.push((key.to_owned(), value));
        })
        .map_err(|line| format!("line {line} of '{path}' is not in git's syntax"))?;
        let mut includes = includes.into_iter().peekable();
        for (index, (key, value)) in entries.into_iter().enumerate() {
            self.config.push(&key, value);
            while let Some((_, include)) = includes.next_if(|(at, _)| *at == index) {
                let Some((key, target)) = include.split_once('\0') else { continue };
                let condition = key.get("includeif.".len()..key.len().saturating_sub(".path".len()));
                let holds =
                    key.eq_ignore_ascii_case("include.path") || condition.is_some_and(|text| self.holds(text, path));
                if holds && depth < DEEPEST {
                    let target = self.resolve(target, path);
                    self.file(&target, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn resolve(&self, target: &str, from: &str) -> String {
        if let (Some(rest), Some(home)) = (target.strip_prefix("~/"), &self.place.home) {
            return format!("{home}/{rest}");
        }
        let base = Path::new(from).parent().unwrap_or(Path::new("/"));
        base.join(target).to_string_lossy().into_owned()
    }

    /// A condition of `includeIf`.
    fn holds(&self, condition: &str, from: &str) -> bool {
        let Some((kind, pattern)) = condition.split_once(':') else { return false };
        match kind.to_ascii_lowercase().as_str() {
            "gitdir" => self.in_git_dir(pattern, from, false),
            "gitdir/i" => self.in_git_dir(pattern, from, true),
            "onbranch" => {
                let head = fs::read_to_string(format!("{}/HEAD", self.at.git_dir)).unwrap_or_default();
                let pattern = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
                head.trim().strip_prefix("ref: refs/heads/").is_some_and(|branch| path_matches(&pattern, branch))
            }
            "hasconfig" => {
                let Some(pattern) = pattern.strip_prefix("remote.*.url:") else { return false };
                // Looks at what has been read so far; git looks ahead, which only matters for a remote below the include.
                let text = fs::read_to_string(format!("{}/config", self.at.common_dir)).unwrap_or_default();
                let mut found = false;
                let _ = parse(&text, &mut |key, value| {
                    let key = key.to_ascii_lowercase();
                    if let (true, Setting::Text(url)) = (key.starts_with("remote.") && key.ends_with(".url"), value) {
                        found |= path_matches(pattern, &url);
                    }
                });
                found
            }
            _ => false,
        }
    }

    fn in_git_dir(&self, pattern: &str, from: &str, ignore_case: bool) -> bool {
        let mut pattern = if let Some(rest) = pattern.strip_prefix("./") {
            let base = Path::new(from).parent().map(|dir| fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned()));
            format!("{}/{rest}", base.unwrap_or_default().display())
        } else if let (Some(rest), Some(home)) = (pattern.strip_prefix("~/"), &self.place.home) {
            format!("{home}/{rest}")
        } else if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            format!("**/{pattern}")
        };
        if pattern.ends_with('/') {
            pattern.push_str("**");
        }
        if ignore_case {
            path_matches(&pattern.to_lowercase(), &self.at.git_dir.to_lowercase())
        } else {
            path_matches(&pattern, &self.at.git_dir)
        }
    }
}

/// Git's wildmatch over paths: `*` stays within a component, `**` crosses them.
fn path_matches(pattern: &str, path: &str) -> bool {
    let patterns: Vec<&str> = pattern.split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    // One row of the table at a time: no recursion, no blow-up.
    let mut row = vec![false; parts.len() + 1];
    row[0] = true;
    for pattern in &patterns {
        let mut next = vec![false; parts.len() + 1];
        for at in 0..=parts.len() {
            next[at] = if *pattern == "**" {
                row[at] || (at > 0 && next[at - 1])
            } else {
                at > 0 && row[at - 1] && crate::policy::push::glob::matches(pattern, parts[at - 1])
            };
        }
        row = next;
    }
    row[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_dir_patterns() {
        for (pattern, path, expected) in [
            ("/r/.git/worktrees/**", "/r/.git/worktrees/x", true),
            ("/r/.git/worktrees/**", "/r/.git", false),
            ("**/r/.git", "/a/b/r/.git", true),
            ("/home/*/w/**", "/home/me/w/r/.git", true),
            ("/home/*/w/**", "/home/me/x/w/.git", false),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern}");
        }
    }
}

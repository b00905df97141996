//! Names of agents: which are valid, which folder they get, which collide, and how one is made from a task.

use std::fmt;

/// Why a text cannot name an agent.
#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    /// There is no text.
    Empty,
    /// It would be read as an option.
    Dash,
    /// git has a meaning of its own for it (`HEAD`, `@`, `heads/x`, an object's id), which a branch would take away.
    Reserved,
    /// git refuses it as a branch name; the text is git's rule.
    NotABranch(String),
    /// A file system refuses it as a folder (`con`, a trailing dot or blank).
    NotAFolder,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::Dash => write!(f, "it begins with a dash"),
            Self::Reserved => write!(f, "git gives it a meaning of its own"),
            Self::NotABranch(rule) => write!(f, "git refuses it as a branch name: {rule}"),
            Self::NotAFolder => write!(f, "a file system may refuse it as a folder name"),
        }
    }
}

/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether `name` can name an agent: a valid branch name (git-check-ref-format(1)) that is also a folder everywhere.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(name: &str) -> Result<(), Invalid> {
    if name.is_empty() {
        return Err(Invalid::Empty);
    }
    if name.starts_with('-') {
        return Err(Invalid::Dash);
    }
    let id = matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let prefixes = ["refs/", "heads/", "tags/", "remotes/"];
    if name.eq_ignore_ascii_case("HEAD") || name == "@" || id || prefixes.iter().any(|prefix| name.starts_with(prefix))
    {
        return Err(Invalid::Reserved);
    }
    let full = format!("refs/heads/{name}");
    gix::validate::reference::name(full.as_str().into()).map_err(|rule| Invalid::NotABranch(rule.to_string()))?;
    let folder = folder(name);
    let stem = folder.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.len() == 4
        && stem.ends_with(|c: char| c.is_ascii_digit());
    let windows = folder.contains(['<', '>', '"', '|']) || folder.ends_with(['.', ' ']);
    if DEVICES.contains(&stem.as_str()) || numbered || windows || folder.len() > 200 {
        return Err(Invalid::NotAFolder);
    }
    Ok(())
}

/// The folder of an agent: its name with `+` for `/`, as Claude Code names its worktrees.
pub fn folder(name: &str) -> String {
    name.replace('/', "+")
}

/// What a new name runs into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collision {
    /// The same name.
    Same,
    /// Different names that are one on a file system that ignores case.
    Case,
    /// Different names with the same folder (`feat/x` and `feat+x`).
    Folder,
    /// One is a directory of the other among the refs (`feat` and `feat/x`): git cannot hold both.
    Nested,
}

/// How `new` collides with `existing`, if it does.
pub fn collision(new: &str, existing: &str) -> Option<Collision> {
    if new == existing {
        return Some(Collision::Same);
    }
    let (new, existing) = (fold(new), fold(existing));
    if new == existing {
        return Some(Collision::Case);
    }
    if folder(&new) == folder(&existing) {
        return Some(Collision::Folder);
    }
    let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    (below(&new, &existing) || below(&existing, &new)).then_some(Collision::Nested)
}

/// One spelling for all names that a file system which ignores case takes for the same.
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The order in which people count: `x-2` before `x-10`.
pub fn natural_order(left: &str, right: &str) -> std::cmp::Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        let (a, b) = (chunk(left_rest), chunk(right_rest));
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len()).then_with(|| left.cmp(right));
        }
        let order = match (a.parse::<u128>(), b.parse::<u128>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
        (left_rest, right_rest) = (&left_rest[a.len()..], &right_rest[b.len()..]);
    }
}

/// The digits that a text begins with, or what comes before its first digit.
fn chunk(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}

/// Words that say nothing about a task.
const FILLERS: [&str; 22] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "of", "on", "or", "so",
    "that", "the", "to", "with",
];

/// A name made of a task's first telling words: lower case, at most five words and forty characters. `None` when the
/// text holds no letter or digit.
pub fn from_task(task: &str) -> Option<String> {
    let line = task.lines().find(|line| !line.trim().is_empty())?;
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| !FILLERS.contains(word)).collect();
    let chosen = if telling.is_empty() { &words } else { &telling };
    let mut name = String::new();
    for word in chosen.iter().take(5) {
        let length = name.chars().count() + 1 + word.chars().count();
        if !name.is_empty() && length > 40 {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.extend(word.chars().take(40));
    }
    (!name.is_empty() && check(&name).is_ok()).then_some(name)
}

/// The names of `count` siblings that try one task, one after the other with each of `profiles`.
///
/// One agent keeps the name; several get the profile's name, a number, or both behind it.
pub fn siblings(name: &str, profiles: &[String], count: u32) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    let distinct = |profile: &String| profiles.iter().filter(|other| *other == profile).count() == 1;
    let runs: Vec<Option<&String>> = if profiles.is_empty() { vec![None] } else { profiles.iter().map(Some).collect() };
    for (position, profile) in runs.iter().enumerate() {
        for number in 1..=count {
            let mut full = name.to_owned();
            if let Some(profile) = profile.filter(|_| runs.len() > 1) {
                full = format!("{full}-{profile}");
                if !distinct(profile) {
                    full = format!("{full}-{}", profiles[..=position].iter().filter(|other| *other == profile).count());
                }
            }
            if count > 1 {
                full = format!("{full}-{number}");
            }
            all.push((full, profile.cloned()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names() {
        for name in ["x", "feat/one", "fix_1.2", "ünïcode", "a+b", "UPPER", "x@y", "日本"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn invalid_names() {
        for name in [
            "",
            "-x",
            "refs/heads/q",
            "heads/a",
            "tags/v",
            "remotes/o/x",
            "--force",
            "HEAD",
            "head",
            "@",
            "a b",
            "a..b",
            "a.lock",
            "x/",
            "/x",
            "a//b",
            ".x",
            "a/.b",
            "a~1",
            "a^",
            "a:b",
            "a?b",
            "a*b",
            "a[b",
            "a\\b",
            "a@{b",
            "x.",
            "a\tb",
            "con",
            "aux.txt",
            "COM1",
            "a|b",
            "a<b",
            "a\"b",
        ] {
            assert!(check(name).is_err(), "{name:?} passed");
        }
        assert!(check(&"x".repeat(201)).is_err());
    }

    #[test]
    fn collisions() {
        use Collision::{Case, Folder, Nested, Same};
        for (new, existing, expected) in [
            ("x", "x", Some(Same)),
            ("x", "X", Some(Case)),
            ("ÄRGER", "ärger", Some(Case)),
            ("feat/x", "feat+x", Some(Folder)),
            ("Feat/x", "feat+X", Some(Folder)),
            ("feat/x", "feat", Some(Nested)),
            ("feat", "feat/x", Some(Nested)),
            ("FEAT", "feat/x", Some(Nested)),
            ("feat", "feature", None),
            ("feat/x", "feat/y", None),
        ] {
            assert_eq!(collision(new, existing), expected, "{new} {existing}");
        }
    }

    #[test]
    fn people_count() {
        let mut names = ["x-10", "x-2", "x", "y", "x-02", "10", "9", "x-2a", "X"];
        names.sort_by(|left, right| natural_order(left, right));
        assert_eq!(names, ["9", "10", "X", "x", "x-02", "x-2", "x-2a", "x-10", "y"]);
    }

    #[test]
    fn names_from_tasks() {
        for (task, expected) in [
            ("Add OAuth login to the API", Some("add-oauth-login-api")),
            ("Fix #123: crash when the file is empty!", Some("fix-123-crash-when-file")),
            ("the", Some("the")),
            ("\n\n  Second line counts\nnot this", Some("second-line-counts")),
            ("!!! ???", None),
            ("", None),
            ("$(touch x); rm -rf /", Some("touch-x-rm-rf")),
        ] {
            assert_eq!(from_task(task).as_deref(), expected, "{task}");
        }
        assert!(from_task(&"word ".repeat(500)).unwrap().len() <= 40);
        assert_eq!(from_task(&"x".repeat(300)).unwrap().len(), 40);
    }

    #[test]
    fn siblings_are_told_apart() {
        let names = |profiles: &[&str], count| {
            let profiles: Vec<String> = profiles.iter().map(|&p| p.to_owned()).collect();
            siblings("t", &profiles, count).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[], 1), ["t"]);
        assert_eq!(names(&["claude"], 1), ["t"]);
        assert_eq!(names(&[], 3), ["t-1", "t-2", "t-3"]);
        assert_eq!(names(&["claude", "codex"], 1), ["t-claude", "t-codex"]);
        assert_eq!(names(&["claude", "codex"], 2), ["t-claude-1", "t-claude-2", "t-codex-1", "t-codex-2"]);
        assert_eq!(names(&["claude", "claude"], 1), ["t-claude-1", "t-claude-2"]);
    }
}

//! `.git/agent/protected`: the branches that are recorded as protected in one repository, a name or glob a line.
//!
//! git-agent adds the remote's default branch and never takes a line away by itself; people may add lines of their own.

/// The file, relative to the common git directory.
pub const PATH: &str = "agent/protected";

const HEADER: &str =
    "# Branches that no push from a worktree may update: a name or a glob a line. Recorded by git-agent.\n";

/// `text` with those of `names` that it lacks; `None` when it has all of them.
pub fn with(text: Option<&str>, names: &[String]) -> Option<String> {
    let old = text.unwrap_or_default();
    let has = |name: &str| old.lines().any(|line| line.trim() == name);
    let fit = |name: &str| !name.is_empty() && !name.starts_with('#') && !name.contains('\n');
    let missing: Vec<&String> = names.iter().filter(|name| fit(name) && !has(name)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut new = if old.is_empty() { HEADER.to_owned() } else { old.to_owned() };
    if !new.ends_with('\n') {
        new.push('\n');
    }
    missing.iter().for_each(|name| new.push_str(&format!("{name}\n")));
    Some(new)
}

/// `text` without our header and `names`; `None` when nothing of somebody else is left.
pub fn without(text: &str, names: &[String]) -> Option<String> {
    let ours = |line: &str| HEADER.trim_end() == line.trim_end() || names.iter().any(|name| line.trim() == name);
    let rest: String = text.split_inclusive('\n').filter(|line| !ours(line)).collect();
    (!rest.trim().is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_added_once_and_go_alone() {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let first = with(None, &names(&["trunk"])).unwrap();
        assert_eq!(first, format!("{HEADER}trunk\n"));
        assert_eq!(with(Some(&first), &names(&["trunk"])), None);
        assert_eq!(with(None, &names(&[])), None);
        assert_eq!(with(None, &names(&["#x", "a\nb"])), None);
        let second = with(Some(&format!("{first}release/*")), &names(&["trunk", "next"])).unwrap();
        assert_eq!(second, format!("{HEADER}trunk\nrelease/*\nnext\n"));
        assert_eq!(without(&second, &names(&["trunk", "next"])).as_deref(), Some("release/*\n"));
        assert_eq!(without(&first, &names(&["trunk"])), None);
    }
}

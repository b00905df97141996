//! Which submodule is at a path, by what `.gitmodules` says.

/// The name of the submodule at `path`. `listed` are the values of `path` in `.gitmodules`, each with the name of its section,
/// in their order. As with git the first path of a name counts, and of two names for one path the last. `None` if there is
/// none, or none that can be part of a path.
pub fn name_at<'l>(listed: &'l [(String, String)], path: &str) -> Option<&'l str> {
    let is_first = |at: usize| listed.iter().position(|(name, _)| *name == listed[at].0) == Some(at);
    let found = (0..listed.len()).rev().find(|&at| listed[at].1 == path && is_first(at))?;
    let name = listed[found].0.as_str();
    (is_tame(name) && is_tame(path)).then_some(name)
}

/// Whether a name leads nowhere else when it becomes part of a path (git refuses the others as well: CVE-2018-11235), and
/// can be shown.
fn is_tame(name: &str) -> bool {
    let parts = || name.split(['/', '\\']);
    !name.starts_with('-')
        && !name.chars().any(char::is_control)
        && parts().all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_git_finds_them() {
        let listed = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect()
        };
        for (pairs, path, expected) in [
            (&[("a", "a"), ("lib/b", "b")][..], "b", Some("lib/b")),
            (&[("a", "a")], "b", None),
            (&[("a", "p"), ("a", "q")], "p", Some("a")),
            (&[("a", "p"), ("a", "q")], "q", None),
            (&[("a", "p"), ("b", "p")], "p", Some("b")),
            (&[("a.update=!touch x;", "p"), ("a.update=!touch x;", "q"), ("a", "p")], "p", Some("a")),
            (&[("a.update=!touch x;", "p")], "p", Some("a.update=!touch x;")),
            (&[("../a", "p")], "p", None),
            (&[("a/../../b", "p")], "p", None),
            (&[("a\\..\\b", "p")], "p", None),
            (&[("/a", "p")], "p", None),
            (&[("", "p")], "p", None),
            (&[("-u", "p")], "p", None),
            (&[("a\nb", "p")], "p", None),
            (&[("a/.git", "p")], "p", None),
            (&[("a", ".")], ".", None),
            (&[("a", "../a")], "../a", None),
        ] {
            assert_eq!(name_at(&listed(pairs), path), expected, "{pairs:?} {path}");
        }
    }
}

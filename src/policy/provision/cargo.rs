//! What of cargo's `target` may be taken to another checkout.
//!
//! cargo judges whether a package of the workspace is fresh by relative paths and times, both of which a copy keeps: built
//! from changes in the main checkout that nobody has committed, it would pass for the worktree's own. So of those packages
//! nothing comes along that cargo would believe, or that somebody could start. A package from a registry or from git never
//! changes, and stays fresh.

use std::collections::BTreeSet;

/// What lies beside the packages' own parts in the folder of a profile and may come along. `deps` holds what was compiled; without a
/// fingerprint cargo replaces it.
const KEPT: [&str; 4] = [".fingerprint", "build", "deps", ".cargo-lock"];

/// The names of packages that the lockfile takes from a registry or from git, and from nowhere else as well.
pub fn fetched(lock: &str) -> BTreeSet<String> {
    let (mut fetched, mut own) = (BTreeSet::new(), BTreeSet::new());
    for block in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let lines = block.lines().take_while(|line| !line.starts_with("[["));
            let mut values = lines.filter_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
            values.next().map(|value| value.trim().trim_matches('"').to_owned())
        };
        let Some(name) = value("name") else { continue };
        if value("source").is_some() {
            fetched.insert(name)
        } else {
            own.insert(name)
        };
    }
    fetched.difference(&own).cloned().collect()
}

/// Whether a path stays behind: `parts` lead to it from the top of `target`. `is_profile` says of the first so many parts
/// whether they are the folder of a profile (`debug`, `x86_64-unknown-linux-gnu/release`).
pub fn stays(parts: &[&str], fetched: &BTreeSet<String>, is_profile: &dyn Fn(usize) -> bool) -> bool {
    let of_package = |unit: &str| {
        let name = unit.rsplit_once('-').filter(|(_, hash)| hash.len() == 16).map_or(unit, |(name, _)| name);
        fetched.contains(name)
    };
    match parts {
        [.., ".fingerprint", unit] => !of_package(unit),
        [.., "build", unit] if is_profile(parts.len() - 2) => !of_package(unit),
        [.., last] if parts.len() > 1 && is_profile(parts.len() - 1) => !KEPT.contains(last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "serde",
]

[[package]]
name = "both"
version = "0.1.0"

[[package]]
name = "both"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "from-git"
version = "1.0.0"
source = "git+https://example.com/x#abc"

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[patch.unused]]
name = "unused"
source = "registry+x"
"#;

    #[test]
    fn only_what_cannot_change_comes_along() {
        let fetched = fetched(LOCK);
        assert_eq!(fetched.iter().map(String::as_str).collect::<Vec<_>>(), ["from-git", "serde"]);
        for (path, expected) in [
            ("debug", false),
            ("CACHEDIR.TAG", false),
            ("debug/.fingerprint", false),
            ("debug/.fingerprint/serde-0123456789abcdef", false),
            ("debug/.fingerprint/from-git-0123456789abcdef", false),
            ("debug/.fingerprint/app-0123456789abcdef", true),
            ("debug/.fingerprint/both-0123456789abcdef", true),
            ("debug/.fingerprint/unknown-0123456789abcdef", true),
            ("debug/build", false),
            ("debug/build/serde-0123456789abcdef", false),
            ("debug/build/serde-0123456789abcdef/out", false),
            ("debug/build/app-0123456789abcdef", true),
            ("debug/build/serde", false),
            ("debug/build/app", true),
            ("debug/deps", false),
            ("debug/deps/app-0123456789abcdef", false),
            ("debug/app", true),
            ("debug/incremental", true),
            ("debug/examples", true),
            ("x86_64-unknown-linux-musl/debug/libapp.rlib", true),
            ("x86_64-unknown-linux-musl/debug/deps/build/x", false),
            ("doc/app", false),
        ] {
            let parts: Vec<&str> = path.split('/').collect();
            let is_profile = |length: usize| parts[..length].last() == Some(&"debug");
            assert_eq!(stays(&parts, &fetched, &is_profile), expected, "{path}");
        }
    }
}

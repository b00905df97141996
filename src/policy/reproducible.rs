//! Which ignored files are not worth a question when a worktree is removed: what a tool makes again from tracked files.

/// A folder name that some tool fills, with the files next to it (or, with a slash, inside it) of which one proves
/// that this is that tool's folder.
const MADE: [(&str, &[&str]); 25] = [
    ("node_modules", &["package.json"]),
    ("target", &["Cargo.toml", "pom.xml", "build.sbt"]),
    (".venv", &["/pyvenv.cfg"]),
    ("venv", &["/pyvenv.cfg"]),
    ("env", &["/pyvenv.cfg"]),
    ("__pycache__", &[]),
    (".pytest_cache", &[]),
    (".mypy_cache", &[]),
    (".ruff_cache", &[]),
    (".tox", &["tox.ini", "pyproject.toml", "setup.cfg"]),
    (".nox", &["noxfile.py"]),
    (".next", &["package.json"]),
    (".nuxt", &["package.json"]),
    (".svelte-kit", &["package.json"]),
    (".turbo", &["package.json"]),
    (".parcel-cache", &["package.json"]),
    (".angular", &["angular.json"]),
    (".gradle", &["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"]),
    ("_build", &["mix.exs", "dune-project"]),
    ("deps", &["mix.exs"]),
    ("Pods", &["Podfile"]),
    (".build", &["Package.swift"]),
    ("obj", &["/project.assets.json"]),
    (".dart_tool", &["pubspec.yaml"]),
    (".terraform", &["/providers"]),
];

/// Files that an operating system or a compiler leaves behind.
const DROPPINGS: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
const COMPILED: [&str; 4] = [".pyc", ".pyo", ".class", ".o"];

/// What must be looked at to call an ignored path reproducible.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    /// The name alone says so.
    Name,
    /// One of these files beside it must exist.
    Beside(&'static [&'static str]),
    /// One of these files inside it must exist.
    Inside(Vec<&'static str>),
    /// For a folder: it must hold a `CACHEDIR.TAG`. For a file: the main checkout must have the same bytes there.
    TagOrCopy,
}

/// The proof that the ignored path with the last part `name` needs.
pub fn proof(name: &str, is_folder: bool) -> Proof {
    if !is_folder {
        let made = DROPPINGS.contains(&name) || COMPILED.iter().any(|ending| name.ends_with(ending));
        return if made { Proof::Name } else { Proof::TagOrCopy };
    }
    match MADE.iter().find(|(folder, _)| *folder == name) {
        Some((_, [])) => Proof::Name,
        Some((_, signs)) if signs[0].starts_with('/') => Proof::Inside(signs.iter().map(|sign| &sign[1..]).collect()),
        Some((_, signs)) => Proof::Beside(signs),
        None => Proof::TagOrCopy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs() {
        assert_eq!(proof("node_modules", true), Proof::Beside(&["package.json"]));
        assert_eq!(proof("node_modules", false), Proof::TagOrCopy);
        assert_eq!(proof(".venv", true), Proof::Inside(vec!["pyvenv.cfg"]));
        assert_eq!(proof("__pycache__", true), Proof::Name);
        assert_eq!(proof("x.pyc", false), Proof::Name);
        assert_eq!(proof(".env", false), Proof::TagOrCopy);
        assert_eq!(proof("data", true), Proof::TagOrCopy);
    }
}

//! What a tool's settings in the repository make of its row in the table.

use super::tools::{Take, Tool};

/// Where a tool puts what it installs, and whether that may be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What it fills, beside the lockfile; empty if nothing is kept in the worktree.
    pub installed: Vec<String>,
    /// Settings that belong to it and come along.
    pub with: Vec<&'static str>,
    /// Whether it may be copied to another place.
    pub take: Take,
}

/// The file of bundler's settings, of a checkout and not of the repository as a rule.
pub const BUNDLE_CONFIG: &str = ".bundle/config";

/// What yarn's linker writes if it makes no `node_modules`.
pub const PNP: &str = ".pnp.cjs";

/// The row as it is.
pub fn plain(tool: &Tool) -> Shape {
    let installed = tool.installed.iter().map(|name| (*name).to_owned()).collect();
    Shape { installed, with: Vec::new(), take: tool.take }
}

/// For bundler, by the main checkout's settings: gems are in the folder that they name, else with Ruby for all projects,
/// unless a `vendor/bundle` is there, as somebody's own settings may ask for.
pub fn bundler(tool: &Tool, settings: &str, has_vendor: bool) -> Shape {
    let path = setting(settings, "BUNDLE_PATH");
    let elsewhere =
        Shape { installed: Vec::new(), with: Vec::new(), take: Take::No("its gems are not in the repository") };
    match path.as_deref().map(|path| path.trim_start_matches("./").trim_end_matches('/')) {
        Some(path)
            if path.starts_with(['/', '~', '\\']) || path.contains(':') || path.split('/').any(|part| part == "..") =>
        {
            // The settings would have the worktree's bundler work, and clean up, in a folder that others use.
            elsewhere
        }
        Some(path) if !path.is_empty() => {
            Shape { installed: vec![path.to_owned()], with: vec![BUNDLE_CONFIG], ..plain(tool) }
        }
        _ if has_vendor => Shape { with: vec![BUNDLE_CONFIG], ..plain(tool) },
        _ => Shape { with: if settings.is_empty() { Vec::new() } else { vec![BUNDLE_CONFIG] }, ..elsewhere },
    }
}

/// Whether bundler is told to leave groups of gems out.
pub fn leaves_groups_out(settings: &str) -> bool {
    ["BUNDLE_WITHOUT", "BUNDLE_ONLY"].iter().any(|key| setting(settings, key).is_some())
}

/// For yarn from its second generation on, by `.yarnrc.yml`. `has_modules` says that the main checkout has a
/// `node_modules` of its making, as somebody's own settings may ask for.
pub fn berry(tool: &Tool, settings: &str, has_modules: bool) -> Shape {
    match setting(settings, "nodeLinker").as_deref() {
        Some("node-modules") => plain(tool),
        None if has_modules => plain(tool),
        Some("pnpm") => Shape { take: Take::No("its links lead into a store that yarn makes anew"), ..plain(tool) },
        _ => Shape {
            installed: vec![PNP.to_owned()],
            take: Take::No("it leads to yarn's cache by a path from where it is"),
            with: Vec::new(),
        },
    }
}

/// The value of a key at the outermost level of a YAML file of single lines.
fn setting(text: &str, key: &str) -> Option<String> {
    let value = |line: &str| {
        let rest = line.strip_prefix(key)?.trim_start().strip_prefix(':')?;
        Some(rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned())
    };
    text.lines().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::provision::tools::TOOLS;

    #[test]
    fn where_gems_are() {
        let tool = TOOLS.iter().find(|tool| tool.name == "bundler").unwrap();
        for (settings, has_vendor, installed, with) in [
            ("", false, "", false),
            ("", true, "vendor/bundle", true),
            ("---\nBUNDLE_JOBS: \"4\"\n", false, "", true),
            ("---\nBUNDLE_PATH: \"vendor/bundle\"\n", false, "vendor/bundle", true),
            ("---\nBUNDLE_PATH: \"./gems/\"\n", true, "gems", true),
            ("---\nBUNDLE_PATH: \"/home/me/app/vendor/bundle\"\n", true, "", false),
            ("---\nBUNDLE_PATH: \"../gems\"\n", true, "", false),
            ("---\nBUNDLE_PATH: \"~/gems\"\n", true, "", false),
        ] {
            let shape = bundler(tool, settings, has_vendor);
            assert_eq!((shape.installed.join(" ").as_str(), !shape.with.is_empty()), (installed, with), "{settings:?}");
        }
    }

    #[test]
    fn how_yarn_links() {
        let tool = TOOLS.iter().find(|tool| tool.name == "yarn-berry").unwrap();
        for (settings, has_modules, installed, takes) in [
            ("nodeLinker: node-modules\n", false, "node_modules", true),
            ("nodeLinker: \"node-modules\" # as ever\n", false, "node_modules", true),
            ("nodeLinker: pnpm\n", true, "node_modules", false),
            ("nodeLinker: pnp\n", true, ".pnp.cjs", false),
            ("enableTelemetry: false\n", false, ".pnp.cjs", false),
            ("", true, "node_modules", true),
        ] {
            let shape = berry(tool, settings, has_modules);
            assert_eq!(
                (shape.installed.join(" ").as_str(), shape.take == Take::Yes),
                (installed, takes),
                "{settings:?}"
            );
        }
    }
}

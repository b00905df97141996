//! Does an installed folder hold what a lockfile asks for? Most tools leave word there of what they have installed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// How what is installed relates to a lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is what the lockfile asks for.
    Yes,
    /// It is not.
    No,
    /// The tool leaves nothing to tell it by.
    Unknown,
}

impl From<bool> for Fit {
    fn from(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

/// Whether npm's own list of what it has installed (`node_modules/.package-lock.json`) fits the lockfile: no package is
/// missing but optional ones, and none is there in another version.
pub fn npm_has(wanted: &Value, has: &Value) -> bool {
    let (Some(wanted), Some(has)) = (wanted["packages"].as_object(), has["packages"].as_object()) else { return false };
    let fits = |(path, package): (&String, &Value)| match has.get(path) {
        Some(installed) => installed["version"] == package["version"] && installed["resolved"] == package["resolved"],
        // The root itself, and the packages of a workspace, are listed in the lockfile only.
        None => !path.contains("node_modules/") || package["optional"] == true || package["devOptional"] == true,
    };
    wanted.iter().all(fits) && has.keys().all(|path| wanted.contains_key(path))
}

/// Whether `node_modules/.yarn-integrity` of the first yarn names the same packages as its lockfile.
pub fn yarn_has(lock: &str, integrity: &Value) -> bool {
    let Some(has) = integrity["lockfileEntries"].as_object() else { return false };
    let bare = |resolved: &str| resolved.split('#').next().unwrap_or_default().to_owned();
    let has: BTreeMap<&str, String> =
        has.iter().map(|(pattern, resolved)| (pattern.as_str(), bare(resolved.as_str().unwrap_or_default()))).collect();
    let mut wanted: BTreeMap<&str, String> = BTreeMap::new();
    let mut patterns: Vec<&str> = Vec::new();
    for line in lock.lines() {
        if let Some(resolved) = line.strip_prefix("  resolved ") {
            let resolved = bare(resolved.trim().trim_matches('"'));
            wanted.extend(patterns.iter().map(|pattern| (*pattern, resolved.clone())));
        } else if !line.starts_with([' ', '#']) && line.ends_with(':') {
            patterns = line.trim_end_matches(':').split(", ").map(|pattern| pattern.trim_matches('"')).collect();
            wanted.extend(patterns.iter().map(|pattern| (*pattern, String::new())));
        }
    }
    wanted == has
}

/// Whether `node_modules/.yarn-state.yml` of a later yarn names the packages of its lockfile.
pub fn berry_has(lock: &str, state: &str) -> bool {
    let keys = |line: &str| {
        let key = line.strip_suffix(':').filter(|_| !line.starts_with([' ', '#']))?.trim_matches('"').to_owned();
        (key != "__metadata").then(|| concrete(&key))
    };
    let has: BTreeSet<String> = state.lines().filter_map(keys).collect();
    let value = |block: &str, key: &str| {
        let found = block.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(": "));
        found.map(|value| value.trim_matches('"').to_owned())
    };
    let mut wanted = BTreeSet::new();
    let (mut required, mut patched) = (Vec::new(), BTreeSet::new());
    for block in lock.split("\n\n") {
        let Some(locator) = value(block, "resolution") else { continue };
        if let Some((name, _)) = locator.split_once("@patch:") {
            patched.insert(name.to_owned());
        }
        // One of other systems only stays away, and a workspace's own package is where it is.
        if value(block, "languageName").as_deref() == Some("node") && value(block, "conditions").is_none() {
            required.push(locator.clone());
        }
        wanted.insert(locator);
    }
    // What a patch was made of is fetched and not installed.
    let is_patched = |locator: &str| patched.iter().any(|name| locator.starts_with(&format!("{name}@")));
    required.iter().all(|locator| has.contains(locator) || is_patched(locator))
        && has.iter().all(|locator| wanted.contains(locator))
}

/// `a@virtual:0123#npm:1.0.0` stands for `a@npm:1.0.0`, with packages of its own beside it.
fn concrete(locator: &str) -> String {
    match locator.split_once("@virtual:").and_then(|(name, rest)| Some((name, rest.split_once('#')?.1))) {
        Some((name, reference)) => format!("{name}@{reference}"),
        None => locator.to_owned(),
    }
}

/// The packages at the top of bun's `node_modules` by `bun.lock` (parsed), with the versions that they must have.
pub fn bun_wants(lock: &Value) -> Vec<(String, String)> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    let at_top = packages.filter(|(key, _)| key.matches('/').count() == usize::from(key.starts_with('@')));
    let everywhere = at_top.filter(|(_, package)| {
        let about = package.as_array().into_iter().flatten().find(|part| part.is_object());
        !about
            .is_some_and(|about| about.get("os").is_some() || about.get("cpu").is_some() || about.get("libc").is_some())
    });
    let versioned = everywhere.filter_map(|(key, package)| {
        let (name, version) = package[0].as_str()?.rsplit_once('@')?;
        // What is no version names a folder, an archive or a repository. Another name is an alias.
        (name == key && version.starts_with(|first: char| first.is_ascii_digit()))
            .then(|| (key.clone(), version.to_owned()))
    });
    versioned.collect()
}

/// Whether `vendor/composer/installed.json` lists what the lockfile does.
pub fn composer_has(lock: &Value, installed: &Value) -> bool {
    let list = |value: &Value| -> BTreeMap<String, (Value, Value)> {
        let packages = value.as_array().into_iter().flatten();
        let named = packages.filter_map(|one| {
            let reference = [&one["source"]["reference"], &one["dist"]["reference"]];
            let reference = reference.into_iter().find(|reference| reference.is_string()).cloned();
            Some((one["name"].as_str()?.to_owned(), (one["version"].clone(), reference.unwrap_or_default())))
        });
        named.collect()
    };
    let has = list(&installed["packages"]);
    let mut wanted = list(&lock["packages"]);
    if installed["dev"] == true {
        wanted.extend(list(&lock["packages-dev"]));
    }
    installed["packages"].is_array() && wanted == has
}

/// Gems that come with Ruby: they may be locked and need not be installed.
const WITH_RUBY: [&str; 68] = [
    "abbrev",
    "base64",
    "benchmark",
    "bigdecimal",
    "bundler",
    "cgi",
    "csv",
    "date",
    "delegate",
    "did_you_mean",
    "digest",
    "drb",
    "english",
    "erb",
    "error_highlight",
    "etc",
    "fcntl",
    "fiddle",
    "fileutils",
    "find",
    "forwardable",
    "getoptlong",
    "io-console",
    "io-nonblock",
    "io-wait",
    "ipaddr",
    "irb",
    "json",
    "logger",
    "matrix",
    "minitest",
    "mutex_m",
    "net-http",
    "net-protocol",
    "nkf",
    "observer",
    "open-uri",
    "open3",
    "openssl",
    "optparse",
    "ostruct",
    "pathname",
    "power_assert",
    "pp",
    "prettyprint",
    "prime",
    "psych",
    "racc",
    "rake",
    "rbs",
    "rdoc",
    "readline",
    "reline",
    "resolv",
    "rexml",
    "rinda",
    "rss",
    "securerandom",
    "set",
    "shellwords",
    "stringio",
    "strscan",
    "syslog",
    "tempfile",
    "test-unit",
    "time",
    "timeout",
    "uri",
];

/// Whether the gems of `Gemfile.lock` are among those that have been installed: `specifications` are the names of files such
/// as `rack-3.0.0.gemspec`. With `some` groups left out, gems may be missing, but not be there in another version only.
pub fn bundler_has(lock: &str, specifications: &[String], some: bool) -> bool {
    let has: BTreeSet<&str> = specifications.iter().filter_map(|name| name.strip_suffix(".gemspec")).collect();
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let gems = lock.lines().skip_while(|line| *line != "GEM").take_while(|line| !line.is_empty());
    for line in gems.filter(|line| line.starts_with("    ") && !line.starts_with("     ")) {
        let Some((name, version)) = line.trim().split_once(" (") else { continue };
        wanted.entry(name).or_default().push(format!("{name}-{}", version.trim_end_matches(')')));
    }
    let is_there = |(name, versions): (&&str, &Vec<String>)| {
        let is_other = |found: &&str| {
            let version = found.strip_prefix(*name).and_then(|rest| rest.strip_prefix('-'));
            version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        };
        let may_be_missing = some || WITH_RUBY.contains(name);
        // Of several platforms one is installed.
        versions.iter().any(|version| has.contains(version.as_str())) || may_be_missing && !has.iter().any(is_other)
    };
    wanted.iter().all(is_there)
}

/// The packages of `mix.lock`, with the versions of those from Hex.
pub fn mix_wants(lock: &str) -> Vec<(String, Option<String>)> {
    let entry = |line: &str| {
        let (name, rest) = line.trim().strip_prefix('"')?.split_once("\": {")?;
        let version = rest.strip_prefix(":hex, ").and_then(|rest| rest.split('"').nth(1));
        Some((name.to_owned(), version.map(str::to_owned)))
    };
    lock.lines().filter_map(entry).collect()
}

/// Whether a package's `hex_metadata.config` is that of a version.
pub fn hex_is(metadata: &str, version: &str) -> bool {
    metadata.contains(&format!("{{<<\"version\">>,<<\"{version}\">>}}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn npm_lists() {
        let package = |version: &str| json!({ "version": version, "resolved": "r" });
        let wanted = json!({ "packages": {
            "": { "name": "x" },
            "packages/own": { "version": "1.0.0" },
            "node_modules/a": package("1.0.0"),
            "node_modules/a/node_modules/b": package("2.0.0"),
            "node_modules/only-mac": { "version": "1.0.0", "resolved": "r", "optional": true },
        } });
        let both = json!({ "node_modules/a": package("1.0.0"), "node_modules/a/node_modules/b": package("2.0.0") });
        for (has, expected) in [
            (both.clone(), true),
            (json!({ "node_modules/a": package("1.0.0") }), false),
            (json!({ "node_modules/a": package("1.0.1"), "node_modules/a/node_modules/b": package("2.0.0") }), false),
        ] {
            assert_eq!(npm_has(&wanted, &json!({ "packages": has })), expected, "{has}");
        }
        let mut extra = both;
        extra["node_modules/gone"] = package("1.0.0");
        assert!(!npm_has(&wanted, &json!({ "packages": extra })));
        assert!(!npm_has(&json!({}), &json!({})));
    }

    #[test]
    fn yarn_lists() {
        let lock = "# yarn lockfile v1\n\n\"@a/b@^1.0.0\", \"@a/b@^1.1.0\":\n  version \"1.1.0\"\n  resolved \"https://r/b.tgz#abc\"\n  dependencies:\n    c \"2\"\n\nc@2:\n  version \"2.0.0\"\n  resolved \"https://r/c.tgz#def\"\n\nd@file:./d:\n  version \"1.0.0\"\n";
        let has = json!({ "lockfileEntries": {
            "@a/b@^1.0.0": "https://r/b.tgz#abc", "@a/b@^1.1.0": "https://r/b.tgz#abc", "c@2": "https://r/c.tgz#def", "d@file:./d": "",
        } });
        assert!(yarn_has(lock, &has));
        for (key, value) in [("c@2", "https://r/c-2.1.tgz#x"), ("e@1", "https://r/e.tgz")] {
            let mut other = has.clone();
            other["lockfileEntries"][key] = value.into();
            assert!(!yarn_has(lock, &other), "{key}");
        }
        assert!(!yarn_has(lock, &json!({})));
    }

    #[test]
    fn berry_lists() {
        let entry = |locator: &str, more: &str| {
            format!(
                "\n\"x@y\":\n  version: 1\n  resolution: \"{locator}\"\n{more}  languageName: node\n  linkType: hard\n"
            )
        };
        let lock = [
            "__metadata:\n  version: 8\n".to_owned(),
            "\n\"app@workspace:.\":\n  resolution: \"app@workspace:.\"\n  languageName: unknown\n".to_owned(),
            entry("a@npm:1.0.0", ""),
            entry("peer@npm:2.0.0", ""),
            entry("mac@npm:1.0.0", "  conditions: os=darwin\n"),
            entry("t@npm:5.0.0", ""),
            entry("t@patch:t@npm%3A5.0.0#x", ""),
        ]
        .concat();
        let state = "# w\n\n__metadata:\n  version: 1\n\n\"app@workspace:.\":\n  locations:\n    - \"\"\n\n\"a@npm:1.0.0\":\n  locations:\n    - \"node_modules/a\"\n\n\"peer@virtual:ab12#npm:2.0.0\":\n  locations:\n    - \"x\"\n\n\"t@patch:t@npm%3A5.0.0#x\":\n  locations:\n    - \"t\"\n";
        assert!(berry_has(&lock, state));
        assert!(!berry_has(&lock, &state.replace("a@npm:1.0.0", "a@npm:0.9.0")));
        assert!(!berry_has(&lock, &format!("{state}\n\"gone@npm:1.0.0\":\n")));
        assert!(!berry_has(&lock, ""));
    }

    #[test]
    fn bun_and_composer_and_mix_lists() {
        let lock = json!({ "packages": {
            "a": ["a@1.0.0", "", {}, "sha"], "@s/b": ["@s/b@2.0.0", "", {}, "sha"], "c/a": ["a@0.9.0", "", {}, "sha"],
            "mac": ["mac@1.0.0", "", { "os": "darwin" }, "sha"], "d": ["d@file:d", {}], "w": ["w@workspace:w"],
        } });
        let wants: Vec<String> = bun_wants(&lock).iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(wants, ["a 1.0.0", "@s/b 2.0.0"]);

        let package = |version: &str| json!({ "name": "v/a", "version": version, "dist": { "reference": version } });
        let dev = json!({ "name": "v/d", "version": "1", "source": { "reference": "r" } });
        let lock = json!({ "packages": [package("1.0")], "packages-dev": [dev] });
        for (has, is_dev, expected) in [
            (vec![package("1.0"), dev.clone()], true, true),
            (vec![package("1.0")], false, true),
            (vec![package("1.0")], true, false),
            (vec![package("0.9"), dev], true, false),
        ] {
            let installed = json!({ "packages": has, "dev": is_dev });
            assert_eq!(composer_has(&lock, &installed), expected, "{installed}");
        }
        assert!(!composer_has(&lock, &Value::Null));

        let lock = "%{\n  \"jason\": {:hex, :jason, \"1.4.1\", \"af1504\", [:mix], [], \"hexpm\", \"fb\"},\n  \"own\": {:git, \"https://x\", \"abc\", []},\n}\n";
        assert_eq!(mix_wants(lock), [("jason".into(), Some("1.4.1".into())), ("own".into(), None)]);
        assert!(hex_is("{<<\"name\">>,<<\"jason\">>}.\n{<<\"version\">>,<<\"1.4.1\">>}.\n", "1.4.1"));
    }

    #[test]
    fn bundler_lists() {
        let lock = "GEM\n  remote: https://rubygems.org/\n  specs:\n    nokogiri (1.15.0-arm64-darwin)\n    nokogiri (1.15.0-x86_64-linux)\n      racc (~> 1.4)\n    json (2.6.1)\n    rack (3.0.0)\n\nPLATFORMS\n  ruby\n";
        for (gems, some, expected) in [
            (&["rack-3.0.0", "nokogiri-1.15.0-x86_64-linux"][..], false, true),
            (&["rack-2.0.0", "nokogiri-1.15.0-x86_64-linux"], false, false),
            (&["rack-2.0.0", "nokogiri-1.15.0-x86_64-linux"], true, false),
            (&["nokogiri-1.15.0-x86_64-linux"], false, false),
            (&["nokogiri-1.15.0-x86_64-linux", "rack-test-2.0.0"], true, true),
            (&["rack-3.0.0", "nokogiri-1.15.0-x86_64-linux", "json-2.5.0"], false, false),
            (&[], false, false),
        ] {
            let files: Vec<String> = gems.iter().map(|gem| format!("{gem}.gemspec")).collect();
            assert_eq!(bundler_has(lock, &files, some), expected, "{gems:?} {some}");
        }
    }
}

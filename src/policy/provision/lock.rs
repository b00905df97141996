//! Does an installed folder hold what a lockfile asks for?

use serde_json::Value;

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
}

//! Does an installed folder hold what the lockfile asks for, as far as its tool has left word of it there?

use std::path::Path;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::CstRootNode;
use serde_json::Value;

use crate::policy::provision::lock::{self, Fit};
use crate::policy::provision::shape;
use crate::provision::deps::look::Lock;
use crate::store;

/// More than any of these lists has.
const MOST: u64 = 1 << 28;

/// Compares what is installed in the checkout at `top` with the content `bytes` of a lockfile.
pub fn fit(top: &Path, lock: &Lock<'_>, bytes: &[u8]) -> Fit {
    let folder = top.join(lock.folder);
    let read = |name: &str| store::read_limited(&folder.join(name), MOST).ok().flatten();
    let text = |name: &str| read(name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let json = |name: &str| read(name).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
    let wanted = String::from_utf8_lossy(bytes);
    let first = lock.shape.installed.first().map(String::as_str);
    match lock.tool.name {
        "npm" => {
            let both = serde_json::from_slice::<Value>(bytes).ok().zip(json("node_modules/.package-lock.json"));
            let fits = |(wanted, has): (Value, Value)| {
                let mut paths = has["packages"].as_object().into_iter().flat_map(|packages| packages.keys());
                lock::npm_has(&wanted, &has) && paths.all(|path| is_there(path))
            };
            both.is_some_and(fits).into()
        }
        "pnpm" => read("node_modules/.pnpm/lock.yaml").is_some_and(|installed| installed == bytes).into(),
        "yarn" => json("node_modules/.yarn-integrity").is_some_and(|has| lock::yarn_has(&wanted, &has)).into(),
        "yarn-berry" if first == Some(shape::PNP) => Fit::Unknown,
        "yarn-berry" if !is_there("node_modules/.yarn-state.yml") && is_there("node_modules/.store") => Fit::Unknown,
        "yarn-berry" => text("node_modules/.yarn-state.yml").is_some_and(|has| lock::berry_has(&wanted, &has)).into(),
        "bun" => bun(&wanted, &folder, &json),
        "composer" => {
            let both = serde_json::from_slice::<Value>(bytes).ok().zip(json("vendor/composer/installed.json"));
            both.is_some_and(|(wanted, has)| lock::composer_has(&wanted, &has)).into()
        }
        "bundler" => {
            let Some(path) = first else { return Fit::Unknown };
            let of_ruby = store::names(&folder.join(path).join("ruby")).unwrap_or_default();
            let specifications = of_ruby.iter().flat_map(|version| {
                store::names(&folder.join(path).join("ruby").join(version).join("specifications")).unwrap_or_default()
            });
            let names: Vec<String> = specifications.map(|name| name.to_string_lossy().into_owned()).collect();
            let some = text(shape::BUNDLE_CONFIG).is_some_and(|settings| shape::leaves_groups_out(&settings));
            lock::bundler_has(&wanted, &names, some).into()
        }
        "mix" => {
            let is_installed = |(name, version): (String, Option<String>)| match version {
                Some(version) => text(&format!("deps/{name}/hex_metadata.config"))
                    .is_some_and(|metadata| lock::hex_is(&metadata, &version)),
                None => is_there(&format!("deps/{name}")),
            };
            lock::mix_wants(&wanted).into_iter().all(is_installed).into()
        }
        _ => Fit::Unknown,
    }
}

/// bun leaves no list: the packages themselves say what they are. Its older lockfile is not text.
fn bun(wanted: &str, folder: &Path, json: &dyn Fn(&str) -> Option<Value>) -> Fit {
    let parsed = CstRootNode::parse(wanted, &ParseOptions::default());
    let Some(lock) = parsed.ok().and_then(|root| root.to_serde_value()) else { return Fit::Unknown };
    let isolated = store::names(&folder.join("node_modules/.bun")).unwrap_or_default();
    let isolated: Vec<String> = isolated.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let is_installed = |(name, version): &(String, String)| {
        if isolated.is_empty() {
            return json(&format!("node_modules/{name}/package.json"))
                .is_some_and(|package| package["version"] == version.as_str());
        }
        let own = format!("{}@{version}", name.replace('/', "+"));
        isolated
            .iter()
            .any(|found| found.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('+')))
    };
    lock::bun_wants(&lock).iter().all(is_installed).into()
}

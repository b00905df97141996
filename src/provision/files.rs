//! The files step: ignored files of the main checkout that `.worktreeinclude` and `agent.copy` name.

use std::path::Path;

use gix::bstr::{BString, ByteSlice};
use serde_json::json;

use crate::config::Config;
use crate::error::Result;
use crate::git::ignored::{self, Ignored};
use crate::git::repo::Repo;
use crate::git::tracked::Tracked;
use crate::policy::provision::patterns::{Match, Patterns};
use crate::provision::copy::Counter;
use crate::provision::db;
use crate::provision::deps::cargo::Target;
use crate::provision::scene::{Done, Said, Scene};
use crate::provision::stage::{self, Brought, Courier};
use crate::store;

/// The file in the main checkout, in the syntax of `.gitignore`, that several tools read.
pub const INCLUDE: &str = ".worktreeinclude";

/// Environment files that people forget, and endings of those that are examples.
const USUAL: &str = ".env";
const EXAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "defaults"];

/// What names files to be copied: the file's patterns and the setting's, which do not overrule each other.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn patterns(repo: &Repo, config: &Config) -> Result<Vec<Patterns>> {
    let Some(main) = repo.main() else { return Ok(Vec::new()) };
    let text = store::read_limited(&main.join(INCLUDE), 1 << 24)?.unwrap_or_default();
    let setting = config.copy().join("\n");
    let all = [Patterns::parse(&text), Patterns::parse(setting.as_bytes())];
    Ok(all.into_iter().filter(|patterns| !patterns.is_empty()).collect())
}

/// Environment files at the top of the main checkout that the worktree lacks although nothing says that they should stay.
pub fn forgotten(repo: &Repo, tree: &Path) -> Vec<String> {
    let Some(main) = repo.main() else { return Vec::new() };
    let names = store::names(main).unwrap_or_default();
    let names = names.iter().filter_map(|name| name.to_str()).filter(|name| {
        let rest = name.strip_prefix(USUAL);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            && !EXAMPLES.iter().any(|ending| name.ends_with(ending))
    });
    let missing = names.filter(|name| main.join(name).is_file() && tree.join(name).symlink_metadata().is_err());
    missing.map(str::to_owned).collect()
}

/// Brings the files.
///
/// # Errors
/// When one cannot be copied.
pub fn bring(scene: &Scene<'_>, step: &str) -> Result<Done> {
    let main = scene.main()?;
    let config = scene.config()?;
    let patterns = patterns(scene.repo, &config)?;
    let databases = db::files(scene.repo, &config)?;
    let (mut wanted, mut warnings) = (Vec::new(), Vec::new());
    let wish = Wish { main, tree: scene.tree(), patterns: &patterns, databases: &databases };
    for one in &*scene.ignored()? {
        wish.select(one, &mut wanted, &mut warnings);
    }
    wanted.retain(|one| {
        let relative = gix::path::from_bstr(one.path.as_bstr()).unwrap_or_default();
        let to = scene.tree().join(relative);
        let obstacle = stage::stands_in_the_way(scene.tree(), &to).or_else(|| {
            // Git refuses to say anything about a folder that is a symlink here.
            let is_other = one.is_folder && to.symlink_metadata().is_ok_and(|found| !found.is_dir());
            is_other.then(|| format!("{} is no folder here", to.display()))
        });
        warnings.extend(obstacle.iter().map(|why| format!("'{}' is not copied: {why}", one.path)));
        obstacle.is_none()
    });
    // A file that this branch does not ignore would be one commit away from being published.
    let named = |one: &Ignored| -> BString {
        if one.is_folder { [one.path.as_bytes(), b"/"].concat().into() } else { one.path.clone() }
    };
    let visible = ignored::not_ignored(scene.tree(), &wanted.iter().map(named).collect::<Vec<_>>())?;
    let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
    let counter = Counter::default();
    for one in &wanted {
        let target =
            gix::path::from_bstr(one.path.as_bstr()).ok().and_then(|path| Target::around(main, &main.join(path)));
        let without = |path: &Path| target.as_ref().is_some_and(|target| target.leaves(path));
        let (tree, staging) = (scene.tree(), &scene.staging);
        let courier = Courier { main, tree, tracked: &tracked, staging, counter: &counter, without: &without };
        let visible = visible.contains(&named(one)) && !tracked.holds(&one.path);
        if visible {
            warnings.push(format!("'{}' is not copied: this branch does not ignore it", one.path));
            continue;
        }
        let brought = courier.bring(&one.path)?;
        if let Brought::Left(why) = brought {
            warnings.push(format!("'{}' is not copied: {why}", one.path));
        }
        (scene.say)(Said::Copied(step, &counter));
    }
    warnings.extend(counter.left().into_iter().map(|left| format!("not copied: {left}")));
    let summary = if counter.files() == 0 { String::new() } else { described(&counter) };
    let details = json!({ "files": counter.files(), "bytes": counter.bytes(), "shared": counter.is_shared() });
    Ok(Done { summary, warnings, details, ..Done::default() })
}

/// What is wanted of the main checkout.
struct Wish<'a> {
    main: &'a Path,
    tree: &'a Path,
    patterns: &'a [Patterns],
    /// Left to their own step: a copy of a file that is written to is none.
    databases: &'a [String],
}

impl Wish<'_> {
    /// Adds what the patterns want of an ignored path: all of it, or parts of a folder.
    fn select(&self, one: &Ignored, wanted: &mut Vec<Ignored>, warnings: &mut Vec<String>) {
        if self.databases.iter().any(|file| one.path == file.as_bytes()) {
            return;
        }
        let inside =
            |file: &str| file.as_bytes().strip_prefix(one.path.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
        let holds_database = one.is_folder && self.databases.iter().any(|file| inside(file));
        let Ok(relative) = gix::path::from_bstr(one.path.as_bstr()) else { return };
        let path = self.main.join(relative);
        // No worktree, wherever it lies: its `.git` is a file.
        if path.join(".git").is_file() {
            return;
        }
        let verdicts: Vec<Match> =
            self.patterns.iter().map(|patterns| patterns.judge(&one.path, one.is_folder)).collect();
        // The folder in which the worktrees are must not be copied into one of them.
        let holds_us = self.tree.starts_with(&path) || holds_database;
        if verdicts.contains(&Match::Whole) && !holds_us {
            wanted.push(one.clone());
        } else if verdicts.contains(&Match::Inside) || (verdicts.contains(&Match::Whole) && holds_us) {
            let names = match store::names(&path) {
                Ok(names) => names,
                Err(error) => return warnings.push(format!("'{}' is not copied: {error}", one.path)),
            };
            // What a repository in there keeps of itself is no file of ours.
            for name in names.iter().filter(|name| *name != ".git") {
                let Ok(name_bytes) = gix::path::os_str_into_bstr(name) else { continue };
                let below: BString = [one.path.as_bytes(), b"/", name_bytes].concat().into();
                let is_folder = path.join(name).symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
                self.select(&Ignored { path: below, is_folder }, wanted, warnings);
            }
        }
    }
}

/// `12 files, 3.4 MB`, and whether their blocks are shared.
pub fn described(counter: &Counter) -> String {
    let files = counter.files();
    let many = if files == 1 { "" } else { "s" };
    let shared = if counter.is_shared() { " (blocks shared)" } else { "" };
    format!("{files} file{many}, {}{shared}", size(counter.bytes()))
}

/// A size as people read it.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = "bytes";
    for next in units {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        for (bytes, expected) in
            [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (5_000_000_000, "5.0 GB")]
        {
            assert_eq!(size(bytes), expected);
        }
    }
}

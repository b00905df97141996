//! Settings as git finds them, each with where it is written.

use std::path::Path;

use crate::error::Result;
use crate::git::program::Git;
use crate::policy::doctor::Setting;

/// The settings whose key matches `pattern`, as a git in `folder` has them, in git's order.
///
/// # Errors
/// When git cannot be started.
pub(super) fn matching(folder: &Path, pattern: &str) -> Result<Vec<Setting>> {
    let output = Git::at(folder)
        .args(["config", "--null", "--show-scope", "--show-origin", "--get-regexp", pattern])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let setting = |fields: &[&str]| {
        // A key without a value is true.
        let (key, value) = fields[2].split_once('\n').unwrap_or((fields[2], "true"));
        Setting {
            scope: fields[0].to_owned(),
            origin: fields[1].to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        }
    };
    Ok(fields.chunks_exact(3).map(setting).collect())
}

/// The one in force of the settings with this key.
pub(super) fn last(all: &[Setting], key: &str) -> Option<Setting> {
    all.iter().rfind(|setting| setting.key.eq_ignore_ascii_case(key)).cloned()
}

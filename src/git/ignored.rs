//! What git ignores in a worktree.

use std::path::Path;

use gix::bstr::{BString, ByteSlice};

use crate::error::{Context, Result};
use crate::git::program::Git;

/// A path that git ignores by itself: a file, or a folder that a rule names, of which the contents are not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// From the top, with slashes between the parts and none around it.
    pub path: BString,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Everything that is ignored in the worktree at `top`.
///
/// # Errors
/// When git fails.
pub fn list(top: &Path) -> Result<Vec<Ignored>> {
    // Unlike `git status`, this looks at no tracked file.
    let git = Git::at(top).args(["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]);
    let output = git.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned())
            .context(|| format!("'git ls-files' failed in {}", top.display()));
    }
    Ok(parse(&output.stdout))
}

/// A folder in which everything is ignored by rules for what is in it is listed as well, right before its contents: it is
/// not ignored by itself.
fn parse(text: &[u8]) -> Vec<Ignored> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == 0).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    let is_listed_below = |at: usize| {
        let next: Option<&&[u8]> = lines.get(at + 1);
        lines[at].ends_with(b"/") && next.is_some_and(|next| next.starts_with(lines[at]))
    };
    let own = (0..lines.len()).filter(|&at| !is_listed_below(at)).map(|at| lines[at]);
    own.map(|line| Ignored { path: line.trim_end_with(|c| c == '/').into(), is_folder: line.ends_with(b"/") }).collect()
}

/// Those of the paths that git would *not* ignore in the worktree at `top`. They need not exist; a folder ends with a slash.
///
/// # Errors
/// When git fails.
pub fn not_ignored(top: &Path, paths: &[BString]) -> Result<Vec<BString>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let input: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    let output = Git::at(top).args(["check-ignore", "-z", "--no-index", "--stdin"]).output_for(&input)?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned())
            .context(|| format!("'git check-ignore' failed in {}", top.display()));
    }
    let ignored: std::collections::HashSet<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
    Ok(paths.iter().filter(|path| !ignored.contains(path.as_bytes())).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_listed_once() {
        let listed = parse(b".env\0build/\0config/\0config/.env\0node_modules/\0all/\0all/x/\0all/x/.env\0");
        let listed: Vec<_> = listed.iter().map(|one| (one.path.to_str().unwrap(), one.is_folder)).collect();
        let expected =
            [(".env", false), ("all/x/.env", false), ("build", true), ("config/.env", false), ("node_modules", true)];
        assert_eq!(listed, expected);
    }
}

//! Where an agent's worktree goes.

use std::path::{Component, Path, PathBuf};

/// The default folder, below the main checkout: where Claude Code looks for worktrees and asks no questions.
pub const DEFAULT: &str = ".claude/worktrees";

/// The path for agent `name`, from the template of `agent.worktreeDir`: `{name}` becomes the folder name and `{repo}`
/// the repository's; without `{name}` the folder goes below the path. Relative paths count from `root`, the main
/// checkout or the bare repository.
pub fn worktree_path(template: &str, root: &Path, repository: &str, folder: &str) -> PathBuf {
    let filled = template.replace("{repo}", repository);
    let filled =
        if filled.contains("{name}") { filled.replace("{name}", folder) } else { format!("{filled}/{folder}") };
    // `project/.bare` has no name of its own: `../{repo}-{name}` must not become `../-x`.
    let filled = if repository.is_empty() { filled.replace("/-", "/") } else { filled };
    normal(&root.join(filled))
}

/// The template where nothing is configured: a bare repository has no main checkout to nest in.
pub fn default_template(bare: bool) -> &'static str {
    if bare { "../{repo}-{name}" } else { DEFAULT }
}

/// Whether a template from a committed file stays near the repository: at most one step above it, never absolute,
/// never into somebody's home.
pub fn is_modest(template: &str) -> bool {
    let path = Path::new(template);
    let ups = path.components().filter(|part| matches!(part, Component::ParentDir)).count();
    let inside_git = path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"));
    path.is_relative()
        && !template.starts_with('~')
        && !inside_git
        && (ups == 0 || (ups == 1 && template.starts_with("..")))
}

fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        for (template, repository, expected) in [
            (DEFAULT, "r", "/p/r/.claude/worktrees/x+y"),
            ("../{repo}-{name}", "r", "/p/r-x+y"),
            ("../{repo}-{name}", "", "/p/x+y"),
            ("../trees", "r", "/p/trees/x+y"),
            ("/abs/{repo}", "r", "/abs/r/x+y"),
            ("./w", "r", "/p/r/w/x+y"),
        ] {
            assert_eq!(
                worktree_path(template, Path::new("/p/r"), repository, "x+y"),
                Path::new(expected),
                "{template}"
            );
        }
    }

    #[test]
    fn modest_templates() {
        for (template, expected) in [
            ("../{repo}-{name}", true),
            ("trees", true),
            ("../../x", false),
            ("a/../../x", false),
            ("/etc", false),
            ("~/x", false),
            (".git/hooks", false),
        ] {
            assert_eq!(is_modest(template), expected, "{template}");
        }
    }
}

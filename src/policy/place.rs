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

/// Whether a template from a committed file stays with the repository: inside the main checkout, or in one folder beside
/// it that bears the repository's name. Anything else may be a place that other programs read (`../.config`).
pub fn is_modest(template: &str) -> bool {
    let path = Path::new(template);
    let inside = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    let mut parts = path.components();
    match parts.next() {
        Some(Component::ParentDir) => {
            let beside = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned());
            parts.next().is_none() && beside.is_some_and(|name| name.contains("{repo}") && !name.starts_with('.'))
        }
        Some(first) => !template.starts_with('~') && inside(first) && parts.all(inside),
        None => false,
    }
}

/// A path without `.` and `..`, by its text alone.
pub fn normal(path: &Path) -> PathBuf {
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
            ("../{repo}.worktrees", true),
            ("../.{repo}", false),
            ("../.config", false),
            ("../.vim/{repo}", false),
            ("..", false),
            ("trees", true),
            (".claude/trees", true),
            ("", false),
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

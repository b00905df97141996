//! The stanza in `.git/config` that reaches every linked worktree and not the main checkout, and the file it names.
//!
//! `[includeIf "gitdir:./worktrees/"]` is relative to the file it stands in (git-config(1), Conditional includes), so
//! it matches the git directory of each linked worktree, also of those that others make. git reads the file where the
//! stanza stands, so what stands behind it wins: it must come after every `[push]` section and every core.hooksPath.

/// The section as it is written.
const WRITTEN: &str = "[includeIf \"gitdir:./worktrees/\"]\n\tpath = agent/worktree.gitconfig\n";
/// Its value, relative to `.git`.
pub const PATH: &str = "agent/worktree.gitconfig";

/// What must be done to `.git/config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stanza {
    /// It stands where it should.
    Fine,
    /// It is not there.
    Missing,
    /// Something behind it could override it: it must be moved to the end.
    Overridden,
}

/// Looks for the stanza in the text of `.git/config`.
pub fn stanza(config: &str) -> Stanza {
    let mut found = false;
    let mut overridden = false;
    let mut in_ours = false;
    let mut in_core = false;
    for line in config.lines().map(str::trim_start) {
        if let Some(header) = line.strip_prefix('[') {
            let lower = header.to_lowercase();
            in_ours = lower.starts_with("includeif \"gitdir:./worktrees/\"");
            let overriding = ["push]", "push ", "include]", "includeif "].iter().any(|name| lower.starts_with(name));
            overridden |= found && overriding && !in_ours;
            in_core = lower.starts_with("core]");
            // A setting may stand on the line of its section.
            let first = lower.split_once(']').map_or("", |(_, rest)| rest.trim_start());
            overridden |= found && in_core && first.starts_with("hookspath");
        } else if in_core && line.to_lowercase().starts_with("hookspath") {
            overridden |= found;
        } else if in_ours && names_our_file(line.trim_end()) {
            found = true;
            overridden = false;
        }
    }
    match (found, overridden) {
        (false, _) => Stanza::Missing,
        (true, true) => Stanza::Overridden,
        (true, false) => Stanza::Fine,
    }
}

/// `.git/config` with the stanza as its last section; all else stays as it is, byte for byte.
pub fn with_stanza(config: &[u8]) -> Vec<u8> {
    let mut text = without_stanza(config);
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(WRITTEN.as_bytes());
    text
}

/// `.git/config` without the stanza. What else somebody has put into the section stays, in it.
pub fn without_stanza(config: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = config.split_inclusive(|&byte| byte == b'\n').collect();
    let shown = |at: usize| String::from_utf8_lossy(lines[at]).trim().to_owned();
    let is_header = |at: usize| shown(at).starts_with('[');
    let mut out = Vec::with_capacity(config.len());
    let mut at = 0;
    while at < lines.len() {
        if shown(at).to_lowercase() != "[includeif \"gitdir:./worktrees/\"]" {
            out.extend_from_slice(lines[at]);
            at += 1;
            continue;
        }
        let end = (at + 1..lines.len()).find(|&next| is_header(next)).unwrap_or(lines.len());
        let rest: Vec<usize> = (at + 1..end).filter(|&line| !names_our_file(&shown(line))).collect();
        if rest.len() == end - at - 1 || rest.iter().any(|&line| !shown(line).is_empty()) {
            out.extend_from_slice(lines[at]);
        }
        rest.iter().for_each(|&line| out.extend_from_slice(lines[line]));
        at = end;
    }
    out
}

/// As [`without_stanza`], where the line before the stanza had to be ended for it: that is undone too, while the stanza is
/// the last section.
pub fn without_stanza_and_newline(config: &[u8]) -> Vec<u8> {
    let mut text = without_stanza(config);
    if config.ends_with(WRITTEN.as_bytes()) && text.ends_with(b"\n") {
        text.pop();
    }
    text
}

fn names_our_file(line: &str) -> bool {
    let value = line.strip_prefix("path").map(|rest| rest.trim_start_matches([' ', '\t', '=']).trim_matches('"'));
    value == Some(PATH)
}

/// Whether the file that the stanza names sets core.hooksPath, and to another folder than `hooks`: the repository was
/// moved or copied since.
pub fn names_other_hooks(text: &str, hooks: &str) -> bool {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("hooksPath = "));
    line.is_some_and(|value| value != format!("\"{}\"", quoted(hooks)))
}

/// The file that the stanza names. `relative` holds remote URLs that are paths from the main checkout, with the
/// absolute paths they mean: from a nested worktree they would resolve somewhere else. `hooks` is the folder of our
/// hooks, if they are to run, and `strict` the routes of strict mode.
pub fn worktree_config(relative: &[(String, String)], hooks: Option<&str>, strict: &str) -> String {
    let mut text = String::from(
        "# Written by git-agent for every linked worktree of this repository.\n\
         # A plain 'git push' goes to the branch's own name and sets it as the upstream.\n\
         [push]\n\tdefault = current\n\tautoSetupRemote = true\n",
    );
    if let Some(folder) = hooks {
        text.push_str(&format!(
            "# Refuses pushes to protected branches, and runs your own hooks.\n[core]\n\thooksPath = \"{}\"\n",
            quoted(folder)
        ));
    }
    if !strict.is_empty() {
        text.push_str(
            "# agent.strict: each push goes through git-remote-agent-guard, which refuses protected branches.\n",
        );
        text.push_str(strict);
    }
    for (url, absolute) in relative {
        text.push_str(&format!("[url \"{}\"]\n\tinsteadOf = \"{}\"\n", quoted(absolute), quoted(url)));
    }
    text
}

/// A value between double quotes, as git reads it.
pub(super) fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Whether a remote URL is a path that depends on the directory that git runs in.
pub fn is_relative_path(url: &str) -> bool {
    url == "." || url == ".." || url.starts_with("./") || url.starts_with("../")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stanza_must_be_the_last_word() {
        let ours = "[includeIf \"gitdir:./worktrees/\"]\n\tpath = agent/worktree.gitconfig\n";
        for (config, expected) in [
            (String::new(), Stanza::Missing),
            ("[core]\n\tbare = false\n".to_owned(), Stanza::Missing),
            ("[includeIf \"gitdir:./worktrees/\"]\n\tpath = mine\n".to_owned(), Stanza::Missing),
            (format!("[push]\n\tdefault = upstream\n{ours}"), Stanza::Fine),
            (format!("{ours}[branch \"x\"]\n\tremote = origin\n"), Stanza::Fine),
            (format!("{ours}[push]\n\tdefault = upstream\n"), Stanza::Overridden),
            (format!("{ours}[include]\n\tpath = x\n"), Stanza::Overridden),
            (format!("{ours}[core]\n\tbare = false\n"), Stanza::Fine),
            (format!("{ours}[core]\n\tbare = false\n\thookspath = x\n"), Stanza::Overridden),
            (format!("{ours}[Core] hooksPath = x\n"), Stanza::Overridden),
            (format!("[core]\n\thooksPath = x\n{ours}"), Stanza::Fine),
            (format!("{ours}[Push]\n\tdefault = upstream\n{ours}"), Stanza::Fine),
        ] {
            assert_eq!(stanza(&config), expected, "{config}");
        }
    }

    #[test]
    fn what_was_put_in_comes_out_to_the_byte() {
        let ours = WRITTEN;
        for config in ["", "[core]\n\tbare = false\n", "[a]\r\n\tb = c\r\n\n# x\n", "[a]\n\tb = \u{e9}\n\n"] {
            let with = with_stanza(config.as_bytes());
            assert_eq!(stanza(&String::from_utf8_lossy(&with)), Stanza::Fine);
            assert_eq!(with_stanza(&with), with, "{config}");
            assert_eq!(without_stanza(&with), config.as_bytes());
        }
        assert_eq!(with_stanza(b"[a]\n\tb = \xff"), [b"[a]\n\tb = \xff\n", ours.as_bytes()].concat());
        assert_eq!(without_stanza_and_newline(&with_stanza(b"[a]\n\tb = c")), b"[a]\n\tb = c");
        for (config, expected) in [
            (format!("{ours}[push]\n\tdefault = x\n"), "[push]\n\tdefault = x\n".to_owned()),
            (
                format!("[a]\n{ours}\n# note\n[b]\n"),
                "[a]\n[includeIf \"gitdir:./worktrees/\"]\n\n# note\n[b]\n".to_owned(),
            ),
            (format!("{ours}\tpath = mine\n"), "[includeIf \"gitdir:./worktrees/\"]\n\tpath = mine\n".to_owned()),
            (format!("{ours}{ours}"), String::new()),
            ("[includeIf \"gitdir:./worktrees/\"]\n".to_owned(), "[includeIf \"gitdir:./worktrees/\"]\n".to_owned()),
        ] {
            assert_eq!(String::from_utf8_lossy(&without_stanza(config.as_bytes())), expected);
        }
    }

    #[test]
    fn hooks_of_another_place() {
        let text = worktree_config(&[], Some("/a \"b\"/hooks"), "");
        assert!(!names_other_hooks(&text, "/a \"b\"/hooks"));
        assert!(names_other_hooks(&text, "/c/hooks"));
        assert!(!names_other_hooks(&worktree_config(&[], None, ""), "/c/hooks"));
    }

    #[test]
    fn relative_urls() {
        for (url, expected) in
            [("../o.git", true), ("./o", true), ("/o.git", false), ("origin.git", false), ("git@h:x", false)]
        {
            assert_eq!(is_relative_path(url), expected, "{url}");
        }
        assert!(
            worktree_config(&[("../a\"b".into(), "/x/a\"b".into())], None, "")
                .contains("[url \"/x/a\\\"b\"]\n\tinsteadOf = \"../a\\\"b\"")
        );
    }
}

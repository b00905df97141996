//! The entry that keeps the worktree folder out of the main checkout's `git status` and `git add -A`.

/// `content` of an ignore file with `entry` as its last line, in the file's own line endings; `None` when the entry
/// stands there already.
///
/// Whether another rule ignores the folder is for git to say, not for this function.
pub fn with_entry(content: &[u8], entry: &str) -> Option<Vec<u8>> {
    let stands =
        content.split(|&byte| byte == b'\n').any(|line| line.strip_suffix(b"\r").unwrap_or(line) == entry.as_bytes());
    if stands {
        return None;
    }
    let newline: &[u8] = if content.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
    let mut new = content.to_vec();
    if !new.is_empty() && !new.ends_with(b"\n") {
        new.extend_from_slice(newline);
    }
    new.extend_from_slice(entry.as_bytes());
    new.extend_from_slice(newline);
    Some(new)
}

/// `content` without the line that is `entry`; `None` when there is none. `newline` says that [`with_entry`] had to end the
/// line before it, which is undone as well while the entry is the last line.
pub fn without_entry(content: &[u8], entry: &str, newline: bool) -> Option<Vec<u8>> {
    let mut lines: Vec<&[u8]> = content.split_inclusive(|&byte| byte == b'\n').collect();
    let bare = |line: &[u8]| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line).to_vec()
    };
    let at = lines.iter().rposition(|line| bare(line) == entry.as_bytes())?;
    let last = at + 1 == lines.len();
    lines.remove(at);
    if newline && last {
        return Some(
            [&lines[..at.saturating_sub(1)].concat(), &lines.last().map_or_else(Vec::new, |line| bare(line))[..]]
                .concat(),
        );
    }
    Some(lines.concat())
}

/// The gitignore(5) pattern for a folder given by its path from the top of the worktree, with `/` between its parts.
pub fn pattern(folder: &str) -> String {
    let mut pattern = String::from("/");
    for c in folder.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '#' | '!') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    if pattern.ends_with(' ') {
        pattern.pop();
        pattern.push_str("\\ ");
    }
    pattern.push('/');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_added_once_in_the_files_own_manner() {
        for (content, expected) in [
            ("", Some("/w/\n")),
            ("a\n", Some("a\n/w/\n")),
            ("a", Some("a\n/w/\n")),
            ("a\r\nb\r\n", Some("a\r\nb\r\n/w/\r\n")),
            ("a\r\nb", Some("a\r\nb\r\n/w/\r\n")),
            ("/w/\n", None),
            ("x\r\n/w/\r\ny", None),
            ("#/w/\n", Some("#/w/\n/w/\n")),
        ] {
            let new = with_entry(content.as_bytes(), "/w/").map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(new.as_deref(), expected, "{content:?}");
        }
    }

    #[test]
    fn the_entry_goes_and_nothing_else() {
        for content in ["", "a\n", "a", "a\r\nb\r\n", "a\r\nb", "\u{e9}\n\n", "a\n\nb"] {
            let with = with_entry(content.as_bytes(), "/w/").unwrap();
            let newline = !content.is_empty() && !content.ends_with('\n');
            assert_eq!(without_entry(&with, "/w/", newline).as_deref(), Some(content.as_bytes()), "{content:?}");
        }
        assert_eq!(without_entry(b"a\n/w/\nb", "/w/", true).unwrap(), b"a\nb");
        assert_eq!(without_entry(b"a\n/w/x\n", "/w/", false), None);
    }

    #[test]
    fn patterns_are_literal() {
        assert_eq!(pattern(".claude/worktrees"), "/.claude/worktrees/");
        assert_eq!(pattern("a*[b]"), "/a\\*\\[b\\]/");
        assert_eq!(pattern("x "), "/x\\ /");
    }
}

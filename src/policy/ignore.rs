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
    fn patterns_are_literal() {
        assert_eq!(pattern(".claude/worktrees"), "/.claude/worktrees/");
        assert_eq!(pattern("a*[b]"), "/a\\*\\[b\\]/");
        assert_eq!(pattern("x "), "/x\\ /");
    }
}

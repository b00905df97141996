//! Whether text that cannot be followed has the words of a push in it.

/// Programs that push.
const PUSHERS: [&str; 5] = ["git", "hub", "jj", "gitpython", "pygit2"];

/// Whether a program that pushes and, after it, a push are named. Quotes and backslashes inside a word do not hide it.
pub fn smells(text: &str) -> bool {
    let bare: String = text.chars().filter(|letter| !matches!(letter, '\\' | '\'' | '"' | '`')).collect();
    ordered(text) || ordered(&bare)
}

fn ordered(text: &str) -> bool {
    let mut named = false;
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_') {
        for piece in std::iter::once(word).chain(word.split(['-', '_'])) {
            named |= PUSHERS.iter().any(|program| piece.eq_ignore_ascii_case(program));
        }
        if named
            && (["push", "git-push", "send-pack", "http-push", "git-send-pack"]
                .iter()
                .any(|name| word.eq_ignore_ascii_case(name)))
        {
            return true;
        }
    }
    false
}

/// Ways in which a script of another language starts a program, or pushes by itself.
const SPAWNS: [&str; 28] = [
    "system",
    "popen",
    "subprocess",
    "exec",
    "spawn",
    "check_call",
    "check_output",
    "child_process",
    "open3",
    "qx",
    "%x",
    "run(",
    ".run",
    "command(",
    "process.",
    "shell_exec",
    "passthru",
    "proc_open",
    "invoke-expression",
    "start-process",
    "zx",
    "execa",
    "sh.git",
    "repo(",
    ".push(",
    "os.",
    "pty",
    "backtick",
];

/// Whether a script of another language smells of a push that it runs, not only prints.
pub fn spawns_push(script: &str) -> bool {
    let lower = script.to_ascii_lowercase();
    let spawn = SPAWNS.iter().any(|way| lower.contains(way));
    let direct =
        lower.contains(".push(") && (lower.contains("git.repo") || lower.contains("repo(") || lower.contains("pygit2"));
    direct || (smells(script) && (spawn || backquoted_push(script)))
}

/// Ruby, Perl and PHP run what stands between backquotes.
fn backquoted_push(script: &str) -> bool {
    script.split('`').skip(1).step_by(2).any(smells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_push() {
        for (text, expected) in [
            ("git push", true),
            ("& git push origin main; if ($?) { 1 }", true),
            ("['git', 'push']", true),
            ("g\\it pu\"sh\" (", true),
            ("git-push x (", true),
            ("git -C x send-pack", true),
            ("legit pushing", false),
            ("push to git", false),
            ("docker push x", false),
        ] {
            assert_eq!(smells(text), expected, "{text}");
        }
        assert!(spawns_push("import os\nos.system('git push origin main')"));
        assert!(!spawns_push("print('git push origin main')"));
        assert!(spawns_push("puts `git push origin main`"));
    }
}

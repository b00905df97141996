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
    let mut last = "";
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_') {
        for piece in std::iter::once(word).chain(word.split(['-', '_'])) {
            named |= PUSHERS.iter().any(|program| piece.eq_ignore_ascii_case(program));
        }
        if named
            && !last.eq_ignore_ascii_case("stash") // `git stash push` goes nowhere
            && (["push", "git-push", "send-pack", "http-push", "git-send-pack"]
                .iter()
                .any(|name| word.eq_ignore_ascii_case(name)))
        {
            return true;
        }
        if !word.is_empty() {
            last = word;
        }
    }
    false
}

/// Ways in which a script of another language starts a program. Those that begin with a letter must begin a word.
const SPAWNS: [&str; 38] = [
    "system(",
    "system \"",
    "system '",
    "system qw",
    "popen",
    "subprocess",
    "exec(",
    "exec \"",
    "exec '",
    "exec %w",
    "exec qw",
    "exec git",
    "exec @",
    "exec {",
    "exec *",
    "exec $",
    "system @",
    "system $",
    "execsync",
    "execfile",
    "execv",
    "execl",
    "execute(",
    "spawn",
    "check_call",
    "check_output",
    "child_process",
    "open3",
    "qx",
    "%x",
    "run(",
    "command(",
    "shell",
    "passthru",
    "proc_open",
    "$`",
    "execa",
    "sh.git",
];

/// Libraries that push by themselves.
const LIBRARIES: [&str; 8] =
    ["git.repo", "repo(", "pygit2", "simple-git", "simplegit", "isomorphic-git", "nodegit", "rugged"];

/// Whether a script of another language smells of a push that it runs, not only prints.
pub fn spawns_push(script: &str, language: &str) -> bool {
    let lower = script.to_ascii_lowercase();
    let pushes = lower.contains(".push(");
    if pushes && LIBRARIES.iter().any(|name| lower.contains(name)) {
        return true;
    }
    // Lists have a method of that name.
    let neutral = if pushes { lower.replace(".push(", ".append(") } else { lower };
    let backquotes = matches!(language, "ruby" | "perl" | "php" | "");
    smells(&neutral) && (spawns(&neutral) || (backquotes && backquoted_push(script)))
}

/// Whether a script of another language, in lower case, starts programs.
pub fn spawns(script: &str) -> bool {
    SPAWNS.iter().any(|way| begins_word(script, way))
}

fn begins_word(text: &str, way: &str) -> bool {
    text.match_indices(way).any(|(at, _)| {
        !way.starts_with(|letter: char| letter.is_ascii_alphabetic())
            || !text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
    })
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
            ("['git', 'stash', 'push']", false),
            ("git stash push; git push", true),
            ("docker push x", false),
        ] {
            assert_eq!(smells(text), expected, "{text}");
        }
        assert!(spawns_push("import os\nos.system('git push origin main')", "python"));
        assert!(!spawns_push("print('git push origin main')", "python"));
        assert!(!spawns_push("import os\np = os.path.join('git', 'push')", "python"));
        assert!(!spawns_push("const out = []; out.push('git'); fs.writeFileSync('filesystem', 'git push')", "python"));
        assert!(spawns_push("import git; git.Repo('.').remote().push('main')", "python"));
        assert!(!spawns_push("p.write_text('Never run `git push origin main`')", "python"));
        assert!(spawns_push("puts `git push origin main`", "ruby"));
    }
}

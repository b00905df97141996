//! The include that an agent's environment carries into the main checkout.
//!
//! The stanza of [`super::include`] reaches linked worktrees alone, and a person in the main checkout shall notice
//! nothing. But an agent may go there (`cd ../../.. && make release`). So the environment of an agent's program has a
//! configuration of its own, which git reads after every file: `includeIf.gitdir:` with the git directory of the main
//! checkout, which no other worktree and no other repository has, and a file that sets core.hooksPath.
//!
//! It goes by GIT_CONFIG_PARAMETERS, in the format that `git -c` writes since git 2.31. GIT_CONFIG_COUNT would do, but
//! with GIT_CONFIG_KEY_0: a client that takes variables with KEY in their name for secrets drops that one, and
//! then no git runs at all.

use super::include::quoted;

/// The variable.
pub const VARIABLE: &str = "GIT_CONFIG_PARAMETERS";

/// The file that is included, relative to the common git directory.
pub const PATH: &str = "agent/main.gitconfig";

/// What the file says: the folder of our hooks and nothing else. Where a push goes is the affair of whoever works there.
pub fn file(hooks: &str) -> String {
    format!(
        "# Written by git-agent. Read only by what an agent's environment reaches: see docs/guard.md.\n\
         # Refuses pushes to protected branches, and runs your own hooks.\n[core]\n\thooksPath = \"{}\"\n",
        quoted(hooks)
    )
}

/// The value of the variable, `before` being the one that it has, for the common git directory `common`.
pub fn value(before: Option<&str>, common: &str) -> String {
    let before = before.unwrap_or_default().trim();
    // The condition is a wildmatch pattern, in which these letters mean something.
    let mut pattern = String::new();
    for letter in common.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    let entry = format!("{}={}", word(&format!("includeIf.gitdir:{pattern}.path")), word(&format!("{common}/{PATH}")));
    if before.is_empty() {
        entry
    } else if format!(" {before} ").contains(&format!(" {entry} ")) {
        before.to_owned()
    } else {
        format!("{before} {entry}")
    }
}

/// Whether a value of the variable holds nothing but what [`value`] writes: no setting that a user gave with `git -c`.
pub fn is_ours_alone(value: &str) -> bool {
    let mut rest = value.trim();
    while !rest.is_empty() {
        let Some(after) = taken(rest, "'includeIf.gitdir:", ".path").and_then(|rest| rest.strip_prefix('=')) else {
            return false;
        };
        let Some(after) = taken(after, "'/", &format!("/{PATH}")) else { return false };
        rest = after.trim_start();
    }
    true
}

/// What is behind one quoted word that begins and ends so.
fn taken<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let inner = text.strip_prefix(start)?;
    let mut at = 0;
    loop {
        at += inner[at..].find('\'')?;
        // `'\''` and `'\!'` are letters within the word.
        if !matches!(inner.as_bytes()[at..], [b'\'', b'\\', _, b'\'', ..]) {
            break;
        }
        at += 4;
    }
    inner[..at].ends_with(end).then(|| &inner[at + 1..])
}

fn word(text: &str) -> String {
    // As git's sq_quote, which escapes `!` for the sake of csh.
    format!("'{}'", text.replace('\'', "'\\''").replace('!', "'\\!'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_added_once_to_what_is_there() {
        let ours = value(None, "/r/.git");
        assert_eq!(ours, "'includeIf.gitdir:/r/.git.path'='/r/.git/agent/main.gitconfig'");
        assert_eq!(value(Some(&ours), "/r/.git"), ours);
        let both = value(Some("'a.b'='c'"), "/r/.git");
        assert_eq!(both, format!("'a.b'='c' {ours}"));
        assert_eq!(value(Some(&both), "/r/.git"), both);
        assert_eq!(
            value(None, "/it's/x*[y]"),
            r"'includeIf.gitdir:/it'\''s/x\*\[y\].path'='/it'\''s/x*[y]/agent/main.gitconfig'"
        );
    }

    #[test]
    fn ours_is_told_from_the_users() {
        let ours = value(None, "/it's!/x*[y]");
        for (text, expected) in [
            ("", true),
            (&ours[..], true),
            (&value(Some(&ours), "/other/.git"), true),
            (&format!("{ours} 'agent.base'='head'"), false),
            (&format!("'agent.base'='head' {ours}"), false),
            ("'agent.base=head'", false),
            ("'includeIf.gitdir:/r/.git.path'='/elsewhere'", false),
            ("'includeIf.gitdir:/r/.git.path", false),
        ] {
            assert_eq!(is_ours_alone(text), expected, "{text}");
        }
    }
}

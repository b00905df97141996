//! Globs over branch names. `*` also matches `/`: a rule that protects `release/*` is meant for `release/1/hotfix` too.

/// Whether `text` matches `pattern` (`*`, `?` and `[…]`).
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
            continue;
        }
        if let Some(next) = one(&pattern, p, text[t]) {
            p = next;
            t += 1;
            continue;
        }
        // Back to the last star, which takes one letter more: quadratic at worst, never exponential.
        let Some((at, from)) = star else { return false };
        star = Some((at, from + 1));
        p = at + 1;
        t = from + 1;
    }
    pattern[p..].iter().all(|letter| *letter == '*')
}

/// Matches one letter at `p`; the position behind what matched.
fn one(pattern: &[char], p: usize, letter: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' => (pattern.get(p + 1) == Some(&letter)).then_some(p + 2),
        '[' => {
            let close = (p + 2..pattern.len()).find(|at| pattern[*at] == ']')?;
            let inside = &pattern[p + 1..close];
            let (negated, inside) = match inside {
                ['!' | '^', rest @ ..] => (true, rest),
                all => (false, all),
            };
            let mut found = false;
            let mut at = 0;
            while at < inside.len() {
                if at + 2 < inside.len() && inside[at + 1] == '-' {
                    found |= inside[at] <= letter && letter <= inside[at + 2];
                    at += 3;
                } else {
                    found |= inside[at] == letter;
                    at += 1;
                }
            }
            (found != negated).then_some(close + 1)
        }
        literal => (*literal == letter).then_some(p + 1),
    }
}

/// What a pattern begins with before its first special letter.
pub fn literal_prefix(pattern: &str) -> &str {
    &pattern[..pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len())]
}

/// Whether the text is a pattern at all.
pub fn is_glob(pattern: &str) -> bool {
    literal_prefix(pattern).len() < pattern.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_globs() {
        for (pattern, text, expected) in [
            ("main", "main", true),
            ("main", "mainly", false),
            ("release/*", "release/1.0", true),
            ("release/*", "release/1/hotfix", true),
            ("release/*", "release", false),
            ("release/**", "release/1", true),
            ("v[0-9]?", "v1x", true),
            ("v[!0-9]", "v1", false),
            ("*-stable", "1-stable", true),
            ("*", "", true),
            ("[", "[", false),
            (r"a\*", "a*", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}

//! The difference between two texts, as `git diff` prints one.

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Above this many pairs of lines the differing part is shown as replaced as a whole.
const MOST: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Gone,
    New,
}

/// The difference between what is at `path` and what shall be there; `None` stands for no file. Empty when they are alike.
pub fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    if before == after {
        return String::new();
    }
    let named = |side: &str, there: bool| if there { format!("{side}/{path}") } else { "/dev/null".to_owned() };
    let mut out = format!("--- {}\n+++ {}\n", named("a", before.is_some()), named("b", after.is_some()));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let lines = compare(&split(before), &split(after));
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].0 != Kind::Same).collect();
    let mut next = 0;
    while next < changed.len() {
        let first = changed[next];
        let mut last = first;
        while next < changed.len() && changed[next] <= last + 2 * CONTEXT {
            last = changed[next];
            next += 1;
        }
        hunk(&mut out, &lines, first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(lines.len()));
    }
    out
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hunk(out: &mut String, lines: &[(Kind, &str)], start: usize, end: usize) {
    let count = |range: &[(Kind, &str)], not: Kind| range.iter().filter(|(kind, _)| *kind != not).count();
    let side = |not: Kind| {
        let length = count(&lines[start..end], not);
        // A side without lines is named by the line before it.
        let first = count(&lines[..start], not) + usize::from(length > 0);
        if length == 1 { format!("{first}") } else { format!("{first},{length}") }
    };
    out.push_str(&format!("@@ -{} +{} @@\n", side(Kind::New), side(Kind::Gone)));
    for (kind, line) in &lines[start..end] {
        out.push(match kind {
            Kind::Same => ' ',
            Kind::Gone => '-',
            Kind::New => '+',
        });
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The lines of both, in order, by their longest common subsequence.
fn compare<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<(Kind, &'t str)> {
    let head = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new, rest) = (&old[..old.len() - tail], &new[..new.len() - tail], &old[old.len() - tail..]);
    let mut out: Vec<_> = before[..head].iter().map(|line| (Kind::Same, *line)).collect();
    if old.len().saturating_mul(new.len()) > MOST {
        out.extend(old.iter().map(|line| (Kind::Gone, *line)).chain(new.iter().map(|line| (Kind::New, *line))));
    } else {
        middle(old, new, &mut out);
    }
    out.extend(rest.iter().map(|line| (Kind::Same, *line)));
    out
}

fn middle<'t>(old: &[&'t str], new: &[&'t str], out: &mut Vec<(Kind, &'t str)>) {
    let width = new.len() + 1;
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push((Kind::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            out.push((Kind::Gone, old[i]));
            i += 1;
        } else {
            out.push((Kind::New, new[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_git_prints_it() {
        let long = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        for (before, after, expected) in [
            (Some("a\n"), Some("a\n"), ""),
            (None, Some("a\nb\n"), "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n"),
            (Some("a\n"), None, "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
            (
                Some("a\nb"),
                Some("a\nb\nc\n"),
                "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n",
            ),
            (
                Some(long),
                Some("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n"),
                "--- a/f\n+++ b/f\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -9,4 +10,3 @@\n 9\n 10\n 11\n-12\n",
            ),
            (Some("a\nb\nc\n"), Some("a\nx\nc\n"), "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"),
        ] {
            assert_eq!(unified("f", before, after), expected);
        }
    }
}

//! The output of `git status --porcelain=v2 -z`, without renames.

use gix::bstr::{BString, ByteSlice};

use super::Status;

/// Counts the records of `output`; untracked paths are kept only if `paths`, ignored ones always.
pub(super) fn parse(output: &[u8], paths: bool) -> Result<Status, String> {
    let mut status = Status::default();
    for record in output.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        let counts = &mut status.counts;
        match record {
            [b'1', b' ', index, worktree, b' ', ..] => {
                counts.staged += u32::from(*index != b'.');
                counts.changed += u32::from(*worktree != b'.');
            }
            [b'u', b' ', ..] => counts.conflicted += 1,
            [b'?', b' ', path @ ..] => {
                counts.untracked += 1;
                if paths {
                    status.untracked.push(BString::from(path));
                }
            }
            [b'!', b' ', path @ ..] => status.ignored.push(BString::from(path)),
            [b'#', b' ', ..] => {}
            other => return Err(format!("unknown record '{}'", other.as_bstr())),
        }
    }
    status.untracked.sort();
    status.ignored.sort();
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::status::Counts;

    #[test]
    fn records_are_counted_by_column() {
        for (output, expected) in [
            ("", (0, 0, 0, 0)),
            ("1 M. N... 100644 100644 100644 aa bb a b\0", (1, 0, 0, 0)),
            ("1 .M N... 100644 100644 100644 aa aa a\0", (0, 1, 0, 0)),
            ("1 MM N... 100644 100644 100644 aa bb a\x001 .A N... 0 0 100644 0 0 n\0", (1, 2, 0, 0)),
            ("1 .M SCMU 160000 160000 160000 aa aa sub\0", (0, 1, 0, 0)),
            ("u UU N... 100644 100644 100644 100644 aa bb cc a\0", (0, 0, 0, 1)),
            ("# branch.oid aa\0? d/\0? with\nnewline\0! target/\0", (0, 0, 2, 0)),
        ] {
            let (staged, changed, untracked, conflicted) = expected;
            let counts = parse(output.as_bytes(), false).map(|status| status.counts);
            assert_eq!(counts, Ok(Counts { staged, changed, untracked, conflicted }), "{output:?}");
        }
    }

    #[test]
    fn paths_are_kept_on_request_and_sorted() {
        let output = b"? b\0? a/\0! z\0! y \0";
        let kept = parse(output, true).expect("well-formed");
        assert_eq!(kept.untracked, ["a/", "b"]);
        assert_eq!(kept.ignored, ["y ", "z"]);
        assert!(parse(output, false).expect("well-formed").untracked.is_empty());
    }

    #[test]
    fn unknown_records_are_refused() {
        for output in ["2 R. N... 100644 100644 100644 aa bb R100 b\0a\0", "x\0", "1 M\0", "fatal: no\0"] {
            assert!(parse(output.as_bytes(), false).is_err(), "{output:?}");
        }
    }
}

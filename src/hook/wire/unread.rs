//! Events that the JSON parser does not take. Clients written in JavaScript send unpaired surrogates (a text that was cut in
//! the middle of an emoji), and anything may be very long or very deep.

use std::borrow::Cow;

/// The JSON `text` with U+FFFD for each unpaired surrogate escape, which is what the client gives to a shell.
pub fn paired(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut mended, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
        at += found;
        let length = match (unit(bytes, at), unit(bytes, at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str(&text[copied..at]);
                mended.push_str("\\ufffd");
                copied = at + 6;
                6
            }
            // Of any other escape the first two bytes are enough: what follows is no backslash of an escape.
            _ => 2,
        };
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}

/// The number of the escape `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The texts of the fields called `key` of the outermost object, in a text that may be cut off or no JSON at all.
pub fn outer<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let (mut depth, mut at, mut last, mut named) = (0_usize, 0, None, false);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                let Some(string) = string(&text[at + 1..]) else { break };
                at += string.len() + 1;
                if named && depth == 1 {
                    found.push(string);
                }
                (last, named) = (Some(string), false);
            }
            b':' => named = depth == 1 && last == Some(key),
            b'{' | b'[' => (depth, named) = (depth + 1, false),
            b'}' | b']' => (depth, named) = (depth.saturating_sub(1), false),
            b',' => (last, named) = (None, false),
            _ => {}
        }
        at += 1;
    }
    found
}

/// What stands before the quote that ends a string.
fn string(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(&text[..at]),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_without_a_partner() {
        for (text, expected) in [
            (r#""plain \n \" \\ \u00e4""#, r#""plain \n \" \\ \u00e4""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a \ud83d""#, r#""a \ufffd""#),
            (r#""\uDE00 b""#, r#""\ufffd b""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\u0041\udc00x""#, r#""\ufffd\u0041\ufffdx""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\u+d83"#, r#""\u+d83"#),
            ("\"ä\\", "\"ä\\"),
            ("\\ä\\ud83dä", "\\ä\\ufffdä"),
        ] {
            assert_eq!(paired(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_events() {
        let cases: [(&str, &[&str]); 10] = [
            (r#"{"n":"Stop"}"#, &["Stop"]),
            (r#" { "a" : 1 , "n" : "Stop" , "x": [[["#, &["Stop"]),
            (r#"{"a":{"n":"Inner"},"n":"Stop"}"#, &["Stop"]),
            (r#"{"a":"{\"n\":\"Inner\"}\\","n":"Stop","c":"cut"#, &["Stop"]),
            (r#"{"a":"n","b":"Stop"}"#, &[]),
            (r#"{"n":7,"b":"Stop"}"#, &[]),
            (r#"{"n":{"b":"Stop"}}"#, &[]),
            (r#"{"n":"A","n":"B"}"#, &["A", "B"]),
            ("n: Stop", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(outer(text, "n"), expected, "{text}");
        }
    }
}

//! What git says to a remote helper (gitremote-helpers(7), "COMMANDS"), a line each.

/// One line from git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// `capabilities`
    Capabilities,
    /// `list`, or `list for-push`
    List {
        /// The refs are wanted for a push.
        for_push: bool,
    },
    /// `option <name> <value>`
    Option(&'a str, String),
    /// `connect <service>`
    Connect(&'a str),
    /// `push <refspec>`
    Push(Spec),
    /// An empty line: the end of a batch, or of everything.
    End,
    /// Another one: for a fetch, or of a later git.
    Other(&'a str),
}

/// `[+]<src>:<dst>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// As git wrote it.
    pub text: String,
    /// The local side; empty for a deletion.
    pub src: String,
    /// The full name on the other side.
    pub dst: String,
}

impl Spec {
    /// Reads a refspec. A ref's name holds no colon, but what the user typed for its source may.
    pub fn parse(text: &str) -> Option<Self> {
        let (src, dst) = text.strip_prefix('+').unwrap_or(text).rsplit_once(':')?;
        let plain = !dst.is_empty() && !dst.contains([' ', '\0']);
        plain.then(|| Self { text: text.to_owned(), src: src.to_owned(), dst: dst.to_owned() })
    }

    /// The line of githooks(5), pre-push, that stands for it. What the other side has is of no interest here, nor which
    /// commit it is, only whether there is one.
    pub fn as_pre_push(&self) -> String {
        let zeros = "0".repeat(40);
        let (local, id) = if self.src.is_empty() { ("(delete)", zeros.as_str()) } else { (self.src.as_str(), "1") };
        format!("{local} {id} {} {zeros}", self.dst)
    }
}

/// Reads a line, without its newline.
pub fn parse(line: &str) -> Command<'_> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (word, rest) {
        ("", "") => Command::End,
        ("capabilities", "") => Command::Capabilities,
        ("list", "") => Command::List { for_push: false },
        ("list", "for-push") => Command::List { for_push: true },
        ("connect", service) => Command::Connect(service),
        ("option", rest) => match rest.split_once(' ') {
            Some((name, value)) => Command::Option(name, unquoted(value)),
            None => Command::Option(rest, String::new()),
        },
        ("push", spec) => Spec::parse(spec).map_or(Command::Other(line), Command::Push),
        _ => Command::Other(line),
    }
}

/// git puts a value into quotes when it has to, with the escapes of C.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(digit @ b'0'..=b'3') => {
                let mut number = digit - b'0';
                for _ in 0..2 {
                    if let Some(next) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        number = number.wrapping_mul(8).wrapping_add(next - b'0');
                    }
                }
                out.push(number);
            }
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b't') => out.push(b'\t'),
            Some(b'n') => out.push(b'\n'),
            Some(b'v') => out.push(11),
            Some(b'f') => out.push(12),
            Some(b'r') => out.push(b'\r'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let spec = |text: &str, src: &str, dst: &str| {
            Command::Push(Spec { text: text.into(), src: src.into(), dst: dst.into() })
        };
        let option = |name, value: &str| Command::Option(name, value.to_owned());
        for (line, expected) in [
            ("", Command::End),
            ("capabilities", Command::Capabilities),
            ("list", Command::List { for_push: false }),
            ("list for-push", Command::List { for_push: true }),
            ("connect git-receive-pack", Command::Connect("git-receive-pack")),
            ("option dry-run true", option("dry-run", "true")),
            ("option push-option \"a\\tb\\303\\251\\\"\"", option("push-option", "a\tbé\"")),
            ("option push-option \"", option("push-option", "\"")),
            ("option x", option("x", "")),
            ("push HEAD:refs/heads/x", spec("HEAD:refs/heads/x", "HEAD", "refs/heads/x")),
            ("push +a:refs/heads/x", spec("+a:refs/heads/x", "a", "refs/heads/x")),
            ("push :refs/heads/x", spec(":refs/heads/x", "", "refs/heads/x")),
            ("push HEAD^{/a: b}:refs/x", spec("HEAD^{/a: b}:refs/x", "HEAD^{/a: b}", "refs/x")),
            ("push x", Command::Other("push x")),
            ("push x:", Command::Other("push x:")),
            ("push x:a b", Command::Other("push x:a b")),
            ("push", Command::Other("push")),
            (" list", Command::Other(" list")),
            ("fetch 1 HEAD", Command::Other("fetch 1 HEAD")),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn a_deletion_is_one_for_the_judge() {
        assert!(Spec::parse(":refs/heads/x").unwrap().as_pre_push().starts_with("(delete) 0000"));
        assert!(Spec::parse("+a b:refs/heads/x").unwrap().as_pre_push().starts_with("a b 1 refs/heads/x 0000"));
    }
}

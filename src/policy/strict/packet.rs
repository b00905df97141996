//! git's pkt-lines (gitprotocol-common(5)) and what a server says of its refs before a push (gitprotocol-pack(5)).

/// What a header of four hexadecimal digits announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// `0000`
    Flush,
    /// So many bytes follow.
    Data(usize),
    /// `0001` to `0003`, or no number.
    Strange,
}

/// Reads a header.
pub fn header(bytes: [u8; 4]) -> Header {
    let text = bytes.iter().all(u8::is_ascii_hexdigit).then(|| String::from_utf8_lossy(&bytes).into_owned());
    match text.and_then(|text| usize::from_str_radix(&text, 16).ok()) {
        Some(0) => Header::Flush,
        Some(length) if length >= 4 => Header::Data(length - 4),
        _ => Header::Strange,
    }
}

/// Writes a line. None of ours is as long as a pkt-line may be (65,516 bytes); a longer text is cut off by nobody but refused.
pub fn line(text: &str) -> Option<Vec<u8>> {
    let length = text.len() + 4;
    (length <= 65_520).then(|| format!("{length:04x}{text}").into_bytes())
}

/// What the server has: the pairs for git's `list`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advertised {
    /// Object and full name of each ref.
    pub refs: Vec<(String, String)>,
    /// `object-format=` among the capabilities.
    pub format: Option<String>,
    /// The server refuses, with these words.
    pub refused: Option<String>,
}

impl Advertised {
    /// Takes in one packet, as they come.
    pub fn take(&mut self, packet: &[u8]) {
        let text = String::from_utf8_lossy(packet);
        let text = text.trim_end_matches('\n');
        if let Some(words) = text.strip_prefix("ERR ") {
            self.refused = Some(words.to_owned());
            return;
        }
        let (line, capabilities) = text.split_once('\0').unwrap_or((text, ""));
        let format = capabilities.split(' ').find_map(|word| word.strip_prefix("object-format="));
        if let Some(format) = format {
            self.format = Some(format.to_owned());
        }
        let Some((id, name)) = line.split_once(' ') else { return };
        let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Objects that the server borrows are listed as refs named `.have`; `shallow` is no object.
        if is_id && name != ".have" && name != "capabilities^{}" {
            self.refs.push((id.to_owned(), name.to_owned()));
        }
    }

    /// The answer to `list`. The format is said only where git has asked for it.
    pub fn list(&self, with_format: bool) -> String {
        let mut out = String::new();
        if let Some(format) = self.format.as_ref().filter(|_| with_format) {
            out.push_str(&format!(":object-format {format}\n"));
        }
        for (id, name) in &self.refs {
            out.push_str(&format!("{id} {name}\n"));
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        for (bytes, expected) in [
            (b"0000", Header::Flush),
            (b"0004", Header::Data(0)),
            (b"fff0", Header::Data(65_516)),
            (b"0001", Header::Strange),
            (b"ok r", Header::Strange),
            (b"+123", Header::Strange),
        ] {
            assert_eq!(header(*bytes), expected);
        }
        assert_eq!(line("a\n").unwrap(), b"0006a\n");
        assert!(line(&"x".repeat(65_517)).is_none());
    }

    #[test]
    fn an_advertisement() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let mut found = Advertised::default();
        for packet in [
            format!("{a} refs/heads/main\0 report-status object-format=sha1 agent=x\n"),
            format!("{b} .have\n"),
            format!("{b} refs/heads/x\n"),
            format!("shallow {b}\n"),
        ] {
            found.take(packet.as_bytes());
        }
        assert_eq!(found.list(true), format!(":object-format sha1\n{a} refs/heads/main\n{b} refs/heads/x\n\n"));
        let mut empty = Advertised::default();
        empty.take(format!("{} capabilities^{{}}\0 object-format=sha256\n", "0".repeat(64)).as_bytes());
        assert_eq!(empty.list(true), ":object-format sha256\n\n");
        assert_eq!(empty.list(false), "\n");
        empty.take(b"ERR access denied\n");
        assert_eq!(empty.refused.as_deref(), Some("access denied"));
    }
}

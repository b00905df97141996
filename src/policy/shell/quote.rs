//! Single quotes and ANSI-C quotes ("QUOTING" in bash's manual).

use super::{Fault, Parser};

impl Parser<'_> {
    /// `'…'`, from the quote on.
    pub(super) fn single(&mut self) -> Result<String, Fault> {
        let from = self.pos + 1;
        let Some(length) = self.text[from..].find('\'') else { return Err(self.syntax()) };
        self.pos = from + length + 1;
        Ok(self.text[from..from + length].to_owned())
    }

    /// `$'…'`, from the quote on. Bytes that are not UTF-8 become the replacement character: no ref has that name.
    pub(super) fn ansi(&mut self) -> Result<String, Fault> {
        self.pos += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return Err(self.syntax()) };
            self.pos += 1;
            match byte {
                b'\'' => return Ok(String::from_utf8_lossy(&out).into_owned()),
                b'\\' => self.escape(&mut out)?,
                other => out.push(other),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(byte) = self.peek() else { return Err(self.syntax()) };
        self.pos += 1;
        let plain = match byte {
            b'a' => 7,
            b'b' => 8,
            b'e' | b'E' => 27,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'?' => byte,
            b'0'..=b'7' => {
                self.pos -= 1;
                let value = self.digits(8, 3);
                u8::try_from(value & 0xff).unwrap_or(0)
            }
            b'x' => u8::try_from(self.digits(16, 2) & 0xff).unwrap_or(0),
            b'u' | b'U' => {
                let value = self.digits(16, if byte == b'u' { 4 } else { 8 });
                let letter = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend(letter.to_string().bytes());
                return Ok(());
            }
            b'c' => {
                let next = self.peek().unwrap_or(b'@');
                self.pos += usize::from(self.pos < self.bytes.len());
                next & 0x1f
            }
            other => {
                out.push(b'\\');
                other
            }
        };
        out.push(plain);
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut value = 0_u32;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(radix)) else { break };
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.pos += 1;
        }
        value
    }
}

//! What `echo` and `printf` write.

use super::expand::Field;
use crate::policy::shell::Text;

/// `echo` with the words behind its name.
pub(crate) fn echo(args: &[Field]) -> Text {
    let mut out = Text::default();
    let mut newline = true;
    let mut escapes = false;
    let mut first = true;
    for field in args {
        let flag = field.get().filter(|_| first).and_then(|text| text.strip_prefix('-'));
        if let Some(letters) =
            flag.filter(|letters| !letters.is_empty() && letters.bytes().all(|byte| b"neE".contains(&byte)))
        {
            newline &= !letters.contains('n');
            escapes |= letters.contains('e');
            continue;
        }
        out.push_str(if first { "" } else { " " });
        first = false;
        out.push(&field.text);
    }
    if newline {
        out.push_str("\n");
    }
    if escapes || out.shown().contains('\\') { unescaped(&out) } else { out }
}

/// `printf` with the words behind its name, as far as `%s`, `%b`, `%q`, `%%` and the usual escapes go.
pub(crate) fn format(args: &[Field]) -> Text {
    let mut args = args.iter().filter(|field| !field.is("--")).map(|field| &field.text);
    let Some(format) = args.next().and_then(|text| text.get().map(str::to_owned)) else { return Text::unknown() };
    let mut rest: Vec<&Text> = args.collect();
    rest.reverse();
    let mut out = Text::default();
    loop {
        let before = rest.len();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                out.push_str(letter.encode_utf8(&mut [0; 4]));
                continue;
            }
            match letters.find(|letter| letter.is_ascii_alphabetic() || *letter == '%') {
                Some('%') => out.push_str("%"),
                Some('s' | 'b' | 'q') => {
                    if let Some(text) = rest.pop() {
                        out.push(text);
                    }
                }
                _ => {
                    rest.pop();
                    out.push(&Text::unknown());
                }
            }
        }
        if rest.is_empty() || rest.len() == before || out.len() > 1 << 16 {
            return unescaped(&out);
        }
    }
}

fn unescaped(text: &Text) -> Text {
    let mut out = Text::default();
    for chunk in text.chunks() {
        match chunk {
            crate::policy::shell::Chunk::Unknown => out.push(&Text::unknown()),
            crate::policy::shell::Chunk::Known(text) => {
                let mut letters = text.chars();
                while let Some(letter) = letters.next() {
                    let plain = if letter == '\\' {
                        match letters.next() {
                            Some('n') => '\n',
                            Some('t') => '\t',
                            Some('r') => '\r',
                            Some('\\') => '\\',
                            Some('x') => match digits(&mut letters, 16, 2) {
                                Some(letter) => letter,
                                None => return Text::unknown(),
                            },
                            Some('0') => match digits(&mut letters, 8, 3) {
                                Some(letter) => letter,
                                None => return Text::unknown(),
                            },
                            Some('1'..='7' | 'u' | 'U' | 'c') => {
                                return Text::unknown(); // octal without its zero differs between echo and printf
                            }
                            Some(other) => {
                                out.push_str("\\");
                                other
                            }
                            None => '\\',
                        }
                    } else {
                        letter
                    };
                    out.push_str(plain.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }
    out
}

/// The letter with this number, if it is ASCII.
fn digits(letters: &mut std::str::Chars<'_>, base: u32, most: usize) -> Option<char> {
    let mut number = 0;
    for count in 0..most {
        let Some(digit) = letters.clone().next().and_then(|letter| letter.to_digit(base)) else {
            if count == 0 {
                return None;
            }
            break;
        };
        letters.next();
        number = number * base + digit;
    }
    char::from_u32(number).filter(|letter| letter.is_ascii() && *letter != '\0')
}

//! The text of a configuration file (git-config(1), "CONFIGURATION FILE", "Syntax").

use super::config::Setting;

/// Reads the text of a configuration file; each setting goes to `take` with its key as git names it.
///
/// # Errors
/// The number of the line that is not in git's syntax.
pub fn parse(text: &str, take: &mut dyn FnMut(&str, Setting)) -> Result<(), usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut letters = text.chars().peekable();
    let mut line = 1;
    let mut section: Option<String> = None;
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => line += 1,
            ' ' | '\t' | '\r' => {}
            '#' | ';' => while letters.next_if(|letter| *letter != '\n').is_some() {},
            '[' => section = Some(header(&mut letters).ok_or(line)?),
            letter if letter.is_ascii_alphabetic() => {
                let section = section.as_ref().ok_or(line)?;
                let mut name = String::from(letter);
                while let Some(letter) = letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '-') {
                    name.push(letter);
                }
                while letters.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
                let key = format!("{section}.{name}");
                match letters.peek() {
                    Some('=') => {
                        letters.next();
                        let (value, lines) = value(&mut letters).ok_or(line)?;
                        take(&key, Setting::Text(value));
                        line += lines;
                    }
                    None | Some('\n' | '\r' | '#' | ';') => take(&key, Setting::Implicit),
                    Some(_) => return Err(line),
                }
            }
            _ => return Err(line),
        }
    }
    Ok(())
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// `section]` or `section "sub"]`, behind the bracket.
fn header(letters: &mut Letters<'_>) -> Option<String> {
    let mut name = String::new();
    loop {
        match letters.next()? {
            ']' => return Some(name.to_ascii_lowercase()),
            letter if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.') => name.push(letter),
            ' ' | '\t' => break,
            _ => return None,
        }
    }
    while letters.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
    if letters.next()? != '"' {
        return None;
    }
    let mut sub = String::new();
    loop {
        match letters.next()? {
            '"' => break,
            '\\' => sub.push(letters.next()?),
            '\n' => return None,
            letter => sub.push(letter),
        }
    }
    (letters.next()? == ']').then(|| format!("{}.{sub}", name.to_ascii_lowercase()))
}

/// A value up to the end of its line, and how many lines it went on for.
fn value(letters: &mut Letters<'_>) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut blanks = 0;
    let mut quoted = false;
    let mut lines = 0;
    loop {
        match letters.peek().copied() {
            None | Some('\n') => return (!quoted).then_some((out, lines)),
            Some(letter) => {
                letters.next();
                match letter {
                    '\r' if letters.peek() == Some(&'\n') => {}
                    ' ' | '\t' if !quoted => blanks += usize::from(!out.is_empty()),
                    '#' | ';' if !quoted => while letters.next_if(|letter| *letter != '\n').is_some() {},
                    other => {
                        out.extend(std::iter::repeat_n(' ', std::mem::take(&mut blanks)));
                        match other {
                            '"' => quoted = !quoted,
                            '\\' => match letters.next()? {
                                '\n' => lines += 1,
                                'n' => out.push('\n'),
                                't' => out.push('\t'),
                                'b' => out.push('\u{8}'),
                                escaped @ ('"' | '\\') => out.push(escaped),
                                '\r' if letters.peek() == Some(&'\n') => {
                                    letters.next();
                                    lines += 1;
                                }
                                _ => return None,
                            },
                            plain => out.push(plain),
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax() {
        let text = "[core]\n\tbare = false ; c\n[remote \"o.x\"]\n url = \"a # b\" # c\n push = +a:\\\nb\n mirror\n[Branch.Old] Merge=x\n[alias] p = !git push \\\"$@\\\"\n";
        let mut found = Vec::new();
        parse(text, &mut |key, value| found.push((key.to_owned(), value))).unwrap();
        let text = |text: &str| Setting::Text(text.to_owned());
        let expected = [
            ("core.bare", text("false")),
            ("remote.o.x.url", text("a # b")),
            ("remote.o.x.push", text("+a:b")),
            ("remote.o.x.mirror", Setting::Implicit),
            ("branch.old.Merge", text("x")),
            ("alias.p", text("!git push \"$@\"")),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value)));
        for broken in ["x = 1", "[a", "[a \"b]\n", "[a]\n x = \"b", "[a]\n 1x = 2"] {
            assert!(parse(broken, &mut |_, _| {}).is_err(), "{broken}");
        }
    }
}

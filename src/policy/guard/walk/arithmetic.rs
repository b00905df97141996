//! Shell arithmetic, as far as it changes nothing: whole numbers, variables, `+ - * / %` and parentheses.

/// Parentheses and signs within each other, a bound for the stack.
const DEEPEST: u32 = 32;

/// The value of an expression; `None` when it cannot be known.
pub(crate) fn value(text: &str, variable: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut reader = Reader { rest: text.trim(), variable, depth: 0 };
    let value = reader.sum()?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    variable: &'a dyn Fn(&str) -> Option<i64>,
    depth: u32,
}

impl Reader<'_> {
    fn take(&mut self, letters: &[char]) -> Option<char> {
        let letter = self.rest.chars().next().filter(|letter| letters.contains(letter))?;
        self.rest = self.rest[letter.len_utf8()..].trim_start();
        Some(letter)
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            let right = self.product()?;
            value = if sign == '+' { value.checked_add(right)? } else { value.checked_sub(right)? };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.atom()?;
        while let Some(sign) = self.take(&['*', '/', '%']) {
            let right = self.atom()?;
            value = match sign {
                '*' => value.checked_mul(right)?,
                '/' => value.checked_div(right)?,
                _ => value.checked_rem(right)?,
            };
        }
        Some(value)
    }

    fn atom(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.take(&['(']).is_some() {
            let value = self.sum()?;
            self.take(&[')'])?;
            value
        } else if self.take(&['-']).is_some() {
            self.atom()?.checked_neg()?
        } else {
            let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest.trim_start();
            // A leading zero is octal.
            if word == "0" || word.starts_with(|letter: char| ('1'..='9').contains(&letter)) {
                word.parse().ok()?
            } else if word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') {
                (self.variable)(word)?
            } else {
                return None;
            }
        };
        self.depth -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn plain_arithmetic() {
        let variable = |name: &str| (name == "n").then_some(3);
        for (text, expected) in [
            ("1+1", Some(2)),
            (" n - 3 ", Some(0)),
            ("(1+2)*n", Some(9)),
            ("-2 * -n", Some(6)),
            ("7 % 4 / 2", Some(1)),
            ("1/0", None),
            ("n++", None),
            ("x", None),
            ("n=4", None),
            ("010", None),
            ("n > 2", None),
            ("9223372036854775807+1", None),
            ("", None),
        ] {
            assert_eq!(value(text, &variable), expected, "{text}");
        }
        assert_eq!(value(&"(".repeat(100_000), &variable), None);
    }
}

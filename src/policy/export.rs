//! Commands that set and unset variables, in each shell's own quoting, so that no byte of a value means anything to the shell.

/// A shell's syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// sh, bash, zsh and other POSIX shells.
    Posix,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
}

/// A command that sets the variable `name`, which must be a valid name. A newline in the value is written so that the
/// command stays on one line where the shell can; a POSIX shell reads it over several.
pub fn line(syntax: Syntax, name: &str, value: &str) -> String {
    match syntax {
        Syntax::Posix => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        Syntax::Fish => {
            let quoted = value.replace('\\', r"\\").replace('\'', r"\'");
            // Outside of its quotes fish knows escapes for what would break the line.
            format!("set -gx {name} '{}'", quoted.replace('\n', r"'\n'").replace('\r', r"'\r'"))
        }
        Syntax::PowerShell => {
            // It takes typographic quotation marks for plain ones (about_Quoting_Rules).
            let is_quote = |c: char| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}');
            let doubled = |c: char| if is_quote(c) { vec![c, c] } else { vec![c] };
            format!("$env:{name} = '{}'", value.chars().flat_map(doubled).collect::<String>())
        }
    }
}

/// A command that takes the variable `name` away, whether it is there or not.
pub fn unset(syntax: Syntax, name: &str) -> String {
    match syntax {
        Syntax::Posix => format!("unset {name}"),
        // Where there is none it fails, which nobody needs to know.
        Syntax::Fish => format!("set -e {name}; or true"),
        Syntax::PowerShell => format!("Remove-Item -ErrorAction Ignore Env:{name}"),
    }
}

/// `NAME=value` for people: a value that would break the line stands in quotes, with escapes.
pub fn shown(name: &str, value: &str) -> String {
    if value.contains(char::is_control) {
        let mut text = String::new();
        for c in value.chars() {
            if c.is_control() || matches!(c, '"' | '\\') { text.extend(c.escape_default()) } else { text.push(c) }
        }
        return format!("{name}=\"{text}\"");
    }
    format!("{name}={value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_each_shell() {
        let hostile = "a'b\\$(c)\nd";
        for (syntax, expected) in [
            (Syntax::Posix, "export K='a'\\''b\\$(c)\nd'"),
            (Syntax::Fish, r"set -gx K 'a\'b\\$(c)'\n'd'"),
            (Syntax::PowerShell, "$env:K = 'a''b\\$(c)\nd'"),
        ] {
            assert_eq!(line(syntax, "K", hostile), expected);
        }
        assert_eq!(shown("K", "a\nPATH=\"/x\"\u{1b}"), r#"K="a\nPATH=\"/x\"\u{1b}""#);
        assert_eq!(shown("K", "it's \"x\" \\"), "K=it's \"x\" \\");
        assert_eq!(line(Syntax::PowerShell, "K", "\u{2019}x"), "$env:K = '\u{2019}\u{2019}x'");
    }
}

//! Commands that set variables, in each shell's own quoting, so that no byte of a value means anything to the shell.

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
        assert_eq!(line(Syntax::PowerShell, "K", "\u{2019}x"), "$env:K = '\u{2019}\u{2019}x'");
    }
}

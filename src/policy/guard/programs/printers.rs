//! Programs whose output can be told, or of which it can be told what kind of word it is.

use crate::policy::guard::walk::expand::{Field, SOME};
use crate::policy::guard::walk::state::State;
use crate::policy::shell::Text;

/// What a program prints, as far as it can be told without running it.
pub(crate) fn printed(base: &str, argv: &[Field], state: &State) -> Option<Text> {
    let operands = || argv[1..].iter().filter(|field| !field.text.prefix().starts_with('-'));
    let mut text = match base {
        "basename" => {
            let mut operands = operands();
            let path = operands.next()?.get()?.trim_end_matches('/').to_owned();
            let suffix = operands.next().map_or(Some(""), Field::get)?;
            let name = path.rsplit('/').next().unwrap_or_default();
            name.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(name).to_owned()
        }
        "dirname" => match operands().next()?.get()?.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((dir, _)) => dir.to_owned(),
            None => ".".to_owned(),
        },
        "realpath" | "readlink" => {
            // A link that the command made is not followed, but most are none.
            let path = state.path(operands().next()?.get()?)?;
            if path.contains(SOME) { return None } else { path }
        }
        "date" => date(operands().find_map(|field| field.get()?.strip_prefix('+'))?)?,
        "whoami" | "hostname" | "uuidgen" | "nproc" => SOME.to_string(),
        "id" if argv.len() == 2 => SOME.to_string(),
        _ => return None,
    };
    text.push('\n');
    Some(Text::known(text))
}

/// A format of date(1), with what the clock will put in marked. A colon would end the name of a ref.
fn date(format: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next()? {
            '%' => out.push('%'),
            'Y' | 'y' | 'm' | 'd' | 'H' | 'I' | 'M' | 'S' | 's' | 'N' | 'j' | 'F' | 'b' | 'B' | 'a' | 'A' | 'u'
            | 'V' | 'Z' => {
                out.push(SOME);
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed() {
        let state = State::new("/w");
        let say = |line: &str| {
            let argv: Vec<Field> = line.split(' ').map(|word| Field::of(word.into())).collect();
            printed(&argv[0].text.shown(), &argv, &state).map(|text| text.shown().replace(SOME, "#"))
        };
        for (line, expected) in [
            ("basename /a/main", Some("main\n")),
            ("basename a/main.sh .sh", Some("main\n")),
            ("dirname main/x", Some("main\n")),
            ("dirname main", Some(".\n")),
            ("dirname /main", Some("/\n")),
            ("realpath ../r", Some("/r\n")),
            ("date +main", Some("main\n")),
            ("date -u +v%Y-%m", Some("v#-#\n")),
            ("date +%T", None),
            ("date", None),
            ("ls main", None),
        ] {
            assert_eq!(say(line).as_deref(), expected, "{line}");
        }
    }
}

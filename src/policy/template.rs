//! Values with places to fill in: `http://localhost:{port.web}/`. `{{` and `}}` stand for the braces themselves.

/// Why a template cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing is known by this name.
    Unknown(String),
    /// A brace without its partner.
    Brace,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "nothing is known as {{{name}}}"),
            Self::Brace => write!(f, "a brace has no partner; write {{{{ and }}}} for braces that mean themselves"),
        }
    }
}

/// Fills a template in with what `value` says of each name.
///
/// # Errors
/// For a name that `value` does not know, and for a brace without a partner.
pub fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, Unfit> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let (brace, behind) = rest[at..].split_at(1);
        if let Some(behind) = behind.strip_prefix(brace) {
            out.push_str(brace);
            rest = behind;
        } else if brace == "{" {
            let (name, behind) = behind.split_once('}').ok_or(Unfit::Brace)?;
            out.push_str(&value(name).ok_or_else(|| Unfit::Unknown(name.to_owned()))?);
            rest = behind;
        } else {
            return Err(Unfit::Brace);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether a template can be filled in where these names are known.
///
/// # Errors
/// As [`fill`].
pub fn check(template: &str, known: &[String]) -> Result<(), Unfit> {
    fill(template, |name| known.iter().any(|one| one == name).then(String::new)).map(drop)
}

/// The names that a template asks for, as far as it can be read.
pub fn names(template: &str) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    // What is wrong with it is said when it is filled in.
    let _ = fill(template, |name| {
        found.borrow_mut().push(name.to_owned());
        Some(String::new())
    });
    found.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let value = |name: &str| (name == "port.web").then(|| "{3000}".to_owned());
        for (template, expected) in [
            ("http://x:{port.web}/", Ok("http://x:{3000}/".to_owned())),
            ("{{port.web}}", Ok("{port.web}".to_owned())),
            ("{{{port.web}}}", Ok("{{3000}}".to_owned())),
            ("plain", Ok("plain".to_owned())),
            ("", Ok(String::new())),
            ("{nobody}", Err(Unfit::Unknown("nobody".to_owned()))),
            ("{}", Err(Unfit::Unknown(String::new()))),
            ("{open", Err(Unfit::Brace)),
            ("close}", Err(Unfit::Brace)),
            ("ü{port.web}ü", Ok("ü{3000}ü".to_owned())),
        ] {
            assert_eq!(fill(template, value), expected, "{template}");
        }
        assert_eq!(names("{a}{{b}}{db.url}"), ["a", "db.url"]);
        assert_eq!(check("{a}{{b}}", &["a".to_owned()]), Ok(()));
        assert_eq!(check("{b}", &["a".to_owned()]), Err(Unfit::Unknown("b".to_owned())));
    }
}

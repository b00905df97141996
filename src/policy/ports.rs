//! Which port an agent's service gets: a formula first, then the next ones in the same thousand.

use super::slug;

/// How many ports a service may use, from its base on.
pub const SPAN: u16 = 1000;

/// The lowest base: the ports below need privileges.
const LOWEST: u16 = 1024;

/// A service that every agent of a repository gets a port for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name (`web`).
    pub name: String,
    /// The first port of its thousand.
    pub base: u16,
    /// The environment variable that carries the port.
    pub variable: String,
}

/// The base of a service as it is written in a setting.
///
/// # Errors
/// When it is no number, or the thousand does not fit between the privileged ports and 65535.
pub fn base(text: &str) -> Result<u16, String> {
    let highest = u16::MAX - (SPAN - 1);
    let number: Option<u16> = text.trim().parse().ok();
    number
        .filter(|number| (LOWEST..=highest).contains(number))
        .ok_or_else(|| format!("it takes a number from {LOWEST} to {highest}, so that {SPAN} ports fit behind it"))
}

/// The port that the formula names: the first four hexadecimal digits of the SHA-1 of the agent's name, modulo 1000,
/// added to the base.
pub fn formula(base: u16, agent: &str) -> u16 {
    let digits = slug::digest(agent, 4);
    let number = u16::from_str_radix(&digits, 16).unwrap_or_default();
    base + number % SPAN
}

/// The ports to try, in order: the one of the formula, those above it, then from the base on.
pub fn candidates(base: u16, agent: &str) -> impl Iterator<Item = u16> {
    let first = formula(base, agent) - base;
    (0..SPAN).map(move |step| base + (first + step) % SPAN)
}

/// Whether a port is one of the thousand behind the base: when the base is changed, an agent moves along.
pub fn is_within(base: u16, port: u16) -> bool {
    (base..=base + (SPAN - 1)).contains(&port)
}

/// Whether a text can name a service: it stands in `{port.NAME}` and is typed on command lines.
pub fn is_service(name: &str) -> bool {
    let tame = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 40 && !name.starts_with('-') && name.chars().all(tame)
}

/// The variable of a service where none is configured: `web` has `WEB_PORT`.
pub fn variable(service: &str) -> String {
    let name = format!("{}_PORT", service.to_ascii_uppercase().replace('-', "_"));
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula() {
        // printf %s NAME | sha1sum | cut -c1-4, modulo 1000.
        for (name, expected) in [("fix-login", 3425), ("feat/x", 3010), ("a", 3551)] {
            assert_eq!(formula(3000, name), expected, "{name}");
        }
    }

    #[test]
    fn all_of_a_thousand_are_tried_once() {
        let mut all: Vec<u16> = candidates(3000, "fix-login").collect();
        assert_eq!(all[0], formula(3000, "fix-login"));
        all.sort_unstable();
        assert_eq!(all, (3000..4000).collect::<Vec<_>>());
        assert_eq!(candidates(64536, "x").max(), Some(65535));
        for (port, expected) in [(2999, false), (3000, true), (3999, true), (4000, false)] {
            assert_eq!(is_within(3000, port), expected, "{port}");
        }
        assert!(is_within(64536, 65535));
    }

    #[test]
    fn bases() {
        for (text, expected) in
            [("3000", Some(3000)), (" 8080 ", Some(8080)), ("64536", Some(64536)), ("64537", None), ("80", None)]
        {
            assert_eq!(base(text).ok(), expected, "{text}");
        }
        for text in ["", "-1", "web", "3000.5", "99999999"] {
            assert!(base(text).is_err(), "{text}");
        }
    }

    #[test]
    fn services() {
        for (name, expected) in
            [("web", true), ("web-2", true), ("a_b", true), ("", false), ("a.b", false), ("-x", false), ("a b", false)]
        {
            assert_eq!(is_service(name), expected, "{name}");
        }
        assert_eq!(variable("web-api"), "WEB_API_PORT");
        assert_eq!(variable("9p"), "_9P_PORT");
    }
}

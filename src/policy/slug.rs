//! Names for other systems, made of an agent's: for hosts, for Docker Compose, for databases. Each has rules of its own
//! and a limit, so letters are lost; a few digits of a hash keep what was different apart.

/// The first `digits` hexadecimal digits of the SHA-1 of a text.
pub fn digest(text: &str, digits: usize) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    // It fails where the input is a forgery that collides with another: the digits are no proof of anything here.
    let hash = hasher.try_finalize().map_or_else(|_| "0".repeat(40), |id| id.to_string());
    hash[..digits.min(hash.len())].to_owned()
}

/// The longest slug: with room for a prefix in a DNS label of 63.
const SLUG: usize = 40;

/// An agent's name as part of a host name: lower-case letters, digits and dashes. A name that is one already stays;
/// any other gets six digits of its hash, because `feat/x` and `feat-x` are two agents.
pub fn slug(name: &str) -> String {
    let plain = tame(name, '-');
    if plain == name && name.len() <= SLUG {
        return plain;
    }
    joined(&[&cut(&plain, SLUG - 7), &digest(name, 6)], '-')
}

/// The project of Docker Compose for an agent: lower-case letters, digits and dashes, letter or digit first (compose
/// specification, `name`). The last digits tell repositories of one name apart by their place.
pub fn compose_project(repository: &str, place: &str, agent: &str) -> String {
    let hash = digest(&format!("{place}\0{agent}"), 6);
    joined(&[&cut(&tame(repository, '-'), 16), &cut(&tame(agent, '-'), 30), &hash], '-')
}

/// The longest name of a database: Postgres cuts identifiers at 63 bytes.
pub const DATABASE: usize = 63;

/// The database of an agent: the source's name, the agent's, and eight digits that stand for the repository's place,
/// the agent, and the database among several.
pub fn database(source: &str, place: &str, agent: &str) -> String {
    let hash = digest(&format!("{place}\0{agent}\0{source}"), 8);
    joined(&[&cut(&tame(source, '_'), 26), &cut(&tame(agent, '_'), 26), &hash], '_')
}

/// Lower-case letters and digits, with one `between` for every run of other characters, none at the ends.
fn tame(text: &str, between: char) -> String {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(&between.to_string())
}

fn cut(text: &str, length: usize) -> String {
    text[..length.min(text.len())].trim_end_matches(['-', '_']).to_owned()
}

fn joined(parts: &[&str], between: char) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(&between.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for (name, expected) in [("fix-login", "fix-login"), ("a1", "a1")] {
            assert_eq!(slug(name), expected);
        }
        for name in ["feat/x", "Feat-x", "feat_x", "-", "日本", "a--b", &"x".repeat(100)] {
            let slug = slug(name);
            assert!(slug.len() <= SLUG && !slug.is_empty(), "{name}: {slug}");
            assert!(slug.ends_with(&digest(name, 6)), "{name}: {slug}");
            assert!(slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{slug}");
        }
    }

    #[test]
    fn projects_and_databases_are_short_and_differ() {
        let long = "Ein sehr langer Name mit Wörtern/".repeat(9);
        let project = compose_project(&long, "/p", &long);
        assert!(project.len() <= 55 && project.starts_with("ein-sehr"), "{project}");
        assert_ne!(compose_project("app", "/a", "x"), compose_project("app", "/b", "x"));
        assert_ne!(compose_project("app", "/a", "a/b"), compose_project("app", "/a", "a-b"));
        assert!(compose_project("_", "/a", "日").starts_with(|c: char| c.is_ascii_alphanumeric()));
        let name = database(&long, "/p", &long);
        assert!(name.len() <= DATABASE, "{name}");
        assert_ne!(database("app", "/p", "a/b"), database("app", "/p", "a-b"));
        assert_eq!(&database("app", "/p", "fix-login")[..14], "app_fix_login_");
    }
}

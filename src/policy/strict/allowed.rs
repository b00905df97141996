//! Whether git would use a transport at all (git-config(1), `protocol.<name>.allow`): behind our helper, git does not see
//! which one it is.

use crate::policy::push::Config;
use crate::policy::push::config::truth;

/// Decides for the transport `name`. `list` is GIT_ALLOW_PROTOCOL, `from_user` GIT_PROTOCOL_FROM_USER.
pub fn allows(name: &str, config: &Config, list: Option<&str>, from_user: Option<&str>) -> bool {
    if let Some(list) = list {
        return list.split(':').any(|allowed| allowed == name);
    }
    let configured = config.text(&format!("protocol.{name}.allow")).or_else(|| config.text("protocol.allow"));
    let value = configured.map(str::to_ascii_lowercase);
    match value.as_deref() {
        Some("always") => true,
        Some("never") => false,
        Some("user") => from_user.is_none_or(truth),
        // git dies of another word.
        Some(_) => false,
        None => match name {
            "http" | "https" | "git" | "ssh" => true,
            "ext" => false,
            _ => from_user.is_none_or(truth),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::push::Setting;

    #[test]
    fn as_git_decides() {
        let none = Config::default();
        let mut strict = Config::default();
        strict.push("protocol.allow", Setting::Text("never".into()));
        strict.push("protocol.ssh.allow", Setting::Text("always".into()));
        for (name, config, list, from_user, expected) in [
            ("ssh", &none, None, None, true),
            ("ext", &none, None, None, false),
            ("file", &none, None, None, true),
            ("file", &none, None, Some("0"), false),
            ("hg", &none, None, Some("false"), false),
            ("ssh", &none, None, Some("0"), true),
            ("ssh", &strict, None, None, true),
            ("https", &strict, None, None, false),
            ("https", &strict, Some("http:https"), None, true),
            ("ssh", &none, Some("https"), None, false),
        ] {
            assert_eq!(allows(name, config, list, from_user), expected, "{name} {list:?} {from_user:?}");
        }
    }
}

//! How git calls ssh (git-config(1), `core.sshCommand`, `ssh.variant`; `fill_ssh_args` in git's `connect.c`).

/// What an ssh program understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// To be found out with `ssh -G`.
    Auto,
    /// OpenSSH.
    Ssh,
    /// Host and command, no options.
    Simple,
    /// plink, putty
    Plink,
    /// tortoiseplink
    Tortoise,
}

/// The variant that `ssh.variant` or GIT_SSH_VARIANT names; `None` for `auto`.
pub fn named(value: &str) -> Option<Variant> {
    match value {
        "auto" => None,
        "plink" | "putty" => Some(Variant::Plink),
        "tortoiseplink" => Some(Variant::Tortoise),
        "simple" => Some(Variant::Simple),
        _ => Some(Variant::Ssh),
    }
}

/// The variant that a program's name tells.
pub fn of_program(program: &str) -> Variant {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    match name.as_str() {
        "ssh" | "ssh.exe" => Variant::Ssh,
        "plink" | "plink.exe" => Variant::Plink,
        "tortoiseplink" | "tortoiseplink.exe" => Variant::Tortoise,
        _ => Variant::Auto,
    }
}

/// The options in front of the host.
///
/// # Errors
/// What git says when the variant cannot do it.
pub fn options(variant: Variant, port: Option<&str>, family: Option<&str>) -> Result<Vec<String>, String> {
    let mut options = Vec::new();
    let simple = variant == Variant::Simple;
    if let Some(family) = family.filter(|family| matches!(*family, "ipv4" | "ipv6")) {
        let option = if family == "ipv4" { "-4" } else { "-6" };
        if simple {
            return Err(format!("ssh variant 'simple' does not support {option}"));
        }
        options.push(option.to_owned());
    }
    if variant == Variant::Tortoise {
        options.push("-batch".to_owned());
    }
    if let Some(port) = port {
        if simple {
            return Err("ssh variant 'simple' does not support setting port".to_owned());
        }
        let option = if matches!(variant, Variant::Plink | Variant::Tortoise) { "-P" } else { "-p" };
        options.extend([option.to_owned(), port.to_owned()]);
    }
    Ok(options)
}

/// A word for the shell on the other side, as git quotes it.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''").replace('!', "'\\!'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls() {
        for (variant, port, family, expected) in [
            (Variant::Ssh, None, None, &[][..]),
            (Variant::Ssh, Some("22"), Some("ipv4"), &["-4", "-p", "22"]),
            (Variant::Plink, Some("22"), Some("all"), &["-P", "22"]),
            (Variant::Tortoise, Some("22"), Some("ipv6"), &["-6", "-batch", "-P", "22"]),
            (Variant::Simple, None, None, &[]),
        ] {
            assert_eq!(options(variant, port, family).unwrap(), expected);
        }
        assert!(options(Variant::Simple, Some("22"), None).is_err());
        assert!(options(Variant::Simple, None, Some("ipv6")).is_err());
        assert_eq!(of_program("/usr/bin/ssh"), Variant::Ssh);
        assert_eq!(of_program("C:\\x\\Plink.exe"), Variant::Plink);
        assert_eq!(of_program("my-ssh"), Variant::Auto);
        assert_eq!(quoted("/it's!"), "'/it'\\''s'\\!''");
    }
}

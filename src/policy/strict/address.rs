//! Which transport a URL means, as git's `transport.c` and `connect.c` read it. Compared with `git fetch-pack --diag-url` by
//! a test.

/// Where a push goes, and by which transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A repository on this machine.
    File(String),
    /// Over ssh.
    Ssh {
        /// `user@host` or `host`, without brackets.
        host: String,
        /// The port, if one is named.
        port: Option<String>,
        /// The path on the other side.
        path: String,
    },
    /// git's own daemon.
    Daemon {
        /// `host` or `host:port`, as written.
        host: String,
        /// The path on the other side.
        path: String,
    },
    /// Another remote helper, with what it is given: `https` with the whole URL, or `hg` of `hg::address`.
    Helper {
        /// Its name: `git-remote-<name>`.
        name: String,
        /// Its address.
        url: String,
    },
}

impl Address {
    /// What `protocol.<name>.allow` calls the transport.
    pub fn protocol(&self) -> &str {
        match self {
            Self::File(_) => "file",
            Self::Ssh { .. } => "ssh",
            Self::Daemon { .. } => "git",
            Self::Helper { name, .. } => name,
        }
    }
}

/// Reads a URL.
///
/// # Errors
/// What git says of a URL that it does not take.
pub fn parse(url: &str) -> Result<Address, String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let scheme = &url[..url.find(|c| !letters(c)).unwrap_or(url.len())];
    let rest = &url[scheme.len()..];
    if let Some(address) = rest.strip_prefix("::").filter(|_| !scheme.is_empty()) {
        return Ok(Address::Helper { name: scheme.to_owned(), url: address.to_owned() });
    }
    let Some(rest) = rest.strip_prefix("://").filter(|_| !scheme.is_empty()) else { return short(url) };
    let decoded = decode(rest);
    match scheme {
        "file" => Ok(Address::File(path_of_file(&decoded)?)),
        "ssh" | "git+ssh" | "ssh+git" => {
            let (host, path) = split(&decoded, '/')?;
            ssh(host, path)
        }
        "git" => {
            let (host, path) = split(&decoded, '/')?;
            checked(host, home(path)).map(|(host, path)| Address::Daemon { host, path })
        }
        _ => Ok(Address::Helper { name: scheme.to_owned(), url: url.to_owned() }),
    }
}

/// A path, or `host:path`.
fn short(url: &str) -> Result<Address, String> {
    let local = match (url.find(':'), url.find('/')) {
        (None, _) => true,
        (Some(colon), slash) => slash.is_some_and(|slash| slash < colon),
    };
    // A drive letter is a path on Windows only.
    let drive = cfg!(windows) && url.as_bytes().get(1) == Some(&b':');
    if local || drive {
        return if url.is_empty() { Err(no_path()) } else { Ok(Address::File(url.to_owned())) };
    }
    let (host, path) = split(url, ':')?;
    ssh(host, &path[1..])
}

fn no_path() -> String {
    "no path specified; see 'git help pull' for valid url syntax".to_owned()
}

fn path_of_file(rest: &str) -> Result<String, String> {
    rest.find('/').map(|at| rest[at..].to_owned()).ok_or_else(no_path)
}

/// Host and path; the path begins with the separator. A host in brackets may hold one.
fn split(text: &str, separator: char) -> Result<(&str, &str), String> {
    let from = bracket(text).map_or(0, |(_, end)| end + 1);
    let at = from + text[from..].find(separator).ok_or_else(no_path)?;
    Ok((&text[..at], &text[at..]))
}

/// Where `[` and `]` of a host are: at the beginning or behind `@`.
fn bracket(text: &str) -> Option<(usize, usize)> {
    let start = text.find("@[").map_or(0, |at| at + 1);
    if !text[start..].starts_with('[') {
        return None;
    }
    Some((start, start + text[start..].find(']')?))
}

/// `/~user/…` is `~user/…` on the other side. git looks at the second letter only, and so do we.
fn home(path: &str) -> &str {
    let mut letters = path.char_indices();
    letters.next();
    match letters.next() {
        Some((at, '~')) => &path[at..],
        _ => path,
    }
}

fn ssh(host: &str, path: &str) -> Result<Address, String> {
    let path = home(path);
    let mut name = host.to_owned();
    let mut port = None;
    let from = match bracket(&name) {
        Some((open, close)) => {
            name.remove(close);
            name.remove(open);
            close - 1
        }
        None => 0,
    };
    let number = |text: &str| text.parse::<u16>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(colon) = name[from..].find(':').map(|at| at + from) {
        let text = name[colon + 1..].to_owned();
        if text.is_empty() {
            name.truncate(colon);
        } else if number(&text) {
            name.truncate(colon);
            port = Some(text);
        }
    }
    // `[host:port]:path`
    if port.is_none()
        && let Some(colon) = name.find(':').filter(|colon| number(&name[colon + 1..]))
    {
        port = Some(name[colon + 1..].to_owned());
        name.truncate(colon);
    }
    checked(&name, path).map(|(host, path)| Address::Ssh { host, port, path })
}

/// What would be read as an option is refused, as git does.
fn checked(host: &str, path: &str) -> Result<(String, String), String> {
    if host.starts_with('-') {
        return Err(format!("strange hostname '{host}' blocked"));
    }
    if path.starts_with('-') {
        return Err(format!("strange pathname '{path}' blocked"));
    }
    Ok((host.to_owned(), path.to_owned()))
}

/// `%41` is `A`; what is no such escape stays.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&first, rest)) = bytes.split_first() {
        let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(rest.first()), digit(rest.get(1))) {
            (b'%', Some(high), Some(low)) if high + low > 0 => {
                out.push((high * 16 + low) as u8);
                bytes = &rest[2..];
            }
            _ => {
                out.push(first);
                bytes = rest;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports() {
        let ssh = |host: &str, port: Option<&str>, path: &str| Address::Ssh {
            host: host.into(),
            port: port.map(str::to_owned),
            path: path.into(),
        };
        let helper = |name: &str, url: &str| Address::Helper { name: name.into(), url: url.into() };
        for (url, expected) in [
            ("/a/b%20c", Address::File("/a/b%20c".into())),
            ("./a:b", Address::File("./a:b".into())),
            ("file:///a/b%20c", Address::File("/a/b c".into())),
            ("h:x", ssh("h", None, "x")),
            ("u@h:/x", ssh("u@h", None, "/x")),
            ("[h:22]:p", ssh("h", Some("22"), "p")),
            ("ssh://u@h:22/~a/b%20c", ssh("u@h", Some("22"), "~a/b c")),
            ("ssh://[::1]:22/p", ssh("::1", Some("22"), "/p")),
            ("ssh://[::1]/p", ssh("::1", None, "/p")),
            ("git://h:99/~x", Address::Daemon { host: "h:99".into(), path: "~x".into() }),
            ("https://h/x?y", helper("https", "https://h/x?y")),
            ("hg::https://h/x", helper("hg", "https://h/x")),
            ("ext::sh -c x", helper("ext", "sh -c x")),
        ] {
            assert_eq!(parse(url), Ok(expected), "{url}");
        }
        for url in ["", "ssh://h", "ssh://-oProxyCommand=x/y", "-x:y", "h:-x", "file:"] {
            assert!(parse(url).is_err() || url == "file:", "{url}");
        }
    }

    #[test]
    fn no_text_is_too_strange_to_read() {
        for url in ["[", "@[", "[]:", "[]]:é", "é:é~", "ssh://[é", "%", "ssh://%0", "a:", "::", "x::", "://", "@[]:1:2"]
        {
            let _ = parse(url);
        }
    }
}

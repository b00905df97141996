//! git over http on the loopback: `git http-backend` behind a CGI server of few lines.

use super::skip::skipped;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that serves every repository below a folder until the test's process ends.
pub struct Http {
    port: u16,
}

impl Http {
    /// Serves what is below `root`. With `user`, nobody gets in without `user:password`.
    pub fn serve(root: &Path, home: &Path, user: Option<(&str, &str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has one").port();
        let (root, home) = (root.to_owned(), home.to_owned());
        let wanted = user.map(|(name, password)| format!("Basic {}", base64(&format!("{name}:{password}"))));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, home, wanted) = (root.clone(), home.clone(), wanted.clone());
                // A client that goes away in the middle is no trouble.
                std::thread::spawn(move || drop(answer(&stream, &root, &home, wanted.as_deref())));
            }
        });
        Self { port }
    }

    /// The URL of a repository below the folder.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

fn answer(stream: &TcpStream, root: &Path, home: &Path, wanted: Option<&str>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream.try_clone()?;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    if headers.contains_key("expect") {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = body(&mut reader, &headers)?;
    if wanted.is_some() && headers.get("authorization").map(String::as_str) != wanted {
        return writer.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut backend = Command::new("git");
    super::hermetic(backend.arg("http-backend"), home);
    backend
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", method)
        .env("REMOTE_USER", "somebody")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("CONTENT_LENGTH", body.len().to_string());
    for (variable, header) in [
        ("CONTENT_TYPE", "content-type"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("GIT_PROTOCOL", "git-protocol"),
    ] {
        if let Some(value) = headers.get(header) {
            backend.env(variable, value);
        }
    }
    let mut child = backend.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut stdin = child.stdin.take().expect("a pipe");
    let feed = std::thread::spawn(move || drop(stdin.write_all(&body)));
    let mut reply = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut reply)?;
    let _ = feed.join();
    child.wait()?;
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(reply.len());
    let head = String::from_utf8_lossy(&reply[..end]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
    write!(writer, "HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\n\r\n")?;
    writer.write_all(reply.get(end + 4..).unwrap_or_default())
}

fn body(reader: &mut impl BufRead, headers: &HashMap<String, String>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(&chunk[..size]);
        }
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    body.resize(length, 0);
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn base64(text: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = letters[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// `git` as an ssh to this machine: a real ssh and a real sshd, which talk over a pipe in place of a port. `None`, with a
/// word on how to get it, where they are missing or nobody can log in.
pub fn ssh_command(dir: &Path) -> Option<String> {
    let skip = |why: &str| {
        skipped(&format!("{why}; apt-get install openssh-server openssh-client"));
        None
    };
    let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/libexec/sshd"].map(PathBuf::from);
    let Some(sshd) = sshd.into_iter().find(|path| path.exists()) else { return skip("there is no sshd") };
    std::fs::create_dir_all(dir).expect("it can be made");
    for key in ["host", "user"] {
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(dir.join(key)).status();
        if !made.is_ok_and(|status| status.success()) {
            return skip("ssh-keygen does not work");
        }
    }
    std::fs::copy(dir.join("user.pub"), dir.join("authorized")).expect("it can be copied");
    // Where sshd runs as root it wants this folder.
    let _ = std::fs::create_dir("/run/sshd");
    let at = dir.display();
    let config = format!(
        "HostKey {at}/host\nAuthorizedKeysFile {at}/authorized\nStrictModes no\nUsePAM no\nPidFile none\nPrintMotd no\n"
    );
    std::fs::write(dir.join("config"), config).expect("it can be written");
    let line = format!(
        "ssh -F none -i {at}/user -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o 'ProxyCommand={} -i -f {at}/config'",
        sshd.display()
    );
    let alive = Command::new("sh").args(["-c", &format!("{line} localhost git --version")]).output();
    match alive {
        Ok(output) if output.status.success() => Some(line),
        Ok(output) => skip(&format!("nobody can log in: {}", String::from_utf8_lossy(&output.stderr))),
        Err(_) => skip("there is no ssh"),
    }
}

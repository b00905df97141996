//! A connection to the other side of a push, made as git's `connect.c` makes it: strict mode stands between git and its own
//! transports, and a git that is asked to connect would rewrite the URL and come back to us.
#![expect(clippy::disallowed_methods, reason = "this is a room that starts git, and what git starts to connect")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::environment;
use crate::error::{Context, Error, Result};
use crate::git::program::{self, Git};
use crate::policy::push::{Config, Setting};
use crate::policy::strict::address::Address;
use crate::policy::strict::{packet, ssh};

/// `git rev-parse --local-env-vars`: nothing of this repository holds for the other side.
const LOCAL: [&str; 16] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// Both directions of a connection, and the process behind it.
pub struct Connection {
    /// What the other side reads.
    pub input: Box<dyn Write + Send>,
    /// What the other side says.
    pub output: Box<dyn Read + Send>,
    /// Ends with the connection.
    child: Option<Child>,
}

impl Connection {
    /// Waits for the process; both ends must have been dropped by then.
    pub fn end(child: Option<Child>) {
        // Its exit code adds nothing: what it had to say it has said to the one who reads the connection.
        let _ = child.map(|mut child| child.wait());
    }

    /// As [`Helper::talk`].
    ///
    /// # Errors
    /// When one of them breaks off.
    pub fn talk(self, ours: &mut impl Read) -> Result<()> {
        let (input, output, process) = self.parts();
        let said = talk(ours, input, output);
        Self::end(process);
        said
    }

    /// Splits it up.
    pub fn parts(self) -> (Box<dyn Write + Send>, Box<dyn Read + Send>, Option<Child>) {
        (self.input, self.output, self.child)
    }

    /// The connection that another remote helper has made.
    pub fn over(helper: Helper) -> Self {
        let input: Box<dyn Write + Send> = match helper.input {
            Some(input) => Box::new(input),
            None => Box::new(std::io::sink()),
        };
        Self { input, output: Box::new(helper.output), child: Some(helper.child) }
    }
}

/// How to connect.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `--receive-pack`, where it is not the usual program.
    pub program: Option<String>,
    /// `ipv4`, `ipv6`, or whatever there is.
    pub family: Option<String>,
}

/// Connects to `service` (`git-receive-pack`) at an address that is no other helper's.
///
/// # Errors
/// When it cannot be connected to, in git's words.
pub fn open(address: &Address, service: &str, wish: &Wish, config: &Config) -> Result<Connection> {
    let receiver = wish.program.as_deref().unwrap_or(service);
    match address {
        Address::File(path) => {
            if path.starts_with('-') {
                return Err(Error::failed(format!("strange pathname '{path}' blocked")));
            }
            let mut command = match &wish.program {
                Some(program) => shell(&format!("{program} {}", ssh::quoted(path))),
                None => Command::new(service),
            };
            if wish.program.is_none() {
                command.arg(path);
            }
            start(command)
        }
        Address::Ssh { host, port, path } => {
            let mut command = ssh_command(host, port.as_deref(), wish, config)?;
            command.arg(host).arg(format!("{receiver} {}", ssh::quoted(path)));
            start(command)
        }
        Address::Daemon { host, path } => {
            if environment::var("GIT_PROXY_COMMAND").is_some() || config.last("core.gitproxy").is_some() {
                return Err(Error::failed("agent.strict does not know how to push through core.gitProxy"));
            }
            daemon(host, path, receiver)
        }
        Address::Helper { name, .. } => Err(Error::failed(format!("'{name}' is another helper's"))),
    }
}

fn start(mut command: Command) -> Result<Connection> {
    for name in LOCAL {
        command.env_remove(name);
    }
    // The protocol of a push is the old one; the variable would ask for another.
    command.env_remove("GIT_PROTOCOL").stdin(Stdio::piped()).stdout(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().context(|| format!("cannot run {name}"))?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => {
            Ok(Connection { input: Box::new(input), output: Box::new(BufReader::new(output)), child: Some(child) })
        }
        _ => Err(Error::failed(format!("{name} has no pipes"))),
    }
}

/// What git gives to a shell is given to one here: core.sshCommand and `--receive-pack` are shell text by their definition.
fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(text);
    command
}

fn ssh_command(host: &str, port: Option<&str>, wish: &Wish, config: &Config) -> Result<Command> {
    let text = |name: &str| environment::var(name).map(|value| value.to_string_lossy().into_owned());
    let line = text("GIT_SSH_COMMAND").or_else(|| config.text("core.sshcommand").map(str::to_owned));
    let program = text("GIT_SSH").unwrap_or_else(|| "ssh".to_owned());
    let make = |arguments: &[String]| match &line {
        Some(line) => {
            let mut command = shell(&format!("{line} \"$@\""));
            command.arg(line).args(arguments);
            command
        }
        None => {
            let mut command = Command::new(&program);
            command.args(arguments);
            command
        }
    };
    let chosen = text("GIT_SSH_VARIANT").or_else(|| config.text("ssh.variant").map(str::to_owned));
    let by_name = || match &line {
        Some(line) => shlex::split(line).and_then(|words| words.first().map(|word| ssh::of_program(word))),
        None => Some(ssh::of_program(&program)),
    };
    let family = wish.family.as_deref();
    let wrong = |cause: String| Error::failed(cause);
    let mut variant = match &chosen {
        Some(value) => ssh::named(value).unwrap_or(ssh::Variant::Auto),
        None => by_name().unwrap_or(ssh::Variant::Auto),
    };
    if variant == ssh::Variant::Auto {
        let mut words = ssh::options(ssh::Variant::Ssh, port, family).map_err(wrong)?;
        words.insert(0, "-G".to_owned());
        let mut probe = make(&words);
        probe.arg(host).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let knows = probe.status().is_ok_and(|status| status.success());
        variant = if knows { ssh::Variant::Ssh } else { ssh::Variant::Simple };
    }
    Ok(make(&ssh::options(variant, port, family).map_err(wrong)?))
}

fn daemon(host: &str, path: &str, receiver: &str) -> Result<Connection> {
    let named = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let at = if named { host.to_owned() } else { format!("{host}:9418") };
    let mut stream = TcpStream::connect(&at).context(|| format!("unable to connect to {host}"))?;
    let request = packet::line(&format!("{receiver} {path}\0host={host}\0"));
    let request = request.ok_or_else(|| Error::failed("the path is too long"))?;
    let other = stream.write_all(&request).and_then(|()| stream.try_clone());
    let other = other.context(|| format!("unable to talk to {host}"))?;
    Ok(Connection { input: Box::new(stream), output: Box::new(BufReader::new(other)), child: None })
}

/// Another remote helper, started.
pub struct Helper {
    input: Option<std::process::ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
    child: Child,
    name: String,
}

impl Helper {
    /// Starts `git remote-<name>`.
    ///
    /// # Errors
    /// When git cannot be started.
    pub fn start(name: &str, remote: &str, url: &str) -> Result<Self> {
        let mut command = program::for_helper();
        command.arg(format!("remote-{name}")).args([remote, url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context(|| "cannot run git".to_owned())?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { input: Some(input), output: BufReader::new(output), child, name: name.to_owned() })
            }
            _ => Err(Error::failed("git has no pipes")),
        }
    }

    /// Says something to it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn say(&mut self, text: &str) -> Result<()> {
        let said = self.input.as_mut().map(|input| input.write_all(text.as_bytes()).and_then(|()| input.flush()));
        said.unwrap_or(Ok(())).context(|| format!("git-remote-{} has gone away", self.name))
    }

    /// Its next line, with the newline.
    ///
    /// # Errors
    /// When it is gone: without a word, since it has said why itself.
    pub fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        let read = self.output.read_until(b'\n', &mut line);
        match read {
            Ok(_) if line.ends_with(b"\n") => {
                String::from_utf8(line).context(|| format!("git-remote-{} says what is not UTF-8", self.name))
            }
            _ => Err(Error::failed("")),
        }
    }

    /// Its lines up to an empty one, that one included.
    ///
    /// # Errors
    /// When it is gone.
    pub fn lines(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            let line = self.line()?;
            text.push_str(&line);
            if line == "\n" {
                return Ok(text);
            }
        }
    }

    /// Lets both sides talk until each has said its last word. `ours` is the side of git, beside stdout.
    ///
    /// # Errors
    /// When one of them breaks off.
    pub fn talk(&mut self, ours: &mut impl Read) -> Result<()> {
        match self.input.take() {
            Some(input) => talk(ours, input, &mut self.output),
            None => Err(Error::failed("")),
        }
    }

    /// Ends it: an empty line, and no more.
    pub fn end(mut self) {
        let _ = self.say("\n");
        drop(self.input);
        let _ = self.child.wait();
    }
}

/// Copies `ours` to the other side and its words to our stdout, as they come. The other side hears when ours has ended.
fn talk(ours: &mut impl Read, mut input: impl Write, mut output: impl Read + Send) -> Result<()> {
    std::thread::scope(|scope| {
        let said = scope.spawn(move || copy(&mut output, &mut std::io::stdout()));
        let heard = copy(ours, &mut input);
        drop(input);
        heard.and(said.join().unwrap_or(Ok(())))
    })
    .context(|| "the connection broke off".to_owned())
}

/// As [`std::io::copy`], and nothing is held back.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            count => to.write_all(&buffer[..count]).and_then(|()| to.flush())?,
        }
    }
}

/// `git send-pack` as git's own helper for http starts it: it speaks the protocol, and the connection is the caller's.
///
/// # Errors
/// When git cannot be started.
pub fn send_pack(arguments: &[String]) -> Result<Child> {
    let mut command = program::for_helper();
    command.args(["send-pack", "--stateless-rpc", "--helper-status", "--thin"]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().context(|| "cannot run git send-pack".to_owned())
}

/// All settings that git would use in `dir`, those of the command line and of the environment included. `git_dir` is what
/// git has put into GIT_DIR, if it has.
///
/// # Errors
/// When git cannot read them.
pub fn settings(dir: &Path, git_dir: Option<OsString>) -> Result<Config> {
    let mut git = Git::at(dir).args(["config", "--null", "--list"]);
    if let Some(git_dir) = git_dir {
        git = git.env("GIT_DIR", git_dir);
    }
    let output = git.output()?;
    if !output.status.success() {
        return Err(Error::failed("git cannot read its configuration").because(String::from_utf8_lossy(&output.stderr)));
    }
    let mut config = Config::default();
    for entry in String::from_utf8_lossy(&output.stdout).split_terminator('\0') {
        match entry.split_once('\n') {
            Some((key, value)) => config.push(key, Setting::Text(value.to_owned())),
            None => config.push(entry, Setting::Implicit),
        }
    }
    Ok(config)
}

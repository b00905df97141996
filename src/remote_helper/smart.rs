//! A server that speaks git's own protocol over one connection: it says what it has, and `git send-pack` does the rest over
//! the same connection, as git's helper for http has it done.

use std::io::{Read, StdinLock, Write};

use crate::error::{Error, Result};
use crate::git::connect::{self, Connection, Wish};
use crate::policy::push::Config;
use crate::policy::strict::address::Address;
use crate::policy::strict::command::Spec;
use crate::policy::strict::packet::{self, Advertised, Header};

/// One push to such a server.
pub struct Smart {
    place: Option<Address>,
    url: String,
    config: Config,
    wish: Wish,
    /// For send-pack.
    arguments: Vec<String>,
    verbosity: i32,
    dry_run: bool,
    with_format: bool,
    connection: Option<Connection>,
    /// What the server has, as it said it.
    advertised: Vec<u8>,
}

impl Smart {
    /// A push to `place`, whose URL is `url`.
    pub fn at(place: Address, url: &str, config: Config) -> Self {
        Self {
            place: Some(place),
            url: url.to_owned(),
            config,
            wish: Wish::default(),
            arguments: Vec::new(),
            verbosity: 1,
            dry_run: false,
            with_format: false,
            connection: None,
            advertised: Vec::new(),
        }
    }

    /// A push over a connection that is there already.
    pub fn over(connection: Connection, url: &str, config: Config) -> Self {
        Self { connection: Some(connection), place: None, ..Self::at(Address::File(String::new()), url, config) }
    }

    /// Takes an option, or says that it is none of ours.
    pub fn option(&mut self, name: &str, value: &str) -> String {
        let on = value == "true";
        let mut add = |argument: String| self.arguments.push(argument);
        match name {
            "verbosity" => self.verbosity = value.parse().unwrap_or(1),
            "progress" => add(if on { "--progress".to_owned() } else { "--no-progress".to_owned() }),
            "dry-run" => self.dry_run = on,
            "atomic" if on => add("--atomic".to_owned()),
            "force-if-includes" if on => add("--force-if-includes".to_owned()),
            "cas" => add(format!("--force-with-lease={value}")),
            "push-option" => add(format!("--push-option={value}")),
            "pushcert" if on => add("--signed=yes".to_owned()),
            "pushcert" if value == "if-asked" => add("--signed=if-asked".to_owned()),
            "atomic" | "force-if-includes" | "pushcert" => {}
            "family" => self.wish.family = Some(value.to_owned()),
            "servpath" => self.wish.program = Some(value.to_owned()),
            "object-format" => self.with_format = true,
            _ => return "unsupported\n".to_owned(),
        }
        "ok\n".to_owned()
    }

    /// Connects, and returns what the server has.
    pub fn list(&mut self) -> Result<String> {
        if let Some(place) = &self.place {
            self.connection = Some(connect::open(place, "git-receive-pack", &self.wish, &self.config)?);
        }
        let connection = self.connection.as_mut().ok_or_else(|| Error::failed("there is no connection"))?;
        let mut found = Advertised::default();
        while let Some(payload) = read_packet(&mut connection.output).map_err(|_| unreachable())? {
            found.take(&payload);
            self.advertised.extend(format!("{:04x}", payload.len() + 4).bytes());
            self.advertised.extend(payload);
            if let Some(words) = found.refused {
                return Err(Error::failed(format!("remote error: {words}")));
            }
        }
        self.advertised.extend(b"0000");
        Ok(found.list(self.with_format))
    }

    /// Lets send-pack push. Returns a line for each ref.
    pub fn push(&mut self, specs: &[&Spec]) -> Result<String> {
        let connection = self.connection.take().ok_or_else(|| Error::failed("there is no connection"))?;
        let mut arguments = self.arguments.clone();
        if self.dry_run {
            arguments.push("--dry-run".to_owned());
        }
        match self.verbosity {
            ..=0 => arguments.push("--quiet".to_owned()),
            1 => {}
            _ => arguments.push("--verbose".to_owned()),
        }
        arguments.extend(["--stdin".to_owned(), self.url.clone()]);
        let mut opening = Vec::new();
        for spec in specs {
            let line = packet::line(&format!("{}\n", spec.text));
            opening.extend(line.ok_or_else(|| Error::failed("the name of a ref is too long"))?);
        }
        opening.extend(b"0000");
        opening.append(&mut self.advertised);

        let mut child = connect::send_pack(&arguments)?;
        let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::failed("git send-pack has no pipes"));
        };
        let (mut input, mut output, process) = connection.parts();
        let report = std::thread::scope(|scope| {
            scope.spawn(move || {
                // send-pack may be done before it has read everything.
                let _ = stdin.write_all(&opening).and_then(|()| std::io::copy(&mut output, &mut stdin).map(drop));
            });
            let said = relay(&mut stdout, &mut input);
            // The server waits for this: there is no more to come.
            drop(input);
            let mut report = String::new();
            let read = said.and_then(|()| stdout.read_to_string(&mut report).map(drop));
            drop(stdout);
            read.map(|()| report)
        });
        let ended = child.wait();
        Connection::end(process);
        // It fails when a ref is rejected, too, and then the report says which. Otherwise it has said why.
        match (report, ended) {
            (Ok(report), Ok(status)) if status.success() || !report.is_empty() => Ok(only(&report, specs)),
            (Err(cause), Ok(status)) if status.success() => {
                Err(Error::failed("the connection broke off").because(cause))
            }
            _ => Err(Error::failed("")),
        }
    }

    /// Whatever git says for a fetch.
    pub fn fetch(&mut self, line: &str, input: &mut StdinLock<'_>) -> Result<bool> {
        let (Some(service), Some(place)) = (line.strip_prefix("connect "), &self.place) else {
            return Err(Error::failed(format!("git wants something of a push that it does not know: {line}")));
        };
        let connection = connect::open(place, service, &self.wish, &self.config)?;
        super::answer("\n")?;
        connection.talk(input)?;
        Ok(true)
    }

    /// Tells a server that has been asked for nothing that it is all.
    pub fn end(self) {
        if let Some(connection) = self.connection {
            let (mut input, output, process) = connection.parts();
            let _ = input.write_all(b"0000").and_then(|()| input.flush());
            drop((input, output));
            Connection::end(process);
        }
    }
}

/// Unwraps what send-pack says to the server: requests, each of them packets up to a flush, until one is empty.
fn relay(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut asked = false;
    while let Some(first) = read_packet(from)? {
        asked = true;
        to.write_all(&first)?;
        while let Some(payload) = read_packet(from)? {
            to.write_all(&payload)?;
        }
        to.flush()?;
    }
    // A dry run asks for nothing, and the server wants to be told so.
    if asked { Ok(()) } else { to.write_all(b"0000").and_then(|()| to.flush()) }
}

/// Of send-pack's report the lines on what it was given: it has one for each ref of the server.
fn only(report: &str, specs: &[&Spec]) -> String {
    let named = |line: &&str| {
        let name = line.split_once(' ').and_then(|(_, rest)| rest.split(' ').next());
        specs.iter().any(|spec| name == Some(spec.dst.as_str()))
    };
    report.lines().filter(named).map(|line| format!("{line}\n")).collect()
}

/// The next packet; `None` for a flush.
fn read_packet(from: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    match packet::header(head) {
        Header::Flush => Ok(None),
        Header::Data(length) => {
            let mut payload = vec![0; length];
            from.read_exact(&mut payload)?;
            Ok(Some(payload))
        }
        Header::Strange => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "no pkt-line")),
    }
}

fn unreachable() -> Error {
    Error::failed(
        "Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
    )
}

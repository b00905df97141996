//! The server: HTTP/1.1 on loopback, a thread for each connection, and a log of what was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::script::{Script, Speaker};
use super::wire::Protocol;

/// A request that the client made of the model.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its path, with the query.
    pub path: String,
    /// Whose it is; nothing for one that asks for no answer of the model.
    pub speaker: Option<Speaker>,
    /// The messages, in Anthropic's shape whatever the protocol.
    pub messages: Vec<Value>,
    /// The whole body.
    pub body: Value,
}

/// The server, until the test's process ends.
pub struct Model {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    script: Script,
    log: Mutex<Vec<Request>>,
}

impl Model {
    /// Starts to serve a script.
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared { script, log: Mutex::default() });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&served);
                // A client that hangs up has had what it wanted.
                thread::spawn(move || shared.serve(&stream).ok());
            }
        });
        Self { port, shared }
    }

    /// The address that a client is told.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().expect("no thread panics with it").clone()
    }
}

/// A request as it came.
struct Raw {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Shared {
    /// Answers the requests of one connection until it is closed.
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader)? {
            let answer = self.answer(&request);
            let mut stream = stream;
            stream.write_all(&answer)?;
        }
        Ok(())
    }

    fn answer(&self, raw: &Raw) -> Vec<u8> {
        let plain = raw.header("content-encoding").is_none_or(|encoding| encoding == "identity");
        if !plain {
            return response("415 Unsupported Media Type", "text/plain", b"");
        }
        let body: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
        let protocol = Protocol::of(&raw.path).filter(|_| raw.method == "POST");
        let messages = protocol.map(|protocol| protocol.messages(&body)).unwrap_or_default();
        let answer = protocol.map(|protocol| {
            let has_tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
            let is_agent = raw.header("x-claude-code-agent-id").is_some();
            let (speaker, turn) = self.script.answer(&messages, has_tools, is_agent);
            (protocol, speaker, turn)
        });
        let mut log = self.log.lock().expect("no thread panics with it");
        let speaker = answer.as_ref().map(|(_, speaker, _)| speaker.clone());
        log.push(Request { path: raw.path.clone(), speaker, messages, body: body.clone() });
        let serial = log.len() as u64;
        drop(log);
        let Some((protocol, _, turn)) = answer else {
            // Whatever a client asks besides: a count of tokens, a list of models.
            let empty = json!({ "input_tokens": 10, "totalTokens": 10, "data": [], "models": [], "has_more": false });
            return response("200 OK", "application/json", empty.to_string().as_bytes());
        };
        let streamed = body["stream"] == true || raw.path.contains(":streamGenerateContent");
        if !streamed {
            let whole = protocol.whole(&turn, serial, &body["model"]);
            return response("200 OK", "application/json", whole.to_string().as_bytes());
        }
        let mut text = String::new();
        for (name, data) in protocol.events(&turn, serial, &body["model"]) {
            if let Some(name) = name {
                text.push_str(&format!("event: {name}\n"));
            }
            text.push_str(&format!("data: {data}\n\n"));
        }
        response("200 OK", "text/event-stream", text.as_bytes())
    }
}

fn response(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Raw>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut raw = Raw { method, path, headers, body: Vec::new() };
    if raw.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim().split(';').next().unwrap_or_default(), 16).unwrap_or_default();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            raw.body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                break;
            }
        }
    } else if let Some(size) = raw.header("content-length").and_then(|value| value.parse().ok()) {
        raw.body = vec![0; size];
        reader.read_exact(&mut raw.body)?;
    }
    Ok(Some(raw))
}

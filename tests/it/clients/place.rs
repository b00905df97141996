//! Where a test of a client runs: a process of its own, which can reach loopback and nothing else.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::hermetic;
use crate::support::skip::{pass_on, skipped};

/// A client, and how to get the version that the tests were written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Gemini CLI.
    Gemini,
}

/// Set in the process that [`offline`] starts.
const INSIDE: &str = "GIT_AGENT_TEST_INSIDE";

/// A folder with clients, looked at before PATH.
pub const CLIENTS: &str = "GIT_AGENT_TEST_CLIENTS";

/// Fails a test whose client, or namespace, is missing: for machines that have both.
pub const REQUIRED: &str = "GIT_AGENT_TEST_CLIENTS_REQUIRED";

impl Client {
    /// Where it is.
    pub fn find(self) -> Option<PathBuf> {
        let folder = std::env::var_os(CLIENTS).map(PathBuf::from);
        let beside = folder.map(|folder| folder.join(self.name())).filter(|path| path.exists());
        beside.or_else(|| which::which(self.name()).ok())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Claude => "@anthropic-ai/claude-code@2.1.329",
            Self::Codex => "@openai/codex@0.169.0",
            Self::Gemini => "@google/gemini-cli@0.61.0",
        }
    }
}

/// Runs `body`, the whole of a test, in a process of its own without a way out. Where the client or a network namespace is
/// missing it runs nothing, and says so. The test's name is read from the type of `body`, which the compiler makes of the place that it stands in.
#[track_caller]
pub fn offline<F: FnOnce()>(client: Option<Client>, body: F) {
    let path = std::any::type_name::<F>();
    let name = path.trim_start_matches("it::").trim_end_matches("::{{closure}}");
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let required = std::env::var_os(REQUIRED).is_some();
    if let Some(client) = client.filter(|client| client.find().is_none()) {
        let how = format!("npm install --prefix DIR {} && export {CLIENTS}=DIR/node_modules/.bin", client.package());
        assert!(!required, "{name}: {client:?} is missing: {how}");
        return skipped(&format!("{} is not installed; to run it: {how}", client.name()));
    }
    let Some(words) = namespace() else {
        let what = "no network namespace can be made, and without one nothing keeps a client from the network";
        let how = "unshare (util-linux) and ip (iproute2), as root or where users may make namespaces";
        assert!(!required, "{name}: {what}; it wants {how}");
        return skipped(&format!("{what}; it wants {how}"));
    };
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(std::env::current_exe().expect("this program has a path"));
    command.args([name, "--exact", "--nocapture", "--include-ignored"]).stdin(Stdio::null());
    let home = assert_fs::TempDir::new().expect("a temporary directory");
    hermetic(&mut command, home.path()).env(INSIDE, "1");
    command.envs(std::env::var_os(CLIENTS).map(|folder| (CLIENTS, folder)));
    let output = command.output().expect("this program starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{name}\n{out}\n{err}");
    pass_on(&err);
}

/// The words in front of a program that give it a network of its own with loopback in it; nothing where that is not
/// allowed. Without root it takes a user namespace.
fn namespace() -> Option<Vec<String>> {
    let root = rustix::process::geteuid().is_root();
    let up = "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && exec \"$@\"";
    let words = ["unshare", if root { "-n" } else { "-rn" }, "--", "sh", "-c", up, "sh"];
    let tried = Command::new(words[0]).args(&words[1..]).arg("true").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success()).then(|| words.map(str::to_owned).to_vec())
}

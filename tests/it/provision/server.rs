//! A Postgres server for one test: in a folder of its own, on a Unix socket, with a password.

use crate::support::skip::skipped;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::program::{Leash, Run, wait_until};
use crate::support::{Scratch, hermetic};

/// A password that needs quoting wherever it is put.
pub const PASSWORD: &str = "p@s:s/w'rd\"$x";

/// The same in a connection string.
pub const ENCODED: &str = "p%40s%3As%2Fw%27rd%22%24x";

/// A server that ends with the test.
pub struct Server {
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts one; `None`, said aloud, where there is no Postgres, or no user to run it as.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skipped("there is no Postgres server; apt install postgresql");
            return None;
        };
        let made = Command::new("mktemp").args(["-d", "/tmp/pg.XXXXXX"]).output().expect("mktemp starts");
        let folder = PathBuf::from(String::from_utf8_lossy(&made.stdout).trim());
        std::fs::write(folder.join("password"), format!("{PASSWORD}\n")).expect("it can be written");
        // initdb and the server refuse to run as root.
        let is_root = Run::of(&Command::new("id").arg("-u").output().expect("id starts")).line() == "0";
        let as_somebody = |program: &str| {
            let program = programs.join(program);
            if !is_root {
                return Command::new(program);
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
            command
        };
        if is_root {
            let chown = Command::new("chown").args(["-R", "postgres:postgres"]).arg(&folder).status();
            assert!(chown.is_ok_and(|status| status.success()), "there is no user postgres to run the server as");
        }
        let mut init = as_somebody("initdb");
        init.args(["--no-sync", "--username=app", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
        init.arg("--pwfile").arg(folder.join("password")).arg("--pgdata").arg(folder.join("data")).current_dir(&folder);
        Run::of(&init.output().expect("initdb starts")).ok();
        let mut server = as_somebody("postgres");
        server.arg("-D").arg(folder.join("data")).arg("-k").arg(&folder).args(["-c", "listen_addresses=", "-F"]);
        let log = std::fs::File::create(folder.join("log")).expect("it can be made");
        server.current_dir(&folder).stdout(Stdio::null()).stderr(log);
        let child = server.spawn().expect("the server starts");
        let server = Self { child, folder };
        wait_until("the server answers", || server.try_sql("postgres", "SELECT 1").code == 0);
        server.sql("postgres", "CREATE DATABASE app");
        server.sql("app", "CREATE TABLE t(a int); INSERT INTO t VALUES (1), (2); COMMENT ON TABLE t IS 'äö'");
        Some(server)
    }

    /// Its folder, which is also that of its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The connection string of a database, password and all.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://app:{ENCODED}@/{database}?host={}", self.folder.display())
    }

    /// Runs statements; they may fail.
    pub fn try_sql(&self, database: &str, text: &str) -> Run {
        Run::of(&self.psql(database).args(["-c", text]).output().expect("psql starts"))
    }

    /// Runs statements.
    #[track_caller]
    pub fn sql(&self, database: &str, text: &str) -> String {
        self.try_sql(database, text).ok().line().to_owned()
    }

    /// psql, not started yet.
    pub fn psql(&self, database: &str) -> Command {
        let mut command = Command::new("psql");
        command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]).env("PGHOST", &self.folder);
        command.env("PGUSER", "app").env("PGPASSWORD", PASSWORD).env("PGDATABASE", database);
        command
    }

    /// The databases that are not the server's own, sorted.
    pub fn databases(&self) -> Vec<String> {
        let text =
            "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1";
        self.sql("postgres", text).lines().map(str::to_owned).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown, so that the server's shared memory is given back.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest version's folder of programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, path)| path.join("initdb").is_file())
        .collect();
    found.sort();
    let found = found.pop().map(|(_, path)| path);
    found.filter(|_| Command::new("psql").arg("--version").output().is_ok_and(|output| output.status.success()))
}

/// A repository whose agents get copies of the server's database `app`.
pub fn project(server: &Server) -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env\n/.claude/\n");
    scratch.commit("ignore");
    std::fs::write(scratch.root().join(".env"), format!("DATABASE_URL='{}'\n", server.url("app"))).expect("written");
    scratch.config("agent-db.provider", "postgres");
    scratch.config("agent-db.source", "$DATABASE_URL");
    scratch
}

/// `git-agent` with a folder in front of PATH.
pub fn with_path(scratch: &Scratch, folder: &Path, args: &[&str]) -> Run {
    scratch.run(&mut program(scratch, folder, args))
}

/// The same, going on by itself.
pub fn started(scratch: &Scratch, folder: &Path, args: &[&str]) -> Leash {
    let mut command = program(scratch, folder, args);
    Leash(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
}

/// The same, not started yet.
pub fn program(scratch: &Scratch, folder: &Path, args: &[&str]) -> Command {
    let mut command = scratch.program(&scratch.root(), args);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).expect("plain paths");
    hermetic(&mut command, scratch.home()).env("PATH", path);
    command
}

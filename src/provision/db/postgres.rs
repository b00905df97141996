//! Postgres: `CREATE DATABASE … TEMPLATE` on the source's own server, and pg_dump where the source is in use.
//!
//! Everything goes through psql: what a user's own tools can reach (sockets, certificates, password files) we can.

use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::launch::tool::Tool;
use crate::policy::postgres::{Connection, identifier, literal};
use crate::provision::db::spec::Strategy;

const HINT: &str = "install Postgres's client (apt install postgresql-client, brew install libpq), then try again";

/// From here on a copy of the files is taken for cheaper than writing every block to the log as well.
const LARGE: u64 = 512 << 20;

/// How long the server is given to end what it makes.
const ROUNDS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// The name of the connections that make the database with this mark: it has the mark's token.
fn application(mark: &str) -> Option<String> {
    mark.split(' ').nth(1).map(|token| format!("git-agent-{token}"))
}

/// A server that can be asked.
pub struct Server<'a> {
    connection: &'a Connection,
    folder: &'a Path,
    /// What its connections are called in `pg_stat_activity`, if anything.
    application: Option<String>,
}

impl<'a> Server<'a> {
    /// The server of `connection`; its tools run in `folder`.
    pub fn new(connection: &'a Connection, folder: &'a Path) -> Self {
        Self { connection, folder, application: None }
    }

    fn tool(&self, name: &str, database: &str) -> Result<Tool> {
        let tool = Tool::find(name, self.folder, HINT)?.envs(&self.connection.variables(database));
        let patience = ("PGCONNECT_TIMEOUT".to_owned(), "10".to_owned());
        let given = crate::environment::var("PGCONNECT_TIMEOUT").is_some();
        let application = self.application.iter().map(|name| ("PGAPPNAME".to_owned(), name.clone()));
        let tool = tool.envs(&application.collect::<Vec<_>>());
        Ok(if given { tool } else { tool.envs(&[patience]) })
    }

    /// The same server, over connections that bear the name of what they make: they outlive us when we are killed, and
    /// whoever cleans up must find them.
    fn maker(&self, mark: &str) -> Self {
        Self { application: application(mark), ..*self }
    }

    /// Ends the connections that make the database with this mark, and waits until they are gone: until then the server may
    /// still finish a database that is not to be seen yet.
    fn end_makers(&self, mark: &str) -> Result<()> {
        let Some(application) = application(mark) else { return Ok(()) };
        let query = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name = {} AND pid <> pg_backend_pid();\n",
            literal(&application)
        );
        for _ in 0..ROUNDS {
            if self.sql(&query)?.trim() == "0" {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        Err(Error::failed("the server is still making a database whose maker was killed").hint("git agent gc"))
    }

    /// Runs statements in the maintenance database. Returns what they print: a line a row, a bar between columns.
    fn sql(&self, text: &str) -> Result<String> {
        let arguments = ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-f", "-"];
        let tool = self.tool("psql", "postgres")?.args(arguments);
        tool.text(text).map_err(|error| error.hint(format!("psql {}", crate::agent::shell_word(&self.shown()))))
    }

    /// The server for a user's command line, without a password.
    fn shown(&self) -> String {
        self.connection.public().url("postgres")
    }

    fn version(&self) -> Result<u32> {
        let text = self.sql("SHOW server_version_num;\n")?;
        text.trim().parse().map_err(|_| Error::failed(format!("the server calls its version '{text}'")))
    }

    /// The comment of a database; `None` when there is no such database, and empty when it has no comment.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn comment(&self, name: &str) -> Result<Option<String>> {
        let query =
            "SELECT 'x' || coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = ";
        let text = self.sql(&format!("{query}{};\n", literal(name)))?;
        Ok(text.strip_prefix('x').map(str::to_owned))
    }

    /// Makes the database `name` from the source and marks it. Nothing of that name may be there.
    ///
    /// # Errors
    /// When the source is missing or the role may not copy it. What was made stays for the caller to drop.
    pub fn create(&self, name: &str, mark: &str, strategy: Strategy) -> Result<()> {
        let maker = self.maker(mark);
        let source = &self.connection.database;
        let marked = format!("COMMENT ON DATABASE {} IS {};\n", identifier(name), literal(mark));
        if self.comment(source)?.is_none() {
            return Err(Error::new(Kind::NotFound, format!("the server has no database '{source}'"))
                .hint(format!("createdb {}", crate::agent::shell_word(source)))
                .hint("git config agent-db.source NAME"));
        }
        if strategy != Strategy::Dump && !self.is_in_use(source)? {
            let by = self.strategy(strategy, source)?;
            let create = format!("CREATE DATABASE {} TEMPLATE {}{by};\n", identifier(name), identifier(source));
            match maker.sql(&format!("{create}{marked}")) {
                Ok(_) => return Ok(()),
                // 55006, object_in_use: somebody has connected meanwhile.
                Err(error) if error.causes.iter().any(|cause| cause.contains("55006")) => {}
                Err(error) => return Err(error),
            }
        }
        maker.sql(&format!("{}{marked}", self.empty_like(source, name)?))?;
        let dump = maker.tool("pg_dump", source)?.args(["--format=custom", "--no-password"]);
        let restore = maker.tool("pg_restore", name)?;
        let restore = restore.args(["--no-owner", "--no-password", "--exit-on-error", "--dbname"]).args([name]);
        dump.pipe_into(&restore).map_err(|error| error.hint("git config agent-db.strategy wal_log"))
    }

    fn is_in_use(&self, source: &str) -> Result<bool> {
        let query = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = {};\n", literal(source));
        Ok(self.sql(&query)?.trim() != "0")
    }

    /// The clause that says how the server copies. Before version 15 there was one way and no word for it.
    fn strategy(&self, wanted: Strategy, source: &str) -> Result<&'static str> {
        if self.version()? < 150_000 {
            return Ok("");
        }
        let copy = match wanted {
            Strategy::Auto => {
                let size = self.sql(&format!("SELECT pg_database_size({});\n", literal(source)))?;
                size.trim().parse().is_ok_and(|size: u64| size >= LARGE)
            }
            other => other == Strategy::FileCopy,
        };
        Ok(if copy { " STRATEGY file_copy" } else { " STRATEGY wal_log" })
    }

    /// The statement that makes an empty database with the source's encoding and locale.
    fn empty_like(&self, source: &str, name: &str) -> Result<String> {
        let (provider, locale) = match self.version()? {
            170_000.. => ("datlocprovider", "datlocale"),
            150_000.. => ("datlocprovider", "daticulocale"),
            _ => ("'c'", "NULL"),
        };
        // quote_literal is the server's own: what comes out is put into the next statement as it is.
        let query = format!(
            "SELECT 'ENCODING ' || quote_literal(pg_encoding_to_char(encoding)) || ' LC_COLLATE ' || quote_literal(datcollate)
             || ' LC_CTYPE ' || quote_literal(datctype) || CASE {provider}
                WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || quote_literal({locale})
                WHEN 'b' THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ' || quote_literal({locale})
                ELSE '' END
             FROM pg_database WHERE datname = {};\n",
            literal(source)
        );
        let like = self.sql(&query)?;
        Ok(format!("CREATE DATABASE {} TEMPLATE template0 {like};\n", identifier(name)))
    }

    /// Drops the database `name` if its comment is `mark`, or if it has none and `unmarked` says that it may be ours
    /// nevertheless: then whatever is still making it is ended first. Connections to it are ended.
    ///
    /// # Errors
    /// When it is not the one that we made, or the server refuses.
    pub fn drop(&self, name: &str, mark: &str, unmarked: bool) -> Result<()> {
        if unmarked {
            self.end_makers(mark)?;
        }
        match self.comment(name)? {
            None => return Ok(()),
            Some(comment) if comment == mark || (unmarked && comment.is_empty()) => {}
            Some(_) => {
                return Err(Error::new(
                    Kind::Refused,
                    format!("the database '{name}' does not bear the mark that git-agent gave it"),
                )
                .because("somebody has made it anew, or changed its comment")
                .hint(format!("dropdb {}", crate::agent::shell_word(name))));
            }
        }
        let name = (identifier(name), literal(name));
        let statements = if self.version()? >= 130_000 {
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE);\n", name.0)
        } else {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ";
            format!("{end}{};\nDROP DATABASE IF EXISTS {};\n", name.1, name.0)
        };
        self.sql(&statements).map(drop)
    }

    /// psql on a database.
    ///
    /// # Errors
    /// When there is no such program.
    pub fn shell(&self, name: &str, arguments: &[String]) -> Result<Tool> {
        Ok(self.tool("psql", name)?.args(arguments.to_vec()))
    }
}

//! Postgres: `CREATE DATABASE … TEMPLATE` on the source's own server, and pg_dump where the source is in use.
//!
//! Everything goes through psql: what a user's own tools can reach (sockets, certificates, password files) we can.

use std::time::Duration;

use crate::agent::shell_word;
use crate::error::{Error, Kind, Result};
use crate::launch::tool::Tool;
use crate::policy::postgres::{Connection, identifier, literal};
use crate::provision::db::hold::Site;
use crate::provision::db::record::Recorded;
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
    site: Site<'a>,
    /// What its connections are called in `pg_stat_activity`, if anything.
    application: Option<String>,
}

/// What a server says of a name.
pub struct Look {
    /// The comment of the database; `None` when there is none of that name, and empty when it has no comment.
    pub comment: Option<String>,
    /// What the server calls itself; `None` where it does not tell.
    pub system: Option<String>,
}

/// What stands at the place of a database of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// It.
    Ours,
    /// Something without a comment.
    Unmarked,
    /// Something with another comment.
    Theirs,
}

impl<'a> Server<'a> {
    /// The server of `connection`; its tools run in `site`.
    pub fn new(connection: &'a Connection, site: Site<'a>) -> Self {
        Self { connection, site, application: None }
    }

    fn tool(&self, name: &str, database: &str) -> Result<Tool> {
        let tool = Tool::find(name, self.site.folder, HINT)?.holding(self.site.lock);
        let tool = tool.without(self.connection.foreign_variables()).envs(&self.connection.variables(database));
        let tool = self.connection.secrets().iter().fold(tool, |tool, secret| tool.secret(secret));
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
    ///
    /// # Errors
    /// When the server cannot be asked, or goes on.
    pub fn end_makers(&self, mark: &str) -> Result<()> {
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
        // The names are in the statements, as UTF-8.
        let encoding = ("PGCLIENTENCODING".to_owned(), "UTF8".to_owned());
        let tool = self.tool("psql", "postgres")?.args(arguments).envs(&[encoding]);
        tool.text(text).map_err(|error| error.hint(self.command(None)))
    }

    /// A command for the user: psql on this server, without a password.
    fn command(&self, statement: Option<&str>) -> String {
        let line = format!("psql {}", shell_word(&self.connection.public().url("postgres")));
        statement.map_or_else(|| line.clone(), |statement| format!("{line} -c {}", shell_word(statement)))
    }

    fn version(&self) -> Result<u32> {
        let text = self.sql("SHOW server_version_num;\n")?;
        text.trim().parse().map_err(|_| Error::failed(format!("the server calls its version '{text}'")))
    }

    /// What the server says of itself and of the database `name`.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub fn look(&self, name: &str) -> Result<Look> {
        // The comment is last: it may have any number of lines.
        let query = format!(
            "SELECT has_function_privilege('pg_control_system()', 'execute') AS told \\gset
\\if :told
SELECT 's' || system_identifier FROM pg_control_system();
\\endif
SELECT 'x' || coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = {};
",
            literal(name)
        );
        let said = self.sql(&query)?;
        let (system, rest) = match said.strip_prefix('s') {
            Some(told) => told.split_once('\n').map_or((Some(told), ""), |(system, rest)| (Some(system), rest)),
            None => (None, said.as_str()),
        };
        Ok(Look { comment: rest.strip_prefix('x').map(str::to_owned), system: system.map(str::to_owned) })
    }

    /// What stands where the database is on record. That nothing does is believed only of the server that it was made on.
    ///
    /// # Errors
    /// When the server cannot be asked, or another one answers.
    pub fn find(&self, database: Recorded<'_>) -> Result<Found> {
        let look = self.look(database.name)?;
        if look.comment.as_deref() == Some(database.mark) {
            return Ok(Found::Ours);
        }
        if let (Some(recorded), Some(answers)) = (database.system, &look.system)
            && recorded != answers
        {
            let what = format!("the database '{}' was made on another server than the one that answers", database.name);
            return Err(Error::new(Kind::Refused, what)
                .because(format!("the one calls itself {recorded}, the other {answers}"))
                .because("PGHOST or PGPORT may have changed, or what listens there")
                .hint(self.command(Some("SELECT system_identifier FROM pg_control_system()"))));
        }
        Ok(match look.comment {
            None => Found::Nothing,
            Some(comment) if comment.is_empty() => Found::Unmarked,
            Some(_) => Found::Theirs,
        })
    }

    /// Looks for the source.
    ///
    /// # Errors
    /// When it is not there, or the server cannot be asked.
    pub fn source(&self) -> Result<Look> {
        let source = &self.connection.database;
        let look = self.look(source)?;
        if look.comment.is_some() {
            return Ok(look);
        }
        let statement = format!("CREATE DATABASE {}", identifier(source));
        Err(Error::new(Kind::NotFound, format!("the server has no database '{source}'"))
            .hint(self.command(Some(&statement)))
            .hint("git config agent-db.source NAME"))
    }

    /// The error for a name that somebody else has.
    pub fn taken(&self, name: &str) -> Error {
        let rename = format!("ALTER DATABASE {} RENAME TO {}", identifier(name), identifier(&format!("{name}_old")));
        Error::new(Kind::Exists, format!("the server has a database '{name}' already"))
            .because("git-agent has not made it, or does not know that it has")
            .hint(self.command(Some(&rename)))
    }

    /// The error for a database that has lost its mark.
    pub fn unmarked(&self, database: Recorded<'_>) -> Error {
        let name = database.name;
        let mark = format!("COMMENT ON DATABASE {} IS {}", identifier(name), literal(database.mark));
        Error::new(Kind::Refused, format!("the database '{name}' does not bear the mark that git-agent gave it"))
            .because("somebody has made it anew, or changed its comment; if it is the agent's, mark it again")
            .hint(self.command(Some(&mark)))
    }

    /// Gives a database another name.
    ///
    /// # Errors
    /// When the name is taken or the server refuses.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.sql(&format!("ALTER DATABASE {} RENAME TO {};\n", identifier(from), identifier(to))).map(drop)
    }

    /// Makes the database `name` from the source, which is there, and marks it. Nothing of that name may be there.
    ///
    /// # Errors
    /// When the role may not copy it. What was made stays for the caller to drop.
    pub fn create(&self, name: &str, mark: &str, strategy: Strategy) -> Result<()> {
        let maker = self.maker(mark);
        let source = &self.connection.database;
        let marked = format!("COMMENT ON DATABASE {} IS {};\n", identifier(name), literal(mark));
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

    /// Drops a database of ours. One that is `incomplete` may not be marked yet, and whatever still makes it is ended first.
    /// Connections to it are ended.
    ///
    /// # Errors
    /// When it is not the one that we made, or the server refuses.
    pub fn drop(&self, database: Recorded<'_>, incomplete: bool) -> Result<()> {
        if incomplete {
            self.end_makers(database.mark)?;
        }
        match (self.find(database)?, incomplete) {
            (Found::Ours, _) | (Found::Unmarked, true) => {}
            // Somebody was faster: ours was never made.
            (Found::Nothing, _) | (Found::Theirs, true) => return Ok(()),
            (Found::Unmarked | Found::Theirs, false) => return Err(self.unmarked(database)),
        }
        let name = database.name;
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

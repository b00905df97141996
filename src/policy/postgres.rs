//! Postgres: connection strings taken apart and put together (libpq, 34.1.1 "Connection Strings"), and SQL's quoting.

/// Where a server is and who asks. What is missing is left to libpq: its variables, its password file, its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The host, an address, or the folder of a Unix socket.
    pub host: Option<String>,
    /// The port.
    pub port: Option<String>,
    /// The role.
    pub user: Option<String>,
    /// The password, which goes nowhere but into an environment.
    pub password: Option<String>,
    /// The database.
    pub database: String,
    /// Whether the host stood behind `?`, as the folder of a socket must.
    host_in_query: bool,
    /// Everything else behind `?`, in its order, as it was written.
    rest: Vec<(String, String)>,
    /// `postgres` or `postgresql`: some readers know only one.
    scheme: String,
}

/// Parameters of a connection string with the variables of libpq that mean the same (34.15).
const VARIABLES: [(&str, &str); 10] = [
    ("hostaddr", "PGHOSTADDR"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("options", "PGOPTIONS"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("gssencmode", "PGGSSENCMODE"),
    ("passfile", "PGPASSFILE"),
];

impl Connection {
    /// Takes a connection string apart; a text without `://` is the name of a database. `None` for a string of another
    /// kind, and without a database.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            let named = !text.is_empty() && !text.contains(['=', '\0', '\n']);
            return named.then(|| Self {
                database: text.to_owned(),
                scheme: "postgresql".to_owned(),
                ..Self::default()
            });
        };
        if !matches!(scheme, "postgres" | "postgresql") {
            return None;
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        // A password that is not encoded ends at its own `/`: what would be taken for the rest is half of the password.
        if database.contains(['/', '@']) {
            return None;
        }
        let (credentials, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        // An IPv6 address stands in brackets; several hosts are left as they are.
        let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, behind)) => (host, behind.strip_prefix(':').unwrap_or_default()),
            None if address.contains(',') => return None,
            None => address.split_once(':').unwrap_or((address, "")),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let some = |text: &str| (!text.is_empty()).then(|| decoded(text)).flatten();
        let mut connection = Self {
            host: some(host),
            port: some(port),
            user: some(user),
            password: password.and_then(decoded),
            database: decoded(database)?,
            scheme: scheme.to_owned(),
            ..Self::default()
        };
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match key {
                "host" => (connection.host, connection.host_in_query) = (some(value), true),
                "port" => connection.port = some(value),
                "user" => connection.user = some(value),
                "password" => connection.password = some(value),
                "dbname" => connection.database = decoded(value)?,
                _ => connection.rest.push((key.to_owned(), value.to_owned())),
            }
        }
        (!connection.database.is_empty() && !connection.database.contains('\0')).then_some(connection)
    }

    /// The connection string for another database of the same server, password and all.
    pub fn url(&self, database: &str) -> String {
        let mut text = format!("{}://", self.scheme);
        if let Some(user) = &self.user {
            text.push_str(&encoded(user));
            if let Some(password) = &self.password {
                text.push_str(&format!(":{}", encoded(password)));
            }
            text.push('@');
        }
        let socket = self.host_in_query || self.host.as_ref().is_some_and(|host| host.starts_with('/'));
        let mut query: Vec<String> = Vec::new();
        match &self.host {
            Some(host) if socket => query.push(format!("host={}", encoded(host).replace("%2F", "/"))),
            Some(host) if host.contains(':') => text.push_str(&format!("[{host}]")),
            Some(host) => text.push_str(&encoded(host)),
            None => {}
        }
        match &self.port {
            Some(port) if socket || self.host.is_none() => query.push(format!("port={}", encoded(port))),
            Some(port) => text.push_str(&format!(":{port}")),
            None => {}
        }
        text.push_str(&format!("/{}", encoded(database)));
        query.extend(self.rest.iter().map(|(key, value)| format!("{key}={value}")));
        if !query.is_empty() {
            text.push_str(&format!("?{}", query.join("&")));
        }
        text
    }

    /// The variables that make psql and its kin connect to a database of this server: nothing of it is on a command line,
    /// where every user of the machine could read it.
    pub fn variables(&self, database: &str) -> Vec<(String, String)> {
        let mut pairs = vec![("PGDATABASE".to_owned(), database.to_owned())];
        let given =
            [("PGHOST", &self.host), ("PGPORT", &self.port), ("PGUSER", &self.user), ("PGPASSWORD", &self.password)];
        pairs.extend(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
        for (key, value) in &self.rest {
            let variable = VARIABLES.iter().find(|(parameter, _)| parameter == key);
            if let Some(((_, variable), value)) = variable.zip(decoded(value)) {
                pairs.push(((*variable).to_owned(), value));
            }
        }
        pairs
    }

    /// Variables in our own environment that must not be handed on: they would lead elsewhere than the string says. A
    /// service's file has the last word of all, even about the database.
    pub fn foreign_variables(&self) -> &'static [&'static str] {
        let all = &["PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR"];
        if self.host.is_some() { all } else { &all[..2] }
    }

    /// The same with what `variable` says of what the string leaves open, so that it leads to the same server when the
    /// variables are others.
    #[must_use]
    pub fn completed(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_placed = self.host.is_some() || self.parameter("hostaddr").is_some();
        if !is_placed {
            self.host = variable("PGHOST");
        }
        self.port = self.port.or_else(|| variable("PGPORT"));
        self.user = self.user.or_else(|| variable("PGUSER"));
        self
    }

    /// What it says behind `?` of what has no field here.
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.rest.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
    }

    /// Its password, in the forms in which somebody may print it.
    pub fn secrets(&self) -> Vec<String> {
        self.password.iter().flat_map(|password| [password.clone(), encoded(password)]).collect()
    }

    /// The same without its password, and without what else may be a secret.
    #[must_use]
    pub fn public(&self) -> Self {
        Self { password: None, rest: Vec::new(), ..self.clone() }
    }

    /// Whether both lead to the same server as the same role.
    pub fn is_same_server(&self, other: &Self) -> bool {
        (&self.host, &self.port, &self.user) == (&other.host, &other.port, &other.user)
    }

    /// Whether it stays on this machine and says nothing but where: what a committed file may name.
    pub fn is_modest(&self) -> bool {
        let host = self.host.as_deref().unwrap_or("localhost");
        matches!(host, "localhost" | "127.0.0.1" | "::1") && self.rest.is_empty()
    }
}

/// Words that end the name of a setting whose value is a secret.
const SECRETS: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "key",
    "credentials",
];

/// A text without what may be a password in it. Connection strings have many forms, and what other programs print of them
/// has more: all that stands before an `@` goes, all behind the `?` of an address, and the values of settings that are
/// called like a secret.
pub fn masked(text: &str) -> String {
    let words: String = text.split_inclusive(char::is_whitespace).map(masked_word).collect();
    let lower = words.to_ascii_lowercase();
    let mut out = String::new();
    let mut done = 0;
    while let Some(value) = next_secret(&lower, done) {
        out.push_str(&words[done..value]);
        out.push_str("***");
        let rest = &words[value..];
        let quote = rest.chars().next().filter(|letter| matches!(letter, '\'' | '"'));
        let length = match quote {
            Some(quote) => rest[1..].find(quote).map_or(rest.len(), |at| at + 2),
            None => rest.find(|c: char| c.is_whitespace() || "&;,'\")".contains(c)).unwrap_or(rest.len()),
        };
        done = value + length;
    }
    out + &words[done..]
}

/// Where the value of the next setting that is called like a secret begins, at `from` or later.
fn next_secret(lower: &str, from: usize) -> Option<usize> {
    let ends =
        SECRETS.iter().flat_map(|word| lower[from..].match_indices(word).map(|(at, word)| from + at + word.len()));
    let value = |end: usize| {
        let behind = lower[end..].trim_start_matches(['"', '\'']).trim_start_matches(' ');
        let value = behind.strip_prefix(['=', ':'])?.trim_start_matches(' ');
        let is_value = !value.starts_with(char::is_whitespace) && !value.is_empty() && !value.starts_with("***");
        is_value.then_some(lower.len() - value.len())
    };
    ends.filter_map(value).min()
}

fn masked_word(word: &str) -> String {
    let scheme = word.find("://").map(|at| at + 3);
    let begin = scheme.unwrap_or_else(|| word.len() - word.trim_start_matches(['\'', '"', '(', '<', '[']).len());
    let (before, behind) = word.split_at(begin);
    let masked = match behind.rfind('@') {
        Some(at) if at > 0 => format!("{before}***{}", &behind[at..]),
        _ => word.to_owned(),
    };
    match masked.split_once('?').filter(|_| scheme.is_some()) {
        Some((address, query)) => format!("{address}?***{}", &query[query.trim_end().len()..]),
        None => masked,
    }
}

/// An identifier in SQL.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL, whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_lead_to_another_database_of_the_same_server() {
        for (text, database, expected) in [
            (
                "postgres://u:p%40w@db.local:5433/app?sslmode=require",
                "x",
                "postgres://u:p%40w@db.local:5433/x?sslmode=require",
            ),
            ("postgresql://localhost/app", "a b", "postgresql://localhost/a%20b"),
            ("postgresql:///app?host=/run/pg&port=5433", "x", "postgresql:///x?host=/run/pg&port=5433"),
            ("postgres://u@[::1]:5432/app", "x", "postgres://u@[::1]:5432/x"),
            ("app_dev", "x", "postgresql:///x"),
            ("postgres://u:p@%2Frun%2Fpg/app?schema=public", "x", "postgres://u:p@/x?host=/run/pg&schema=public"),
        ] {
            assert_eq!(Connection::parse(text).unwrap().url(database), expected, "{text}");
        }
        for text in [
            "mysql://h/d",
            "postgres://h",
            "postgres://a,b/d",
            "",
            "host=x dbname=y",
            "postgres://h/%zz",
            "postgres://u:p/a@h/d",
            "postgres://u:p/q",
        ] {
            assert_eq!(Connection::parse(text), None, "{text}");
        }
    }

    #[test]
    fn variables_carry_what_the_string_said() {
        let connection = Connection::parse("postgres://u:p%40w@h:1/app?sslmode=require&schema=s").unwrap();
        let pairs = connection.variables("postgres");
        let shown = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
        assert_eq!(shown, "PGDATABASE=postgres PGHOST=h PGPORT=1 PGUSER=u PGPASSWORD=p@w PGSSLMODE=require");
        assert_eq!(connection.public().url("x"), "postgres://u@h:1/x");
    }

    #[test]
    fn only_what_stays_here_is_modest() {
        for (text, expected) in [
            ("app", true),
            ("postgres://localhost/app", true),
            ("postgres://u:p@127.0.0.1:5432/app", true),
            ("postgres://db.example/app", false),
            ("postgres:///app?host=/tmp/evil", false),
            ("postgres://localhost/app?options=-c", false),
        ] {
            assert_eq!(Connection::parse(text).unwrap().is_modest(), expected, "{text}");
        }
    }

    #[test]
    fn no_password_is_left_in_a_text() {
        for (text, expected) in [
            ("failed: postgres://u:p@h/d here", "failed: postgres://***@h/d here"),
            ("'postgres://u:p@ss@h' and mysql://a:b@c", "'postgres://***@h' and mysql://***@c"),
            ("x?user=u&password=p&a=b password=q", "x?user=u&password=***&a=b password=***"),
            ("libsql://h/d?authToken=SECRET\nnext", "libsql://h/d?***\nnext"),
            ("redis://SECRET@h", "redis://***@h"),
            ("mysql://root:pa#SECRET@h/d", "mysql://***@h/d"),
            ("mysql://root:pa?SECRET'@h/d", "mysql://***@h/d"),
            ("Server=h;Pwd=SECRET;Database=d", "Server=h;Pwd=***;Database=d"),
            ("AccountName=a;AccountKey=SECRET==", "AccountName=a;AccountKey=***"),
            ("password = SECRET", "password = ***"),
            ("{\"password\": \"SE CRET\", \"a\": 1}", "{\"password\": ***, \"a\": 1}"),
            ("root:SECRET@tcp(h:3306)/d", "***@tcp(h:3306)/d"),
            ("jdbc:oracle:thin:u/SECRET@//h:1521/x", "***@//h:1521/x"),
            ("plain", "plain"),
            ("password authentication failed for user \"app\"", "password authentication failed for user \"app\""),
            ("ERROR:  28P01: see @scope/package", "ERROR:  28P01: see @scope/package"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_the_string_leaves_open_is_said_by_variables() {
        let variable = |name: &str| Some(format!("of-{name}"));
        for (text, expected) in [
            ("app", "postgresql://of-PGUSER@of-PGHOST:of-PGPORT/app"),
            ("postgres://u@h:1/app", "postgres://u@h:1/app"),
            ("postgres://h/app", "postgres://of-PGUSER@h:of-PGPORT/app"),
        ] {
            let connection = Connection::parse(text).unwrap().completed(variable);
            assert_eq!(connection.url("app"), expected, "{text}");
            assert!(connection.foreign_variables().contains(&"PGHOSTADDR"));
        }
        let open = Connection::parse("app").unwrap();
        assert_eq!(open.foreign_variables(), ["PGSERVICE", "PGSERVICEFILE"]);
        let addressed = Connection::parse("postgres:///app?hostaddr=127.0.0.1").unwrap().completed(variable);
        assert_eq!((addressed.host.clone(), addressed.parameter("hostaddr")), (None, Some("127.0.0.1")));
    }

    #[test]
    fn sql_is_quoted() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }
}

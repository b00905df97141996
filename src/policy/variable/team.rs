//! What a committed file may say of variables although nobody has trusted it.
//!
//! `.gitagent` comes from whoever can commit. A variable that a loader, an interpreter, a build tool or a client reads
//! can start a program or send a secret elsewhere as surely as a command can, and no list of those is ever complete. So
//! [`may_set`] is a list of what is harmless: names that an application's own code reads, with values that stay on this
//! machine. The variables of ports, databases and data folders hold values of git-agent's own; a committed file may choose
//! names that end as those of such variables do ([`may_hold`]).

use super::{is_dangerous, is_ours, is_valid};

/// What build tools hand on to the code of an application, and nothing else reads.
const APPLICATION: &str = "APP_ PUBLIC_ NEXT_PUBLIC_ NUXT_PUBLIC_ VITE_ REACT_APP_ VUE_APP_ EXPO_PUBLIC_";

/// Parts of an application, and what is told of one: together a name such as `API_URL`.
const PARTS: &str = "API APP WEB SITE SERVER CLIENT FRONTEND BACKEND ADMIN AUTH NEXTAUTH BASE PUBLIC SERVICE GATEWAY UI DEV TEST \
    WORKER DATABASE DB REDIS CACHE QUEUE BROKER SEARCH STORAGE ASSETS MEDIA METRICS DEBUG HTTP HTTPS GRPC WS WEBSOCKET MAIL SMTP";
const TOLD: &str = "URL URI ORIGIN HOST PORT NAME SLUG PREFIX";

/// Whole names that are harmless.
const PLAIN: &str = "PORT NODE_ENV RAILS_ENV RACK_ENV MIX_ENV APP_ENV RUST_LOG RUST_BACKTRACE LOG_LEVEL PYTHONUNBUFFERED \
    PYTHONDONTWRITEBYTECODE PYTHONHASHSEED DATA_PATH DATA_DIR";

/// What git-agent itself puts into a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A port.
    Port,
    /// The connection string of a database, its name or its path.
    Database,
    /// A folder for data.
    Data,
}

/// Names for each, whole or behind an underscore.
const PORTS: &str = "PORT";
const DATABASES: &str = "DATABASE_URL DATABASE_URI DATABASE_DSN DATABASE_PATH DATABASE_FILE DATABASE_NAME DB_URL DB_URI DB_DSN DB_PATH \
    DB_FILE DB_NAME DSN POSTGRES_URL POSTGRESQL_URL PG_URL MONGO_URL MONGODB_URL MONGODB_URI REDIS_URL";
const FOLDERS: &str = "DATA_PATH DATA_DIR DATA_FOLDER DATA_ROOT STORAGE_PATH STORAGE_DIR";

/// Whether a committed file may choose this name for a value of git-agent's own, although nobody has trusted it. `RM` or
/// `GUILE_LOAD_PATH` would be obeyed whatever they hold.
pub fn may_hold(value: Value, name: &str) -> bool {
    let names = match value {
        Value::Port => PORTS,
        Value::Database => DATABASES,
        Value::Data => FOLDERS,
    };
    let ends = |one: &str| name.strip_suffix(one).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    // What Postgres' own clients read for the port and the name, and that is what these are.
    let is_client = matches!((value, name), (Value::Port, "PGPORT") | (Value::Database, "PGDATABASE"));
    is_valid(name) && !is_ours(name) && !is_dangerous(name) && (is_client || names.split_whitespace().any(ends))
}

/// Last words of names that hold an address.
const ADDRESSES: &str = "URL URLS URI URIS ORIGIN ORIGINS HOST HOSTS HOSTNAME HOSTNAMES SERVER SERVERS ADDR ADDRESS ADDRESSES DOMAIN \
    DOMAINS API APIS WS DSN UPSTREAM UPSTREAMS BACKEND BACKENDS FRONTEND GATEWAY SERVICE SERVICES TARGET REMOTE PEER PEERS BROKER \
    BROKERS NODES SITE IP";

/// Whether a committed file may set this variable to this text, before its placeholders are filled in, although nobody has
/// trusted it: a name that the application's own code reads, and a value that names no other machine and no file elsewhere.
pub fn may_set(name: &str, template: &str) -> bool {
    if template.chars().any(char::is_control) {
        return false;
    }
    if is_own_database(template) && may_hold(Value::Database, name) {
        return true;
    }
    // Here letter case counts: other spellings are other programs' names.
    let of_part = |name: &str| {
        let (part, told) = name.rsplit_once('_').unwrap_or_default();
        PARTS.split_whitespace().any(|one| one == part) && TOLD.split(' ').any(|one| one == told)
    };
    let is_plain = PLAIN.split_whitespace().any(|one| one == name);
    let is_applications = APPLICATION.split(' ').any(|family| name.starts_with(family)) && !is_dangerous(name);
    if !(is_plain || is_applications || of_part(name)) {
        return false;
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    if last == "PORT" {
        return is_port(template);
    }
    if ADDRESSES.split_whitespace().any(|one| one == last) {
        return is_local(template);
    }
    // `RUST_LOG=app::db=debug`
    let is_words = is_words(if name == "RUST_LOG" { template.replace("::", "") } else { template.to_owned() }.as_str());
    is_words || is_inside(template) || is_local(template)
}

/// Whether a text is words and numbers and no address or path, in whatever spelling a reader forgives. What a placeholder
/// stands for has no say: nothing takes a branch's name for an address in such a variable.
fn is_words(template: &str) -> bool {
    let mut rest = template;
    let mut literal = String::new();
    while let Some((before, behind)) = rest.split_once('{') {
        literal.push_str(before);
        let Some((placeholder, behind)) = behind.split_once('}') else { return false };
        if matches!(placeholder, "path" | "main" | "data")
            || placeholder.starts_with("db.") && placeholder.ends_with("url")
        {
            return false;
        }
        rest = behind;
    }
    literal.push_str(rest);
    literal.chars().all(|c| c.is_alphanumeric() || " _-,+=!?()#*'".contains(c))
}

/// Whether a text is a path in the agent's worktree or its data folder.
fn is_inside(template: &str) -> bool {
    let below = template.strip_prefix("{path}").or_else(|| template.strip_prefix("{data}"));
    let plain = |c: char| c.is_alphanumeric() || "/_-. ".contains(c);
    below.is_some_and(|below| {
        (below.is_empty() || below.starts_with('/')) && !below.contains("..") && below.chars().all(plain)
    })
}

/// Whether a text is a value of the agent's own database, which `[agent-db]` has judged, and nothing else.
fn is_own_database(template: &str) -> bool {
    let inner = template.strip_prefix("{db.").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.contains(['{', '}']))
}

fn is_port(template: &str) -> bool {
    let inner = template.strip_prefix("{port.").and_then(|rest| rest.strip_suffix('}'));
    let is_digits = !template.is_empty() && template.bytes().all(|byte| byte.is_ascii_digit());
    is_digits || inner.is_some_and(|service| !service.contains(['{', '}']))
}

/// Whether an address is on this machine, whatever its placeholders stand for: a branch may be called `evil.example/x`.
fn is_local(template: &str) -> bool {
    if is_own_database(template) && template.ends_with("url}") {
        return true;
    }
    let (scheme, rest) = template.split_once("://").unwrap_or(("", template));
    let known = [
        "",
        "http",
        "https",
        "ws",
        "wss",
        "redis",
        "postgres",
        "postgresql",
        "mysql",
        "mongodb",
        "amqp",
        "nats",
        "sqlite",
    ];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // In such a place libpq and others name another host.
    let is_web = matches!(scheme, "" | "http" | "https" | "ws" | "wss");
    if !known.contains(&scheme) || path.contains('\\') || path.starts_with("//") && scheme.is_empty() {
        return false;
    }
    if !is_web && path.contains('?') {
        return false;
    }
    if scheme == "sqlite" {
        return authority.is_empty();
    }
    let (who, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_simple = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let (host, port) = match place.rfind(':') {
        Some(at) if !place.ends_with(']') => (&place[..at], &place[at + 1..]),
        _ => (place, "0"),
    };
    let labels = host.replace("{slug}", "s").to_ascii_lowercase();
    let is_here = labels == "localhost" || labels.ends_with(".localhost") || labels == "127.0.0.1" || labels == "[::1]";
    is_simple(who, "-_.:") && is_here && is_simple(&labels, "-.[]:") && is_port(port)
}

/// Whether a committed file may give an agent's database this connection string, before its placeholders are filled in: one
/// that leads to that database, in whatever form, or to another place on this machine.
pub fn may_connect(template: &str) -> bool {
    let (before, behind) = template.split_once('{').unwrap_or((template, ""));
    let (placeholder, options) = behind.split_once('}').unwrap_or((behind, ""));
    // Options such as `schema=public`. Some readers take a host from there.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "?&=_-.".contains(c);
    let tame = options.chars().all(is_plain) && !options.to_ascii_lowercase().contains("host");
    let leads = match placeholder {
        "db.url" | "db.name" => before.is_empty(),
        // `file:`, `jdbc:sqlite:`, `sqlite+aiosqlite:///`: no place for a host.
        "db.path" => {
            let scheme = before.trim_end_matches('/');
            before.is_empty()
                || scheme.ends_with(':') && scheme.chars().all(|c| c.is_ascii_alphanumeric() || ":+".contains(c))
        }
        _ => false,
    };
    leads && tame && (options.is_empty() || options.starts_with(['?', '&'])) || is_local(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_values_of_our_own() {
        for (value, fine, refused) in [
            (
                Value::Port,
                "PORT WEB_PORT API_V2_PORT PGPORT",
                "RM SUPPORT port API_LISTEN GIT_PORT GIT_AGENT_PORT LD_PORT 1_PORT",
            ),
            (
                Value::Database,
                "DATABASE_URL SHOP_DATABASE_URL X_DB_URL SHOP_DSN SQLALCHEMY_DATABASE_URI DATABASE_PATH DJANGO_DB_NAME DB_NAME \
                 REDIS_URL PGDATABASE CACHE_DATABASE_URL",
                "RM ZIPOPT GIO_EXTRA_MODULES SLACK_WEBHOOK_URL PATH NODE_OPTIONS SENTRY_DSN API_URL APP_CONFIG_CACHE GIT_DB_URL \
                 MYDATABASE_URL MYSQL_URL",
            ),
            (
                Value::Data,
                "DATA_PATH DATA_DIR SHOP_DATA_DIR",
                "GUILE_LOAD_PATH PATH XDG_DATA_DIR TF_DATA_DIR PYTHONPATH HOME",
            ),
        ] {
            for name in fine.split_whitespace() {
                assert!(may_hold(value, name), "{name}");
            }
            for name in refused.split_whitespace() {
                assert!(!may_hold(value, name), "{name}");
            }
        }
    }

    #[test]
    fn what_a_committed_file_may_connect_to() {
        for template in [
            "{db.url}",
            "{db.url}?schema=public&connection_limit=5",
            "{db.url}&schema=public",
            "{db.name}",
            "{db.path}",
            "file:{db.path}",
            "jdbc:sqlite:{db.path}",
            "sqlite+aiosqlite:///{db.path}",
            "postgres://me@localhost:5432/{db.name}",
        ] {
            assert!(may_connect(template), "{template}");
        }
        for template in [
            "postgres://evil.example/{db.name}",
            "{db.url}?host=evil.example",
            "{db.url}&hostaddr=1.2.3.4",
            "{db.url}@evil.example/{db.url}",
            "{db.url}.evil.example",
            "evil.example:{db.path}",
            "http://evil.example/{db.path}",
            "{db.name}@evil.example",
            "{branch}",
            "evil.example",
        ] {
            assert!(!may_connect(template), "{template}");
        }
    }

    #[test]
    fn what_a_committed_file_may_set() {
        for (name, template) in [
            ("PORT", "{port.web}"),
            ("API_PORT", "4000"),
            ("API_URL", "http://localhost:{port.web}"),
            ("API_URL", "http://{slug}.localhost:{port.web}/x?y={branch}#z"),
            ("PUBLIC_URL", "http://{slug}.localhost:{port.web}"),
            ("VITE_API", "https://127.0.0.1:8443/"),
            ("VITE_TITLE", "Shop of {name}"),
            ("NEXT_PUBLIC_API_URL", "http://[::1]:{port.api}/v1"),
            ("DATABASE_URL", "{db.url}"),
            ("DATABASE_URL", "{db.cache.url}"),
            ("DATABASE_URL", "sqlite:///{data}/dev.db"),
            ("DATABASE_URL", "postgres://me:pw@localhost:{port.db}/app"),
            ("REDIS_URL", "redis://localhost:{port.redis}/0"),
            ("DB_NAME", "{db.name}"),
            ("DB_NAME", "shop_{slug}"),
            ("SHOP_DATABASE_URL", "{db.url}"),
            ("SHOP_DSN", "{db.url}"),
            ("DB_HOST", "localhost"),
            ("VITE_BRANCH", "{branch}"),
            ("RUST_LOG", "info,app::db=debug"),
            ("DATA_DIR", "{data}"),
            ("NODE_ENV", "test"),
            ("RUST_LOG", "debug"),
            ("DATA_PATH", "{path}/data"),
        ] {
            assert!(may_set(name, template), "{name}={template}");
        }
        for (name, template) in [
            // Names that something else may read.
            ("SHOP_URL", "http://localhost"),
            ("PATH", "/evil"),
            ("NODE_OPTIONS", "--require=/evil"),
            ("COMPOSE_PROJECT_NAME", "main"),
            ("APP_EDITOR", "evil"),
            ("VITE_PLUGINS", "evil"),
            ("api_url", "http://localhost"),
            ("OPENAI_BASE_URL", "http://localhost"),
            ("SOME_NEW_TOOL", "evil"),
            ("_URL", "http://localhost"),
            // Places elsewhere.
            ("API_URL", "http://evil.example"),
            ("API_URL", "//evil.example"),
            ("API_URL", "http://localhost@evil.example/"),
            ("API_URL", "http://localhost:pw@evil.example/"),
            ("API_URL", "http://evil.example\\@localhost/"),
            ("API_URL", "http://localhost.evil.example/"),
            ("API_URL", "http://{branch}.localhost/"),
            ("API_URL", "http://{name}.localhost/"),
            ("API_URL", "http://evil.example#.localhost/"),
            ("API_URL", "http://127.0.0.1.evil.example/"),
            ("API_URL", "http://localhost:{name}/"),
            ("API_URL", "http://ev\til.example"),
            ("API_URL", "file:///evil"),
            ("API_URL", "javascript:evil()"),
            ("DATABASE_URL", "postgres:///app?host=evil.example"),
            ("DATABASE_URL", "{db.url}@evil.example/{db.url}"),
            ("DATABASE_URL", "{branch}"),
            ("DB_HOST", "evil.example"),
            ("APP_SERVER", "evil.example"),
            ("VITE_TARGET", "http://evil.example"),
            ("VITE_BACKEND", "evil.example:443"),
            ("NEXT_PUBLIC_API_HOSTNAME", "evil.example"),
            ("APP_UPSTREAM", "evil.example"),
            ("APP_UPSTREAM", "evil"),
            ("VITE_API_SERVERS", "http:evil.example"),
            ("DB_NAME", "evil.example"),
            ("DB_NAME", "evil\u{3002}example"),
            ("APP_CONFIG_CACHE", "/tmp/evil.php"),
            ("APP_CONFIG_CACHE", "{path}/../evil.php"),
            ("APP_CONFIG_CACHE", "{main}/evil.php"),
            ("APP_SEED", "{path}.evil"),
            ("VITE_TITLE", "evil:443"),
            ("SLACK_WEBHOOK_URL", "{db.url}"),
            ("SHOP_DATABASE_URL", "http://localhost"),
            ("API_PORT", "1@evil.example"),
            ("API_PORT", "{port.web}{name}"),
        ] {
            assert!(!may_set(name, template), "{name}={template}");
        }
    }
}

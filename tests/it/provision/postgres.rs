//! Databases of a Postgres server: copied, marked, and dropped only if they are ours.

use std::process::Stdio;

use super::server::{ENCODED, PASSWORD, Server, project, with_path};
use crate::support::program::{Leash, wait_until};
use crate::support::project::{put_program, text};
use crate::support::{Scratch, hermetic};

/// The agent's own database, by its name.
#[track_caller]
pub(super) fn name(scratch: &Scratch, agent: &str) -> String {
    let json = scratch.agent(&["db", agent, "--json"]).ok().json();
    let database = json["databases"][0].clone();
    assert_eq!(database["ready"], true, "{database}");
    database["databaseName"].as_str().expect("a name").to_owned()
}

#[test]
fn an_agent_has_a_copy_of_its_own_until_it_is_deleted_for_good() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    scratch.spawn("feat/x");
    let name = name(&scratch, "feat/x");
    assert!(name.starts_with("app_feat_x_") && name.len() <= 63, "{name}");
    let url = scratch.agent(&["db", "feat/x", "url"]).ok().line().to_owned();
    assert_eq!(url, server.url(&name));
    let env = scratch.agent(&["env", "feat/x", "--json"]).ok().json()["env"].clone();
    assert_eq!(env["DATABASE_URL"], url.as_str());
    assert_eq!(server.sql(&name, "SELECT count(*), obj_description('t'::regclass) FROM t"), "2|äö");
    // Its own: neither sees what the other does.
    server.sql(&name, "DELETE FROM t");
    assert_eq!(server.sql("app", "SELECT count(*) FROM t"), "2");
    let shell = scratch.agent(&["db", "feat/x", "shell", "--", "-XAtc", "SELECT count(*) FROM t"]).ok();
    assert_eq!(shell.line(), "0");
    scratch.agent(&["db", "feat/x", "create"]).ok().says(&["there already"]);
    scratch.agent(&["db", "feat/x", "reset"]).ok();
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2");
    // It outlives a removal, and comes back with the agent.
    server.sql(&name, "INSERT INTO t VALUES (3)");
    scratch.agent(&["rm", "feat/x"]).ok();
    assert_eq!(server.databases(), ["app", name.as_str()]);
    scratch.agent(&["restore", "feat/x"]).ok();
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "3");
    scratch.agent(&["rm", "feat/x"]).ok();
    // Somebody is still connected: a server that nobody has stopped.
    let mut session = server.psql(&name);
    let session = Leash(session.args(["-c", "SELECT pg_sleep(600)"]).stdout(Stdio::null()).spawn().expect("it starts"));
    wait_until("it is connected", || {
        server.sql("postgres", &format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")) == "1"
    });
    scratch.agent(&["gc", "--purge", "feat/x"]).ok();
    scratch.agent(&["gc"]).ok();
    assert_eq!(server.databases(), ["app"]);
    drop(session);
}

#[test]
fn a_source_in_use_is_dumped() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let mut session = server.psql("app");
    let _session =
        Leash(session.args(["-c", "SELECT pg_sleep(600)"]).stdout(Stdio::null()).spawn().expect("it starts"));
    wait_until("it is connected", || {
        server.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'") == "1"
    });
    scratch.spawn("x");
    let name = name(&scratch, "x");
    assert_eq!(server.sql(&name, "SELECT count(*), obj_description('t'::regclass) FROM t"), "2|äö");
    let like = "SELECT count(DISTINCT (encoding, datcollate, datctype)) FROM pg_database WHERE datname IN ('app', '";
    assert_eq!(server.sql("postgres", &format!("{like}{name}')")), "1");
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(server.databases(), ["app"]);
    for strategy in ["wal_log", "file_copy", "dump"] {
        scratch.config("agent-db.strategy", strategy);
        scratch.agent(&["db", "x", "reset"]).ok();
        assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2", "{strategy}");
    }
}

#[test]
fn what_is_not_ours_is_never_dropped() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    scratch.spawn("x");
    let name = name(&scratch, "x");
    let mark = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '";
    let mark = server.sql("postgres", &format!("{mark}{name}'"));
    assert!(mark.starts_with("git-agent ") && mark.contains(" x of "), "{mark}");
    // Somebody makes it anew, by the same name.
    server.sql("postgres", &format!("DROP DATABASE {name}"));
    server.sql("postgres", &format!("CREATE DATABASE {name}"));
    scratch.agent(&["db", "x", "drop"]).fails(3).says(&["does not bear the mark"]);
    scratch.agent(&["db", "x", "reset"]).fails(3);
    let run = scratch.agent(&["db", "x", "create"]).fails(3);
    assert!(!run.err.contains("dropdb"), "{}", run.err);
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["gc", "--purge", "x"]).prints(&["does not bear the mark", "hint: psql"]);
    scratch.agent(&["gc"]);
    assert_eq!(server.databases(), ["app", name.as_str()]);
    // And nothing is made over it.
    let run = scratch.agent(&["spawn", "x"]);
    assert!(run.err.contains(&format!("a database '{name}' already")), "{}", run.err);
    assert_eq!(server.databases(), ["app", name.as_str()]);
    assert_eq!(server.sql(&name, "SELECT count(*) FROM pg_tables WHERE tablename = 't'"), "0");
}

#[test]
fn the_password_is_on_no_command_line_and_in_no_message() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    let bin = scratch.beside("bin");
    let log = scratch.beside("arguments");
    let real = String::from_utf8(std::process::Command::new("which").arg("psql").output().expect("it starts").stdout);
    let real = real.expect("plain").trim().to_owned();
    std::fs::create_dir(&bin).expect("it can be made");
    put_program(&bin.join("psql"), &format!("#!/bin/sh\necho \"$@\" >>'{}'\nexec '{real}' \"$@\"\n", log.display()));
    let secret = |text: &str| text.contains(PASSWORD) || text.contains(ENCODED) || text.contains("p@s");
    let mut said = Vec::new();
    for args in [
        &["spawn", "x"][..],
        &["db", "x"],
        &["db", "x", "--json"],
        &["db", "x", "reset", "--json"],
        &["db", "x", "drop", "--json"],
        &["list", "--json"],
        &["provision", "x", "--json"],
    ] {
        let run = with_path(&scratch, &bin, args).ok();
        said.extend([run.out, run.err]);
    }
    assert!(text(&log).lines().count() > 5);
    // A source that is not there, and a password that is wrong: the error says why, and not with what.
    scratch.agent(&["db", "x", "drop"]).ok();
    let url = server.url("nothing");
    std::fs::write(scratch.root().join(".env"), format!("DATABASE_URL='{url}'\n")).expect("written");
    said.push(with_path(&scratch, &bin, &["db", "x", "create"]).fails(4).err);
    let wrong = server.url("app").replace(ENCODED, "p%40s-wrong");
    std::fs::write(scratch.root().join(".env"), format!("DATABASE_URL='{wrong}'\n")).expect("written");
    said.push(with_path(&scratch, &bin, &["db", "x", "create"]).fails(1).says(&["authentication failed"]).err);
    for text in said.iter().chain([&text(&log)]) {
        assert!(!secret(text), "{text}");
    }
    // On record there is no password either.
    let record = scratch.admin("x").join("agent-db.json");
    assert!(!record.exists() || !secret(&text(&record)));
}

#[test]
fn a_committed_source_stays_on_this_machine() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.spawn("x");
    for source in ["postgres://db.example/app", "postgres:///app?host=/tmp/evil", "postgres://localhost/a?sslkey=/x"] {
        scratch.write(".gitagent", format!("[agent-db]\n\tprovider = postgres\n\tsource = {source}\n"));
        scratch.agent(&["db", "x", "create"]).fails(2).says(&["localhost"]);
    }
    for connection in ["./evil.sh", "https://evil.example/{db.name}", "{db.url}?host=evil.example", "x\\nLD_PRELOAD=/x"]
    {
        let text = format!("[agent-db]\n\tprovider = sqlite\n\tsource = a.db\n\tconnection = {connection}\n");
        scratch.write(".gitagent", text);
        scratch.agent(&["db", "x", "create"]).fails(2).says(&["this machine"]);
    }
}

#[test]
fn a_committed_file_has_no_server_asked_without_trust() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    scratch.git(&["config", "--remove-section", "agent-db"]);
    scratch.write(".gitagent", "[agent-db]\n\tprovider = postgres\n\tsource = $DATABASE_URL\n");
    scratch.commit("team");
    let run = scratch.agent(&["spawn", "x", "--json"]).ok();
    assert!(run.json()["warnings"].to_string().contains("git agent trust"), "{}", run.out);
    assert_eq!(server.databases(), ["app"]);
    let shown = scratch.agent(&["trust", "--show"]).ok();
    shown.prints(&["agent-db.provider = postgres", "agent-db.source = $DATABASE_URL"]);
    scratch.agent(&["trust", "--yes"]).ok();
    scratch.agent(&["db", "x", "create"]).ok();
    let name = name(&scratch, "x");
    server.sql(&name, "DELETE FROM t");
    // What may not be made again stays.
    scratch.write(".gitagent", "[agent-db]\n\tprovider = postgres\n\tsource = $DATABASE_URL\n\tstrategy = dump\n");
    scratch.agent(&["db", "x", "reset"]).fails(3).says(&["git agent trust"]);
    assert_eq!(server.databases(), ["app", name.as_str()]);
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(server.databases(), ["app"]);
}

#[test]
fn a_variable_that_is_no_connection_string_is_not_told() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", ".env\n/.claude/\n");
    scratch.write(".gitagent", "[agent-db]\n\tprovider = postgres\n\tsource = $API_KEY\n");
    scratch.commit("team");
    scratch.agent(&["trust", "--yes"]).ok();
    let mut said = Vec::new();
    for (number, secret) in
        ["topsecret-123", "https://topsecret@host/topsecret", "topsecret://a", "topsecret=1"].iter().enumerate()
    {
        std::fs::write(scratch.root().join(".env"), format!("API_KEY={secret}\n")).expect("written");
        let name = format!("x{number}");
        let run =
            scratch.agent(&["spawn", &name, "--json"]).fails(7).says(&["$API_KEY, which holds no connection string"]);
        said.extend([run.out, run.err]);
        for args in [&["list", "--json"][..], &["db", &name, "--json"], &["env", &name], &["provision", &name]] {
            let run = scratch.agent(args);
            said.extend([run.out, run.err]);
        }
        for file in ["agent-provision.json", "agent-provision.log", "agent-db.json"] {
            said.push(std::fs::read_to_string(scratch.admin(&name).join(file)).unwrap_or_default());
        }
    }
    for text in said {
        assert!(!text.contains("topsecret"), "{text}");
    }
}

#[test]
fn a_reset_that_cannot_be_leaves_what_there_is() {
    let Some(server) = Server::start() else { return };
    let scratch = project(&server);
    scratch.spawn("x");
    let name = name(&scratch, "x");
    server.sql(&name, "INSERT INTO t VALUES (3)");
    let env = scratch.root().join(".env");
    let set = |url: &str| std::fs::write(&env, format!("DATABASE_URL='{url}'\n")).expect("written");
    for (url, code) in [
        (server.url("app").replace("?host=/", "?host=/gone/"), 1),
        (server.url("nothing"), 4),
        (server.url("app").replace(ENCODED, "wrong"), 1),
    ] {
        set(&url);
        scratch.agent(&["db", "x", "reset"]).fails(code);
        assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "3", "{url}");
    }
    set(&server.url("app"));
    // Nor one whose copy fails on the way.
    server.sql("app", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1/0'; CREATE TABLE u(a int)");
    let bin = scratch.beside("bin");
    std::fs::create_dir(&bin).expect("it can be made");
    put_program(&bin.join("pg_dump"), "#!/bin/sh\necho 'pg_dump: error: the disk is full' >&2\nexit 1\n");
    scratch.config("agent-db.strategy", "dump");
    with_path(&scratch, &bin, &["db", "x", "reset"]).fails(1).says(&["the disk is full"]);
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "3");
    assert_eq!(server.databases(), ["app", name.as_str()]);
    scratch.agent(&["db", "x", "reset"]).ok();
    assert_eq!(server.sql(&name, "SELECT count(*) FROM t"), "2");
    // What it has no password for any more it says so.
    std::fs::write(&env, "").expect("written");
    scratch.agent(&["db", "x", "drop"]).fails(1).says(&["$DATABASE_URL, which is not set"]);
    assert_eq!(server.databases(), ["app", name.as_str()]);
}

#[test]
fn what_was_begun_on_one_server_is_not_completed_on_another() {
    let (Some(first), Some(second)) = (Server::start(), Server::start()) else { return };
    let scratch = project(&first);
    let bin = scratch.beside("bin");
    std::fs::create_dir(&bin).expect("it can be made");
    // Killed when the database is there, before the word of it.
    let script = "#!/bin/sh\ntext=$(cat)\nprintf '%s\\n' \"$text\" | PATH=${PATH#*:} psql \"$@\"\n\
                  case $text in *'CREATE DATABASE'*) kill -9 $PPID;; esac\n";
    put_program(&bin.join("psql"), script);
    with_path(&scratch, &bin, &["spawn", "x"]);
    assert_eq!(first.databases().len(), 2);
    let url = second.url("app");
    std::fs::write(scratch.root().join(".env"), format!("DATABASE_URL='{url}'\nOLD='{}'\n", first.url("app")))
        .expect("written");
    // The first one's password is gone with its setting: nothing is made until what is there can be dropped.
    scratch.agent(&["db", "x", "create"]).fails(1).says(&["leads elsewhere by now"]);
    assert_eq!((first.databases().len(), second.databases().len()), (2, 1));
    let passwords = scratch.home().join(".pgpass");
    std::fs::write(&passwords, format!("*:*:*:app:{}\n", PASSWORD.replace(':', "\\:"))).expect("written");
    std::fs::set_permissions(&passwords, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
    scratch.agent(&["db", "x", "create"]).ok();
    assert_eq!((first.databases().len(), second.databases().len()), (1, 2));
    // A reset follows the source as well, and the old one goes.
    std::fs::write(scratch.root().join(".env"), format!("DATABASE_URL='{}'\n", first.url("app"))).expect("written");
    scratch.agent(&["db", "x", "reset"]).ok();
    assert_eq!((first.databases().len(), second.databases().len()), (2, 1));
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!((first.databases().len(), second.databases().len()), (1, 1));
}

#[test]
fn another_server_is_not_asked_whether_it_is_gone() {
    let (Some(first), Some(second)) = (Server::start(), Server::start()) else { return };
    let scratch = project(&first);
    std::fs::write(scratch.root().join(".env"), "").expect("written");
    scratch.config("agent-db.source", "app");
    let on = |server: &Server, args: &[&str]| {
        let mut command = scratch.program(&scratch.root(), args);
        let command = hermetic(&mut command, scratch.home());
        command.env("PGHOST", server.folder()).env("PGUSER", "app").env("PGPASSWORD", PASSWORD);
        scratch.run(command)
    };
    on(&first, &["spawn", "x"]).ok();
    assert_eq!(first.databases().len(), 2);
    on(&first, &["rm", "x"]).ok();
    // Where it is is on record, whatever the variables say now.
    on(&second, &["gc", "--purge", "x"]).ok().prints(&["dropped the database of 'x'"]);
    assert_eq!(first.databases(), ["app"]);
    on(&first, &["spawn", "x"]).ok();
    // Another server at the same place knows nothing of it.
    let record = scratch.admin("x").join("agent-db.json");
    let moved =
        text(&record).replace(first.folder().to_str().expect("plain"), second.folder().to_str().expect("plain"));
    std::fs::write(&record, moved).expect("written");
    on(&second, &["db", "x", "drop"]).fails(3).says(&["on another server than the one that answers"]);
    on(&second, &["db", "x", "create"]).fails(3).says(&["hint: to have it forgotten: git agent db x drop --force"]);
    assert!(record.exists());
    on(&second, &["db", "x", "drop", "--force"]).ok().says(&["is forgotten, and left where it is"]);
    on(&second, &["db", "x", "create"]).ok();
    assert_eq!((first.databases().len(), second.databases().len()), (2, 2));
}

#[test]
fn variables_do_not_lead_elsewhere() {
    let (Some(server), Some(other)) = (Server::start(), Server::start()) else { return };
    let scratch = project(&server);
    other.sql("postgres", "CREATE DATABASE prod");
    let services = scratch.beside("services");
    let service = format!("[prod]\nhost={}\ndbname=prod\nuser=app\n", other.folder().display());
    std::fs::write(&services, service).expect("written");
    let run = |args: &[&str]| {
        let mut command = scratch.program(&scratch.root(), args);
        let command = hermetic(&mut command, scratch.home());
        command.env("PGSERVICE", "prod").env("PGSERVICEFILE", &services).env("PGHOSTADDR", "127.0.0.9");
        scratch.run(command.env("PGCLIENTENCODING", "LATIN1"))
    };
    run(&["spawn", "x"]).ok();
    let name = name(&scratch, "x");
    assert_eq!(server.sql(&name, "SELECT count(*), obj_description('t'::regclass) FROM t"), "2|äö");
    run(&["db", "x", "drop"]).ok();
    assert_eq!((server.databases().len(), other.databases().len()), (1, 2));
    scratch.config("agent-db.source", "app");
    run(&["db", "x", "create"]).fails(6).says(&["PGSERVICE"]);
    scratch.config("agent-db.source", "postgres:///app?service=prod");
    scratch.agent(&["db", "x", "create"]).fails(6).says(&["service"]);
    // A password that is not encoded is no part of an address.
    std::fs::write(scratch.root().join(".env"), "DATABASE_URL=postgres://app:pa/SECRET@localhost/app\n")
        .expect("written");
    scratch.config("agent-db.source", "$DATABASE_URL");
    let run = scratch.agent(&["db", "x", "create"]).fails(2);
    assert!(!run.err.contains("SECRET") && !run.err.contains("pa/"), "{}", run.err);
}

//! Databases in files: copied while they are written, in the worktree, and gone or back with it.

use crate::support::skip::skipped;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::server::{started, with_path};
use crate::support::Scratch;
use crate::support::program::{Leash, wait_until};
use crate::support::project::{names, put, put_program, text};

/// A repository with a database of two rows in `db/dev.sqlite3`; `None`, said aloud, without the program.
pub fn project() -> Option<Scratch> {
    if Command::new("sqlite3").arg("-version").output().is_err() {
        skipped("there is no sqlite3; apt install sqlite3");
        return None;
    }
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", "*.sqlite3*\n/.claude/\n");
    scratch.commit("ignore");
    scratch.folder("db");
    sql(&source(&scratch), "PRAGMA journal_mode = wal; CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 1), (2, 2);");
    scratch.config("agent-db.provider", "sqlite");
    scratch.config("agent-db.source", "db/dev.sqlite3");
    Some(scratch)
}

fn source(scratch: &Scratch) -> PathBuf {
    scratch.root().join("db/dev.sqlite3")
}

#[track_caller]
fn sql(path: &Path, text: &str) -> String {
    let output = Command::new("sqlite3")
        .args(["-batch", "-init", "/dev/null", "-cmd", ".timeout 20000"])
        .arg(path)
        .arg(text)
        .output();
    crate::support::program::Run::of(&output.expect("it starts")).ok().line().to_owned()
}

/// The only test of the house that waits for a writer rather than for a number of its rows.
#[test]
fn a_copy_is_of_one_moment_while_others_write() {
    let Some(scratch) = project() else { return };
    for journal in ["wal", "delete"] {
        sql(&source(&scratch), &format!("PRAGMA journal_mode = {journal};"));
        // Every transaction adds two rows: a copy of half of one has an odd number, or a sum that is not zero.
        let script = scratch.beside("write.sql");
        let insert = "BEGIN IMMEDIATE; INSERT INTO t VALUES (7, randomblob(2000)); INSERT INTO t VALUES (-7, randomblob(2000)); COMMIT;\n.shell sleep 0.01\n";
        put(&script, format!(".timeout 20000\n{}", insert.repeat(9000)));
        let input = std::fs::File::open(&script).expect("just written");
        let mut writer = Command::new("sqlite3");
        writer.args(["-batch", "-init", "/dev/null"]).arg(source(&scratch)).stdin(input).stdout(Stdio::null());
        let mut writer = Leash(writer.spawn().expect("it starts"));
        let before: u32 = sql(&source(&scratch), "SELECT count(*) FROM t").parse().expect("a number");
        wait_until("somebody writes", || sql(&source(&scratch), "SELECT count(*) FROM t") != before.to_string());
        for round in 0..5 {
            let name = format!("{journal}{round}");
            scratch.agent(&["spawn", &name, "-q"]).ok();
            scratch.agent(&["db", &name, "create", "-q"]).ok();
            let copy = scratch.tree(&name).join("db/dev.sqlite3");
            assert_eq!(sql(&copy, "PRAGMA integrity_check"), "ok");
            assert_eq!(sql(&copy, "SELECT count(*) % 2, sum(a) FROM t"), "0|3", "{name}");
        }
        let alive = writer.0.try_wait().expect("it can be asked").is_none();
        assert!(alive, "the writer ended before the copies were made");
    }
}

#[test]
fn what_is_only_in_the_log_is_copied() {
    let Some(scratch) = project() else { return };
    // A reader that stays keeps the log from being written back.
    let mut reader = Command::new("sqlite3");
    reader.args(["-batch", "-init", "/dev/null"]).arg(source(&scratch)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = Leash(reader.spawn().expect("it starts"));
    let mut stdin = reader.0.stdin.take().expect("it was asked for");
    std::io::Write::write_all(&mut stdin, b"BEGIN; SELECT count(*) FROM t;\n").expect("it reads");
    let mut answer = [0; 2];
    std::io::Read::read_exact(reader.0.stdout.as_mut().expect("it was asked for"), &mut answer).expect("it answers");
    sql(&source(&scratch), "INSERT INTO t VALUES (3, 3);");
    assert!(scratch.root().join("db/dev.sqlite3-wal").metadata().expect("there is a log").len() > 0);
    scratch.spawn("x");
    scratch.agent(&["db", "x", "create"]).ok();
    assert_eq!(sql(&scratch.tree("x").join("db/dev.sqlite3"), "SELECT count(*) FROM t"), "3");
}

#[test]
fn the_verbs() {
    let Some(scratch) = project() else { return };
    let path = scratch.spawn("x");
    let copy = path.join("db/dev.sqlite3");
    scratch.agent(&["db", "x", "create"]).ok();
    let url = format!("sqlite:///{}", copy.display());
    assert_eq!(scratch.agent(&["db", "x", "url"]).ok().line(), url);
    assert_eq!(scratch.agent(&["env", "x", "--json"]).ok().json()["env"]["DATABASE_URL"], url.as_str());
    let json = scratch.agent(&["db", "x", "--json"]).ok().json();
    let database = &json["databases"][0];
    assert_eq!((&database["provider"], &database["ready"]), (&"sqlite".into(), &true.into()));
    sql(&copy, "DELETE FROM t;");
    assert_eq!(sql(&source(&scratch), "SELECT count(*) FROM t"), "2");
    let dry = scratch.agent(&["db", "x", "reset", "--dry-run"]).ok();
    assert_eq!((dry.line(), sql(&copy, "SELECT count(*) FROM t").as_str()), ("reset the database (sqlite)", "0"));
    scratch.agent(&["db", "x", "reset"]).ok();
    assert_eq!(scratch.agent(&["db", "x", "shell", "--", "SELECT count(*) FROM t"]).ok().line(), "2");
    // Again changes nothing.
    sql(&copy, "DELETE FROM t;");
    scratch.agent(&["db", "x", "create"]).ok().says(&["there already"]);
    assert_eq!(sql(&copy, "SELECT count(*) FROM t"), "0");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    // It is no obstacle, and it comes back.
    scratch.agent(&["rm", "x"]).ok();
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(sql(&copy, "SELECT count(*) FROM t"), "0");
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(names(&path.join("db")), Vec::<String>::new());
    scratch.agent(&["db", "x", "url"]).fails(4).says(&["git agent db x create"]);
    // The source has nothing beside it that was not there.
    assert_eq!(names(&scratch.root().join("db")), ["dev.sqlite3"]);
}

#[test]
fn nothing_that_was_there_is_overwritten_or_dropped() {
    let Some(scratch) = project() else { return };
    scratch.config("agent-db.path", "mine.sqlite3");
    let path = scratch.spawn("x");
    scratch.agent(&["db", "x", "drop"]).ok();
    scratch.agent(&["db", "x", "create"]).ok();
    scratch.agent(&["db", "x", "drop"]).ok();
    put(&path.join("mine.sqlite3"), "mine");
    scratch.agent(&["db", "x", "create"]).fails(5).says(&["something is at"]);
    scratch.agent(&["db", "x", "drop"]).ok();
    assert_eq!(std::fs::read(path.join("mine.sqlite3")).expect("it is there"), b"mine");
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let Some(scratch) = project() else { return };
    let path = scratch.spawn("x");
    scratch.agent(&["db", "x", "drop"]).ok();
    std::os::unix::fs::symlink("/tmp", path.join("link")).expect("it can be made");
    for (key, value, code) in [
        ("agent-db.source", "db/none.sqlite3", 4),
        ("agent-db.path", "../out.sqlite3", 3),
        ("agent-db.path", "link/x.sqlite3", 3),
        ("agent-db.path", ".git/x", 3),
        ("agent-db.provider", "oracle", 2),
        ("agent-db.env", "PA TH", 2),
        ("agent-db.connection", "{nobody}", 2),
    ] {
        let before = scratch.try_git_in(&scratch.root(), &["config", key]).stdout;
        scratch.config(key, value);
        scratch.agent(&["db", "x", "create"]).fails(code);
        assert_eq!(names(&path.join("db")), Vec::<String>::new(), "{key} {value}");
        match String::from_utf8_lossy(&before).trim_end() {
            "" => drop(scratch.git(&["config", "--unset", key])),
            before => scratch.config(key, before),
        }
    }
    put(&scratch.root().join("db/text.sqlite3"), "this is no database, and long enough to be read as one\n".repeat(99));
    scratch.config("agent-db.source", "db/text.sqlite3");
    scratch.agent(&["db", "x", "create"]).fails(1).says(&["not a database"]);
    scratch.write(".gitagent", "[agent-db \"team\"]\n\tprovider = sqlite\n\tsource = ../../other.sqlite3\n");
    scratch.agent(&["db", "x", "create"]).fails(2).says(&["inside"]);
}

#[test]
fn several_have_names_and_a_url_of_any_form() {
    let Some(scratch) = project() else { return };
    scratch.write("cache.sqlite3", "");
    sql(&scratch.root().join("cache.sqlite3"), "CREATE TABLE c(x);");
    scratch.config("agent-db.cache.provider", "sqlite");
    scratch.config("agent-db.cache.source", "cache.sqlite3");
    scratch.config("agent-db.cache.connection", "file:{db.path}?mode=rwc");
    scratch.config("agent-env.both", "{db.cache.path}|{db.url}");
    let path = scratch.spawn("x");
    scratch.agent(&["db", "x", "create"]).ok();
    let env = scratch.agent(&["env", "x", "--json"]).ok().json()["env"].clone();
    assert_eq!(env["CACHE_DATABASE_URL"], format!("file:{}/cache.sqlite3?mode=rwc", path.display()));
    let both = format!("{0}/cache.sqlite3|sqlite:///{0}/db/dev.sqlite3", path.display());
    assert_eq!(env["BOTH"], both);
    scratch.agent(&["db", "x", "drop", "cache"]).ok();
    assert!(!path.join("cache.sqlite3").exists() && path.join("db/dev.sqlite3").exists());
    scratch.agent(&["db", "x", "create", "nothing"]).fails(4);
}

#[test]
fn nothing_is_made_beside_tracked_files_or_where_git_would_see_it() {
    let Some(scratch) = project() else { return };
    scratch.write(".gitignore", "*.sqlite3*\n/.claude/\n/notes\n/own*\n");
    scratch.write("notes-journal", "tracked\n");
    scratch.commit("notes");
    scratch.git(&["config", "--unset", "agent-db.source"]);
    scratch.git(&["config", "--unset", "agent-db.provider"]);
    let team = |path: &str| {
        let text = format!("[agent-db]\n\tprovider = sqlite\n\tsource = db/dev.sqlite3\n\tpath = {path}\n");
        scratch.write(".gitagent", text);
    };
    team("notes");
    let run = scratch.agent(&["spawn", "x"]).fails(7).says(&["this branch tracks 'notes-journal'"]);
    run.says(&["hint: git config agent-db.path"]);
    let path = scratch.tree("x");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    team("seen.db");
    scratch.agent(&["provision", "x"]).fails(7).says(&["this branch does not ignore it", "info/exclude"]);
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain"]), "");
    // What somebody has put beside it stays as well.
    team("own");
    put(&path.join("own-wal"), "mine");
    scratch.agent(&["provision", "x"]).fails(7).says(&["something is at", "own-wal"]);
    assert_eq!(text(&path.join("own-wal")), "mine");
    std::fs::remove_file(path.join("own-wal")).expect("it is there");
    scratch.agent(&["provision", "x"]).ok();
    // Tracked since: a drop leaves it alone.
    scratch.git_in(&path, &["add", "--force", "own"]);
    scratch.agent(&["db", "x", "drop"]).fails(3).says(&["is tracked by now"]);
    assert_eq!(sql(&path.join("own"), "SELECT count(*) FROM t"), "2");
}

#[test]
fn a_killed_copy_is_not_seen_and_gives_no_right_to_what_others_made() {
    let Some(scratch) = project() else { return };
    let bin = scratch.beside("bin");
    std::fs::create_dir(&bin).expect("it can be made");
    put_program(&bin.join("sqlite3"), "#!/bin/sh\necho half >copy.tmp-git-agent\nkill -9 $PPID\n");
    assert_eq!(with_path(&scratch, &bin, &["spawn", "x"]).code, 137);
    let path = scratch.tree("x");
    let draft = scratch.admin("x").join("agent-db-draft");
    assert!(draft.join("copy.tmp-git-agent").is_file(), "the test kills in the middle of a copy");
    assert_eq!(scratch.git_in(&path, &["status", "--porcelain", "--ignored"]), "");
    scratch.agent(&["list"]).ok();
    assert!(!draft.exists(), "the next command removes it");
    // The agent's program makes its own.
    std::fs::create_dir(path.join("db")).expect("it can be made");
    let own = path.join("db/dev.sqlite3");
    sql(&own, "CREATE TABLE work(a); INSERT INTO work VALUES (7);");
    scratch.agent(&["provision", "x"]).fails(7).says(&["something is at", "dev.sqlite3"]);
    for verb in ["create", "drop", "reset"] {
        scratch.agent(&["db", "x", verb]);
        assert_eq!(sql(&own, "SELECT a FROM work"), "7", "{verb}");
    }
    std::fs::rename(&own, path.join("db/old.sqlite3")).expect("it is there");
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(sql(&own, "SELECT count(*) FROM t"), "2");
    assert!(!draft.exists());
}

#[test]
fn a_copy_that_was_moved_in_before_a_kill_is_kept() {
    let Some(scratch) = project() else { return };
    let path = scratch.spawn("x");
    let copy = path.join("db/dev.sqlite3");
    // As it is when the kill came between the move and the last word on record.
    let record = scratch.admin("x").join("agent-db.json");
    let unfinished = |text: String| put(&record, text.replace("\"complete\":true", "\"complete\":false"));
    unfinished(text(&record));
    sql(&copy, "CREATE TABLE work(a);");
    scratch.agent(&["db", "x", "create"]).ok();
    assert_eq!(sql(&copy, "SELECT count(*) FROM work"), "0", "what the agent wrote meanwhile is there");
    assert!(text(&record).contains("\"complete\":true"));
    unfinished(text(&record));
    scratch.agent(&["db", "x", "drop"]).ok();
    assert!(copy.is_file(), "somebody has written to it since");
}

#[test]
fn a_reset_that_cannot_be_leaves_what_there_is() {
    let Some(scratch) = project() else { return };
    let path = scratch.spawn("x");
    let copy = path.join("db/dev.sqlite3");
    sql(&copy, "DELETE FROM t;");
    let aside = scratch.beside("aside");
    std::fs::rename(source(&scratch), &aside).expect("it is there");
    scratch.agent(&["db", "x", "reset"]).fails(4).says(&["there is no database at"]);
    put(&source(&scratch), "this is no database, and long enough to be read as one\n".repeat(99));
    scratch.agent(&["db", "x", "reset"]).fails(1);
    assert_eq!(sql(&copy, "SELECT count(*) FROM t"), "0");
    std::fs::rename(&aside, source(&scratch)).expect("it is there");
    scratch.agent(&["db", "x", "reset"]).ok();
    assert_eq!(sql(&copy, "SELECT count(*) FROM t"), "2");
    assert_eq!(names(&path.join("db")), ["dev.sqlite3"]);
    // To another place, if that is what is wanted by now.
    scratch.config("agent-db.path", "other.sqlite3");
    scratch.agent(&["db", "x", "reset"]).ok();
    assert!(path.join("other.sqlite3").is_file() && !copy.exists());
    // That there is no source is what is said, and not what else may be wrong.
    scratch.agent(&["db", "x", "drop"]).ok();
    scratch.config("agent-db.source", "none.db");
    scratch.config("agent-db.path", "none.db");
    scratch.agent(&["db", "x", "create"]).fails(4).says(&["there is no database at"]);
    scratch.agent(&["db", "x", "drop", "nolabel"]).fails(4).says(&["no database 'nolabel'"]);
}

#[test]
fn a_copy_is_as_private_as_its_source() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(scratch) = project() else { return };
    let set = |mode| std::fs::set_permissions(source(&scratch), std::fs::Permissions::from_mode(mode)).expect("ours");
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    set(0o600);
    let copy = scratch.spawn("x").join("db/dev.sqlite3");
    assert_eq!(mode(&copy), 0o600);
    set(0o640);
    scratch.agent(&["db", "x", "reset"]).ok();
    assert_eq!(mode(&copy), 0o640);
}

#[test]
fn a_file_that_has_taken_the_copys_place_stays() {
    let Some(scratch) = project() else { return };
    let copy = scratch.spawn("x").join("db/dev.sqlite3");
    let own = scratch.beside("own");
    sql(&own, "CREATE TABLE work(a); INSERT INTO work VALUES (7);");
    std::fs::copy(&own, copy.with_extension("new")).expect("it can be copied");
    std::fs::rename(copy.with_extension("new"), &copy).expect("it can be moved");
    for verb in ["drop", "reset"] {
        scratch.agent(&["db", "x", verb]).fails(3).says(&["is not the file that git-agent put there", "hint: mv"]);
        assert_eq!(sql(&copy, "SELECT a FROM work"), "7");
    }
    std::fs::rename(&copy, copy.with_extension("old")).expect("it is there");
    scratch.agent(&["db", "x", "drop"]).ok();
}

#[test]
fn what_a_killed_command_has_left_copying_is_waited_for() {
    let Some(scratch) = project() else { return };
    let (bin, begun) = (scratch.beside("bin"), scratch.beside("begun"));
    std::fs::create_dir(&bin).expect("it can be made");
    let script = "#!/bin/sh\ncat >script\ntouch 'BEGUN'; sleep 1\nPATH=${PATH#*:} sqlite3 \"$@\" <script\n";
    put_program(&bin.join("sqlite3"), &script.replace("BEGUN", begun.to_str().expect("plain")));
    let mut program = started(&scratch, &bin, &["spawn", "x"]);
    wait_until("it is begun", || begun.exists());
    program.0.kill().expect("it runs");
    program.0.wait().expect("it ends");
    scratch.agent(&["db", "x", "create"]).ok();
    assert_eq!(sql(&scratch.tree("x").join("db/dev.sqlite3"), "SELECT count(*) FROM t"), "2");
    assert!(!scratch.admin("x").join("agent-db-draft").exists());
}

#[test]
fn a_draft_beside_a_worktree_that_is_gone_is_collected() {
    let Some(scratch) = project() else { return };
    let made = Command::new("mktemp").args(["-d", "/dev/shm/git-agent.XXXXXX"]).output();
    let place = made.ok().filter(|output| output.status.success());
    let Some(place) = place.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())) else {
        skipped("there is no second file system at /dev/shm");
        return;
    };
    scratch.config("agent.worktreeDir", &format!("{}/{{name}}", place.display()));
    let bin = scratch.beside("bin");
    std::fs::create_dir(&bin).expect("it can be made");
    put_program(&bin.join("sqlite3"), "#!/bin/sh\necho half >copy.tmp-git-agent\nkill -9 $PPID\n");
    assert_eq!(with_path(&scratch, &bin, &["spawn", "x"]).code, 137);
    scratch.git(&["worktree", "remove", "--force", place.join("x").to_str().expect("plain")]);
    let drafts = || names(&place).iter().filter(|name| name.contains("db-draft")).count();
    assert_eq!(drafts(), 1);
    scratch.agent(&["gc"]).ok();
    let left = drafts();
    std::fs::remove_dir_all(&place).expect("it is ours");
    assert_eq!(left, 0);
}

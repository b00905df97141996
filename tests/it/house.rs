//! The layers of docs/architecture.md, checked as absences in the source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A source file: its path from the top of the package, and its lines of code.
struct Source {
    path: String,
    code: Vec<String>,
}

impl Source {
    /// The lines that hold one of these texts, for a message.
    fn lines_with(&self, texts: &[&str]) -> Vec<String> {
        let holds = |line: &&String| texts.iter().any(|text| line.contains(text));
        self.code.iter().filter(holds).map(|line| format!("{}: {}", self.path, line.trim())).collect()
    }
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the package.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![top().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("it can be read").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// The files below a folder without comments, and without the unit tests at their end, which may do more.
fn sources(folder: &str) -> Vec<Source> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]") && !line.starts_with("mod tests"));
        let code = code.map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect();
        let path = path.strip_prefix(top()).expect("it is below").to_string_lossy().replace('\\', "/");
        Source { path, code }
    };
    let all = files(folder).into_iter().map(read);
    all.filter(|source| !source.path.ends_with("/tests.rs")).collect()
}

/// The rooms that a file names with `crate::room`.
fn rooms(source: &Source) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for line in &source.code {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let names = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or_default());
            let whole = rest.starts_with('{');
            for name in names.split(',').take(if whole { usize::MAX } else { 1 }) {
                let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                rooms.insert(name);
            }
        }
    }
    rooms
}

#[test]
fn the_reader_of_imports_reads_imports() {
    let source = |line: &str| Source { path: String::new(), code: vec![line.to_owned()] };
    let of = |line: &str| rooms(&source(line)).into_iter().collect::<Vec<_>>();
    assert_eq!(of("use crate::git::repo::Repo;"), ["git"]);
    assert_eq!(of("use crate::{journal, store::{self, Lock}};"), ["Lock", "journal", "store"]);
    assert_eq!(of("let x = crate::trash::find(y).and(crate::agent::all());"), ["agent", "trash"]);
}

#[test]
fn policy_knows_nothing_of_the_house_or_the_world() {
    for source in sources("src/policy") {
        let rooms = rooms(&source);
        assert!(rooms.iter().all(|room| room == "policy"), "{}: {rooms:?}", source.path);
        let world = ["std::fs", "std::env", "std::net", "std::process", "std::thread", "SystemTime", "Instant::now"];
        assert_eq!(source.lines_with(&world), Vec::<String>::new());
        let gix = source.lines_with(&["gix::"]);
        let pure = ["gix::validate", "gix::glob", "gix::bstr", "gix::hash", "gix::ObjectId"];
        let impure: Vec<_> = gix.iter().filter(|line| !pure.iter().any(|name| line.contains(name))).collect();
        assert!(impure.is_empty(), "{impure:#?}");
    }
}

#[test]
fn verbs_do_not_call_verbs() {
    let sources = sources("src/cmd");
    let verb_of = |path: &str| {
        let rest = path.strip_prefix("src/cmd/").unwrap_or_default();
        rest.split(['/', '.']).next().unwrap_or_default().to_owned()
    };
    let verbs: BTreeSet<String> =
        sources.iter().map(|source| verb_of(&source.path)).filter(|verb| verb != "mod").collect();
    assert!(verbs.contains("spawn") && verbs.contains("rm"), "{verbs:?}");
    for source in &sources {
        assert!(!rooms(source).contains("cmd"), "{}", source.path);
        if source.path == "src/cmd/mod.rs" {
            continue;
        }
        let nested = source.path.matches('/').count() > 2 && !source.path.ends_with("/mod.rs");
        let up = if nested { "super::super::" } else { "super::" };
        for other in verbs.iter().filter(|verb| **verb != verb_of(&source.path)) {
            assert_eq!(source.lines_with(&[&format!("{up}{other}::")]), Vec::<String>::new());
        }
    }
}

#[test]
fn nobody_below_knows_who_stands_above() {
    let above: [(&str, &[&str]); 13] = [
        ("src/hook", &["cmd", "cli"]),
        ("src/remote_helper", &["cmd", "cli", "hook", "report", "spawn", "launch", "config"]),
        ("src/cmd", &["hook"]),
        (
            "src/git",
            &["cmd", "cli", "hook", "report", "spawn", "trash", "launch", "agent", "journal", "heal", "config"],
        ),
        ("src/agent", &["cmd", "cli", "hook", "report", "heal"]),
        ("src/launch", &["cmd", "cli", "hook", "report", "spawn", "heal"]),
        ("src/spawn", &["cmd", "cli", "hook", "report", "heal", "launch"]),
        ("src/trash", &["cmd", "cli", "hook", "report", "heal", "launch"]),
        ("src/clients", &["cmd", "cli", "hook", "report", "spawn", "trash", "doctor"]),
        ("src/report", &["cmd", "cli", "hook", "git", "agent", "spawn", "trash", "launch"]),
        ("src/store", &["cmd", "cli", "git", "agent", "spawn", "trash", "launch", "config", "policy", "report"]),
        ("src/error.rs", &["cmd", "cli", "git", "agent", "spawn", "trash", "launch", "config", "policy", "store"]),
        ("src/cli.rs", &["cmd", "git", "agent", "spawn", "trash", "launch", "config", "store", "environment"]),
    ];
    let all = sources("src");
    for (room, forbidden) in above {
        let inside: Vec<_> = all.iter().filter(|source| source.path.starts_with(room)).collect();
        assert!(!inside.is_empty(), "{room} is gone: adapt this test to the new house");
        for source in inside {
            let found: Vec<_> = rooms(source).into_iter().filter(|name| forbidden.contains(&name.as_str())).collect();
            assert!(found.is_empty(), "{} knows {found:?}", source.path);
        }
    }
}

#[test]
fn programs_are_started_in_two_rooms() {
    for source in sources("src") {
        let door = source.path.starts_with("src/git/") || source.path.starts_with("src/launch/");
        let starts = source.lines_with(&["process::Command", "process::{Command", "CommandExt"]);
        assert!(door || starts.is_empty(), "{starts:#?}");
        let git = source.lines_with(&["Command::new(\"git\")"]);
        assert!(source.path == "src/git/program.rs" || git.is_empty(), "{git:#?}");
    }
}

#[test]
fn the_environment_is_read_in_one_room() {
    for source in sources("src") {
        let reads = source.lines_with(&["env::var", "env::vars", "env::current_dir", "env::home_dir", "env::temp_dir"]);
        assert!(source.path == "src/environment.rs" || reads.is_empty(), "{reads:#?}");
    }
}

#[test]
fn files_are_written_in_few_rooms() {
    for source in sources("src") {
        let writes = source.lines_with(&["fs::write(", "File::create(", "OpenOptions::new"]);
        assert!(source.path.starts_with("src/store") || writes.is_empty(), "{writes:#?}");
    }
}

#[test]
fn each_exception_says_why() {
    for source in sources("src") {
        let text = source.code.join("\n");
        for word in ["expect(", "allow("] {
            for (at, _) in text.match_indices(&format!("[{word}")) {
                let attribute = text[at..].split("\n]").next().unwrap_or_default();
                let attribute = attribute.split(")]").next().unwrap_or_default();
                assert!(attribute.contains("reason = "), "{}: #{attribute})]", source.path);
            }
        }
    }
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for path in files("src").into_iter().chain(files("tests")) {
        let count = std::fs::read_to_string(&path).expect("it can be read").lines().count();
        if count > 400 {
            long.push(format!("{}: {count} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn each_test_file_is_a_module() {
    for path in files("tests/it") {
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let folder = path.parent().expect("a folder");
        let (name, around) = match stem.as_str() {
            "main" => continue,
            "mod" => (folder.file_name().expect("a name").to_string_lossy().into_owned(), folder.parent()),
            _ => (stem, Some(folder)),
        };
        let around = around.expect("a folder");
        let beside = around.with_extension("rs");
        let parents = [around.join("main.rs"), around.join("mod.rs"), beside];
        let parent = parents.iter().find(|path| path.is_file()).expect("a parent module");
        let text = std::fs::read_to_string(parent).expect("it can be read");
        let listed = text.lines().any(|line| line.trim_start_matches("pub ").trim() == format!("mod {name};"));
        assert!(listed, "{} is not in {}", path.display(), parent.display());
    }
    let others: Vec<_> = files("tests").into_iter().filter(|path| !path.starts_with(top().join("tests/it"))).collect();
    assert!(others.is_empty(), "one integration binary is enough: {others:?}");
}

/// The table of what works in which client names its tests.
#[test]
fn what_clients_can_do_is_tested() {
    let page = std::fs::read_to_string(top().join("docs/clients.md")).expect("it can be read");
    let named: BTreeSet<&str> = page.split('`').filter(|word| word.starts_with("clients::")).collect();
    assert!(named.len() > 20, "{named:?}");
    for test in named {
        let (module, name) = test.rsplit_once("::").expect("a path");
        let file = top().join("tests/it").join(module.replace("::", "/")).with_extension("rs");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&format!("\n#[test]\nfn {name}() {{")), "{test} is not in {}", file.display());
    }
}

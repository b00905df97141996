//! Ports: the formula, the leases, and who gets what when several want the same.

use crate::support::skip::skipped;
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::Value;

use crate::support::Scratch;
use crate::support::project::put;

/// A repository with one service. Each test has a thousand of its own: while one looks whether a port is free, it is not
/// free for another.
fn project(base: &str) -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.config("agent-port.web.base", base);
    scratch
}

#[track_caller]
fn port(scratch: &Scratch, name: &str, service: &str) -> u16 {
    scratch.agent(&["port", name, service]).ok().line().parse().expect("a port")
}

/// The machine's list.
fn leases(scratch: &Scratch) -> Vec<Value> {
    let path = scratch.home().join(".local/state/git-agent/ports.json");
    let text = std::fs::read_to_string(path).expect("there is a list");
    let table: Value = serde_json::from_str(&text).expect("JSON");
    table["leases"].as_array().expect("a list").clone()
}

/// Another repository of the same user.
fn second(scratch: &Scratch, name: &str) -> std::path::PathBuf {
    let base = scratch.git(&["config", "agent-port.web.base"]);
    let path = scratch.beside(name);
    scratch.git_in(&scratch.root(), &["clone", "--quiet", ".", path.to_str().expect("plain")]);
    for (key, value) in [("agent.base", "head"), ("agent-port.web.base", base.as_str())] {
        scratch.git_in(&path, &["config", key, value]);
    }
    path
}

#[test]
fn the_formula_names_the_port() {
    let scratch = project("26000");
    scratch.config("agent-port.web.env", "PORT");
    scratch.config("agent-port.api-v2.base", "27000");
    scratch.spawn("fix-login");
    // printf %s fix-login | sha1sum begins with eff1, which is 61425.
    assert_eq!(port(&scratch, "fix-login", "web"), 26425);
    let json = scratch.agent(&["port", "fix-login", "--json"]).ok().json();
    assert_eq!(json["ports"]["api-v2"], serde_json::json!({ "port": 27425, "env": "API_V2_PORT" }));
    let env = scratch.agent(&["env", "fix-login", "--json"]).ok().json()["env"].clone();
    assert_eq!((&env["PORT"], &env["API_V2_PORT"]), (&"26425".into(), &"27425".into()));
    let run = scratch.agent(&["run", "fix-login", "--", "sh", "-c", "echo $PORT"]).ok();
    assert_eq!(run.out, "26425\n");
    let run = scratch.agent(&["port", "fix-login", "nothing"]).fails(4);
    run.says(&["there are web, api-v2", "hint: git agent port fix-login"]);
}

#[test]
fn a_taken_port_is_passed_over_on_every_address() {
    let mut tried = 0;
    for address in ["127.0.0.1", "0.0.0.0", "::1", "::"] {
        let scratch = project("22000");
        // A port that nobody else uses now, for any name: the listener decides which name it is.
        let name = format!("busy-{}", address.replace([':', '.'], "x"));
        scratch.spawn(&name);
        let usual = port(&scratch, &name, "web");
        scratch.agent(&["rm", &name]).ok();
        scratch.agent(&["gc", "--purge", &name]).ok();
        let ip = address.parse::<std::net::IpAddr>().expect("an address");
        let Ok(_listener) = TcpListener::bind((ip, usual)) else {
            skipped(&format!("cannot listen on {address}"));
            continue;
        };
        tried += 1;
        scratch.spawn(&name);
        assert_ne!(port(&scratch, &name, "web"), usual, "{address}");
    }
    assert!(tried >= 2);
}

#[test]
fn agents_of_any_repositories_have_different_ports() {
    let scratch = project("28000");
    let other = second(&scratch, "other");
    scratch.spawn("same");
    let mine = port(&scratch, "same", "web");
    scratch.agent_in(&other, &["spawn", "same", "-q"]).ok();
    let theirs: u16 = scratch.agent_in(&other, &["port", "same", "web"]).ok().line().parse().expect("a port");
    assert_eq!(theirs, mine + 1);
    // Asked again, each keeps its own.
    assert_eq!(port(&scratch, "same", "web"), mine);
}

#[test]
fn fifty_at_once_do_not_collide() {
    let scratch = project("12000");
    scratch.config("agent-port.api.base", "12500");
    let other = second(&scratch, "other");
    scratch.git_in(&other, &["config", "agent-port.api.base", "12500"]);
    let children: Vec<_> = (0..50)
        .map(|number| {
            let (name, place) = (format!("x{number}"), if number % 2 == 0 { scratch.root() } else { other.clone() });
            let mut command = scratch.program(&place, &["spawn", &name, "-q"]);
            let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
            (name, place, child)
        })
        .collect();
    let places: Vec<_> = children
        .into_iter()
        .map(|(name, place, child)| {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            (name, place)
        })
        .collect();
    let ask: Vec<_> = places
        .iter()
        .map(|(name, place)| scratch.program(place, &["port", name]).stdout(Stdio::piped()).spawn().expect("it starts"))
        .collect();
    let mut ports = BTreeSet::new();
    for child in ask {
        let output = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ports.extend(text.lines().map(|line| line.split('\t').nth(1).expect("a port").to_owned()));
    }
    assert_eq!(ports.len(), 100);
    assert_eq!(leases(&scratch).len(), 100);
}

#[test]
fn leases_die_with_the_agent_and_come_back_with_it() {
    let scratch = project("13000");
    scratch.spawn("x");
    scratch.spawn("y");
    let (x, y) = (port(&scratch, "x", "web"), port(&scratch, "y", "web"));
    scratch.agent(&["rm", "x"]).ok();
    // Collected when the list is next written.
    scratch.spawn("z");
    let z = port(&scratch, "z", "web");
    let held: BTreeSet<u64> = leases(&scratch).iter().map(|lease| lease["port"].as_u64().expect("a port")).collect();
    assert_eq!(held, BTreeSet::from([u64::from(y), u64::from(z)]));
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(port(&scratch, "x", "web"), x);
    // git's own removal counts as well.
    scratch.git(&["worktree", "remove", "--force", scratch.tree("y").to_str().expect("plain")]);
    scratch.spawn("again");
    port(&scratch, "again", "web");
    assert!(leases(&scratch).iter().all(|lease| lease["agent"] != "y"));
}

#[test]
fn the_old_port_is_not_taken_back_from_another() {
    let scratch = project("14000");
    scratch.spawn("x");
    let x = port(&scratch, "x", "web");
    scratch.agent(&["rm", "x"]).ok();
    // The same name in another repository has the same formula.
    let other = second(&scratch, "other");
    scratch.agent_in(&other, &["spawn", "x", "-q"]).ok();
    assert_eq!(scratch.agent_in(&other, &["port", "x", "web"]).ok().line(), x.to_string());
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(port(&scratch, "x", "web"), x + 1);
}

#[test]
fn a_restored_agent_gets_no_port_that_a_program_listens_on() {
    let scratch = project("23000");
    scratch.spawn("x");
    let x = port(&scratch, "x", "web");
    scratch.agent(&["rm", "x"]).ok();
    let Ok(_listener) = TcpListener::bind(("127.0.0.1", x)) else { return skipped("cannot listen on 127.0.0.1") };
    scratch.agent(&["restore", "x"]).ok();
    assert_eq!(port(&scratch, "x", "web"), x + 1);
}

#[test]
fn an_agent_moves_along_with_the_base() {
    let scratch = project("29000");
    scratch.spawn("x");
    let before = port(&scratch, "x", "web");
    scratch.config("agent-port.web.base", "29100");
    assert_eq!(port(&scratch, "x", "web"), before, "it is one of that thousand as well");
    scratch.config("agent-port.web.base", "11000");
    assert!((11000..12000).contains(&port(&scratch, "x", "web")));
    assert_eq!(leases(&scratch).len(), 1, "the old one is given back");
}

#[test]
fn the_list_shows_ports_and_leases_none() {
    let scratch = project("20000");
    scratch.spawn("x");
    let x = port(&scratch, "x", "web");
    assert_eq!(scratch.row("x")["ports"], serde_json::json!({ "web": x }));
    scratch.agent(&["list"]).ok().prints(&["PORTS", &x.to_string()]);
    scratch.config("agent-port.api.base", "10000");
    assert_eq!(scratch.row("x")["ports"], serde_json::json!({ "web": x }));
    assert_eq!(leases(&scratch).len(), 1);
    scratch.git(&["config", "--remove-section", "agent-port.web"]);
    scratch.git(&["config", "--remove-section", "agent-port.api"]);
    assert!(!scratch.agent(&["list"]).ok().out.contains("PORTS"));
}

#[test]
fn a_moved_repository_keeps_its_ports_and_a_copy_gets_others() {
    let scratch = project("15000");
    scratch.spawn("x");
    let x = port(&scratch, "x", "web");
    let copy = scratch.beside("copy");
    let copied = std::process::Command::new("cp").arg("-a").args([scratch.root(), copy.clone()]).status();
    assert!(copied.expect("cp starts").success());
    let tree = copy.join(".claude/worktrees/x");
    scratch.git_in(&copy, &["worktree", "repair", tree.to_str().expect("plain")]);
    assert_ne!(scratch.agent_in(&copy, &["port", "x", "web"]).ok().line(), x.to_string());
    // The copy's repair has pointed nothing of the original elsewhere.
    let moved = scratch.beside("moved");
    std::fs::rename(scratch.root(), &moved).expect("it can be moved");
    let tree = moved.join(".claude/worktrees/x");
    scratch.git_in(&moved, &["worktree", "repair", tree.to_str().expect("plain")]);
    assert_eq!(scratch.agent_in(&moved, &["port", "x", "web"]).ok().line(), x.to_string());
}

#[test]
fn a_lost_list_is_made_anew() {
    let scratch = project("16000");
    scratch.spawn("x");
    let x = port(&scratch, "x", "web");
    std::fs::remove_dir_all(scratch.home().join(".local/state/git-agent")).expect("it is there");
    assert_eq!(port(&scratch, "x", "web"), x);
    assert_eq!(leases(&scratch).len(), 1);
}

#[test]
fn a_team_may_configure_services() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitagent", "[agent-port \"web\"]\n\tbase = 17000\n\tenv = PORT\n");
    scratch.spawn("fix-login");
    assert_eq!(port(&scratch, "fix-login", "web"), 17425);
    // The user's own wins.
    scratch.config("agent-port.web.base", "18000");
    scratch.spawn("a");
    assert_eq!(port(&scratch, "a", "web"), 18551);
}

#[test]
fn what_cannot_be_is_refused() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.spawn("x");
    for (text, says) in [
        ("[agent-port \"web\"]\n\tbase = 80\n", "from 1024 to 64536"),
        ("[agent-port \"web\"]\n\tbase = 65000\n", "from 1024 to 64536"),
        ("[agent-port \"web\"]\n\tbase = x\n", "from 1024 to 64536"),
        ("[agent-port \"web\"]\n\tenv = PORT\n", "has no base"),
        ("[agent-port \"we b\"]\n\tbase = 3000\n", "cannot name a service"),
        ("[agent-port]\n\tbase = 3000\n", "names no service"),
        ("[agent-port \"web\"]\n\tbase = 3000\n\tenv = LD_PRELOAD\n", "obey"),
        ("[agent-port \"web\"]\n\tbase = 3000\n\tenv = GIT_AGENT\n", "obey"),
        ("[agent-port \"web\"]\n\tbase = 3000\n\tenv = \"A B\"\n", "letters, digits and underscores"),
        ("[agent-port \"web\"]\n\tbase = 3000\n\tenv = RM\n", "ends in _PORT"),
        ("[agent-port \"git-agent\"]\n\tbase = 3000\n", "obey"),
    ] {
        put(&scratch.root().join(".gitagent"), text);
        for verb in ["port", "env"] {
            scratch.agent(&[verb, "x"]).fails(2).says(&[says]);
        }
    }
}

#[test]
fn a_damaged_list_is_not_taken_for_an_empty_one() {
    let scratch = project("19000");
    scratch.spawn("x");
    let before = port(&scratch, "x", "web");
    let list = scratch.home().join(".local/state/git-agent/ports.json");
    put(&list, "{");
    let moved = format!("hint: mv {0} {0}.damaged", list.display());
    scratch.agent(&["spawn", "y"]).fails(7);
    scratch.agent(&["port", "x"]).fails(1).says(&["ports.json is damaged", &moved]);
    std::fs::rename(&list, list.with_extension("damaged")).expect("it is there");
    scratch.agent(&["provision", "x"]).ok();
    assert_eq!(port(&scratch, "x", "web"), before);
}

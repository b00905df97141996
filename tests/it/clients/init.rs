//! `git agent init CLIENT`: what it does to files that people have.

use std::path::{Path, PathBuf};

use crate::support::Scratch;
use crate::support::project::{names, put, text};

/// Each client with its file in the home and in a project.
const FILES: [(&str, &str, &str); 4] = [
    ("claude", ".claude/settings.json", ".claude/settings.json"),
    ("codex", ".codex/hooks.json", ".codex/hooks.json"),
    ("gemini", ".gemini/settings.json", ".gemini/settings.json"),
    ("copilot", ".copilot/hooks/git-agent.json", ".github/hooks/git-agent.json"),
];

const THEIRS: &str =
    "{\r\n\t\"theme\": \"dark\",\r\n\t\"hooks\": { \"Stop\": [] },\r\n\t\"unknown\": {\"a\": [1, 2.50]}\r\n}";

fn home(scratch: &Scratch, file: &str) -> PathBuf {
    scratch.home().join(file)
}

#[test]
fn every_client_is_set_up_once_and_undone_to_the_byte() {
    for (client, file, _) in FILES {
        for before in [None, Some(THEIRS), Some("{}"), Some("")] {
            let scratch = Scratch::new();
            let path = home(&scratch, file);
            before.iter().for_each(|before| put(&path, before));
            let dry = scratch.agent(&["init", client, "--dry-run"]).ok();
            assert!(dry.out.contains("git-agent-hook") && dry.out.starts_with("--- "), "{}", dry.out);
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), before);
            let run = scratch.agent(&["init", client]).ok();
            assert_eq!(run.out, dry.out, "what is shown is what is done");
            let after = text(&path);
            assert!(after.contains(&format!("git-agent-hook {client}")), "{after}");
            scratch.agent(&["init", client]).ok().says(&["already set up"]).prints(&[]);
            assert_eq!(text(&path), after);
            scratch.agent(&["init", client, "--undo", "--dry-run"]).ok();
            assert_eq!(text(&path), after);
            scratch.agent(&["init", client, "--undo"]).ok();
            assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), before, "{client} {before:?}");
            scratch.agent(&["init", client, "--undo"]).ok().says(&["nothing to undo"]);
        }
    }
}

#[test]
fn what_the_user_changed_meanwhile_stays() {
    for (client, file, _) in FILES {
        let scratch = Scratch::new();
        let path = home(&scratch, file);
        put(&path, THEIRS);
        scratch.agent(&["init", client]).ok();
        let edited = text(&path).replace("dark", "light").replacen('{', "{\r\n\t\"new\": true,", 1);
        put(&path, &edited);
        scratch.agent(&["init", client, "--undo"]).ok();
        let left = text(&path);
        assert!(!left.contains("git-agent"), "{left}");
        assert!(left.contains("\"new\": true") && left.contains("light") && left.contains("[1, 2.50]"), "{left}");
    }
}

#[test]
fn entries_of_an_older_version_are_replaced() {
    let scratch = Scratch::new();
    let path = home(&scratch, ".claude/settings.json");
    let old = r#"{ "hooks": { "PreToolUse": [ { "hooks": [
  { "type": "command", "command": "git-agent-hook", "args": ["claude"], "onFailure": "block" } ] } ] } }"#;
    put(&path, old);
    scratch.agent(&["init", "claude"]).ok();
    let new = text(&path);
    assert!(!new.contains("args") && new.contains("SessionStart"), "{new}");
    assert_eq!(new.matches("onFailure").count(), 1);
}

#[test]
fn a_file_that_its_client_could_not_read_stops_everything() {
    for (client, file, _) in FILES {
        for broken in ["{", "{\"a\": 1,}", "[]", "{\"hooks\": []}"] {
            let scratch = Scratch::new();
            put(&home(&scratch, file), broken);
            let other = if client == "claude" { "gemini" } else { "claude" };
            let run = scratch.agent(&["init", other, client]).fails(3);
            run.says(&[file, "is left alone"]);
            assert_eq!(text(&home(&scratch, file)), broken);
            assert!(
                !home(&scratch, FILES.iter().find(|row| row.0 == other).unwrap().1).exists(),
                "nothing is half done"
            );
        }
    }
    let scratch = Scratch::new();
    put(&home(&scratch, ".claude/settings.json"), "// no\n{}");
    scratch.agent(&["init", "claude"]).fails(3);
    put(&home(&scratch, ".gemini/settings.json"), "// yes\n{}\n");
    scratch.agent(&["init", "gemini"]).ok();
    assert!(text(&home(&scratch, ".gemini/settings.json")).starts_with("// yes\n{"));
}

#[test]
fn a_link_is_written_through_but_not_out_of_a_project() {
    let scratch = Scratch::project();
    let dotfiles = scratch.beside("dotfiles/claude.json");
    put(&dotfiles, "{}\n");
    let link = home(&scratch, ".claude/settings.json");
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&dotfiles, &link).unwrap();
    scratch.agent(&["init", "claude"]).ok();
    assert!(link.is_symlink() && text(&dotfiles).contains("git-agent-hook"));
    scratch.agent(&["init", "claude", "--undo"]).ok();
    assert_eq!((link.is_symlink(), text(&dotfiles).as_str()), (true, "{}\n"));
    for inside in [".gemini", ".codex/hooks.json"] {
        let outside = scratch.beside("outside");
        std::fs::create_dir_all(&outside).unwrap();
        let link = scratch.root().join(inside);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        let target = if inside.ends_with("json") { outside.join("hooks.json") } else { outside.clone() };
        if inside.ends_with("json") {
            put(&target, "{}");
        }
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let client = inside.trim_start_matches('.').split('/').next().unwrap();
        scratch.agent(&["init", client, "--project"]).fails(3).says(&["not in the project"]);
        assert!(names(&outside).iter().all(|name| text(&outside.join(name)) == "{}"));
    }
}

#[test]
fn a_project_is_set_up_where_the_user_stands() {
    let scratch = Scratch::project();
    let tree = scratch.spawn("fix");
    for (client, _, file) in FILES {
        scratch.agent_in(&tree.join("dir"), &["init", client, "--project"]).ok();
        assert!(text(&tree.join(file)).contains("git-agent-hook"));
        assert!(!scratch.root().join(file).exists() && !home(&scratch, file).exists());
        scratch.agent_in(&tree, &["init", client, "--project", "--undo"]).ok();
        assert!(!tree.join(file).exists());
    }
    scratch.agent_in(Path::new("/"), &["init", "claude", "--project"]).fails(4);
    assert_eq!(scratch.agent(&["init", "--project"]).code, 2);
}

#[test]
fn the_slash_commands_of_the_user() {
    let scratch = Scratch::empty();
    let folder = home(&scratch, ".claude/commands");
    let at = scratch.beside(".");
    scratch.agent_in(&at, &["init", "--user-commands"]).ok();
    assert_eq!(names(&folder).len(), 6);
    assert!(text(&folder.join("worktree.md")).starts_with("---\ndescription: "));
    scratch.agent_in(&at, &["init", "--user-commands"]).ok().says(&["already set up"]);
    put(&folder.join("worktree-rm.md"), "my own now");
    scratch.agent_in(&at, &["init", "--user-commands"]).fails(5);
    scratch.agent_in(&at, &["init", "--user-commands", "--undo"]).ok().says(&["it was changed since"]);
    assert_eq!(names(&folder), ["worktree-rm.md"]);
}

#[test]
fn what_stands_in_the_way_is_said() {
    let scratch = Scratch::new();
    put(&home(&scratch, ".gemini/settings.json"), r#"{"hooksConfig": {"enabled": false}}"#);
    put(&home(&scratch, ".claude/settings.json"), r#"{"enabledPlugins": {"git-agent@git-agent": true}}"#);
    scratch.agent(&["init", "gemini"]).ok().says(&["switched off"]);
    scratch.agent(&["init", "claude"]).ok().says(&["plugin is enabled"]);
    let run = scratch.agent(&["init", "codex", "--json"]).ok();
    assert!(run.json()["warnings"][0].as_str().unwrap().contains("Trust all"), "{}", run.out);
}

#[test]
fn the_doctor_looks_at_the_clients_that_are_there() {
    let scratch = Scratch::project();
    let lines = || {
        let run = scratch.agent(&["doctor"]);
        run.out
            .lines()
            .filter(|line| line.contains("Claude Code") || line.contains("Codex"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(lines(), "", "no client, no line");
    put(&home(&scratch, ".claude/settings.json"), "{}");
    assert!(lines().starts_with("warn") && lines().contains("not set up"), "{}", lines());
    scratch.agent(&["init", "claude"]).ok();
    assert!(lines().starts_with("ok"), "{}", lines());
    put(
        &home(&scratch, ".claude/settings.json"),
        text(&home(&scratch, ".claude/settings.json")).replace("block", "continue"),
    );
    assert!(lines().contains("another version"), "{}", lines());
    scratch.agent(&["doctor", "--fix"]);
    assert!(lines().starts_with("ok"), "{}", lines());
    put(&home(&scratch, ".claude/settings.json"), "{");
    assert!(lines().starts_with("bad"), "{}", lines());
    scratch.agent(&["init", "codex"]).ok();
    assert!(lines().contains("bad   Codex: our hooks are not trusted"), "{}", lines());
}

#[test]
fn a_hook_of_the_users_own_that_calls_our_program_stays() {
    let own = r#"{ "hooks": { "PreToolUse": [ { "matcher": "Bash", "hooks": [
  { "type": "command", "command": "tee -a ~/log | /opt/wrap/git-agent-hook-wrapper claude", "timeout": 5 } ] } ] } }"#;
    let older = own.replace("tee -a ~/log | /opt/wrap/git-agent-hook-wrapper claude", "git-agent-hook claude");
    for (client, file, _) in &FILES[..3] {
        for before in [own, &older] {
            let scratch = Scratch::new();
            let path = home(&scratch, file);
            put(&path, before);
            scratch.agent(&["init", client]).ok();
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.contains("wrapper claude") && text.contains("\"timeout\""), before == own, "{text}");
            scratch.agent(&["init", client]).ok().says(&["already set up"]);
            scratch.agent(&["init", client, "--undo"]).ok();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), before, "{client}");
        }
    }
}

#[test]
fn folders_that_were_made_go_again_if_nothing_else_is_in_them() {
    let scratch = Scratch::project();
    let before = names(scratch.home());
    let all = ["init", "claude", "codex", "gemini", "copilot", "--user-commands"];
    scratch.agent(&all).ok();
    scratch.agent(&[&all[..], &["--undo"]].concat()).ok();
    let left: Vec<_> = names(scratch.home()).into_iter().filter(|name| name != ".local").collect();
    assert_eq!(left, before);
    scratch.agent(&["init", "copilot", "--project"]).ok();
    put(&scratch.root().join(".github/mine"), "mine");
    scratch.agent(&["init", "copilot", "--project", "--undo"]).ok();
    assert_eq!(names(&scratch.root().join(".github")), ["mine"]);
}

#[test]
fn a_file_that_must_not_be_written_or_is_too_wide_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let path = home(&scratch, ".claude/settings.json");
    put(&path, "{}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    scratch.agent(&["init", "claude"]).fails(3).says(&["is read-only", "chmod u+w"]);
    assert_eq!(text(&path), "{}");
    let wide: Vec<_> = (0..30_000).map(|at| format!("\"key{at}\":\"{}\"", "x".repeat(90))).collect();
    let path = home(&scratch, ".gemini/settings.json");
    put(&path, format!("{{{}}}", wide.join(",")));
    scratch.agent(&["init", "gemini", "--dry-run"]).fails(3).says(&["30000 values on one line"]);
}

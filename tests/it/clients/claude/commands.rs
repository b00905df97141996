//! The slash commands: what the model is told, and what it may then run without a question.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::clients::place::{Client, offline};
use crate::clients::script::{Script, Turn, bash, call, react};
use crate::clients::told::Answer;
use crate::clients::world::World;
use crate::support::project::{names, text};

/// Words that would do something if they ever became text of a shell, or of a slash command's own shell blocks.
const HOSTILE: &str =
    "fix $(touch bad1) `touch bad2` !`touch bad3` \"; touch bad4; ' && touch bad5 #\n!`touch bad6`\n| touch bad7";

/// Types `/git-agent:COMMAND ARGUMENTS` with no tool allowed but those that the command allows itself; the model then makes
/// these calls. Returns what came back, after the checks that are the same for all.
#[track_caller]
fn typed(
    command: &str,
    arguments: &str,
    prepare: impl Fn(&World) -> PathBuf,
    calls: Vec<Turn>,
) -> (World, Vec<Answer>) {
    let world = World::new(Script::new(calls));
    let dir = prepare(&world);
    type_in(&world, &dir, &format!("/git-agent:{command} {arguments}"));
    let told = world.told();
    let prompt = told.prompts().join("\n");
    // The client puts a backslash and a blank into what would be a shell block.
    let shown = arguments.replace("!`", "\\! `");
    assert!(prompt.contains(&format!("<arguments>\n{shown}\n</arguments>")), "{command}: {prompt}");
    for folder in [world.scratch.root(), world.scratch.tree("fix")] {
        let names = names(&folder);
        assert!(!names.iter().any(|name| name.starts_with("bad")), "{command}: {names:?}");
    }
    let answers = told.answers();
    (world, answers)
}

/// Runs one prompt with this repository as a plugin and no tool allowed.
#[track_caller]
fn type_in(world: &World, dir: &Path, prompt: &str) {
    type_with(world, dir, prompt, &["--plugin-dir", env!("CARGO_MANIFEST_DIR")]);
}

/// Runs one prompt with these options.
#[track_caller]
fn type_with(world: &World, dir: &Path, prompt: &str, options: &[&str]) {
    let mut claude = world.claude(dir);
    claude.args(["-p", prompt]).args(options);
    world.run(&mut claude).ok();
}

/// What a user says yes to in `/worktree` for a new name: in `-p` a question is a refusal.
const SPAWN: &str = "Bash(git agent spawn fix --quiet)";

fn plain(world: &World) -> PathBuf {
    world.scratch.root()
}

fn spawned(world: &World) -> PathBuf {
    world.scratch.spawn("fix");
    world.scratch.root()
}

#[track_caller]
fn allowed(answer: &Answer) {
    assert!(!answer.is_error, "{answer:#?}");
}

#[track_caller]
fn refused(answer: &Answer) {
    assert!(answer.is_error && !answer.text.contains("Exit code"), "it must not run: {answer:#?}");
}

#[test]
fn worktree() {
    offline(Some(Client::Claude), || {
        let calls = vec![
            bash("git agent list --json"),
            bash("git agent spawn fix --task 'fix $(touch bad1) the form'"),
            bash("git agent spawn p1 --agent claude --detach -- --dangerously-skip-permissions"),
            bash("git agent spawn other --task \"$(touch bad8)\""),
            bash("touch bad9"),
            bash("git agent rm fix"),
        ];
        let (world, answers) = typed("worktree", HOSTILE, plain, calls);
        allowed(&answers[0]);
        answers[1..].iter().for_each(refused);
        assert!(world.scratch.rows().is_empty(), "nothing was spawned");
    });
}

#[test]
fn worktree_switches_to_what_it_made() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([
            bash("git agent spawn fix --quiet").into(),
            react(|told| {
                let path = told.lines().find(|line| line.contains("/.claude/worktrees/fix")).unwrap_or_default();
                call("EnterWorktree", json!({ "path": path.trim() }))
            }),
            bash("pwd").into(),
        ]));
        let root = plain(&world);
        let options = ["--plugin-dir", env!("CARGO_MANIFEST_DIR"), "--allowedTools", SPAWN];
        type_with(&world, &root, "/git-agent:worktree fix", &options);
        let answers = world.told().answers();
        answers.iter().for_each(allowed);
        assert_eq!(Path::new(answers[2].text.trim()), world.scratch.tree("fix"));
    });
}

/// As they are after `git agent init claude --user-commands`, without the plugin and without a prefix.
#[test]
fn worktree_of_the_users_own_folder() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([
            bash("git agent spawn fix --quiet").into(),
            bash("git agent path fix").into(),
            react(|told| {
                let path = told.lines().rfind(|line| line.contains("/.claude/worktrees/fix")).unwrap_or_default();
                call("EnterWorktree", json!({ "path": path.trim() }))
            }),
            bash("pwd").into(),
        ]));
        world.scratch.agent(&["init", "claude", "--user-commands"]).ok();
        type_with(&world, &plain(&world), "/worktree fix the form", &["--allowedTools", SPAWN]);
        let told = world.told();
        let prompt = told.prompts().join("\n");
        assert!(prompt.contains("<arguments>\nfix the form\n</arguments>"), "{prompt}");
        let answers = told.answers();
        answers.iter().for_each(allowed);
        assert_eq!(Path::new(answers[3].text.trim()), world.scratch.tree("fix"));
    });
}

#[test]
fn without_arguments() {
    offline(Some(Client::Claude), || {
        for command in ["worktree", "worktree-status", "worktree-push", "worktree-rm", "worktree-plan"] {
            let (world, answers) = typed(command, "", spawned, vec![bash("git agent list --json")]);
            allowed(&answers[0]);
            assert!(world.scratch.tree("fix").exists());
        }
    });
}

#[test]
fn worktree_list() {
    offline(Some(Client::Claude), || {
        let world = World::new(Script::new([bash("git agent list"), bash("git agent rm fix")]));
        let root = spawned(&world);
        type_in(&world, &root, "/git-agent:worktree-list");
        let told = world.told();
        assert!(told.prompts().join("\n").contains("`git agent list`"), "{:?}", told.prompts());
        let answers = told.answers();
        assert!(!answers[0].is_error && answers[0].text.contains("fix"), "{answers:#?}");
        refused(&answers[1]);
    });
}

#[test]
fn worktree_status() {
    offline(Some(Client::Claude), || {
        let calls = vec![
            bash("git agent list --json"),
            bash("git agent diff fix --stat"),
            bash("git agent rm fix"),
            bash("git log --output=bad8 -1"),
            bash("git agent diff fix -- --output=bad9"),
        ];
        let (_, answers) = typed("worktree-status", HOSTILE, spawned, calls);
        answers[..2].iter().for_each(allowed);
        answers[2..4].iter().for_each(refused);
        assert!(answers[4].is_error, "{:#?}", answers[4]);
    });
}

#[test]
fn worktree_push() {
    offline(Some(Client::Claude), || {
        let calls = vec![
            bash("git agent list --json"),
            bash("git push --force"),
            bash("git push origin HEAD:main"),
            bash("git agent run fix -- sh -c 'git push'"),
            bash("git push"),
        ];
        let prepare = |world: &World| {
            let tree = world.scratch.spawn("fix");
            world.scratch.commit_in(&tree, "new", "new\n");
            tree
        };
        let (world, answers) = typed("worktree-push", HOSTILE, prepare, calls);
        allowed(&answers[0]);
        answers[1..4].iter().for_each(refused);
        allowed(&answers[4]);
        let tip = world.scratch.git_in(&world.scratch.tree("fix"), &["rev-parse", "HEAD"]);
        assert!(world.remote().contains(&format!("refs/heads/fix {tip}")), "{:?}", world.remote());
    });
}

#[test]
fn worktree_rm() {
    offline(Some(Client::Claude), || {
        let calls = vec![
            bash("git agent list --json"),
            bash("git agent diff fix --stat"),
            bash("git agent rm fix"),
            bash("git agent rm --force --force fix"),
            bash("git worktree remove fix"),
            bash("git agent gc --purge fix"),
        ];
        let (world, answers) = typed("worktree-rm", HOSTILE, spawned, calls);
        answers[..2].iter().for_each(allowed);
        answers[2..].iter().for_each(refused);
        assert!(world.scratch.tree("fix").exists());
    });
}

#[test]
fn worktree_plan() {
    offline(Some(Client::Claude), || {
        let calls = vec![
            bash("git agent list"),
            bash("git agent spawn docs --task 'write `the` docs' --dry-run"),
            call("Write", json!({ "file_path": "bad10", "content": "" })),
        ];
        let (world, answers) = typed("worktree-plan", HOSTILE, spawned, calls);
        allowed(&answers[0]);
        answers[1..].iter().for_each(refused);
        assert!(!world.scratch.tree("docs").exists());
    });
}

/// The rules that hold for all of them, in the files.
#[test]
fn each_command_is_thin_and_safe() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("commands");
    let all = names(&folder);
    assert_eq!(all.len(), 6, "{all:?}");
    for name in all {
        let text = text(&folder.join(&name));
        let mut parts = text.splitn(3, "---\n");
        let (_, front, body) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
        for key in ["description: ", "argument-hint: ", "allowed-tools: "] {
            assert_eq!(front.lines().filter(|line| line.starts_with(key)).count(), 1, "{name}: {key}");
        }
        // A rule that ends so passes on whatever follows.
        let open = front.matches("Bash(").count() - front.matches("Bash(git agent list").count();
        let known = ["git agent path:*", "git agent diff:*", "git push", "gh pr view", "glab mr view"];
        let known = known.iter().filter(|rule| front.contains(&format!("Bash({rule})"))).count();
        assert_eq!(open, known, "{name} allows more: {front}");
        assert!(!front.contains("list:*"), "{name} allows too much: {front}");
        assert!(!front.contains("Bash,") && !front.contains("Bash(git:"), "{name} allows too much: {front}");
        assert!(body.contains("git agent "), "{name} calls git agent");
        assert!(!body.contains("!`"), "{name}: a shell block runs before anybody can judge it");
        let fenced = body.matches("<arguments>\n$ARGUMENTS\n</arguments>").count();
        assert_eq!(body.matches("$ARGUMENTS").count(), fenced, "{name}: the arguments stand between their tags alone");
    }
}

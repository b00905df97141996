//! `git agent statusline`
//!
//! A client draws its screen with this, several times a minute: whatever is not known in time is left out, and nothing that
//! goes wrong is worth a word there.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::agent::activity::{self, State};
use crate::agent::{self, Agent, work};
use crate::config::Config;
use crate::environment;
use crate::git::history::{Distance, History};
use crate::git::repo::{Head, Repo};
use crate::git::status::{Counts, Options, Place, Reader, Untracked};
use crate::git::worktrees;
use crate::provision::env;
use crate::report::Outcome;

/// When the line is printed with what is known, counted from when the client has told where it is. The start and the end of
/// the process come on top.
const BUDGET: Duration = Duration::from_millis(5);
/// How long a client may take to tell it.
const PATIENCE: Duration = Duration::from_millis(500);
/// No more of the client's JSON is read.
const LONGEST: u64 = 1 << 20;

pub(super) fn run() -> Outcome {
    let folder = folder().or_else(|| environment::current_dir().ok());
    let deadline = Instant::now() + BUDGET;
    Outcome::text(folder.and_then(|folder| line(&folder, deadline)).unwrap_or_default())
}

/// The session's folder, from the client's JSON (Claude Code's documentation, "statusline").
fn folder() -> Option<PathBuf> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return None;
    }
    // The client may leave its end open: the first document is all that is read.
    let (send, received) = mpsc::channel();
    std::thread::spawn(move || {
        let document = serde_json::Deserializer::from_reader(stdin.lock().take(LONGEST)).into_iter().next();
        document.and_then(Result::ok).map(|value: Value| send.send(value).ok())
    });
    let value = received.recv_timeout(PATIENCE).ok()?;
    let workspace = |key: &str| value.get("workspace").and_then(|workspace| workspace.get(key));
    let candidates = [workspace("current_dir"), value.get("cwd"), workspace("project_dir")];
    let folders: Vec<PathBuf> = candidates.into_iter().flatten().filter_map(Value::as_str).map(PathBuf::from).collect();
    // A session that looks elsewhere for a moment still works in its worktree.
    let linked = folders.iter().find(|folder| worktrees::git_dir_around(folder).is_some());
    linked.or(folders.first()).cloned()
}

fn line(folder: &Path, deadline: Instant) -> Option<String> {
    let repo = Repo::discover(folder).ok()?;
    let Some(admin) = worktrees::git_dir_around(folder) else { return Some(of_main(&repo)) };
    let agent = Agent::of(worktrees::read(repo.common(), &admin));
    let (send, received) = mpsc::channel();
    look(&repo, &agent, &send);
    drop(send);
    // A wrong setting is told where something can be done about it.
    let values = Config::load(&repo).map(|config| env::gather(&repo, &config, &agent).0).unwrap_or_default();
    let (mut distance, mut counts) = (None, None);
    while let Ok(found) = received.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        match found {
            Found::Distance(found) => distance = Some(found),
            Found::Counts(found) => counts = Some(found),
        }
    }
    let mut parts = vec![agent.name()];
    match &agent.tree.head {
        Head::Branch(branch) if *branch != agent.name() => parts.push(format!("({branch})")),
        Head::Detached(id) => parts.push(format!("({})", id.to_hex_with_len(10))),
        _ => {}
    }
    parts.extend(distance.iter().flat_map(arrows));
    parts.extend(counts.into_iter().flat_map(changes));
    parts.extend(values.get("PORT").map(|port| format!(":{port}")));
    Some(tame(&parts.join(" ")))
}

/// What takes time, each found by a thread that nobody waits for when the time is up.
enum Found {
    Distance(Distance),
    Counts(Counts),
}

fn look(repo: &Repo, agent: &Agent, send: &mpsc::Sender<Found>) {
    let (local, tree) = (repo.gix().into_sync(), agent.tree.clone());
    let base = work::base_tip(repo, &repo.gix(), agent);
    let (objects, head, to) = (local.clone(), tree.head.clone(), send.clone());
    std::thread::spawn(move || {
        let local = objects.to_thread_local();
        let distance =
            head.commit(&local).zip(base).and_then(|(tip, base)| History::new(&local).distance(tip, base).ok());
        // Nobody listens any more when it took too long.
        distance.map(|distance| to.send(Found::Distance(distance)).ok())
    });
    let to = send.clone();
    std::thread::spawn(move || {
        let local = local.to_thread_local();
        let options = Options { untracked: Untracked::Configured, ..Options::default() };
        let place = Place { root: &tree.path, git_dir: &tree.admin };
        let status = Reader::new(&local).quick_status(place, options);
        status.map(|status| to.send(Found::Counts(status.counts)).ok())
    });
}

/// In a main checkout: its branch, and how the agents are.
fn of_main(repo: &Repo) -> String {
    let head = match repo.head() {
        Head::Branch(name) => name,
        Head::Detached(id) => format!("({})", id.to_hex_with_len(10)),
        Head::Broken(_) => String::new(),
    };
    let agents = agent::all(repo).unwrap_or_default();
    let states: Vec<State> = agents.iter().map(|agent| activity::state(&agent.tree.admin).0).collect();
    let mut parts = vec![head];
    for word in ["waiting", "working"] {
        let count = states.iter().filter(|state| matches!(state, State::Reported(said) if said == word)).count();
        parts.extend((count > 0).then(|| format!("{count} {word}")));
    }
    tame(parts.join(" ").trim())
}

fn arrows(distance: &Distance) -> Vec<String> {
    let part = |sign: char, count: usize| (count > 0).then(|| format!("{sign}{count}"));
    [part('↑', distance.ahead), part('↓', distance.behind)].into_iter().flatten().collect()
}

fn changes(counts: Counts) -> Vec<String> {
    let signs = [('!', counts.conflicted), ('+', counts.staged), ('~', counts.changed), ('?', counts.untracked)];
    signs.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect()
}

/// One line, without what a terminal would take for commands.
fn tame(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

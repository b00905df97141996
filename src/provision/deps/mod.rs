//! The dependencies of one lockfile: copied from the main checkout where that works, else installed by their tool.

pub mod cargo;
mod fit;
mod look;

use std::ffi::OsString;
use std::path::Path;

use gix::bstr::{BString, ByteSlice};
use serde_json::json;

use crate::agent::shell_word;
use crate::error::{Error, Kind, Result};
use crate::git::ignored;
use crate::git::tracked::Tracked;
use crate::launch;
use crate::policy::provision::deps::{self, Action, Facts, Tool, environment};
use crate::policy::provision::lock::Fit;
use crate::policy::provision::shape;
use crate::policy::provision::{Kind as StepKind, Step};
use crate::provision::copy::Counter;
use crate::provision::record::Progress;
use crate::provision::scene::{Done, Said, Scene};
use crate::provision::stage::{Brought, Courier};
use crate::provision::trust::{self, Trust};
use crate::provision::{command, facts, files};
use look::{Lock, inside};

/// Brings the dependencies.
///
/// # Errors
/// When an install fails, or what is needed for it is missing.
pub fn bring(scene: &Scene<'_>, step: &Step) -> Result<Done> {
    let StepKind::Dependencies { tool, folder, lockfile } = &step.kind else {
        return Err(Error::failed("this step brings no dependencies"));
    };
    let name = step.kind.name();
    let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
    let lock = look::look(scene, tool, folder, lockfile)?;
    let place = scene.tree().join(folder);
    let same =
        lock.bytes == lock.theirs && scene.main().is_ok_and(|main| fit::fit(main, &lock, &lock.bytes) != Fit::No);
    let config = scene.config()?;
    let mode = config.deps()?;
    let digest = Some(lock.digest.clone());
    let done = |how: &str, summary: String| Done {
        summary,
        inputs: digest.clone(),
        details: json!({ "how": how, "lockfile": lockfile, "folder": folder }),
        ..Done::default()
    };
    if let Some(link) = look::symlink(scene, &lock)?.filter(|_| mode != deps::Mode::None) {
        let warnings = if same { Vec::new() } else { vec![linked(scene, step, &link)] };
        return Ok(Done { inputs: None, warnings, ..done("linked", String::new()) });
    }
    let is_zero = lock.shape.installed.iter().any(|path| path == shape::PNP)
        && [shape::PNP, ".yarn/cache"].iter().all(|path| tracked.holds(inside(folder, path).as_bytes()));
    if is_zero && mode != deps::Mode::None {
        return Ok(Done { inputs: None, ..done("left", "nothing: the branch brings them itself".to_owned()) });
    }
    let there = lock.shape.installed.iter().any(|path| look::is_there(scene.tree(), &tracked, &inside(folder, path)));
    let recorded = scene.inputs(&name) == Some(lock.digest.as_str());
    let is_fit = || match fit::fit(scene.tree(), &lock, &lock.bytes) {
        Fit::Yes => true,
        Fit::No => false,
        Fit::Unknown => same,
    };
    // Of an install that failed or was killed half a folder may be there.
    let was_begun = scene.before.and_then(|record| record.step(&name)).is_some_and(Progress::is_half_done);
    let asked = trust::asked(scene.repo, &config)?;
    let is_asked = asked.installs(tool.name, folder);
    let facts = Facts {
        mode,
        installed: if lock.shape.installed.is_empty() {
            recorded
        } else {
            there && (recorded || !was_begun && !scene.again && is_fit())
        },
        main_installed: !lock.installed.is_empty(),
        same,
        can_share: !lock.installed.is_empty() && tool.take == deps::Take::Shared && look::can_share(scene, &lock),
        at_top: folder.is_empty(),
        on_path: launch::find_program(program(tool), &place, "").is_ok(),
        trusted: is_asked && trust::state(scene.repo, &asked) == Trust::Given,
    };
    let mut action = deps::decide(tool, &lock.shape, &facts);
    if action == Action::Take && there {
        // What is there is not what the lockfile asks for: the tool mends that better than a copy over it.
        action = if mode == deps::Mode::Reflink {
            Action::Missing("what is there is not what the lockfile asks for, and nothing is copied over it")
        } else {
            deps::decide(tool, &lock.shape, &Facts { mode: deps::Mode::Install, ..facts })
        };
    }
    match action {
        Action::Present => Ok(done("present", String::new())),
        Action::Quiet => Ok(Done { inputs: None, ..done("left", String::new()) }),
        Action::Leave(why) => Ok(Done { inputs: None, ..done("left", format!("nothing: {why}")) }),
        Action::Take => take(scene, &name, &lock, &tracked, &done),
        Action::Run(commands) => {
            // Settings that say where to install to.
            let counter = Counter::default();
            bring_paths(scene, tool, &lock.with, &tracked, &counter)?;
            run(scene, commands, tool, &place, &done)
        }
        Action::Untrusted | Action::NoProgram => {
            let (how, why) = match action {
                Action::Untrusted => ("untrusted", untrusted(scene, step, is_asked)),
                _ => ("missing", format!("'{}' is not on PATH", program(tool))),
            };
            let state = if there { "may be out of date" } else { "are missing" };
            let warning = format!("the dependencies{} ({}) {state}: {why}", of(folder), tool.name);
            let waits_for_trust = action == Action::Untrusted;
            Ok(Done { inputs: None, warnings: vec![warning], waits_for_trust, ..done(how, String::new()) })
        }
        Action::Missing(why) => {
            let what = format!("the dependencies{} ({}) are missing: {why}", of(folder), tool.name);
            let hint = format!("git config agent.deps auto && git agent provision {}", scene.agent.shown_name());
            Err(Error::new(Kind::NotFound, what).hint(hint))
        }
    }
}

/// What is said of lockfiles that are too many to be heeded.
///
/// # Errors
/// When the index cannot be read.
pub fn beyond(scene: &Scene<'_>) -> Result<Option<String>> {
    let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
    let many = deps::beyond(&facts::lockfiles(&tracked, Some(scene.tree())));
    Ok((many > 0).then(|| {
        format!("dependencies are brought for the first {} lockfiles only, and {many} are left; agent.setup can install more", deps::MOST)
    }))
}

/// What is said where nothing is installed because it would be written through a symlink.
fn linked(scene: &Scene<'_>, step: &Step, link: &Path) -> String {
    let StepKind::Dependencies { tool, folder, lockfile } = &step.kind else { return String::new() };
    let shown = link.strip_prefix(scene.tree()).unwrap_or(link).display();
    let (path, name) = (shell_word(&link.to_string_lossy()), scene.agent.shown_name());
    format!(
        "the dependencies{} ({}) may be others than {lockfile} asks for: '{shown}' is a symlink, and nothing is installed through it; to have them here, take it out of agent.link, then: rm {path} && git agent provision {name}",
        of(folder),
        tool.name
    )
}

/// Copies what the main checkout has installed.
fn take(
    scene: &Scene<'_>,
    name: &str,
    lock: &Lock<'_>,
    tracked: &Tracked,
    done: &dyn Fn(&str, String) -> Done,
) -> Result<Done> {
    let counter = Counter::default();
    // A folder that this branch does not ignore would be one `git add` away from being committed.
    let as_folder = |path: &BString| -> BString { [path.as_bytes(), b"/"].concat().into() };
    let visible = ignored::not_ignored(scene.tree(), &lock.installed.iter().map(as_folder).collect::<Vec<_>>())?;
    let (stay, come): (Vec<_>, Vec<_>) =
        lock.installed.iter().cloned().partition(|path| visible.contains(&as_folder(path)));
    let mut warnings: Vec<String> =
        stay.iter().map(|path| format!("'{path}' is not copied: this branch does not ignore it")).collect();
    if !come.is_empty() {
        warnings.extend(bring_paths(scene, lock.tool, &[&come[..], &lock.with[..]].concat(), tracked, &counter)?);
        (scene.say)(Said::Copied(name, &counter));
    }
    warnings.extend(counter.left().into_iter().map(|left| format!("not copied: {left}")));
    let what = come.iter().map(ToString::to_string).collect::<Vec<_>>();
    let what = if what.len() > 3 { format!("{} folders", what.len()) } else { what.join(", ") };
    let mut done = match come.is_empty() {
        true => Done { inputs: None, ..done("left", String::new()) },
        false => done("copied", format!("{what}: {}", files::described(&counter))),
    };
    done.details["files"] = json!(counter.files());
    done.details["bytes"] = json!(counter.bytes());
    done.details["shared"] = json!(counter.is_shared());
    Ok(Done { warnings, ..done })
}

/// Brings paths of the main checkout. Returns what did not come, and why.
fn bring_paths(
    scene: &Scene<'_>,
    tool: &Tool,
    paths: &[BString],
    tracked: &Tracked,
    counter: &Counter,
) -> Result<Vec<String>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let main = scene.main()?;
    let mut warnings = Vec::new();
    for path in paths {
        let target = gix::path::from_bstr(path.as_bstr()).ok().filter(|_| tool.name == "cargo");
        let target = target.map(|path| cargo::Target::at(&main.join(path)));
        let without = |path: &Path| target.as_ref().is_some_and(|target| target.leaves(path));
        let courier =
            Courier { main, tree: scene.tree(), tracked, staging: &scene.staging, counter, without: &without };
        if let Brought::Left(why) = courier.bring(path)? {
            warnings.push(format!("'{path}' is not copied: {why}"));
        }
    }
    Ok(warnings)
}

/// `of web`
fn of(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!(" of {folder}") }
}

/// Why an install did not run, and how to go on. Only what the main checkout's commit asks for can be trusted beforehand.
fn untrusted(scene: &Scene<'_>, step: &Step, is_asked: bool) -> String {
    let StepKind::Dependencies { tool, folder, lockfile } = &step.kind else {
        return String::new();
    };
    let commands: Vec<String> = tool.commands().iter().map(|words| words.join(" ")).collect();
    let (shown, name) = (commands.join(" && "), scene.agent.shown_name());
    if is_asked {
        format!(
            "'{shown}' did not run, for it can run code of the repository and nobody has trusted it: git agent trust && git agent provision {name}"
        )
    } else {
        let top = scene.tree();
        let place = if folder.is_empty() { top.to_owned() } else { top.join(folder) };
        let place = shell_word(&place.to_string_lossy());
        format!(
            "'{shown}' did not run, for it can run code of the repository, and what you can trust is what the main checkout tracks, which is without this {lockfile}; to run it: cd {place} && {shown}"
        )
    }
}

/// The tool's first program.
fn program(tool: &Tool) -> &'static str {
    tool.commands().first().and_then(|command| command.first()).copied().unwrap_or_default()
}

fn run(
    scene: &Scene<'_>,
    commands: &[&[&str]],
    tool: &Tool,
    place: &Path,
    done: &dyn Fn(&str, String) -> Done,
) -> Result<Done> {
    let mut variables = scene.environment()?;
    variables.extend(environment(tool).iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned()))));
    for command in commands {
        let line: Vec<OsString> = command.iter().map(OsString::from).collect();
        command::run(scene, &line, &command.join(" "), place, &variables)?;
    }
    let shown = commands.last().map(|command| command.join(" ")).unwrap_or_default();
    Ok(done("installed", shown))
}

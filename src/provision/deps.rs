//! The dependencies of one lockfile: copied from the main checkout where that works, else installed by their tool.

use std::ffi::OsString;
use std::path::Path;

use gix::bstr::{BString, ByteSlice};
use serde_json::{Value, json};

use crate::agent::shell_word;
use crate::error::{Error, Kind, Result};
use crate::git::tracked::Tracked;
use crate::launch;
use crate::policy::provision::deps::{self, Action, Facts, Take, Tool, environment};
use crate::policy::provision::{Step, lock};
use crate::provision::copy::{self, Counter};
use crate::provision::record::Progress;
use crate::provision::scene::{Done, Said, Scene};
use crate::provision::trust::{self, Trust};
use crate::provision::{command, files, stage};
use crate::store;

/// One lockfile and where it is.
struct Lock<'a> {
    tool: &'static Tool,
    /// From the top; empty for the top.
    folder: &'a str,
    bytes: Vec<u8>,
    /// Stands for its content.
    digest: String,
    /// What the main checkout has installed for it, from the top.
    installed: Vec<BString>,
    /// The main checkout's lockfile.
    theirs: Vec<u8>,
}

/// Brings the dependencies.
///
/// # Errors
/// When an install fails, or what is needed for it is missing.
pub fn bring(scene: &Scene<'_>, step: &Step) -> Result<Done> {
    let crate::policy::provision::Kind::Dependencies { tool, folder, lockfile } = &step.kind else {
        return Err(Error::failed("this step brings no dependencies"));
    };
    let name = step.kind.name();
    let lock = look(scene, tool, folder, lockfile)?;
    let place = scene.tree().join(folder);
    let same = lock.bytes == lock.theirs && is_complete(scene, &lock);
    let there = tool.installed.iter().any(|inside| place.join(inside).symlink_metadata().is_ok());
    let recorded = scene.inputs(&name) == Some(lock.digest.as_str());
    let config = scene.config()?;
    let asked = trust::asked(scene.repo, &config)?;
    let is_asked = asked.installs(tool.name, folder);
    let facts = Facts {
        mode: config.deps()?,
        installed: if tool.installed.is_empty() {
            recorded
        } else {
            // Of an install that failed or was killed half a folder may be there.
            let was_begun = scene.before.and_then(|record| record.step(&name)).is_some_and(Progress::is_half_done);
            there && (recorded || same && !was_begun && !scene.again)
        },
        main_installed: !lock.installed.is_empty(),
        same,
        can_share: !lock.installed.is_empty() && tool.take == Take::Shared && can_share(scene, &lock),
        at_top: folder.is_empty(),
        on_path: launch::find_program(program(tool), &place, "").is_ok(),
        trusted: is_asked && trust::state(scene.repo, &asked) == Trust::Given,
    };
    let digest = Some(lock.digest.clone());
    let done = |how: &str, summary: String| Done {
        summary,
        inputs: digest.clone(),
        details: json!({ "how": how, "lockfile": lockfile, "folder": folder }),
        ..Done::default()
    };
    let mut action = deps::decide(tool, &facts);
    if action == Action::Take && there {
        // The folder is there, but not what the lockfile asks for: the tool mends that better than a copy.
        action = deps::decide(tool, &Facts { mode: deps::Mode::Install, ..facts });
    }
    match action {
        Action::Present => Ok(done("present", String::new())),
        Action::Leave(why) => Ok(Done { inputs: None, ..done("left", format!("nothing: {why}")) }),
        Action::Take => {
            let counter = Counter::default();
            let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
            let mut warnings = Vec::new();
            for path in &lock.installed {
                let brought = stage::Courier {
                    main: scene.main()?,
                    tree: scene.tree(),
                    tracked: &tracked,
                    staging: &scene.staging,
                    counter: &counter,
                    without: copy::ALL,
                }
                .bring(path)?;
                if let stage::Brought::Left(why) = brought {
                    warnings.push(format!("'{path}' is not copied: {why}"));
                }
                (scene.say)(Said::Copied(&name, &counter));
            }
            warnings.extend(counter.left().into_iter().map(|left| format!("not copied: {left}")));
            let what = lock.installed.iter().map(ToString::to_string).collect::<Vec<_>>();
            let what = if what.len() > 3 { format!("{} folders", what.len()) } else { what.join(", ") };
            let mut done = done("copied", format!("{what}: {}", files::described(&counter)));
            done.details["files"] = json!(counter.files());
            done.details["bytes"] = json!(counter.bytes());
            done.details["shared"] = json!(counter.is_shared());
            Ok(Done { warnings, ..done })
        }
        Action::Run(commands) => run(scene, commands, tool, &place, &done),
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

/// `of web`
fn of(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!(" of {folder}") }
}

/// Why an install did not run, and how to go on. Only what the main checkout's commit asks for can be trusted beforehand.
fn untrusted(scene: &Scene<'_>, step: &Step, is_asked: bool) -> String {
    let crate::policy::provision::Kind::Dependencies { tool, folder, lockfile } = &step.kind else {
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
    variables.extend(environment(tool).iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    for command in commands {
        let line: Vec<OsString> = command.iter().map(OsString::from).collect();
        command::run(scene, &line, &command.join(" "), place, &variables)?;
    }
    let shown = commands.last().map(|command| command.join(" ")).unwrap_or_default();
    Ok(done("installed", shown))
}

fn look<'a>(scene: &Scene<'_>, tool: &'static Tool, folder: &'a str, lockfile: &str) -> Result<Lock<'a>> {
    let read = |top: &Path| store::read(&top.join(folder).join(lockfile)).map(Option::unwrap_or_default);
    let bytes = read(scene.tree())?;
    let digest = command::digest(&[lockfile.as_bytes(), &bytes]);
    let mut lock = Lock { tool, folder, bytes, digest, installed: Vec::new(), theirs: Vec::new() };
    if let Some(main) = scene.repo.main() {
        lock.theirs = read(main)?;
        lock.installed = installed(scene, main, tool, folder)?;
    }
    Ok(lock)
}

/// The folders that the main checkout has installed, from its top: beside the lockfile, and where the tool does so in
/// packages below that have no lockfile of their own.
fn installed(scene: &Scene<'_>, main: &Path, tool: &Tool, folder: &str) -> Result<Vec<BString>> {
    let inside = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let beside = tool.installed.iter().map(|name| inside(name)).filter(|path| is_folder(&main.join(path)));
    let mut found: Vec<BString> = beside.map(BString::from).collect();
    if found.is_empty() || !tool.below {
        return Ok(found);
    }
    let prefix = inside("");
    for one in scene.ignored()?.iter().filter(|one| one.is_folder && one.path.starts_with(prefix.as_bytes())) {
        let Ok(path) = gix::path::from_bstr(one.path.as_bstr()) else { continue };
        let package = path.parent().map(Path::to_owned).unwrap_or_default();
        let named = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| tool.installed.contains(&name));
        let own_lock =
            || deps::TOOLS.iter().any(|other| other.is_locked(&|name| main.join(&package).join(name).exists()));
        if named && !found.contains(&one.path) && package != Path::new(folder) && !own_lock() {
            found.push(one.path.clone());
        }
    }
    Ok(found)
}

/// Whether the main checkout's folder holds what the lockfile asks for, as far as the tool has left word of it there.
fn is_complete(scene: &Scene<'_>, lock: &Lock<'_>) -> bool {
    let Ok(main) = scene.main() else { return false };
    let text = |name: &str| store::read(&main.join(lock.folder).join(name)).ok().flatten();
    match lock.tool.name {
        "npm" => text("node_modules/.package-lock.json").is_some_and(|installed| {
            let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
            parse(&lock.bytes).zip(parse(&installed)).is_some_and(|(wanted, has)| lock::npm_has(&wanted, &has))
        }),
        "pnpm" => text("node_modules/.pnpm/lock.yaml").is_some_and(|installed| installed == lock.bytes),
        _ => true,
    }
}

fn can_share(scene: &Scene<'_>, lock: &Lock<'_>) -> bool {
    let Ok(main) = scene.main() else { return false };
    let first = lock.installed.first().and_then(|path| gix::path::from_bstr(path.as_bstr()).ok());
    first.is_some_and(|first| copy::can_share(&main.join(first), scene.staging.folder()))
}

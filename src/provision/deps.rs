//! The dependencies of one lockfile: copied from the main checkout where that works, else installed by their tool.

use std::ffi::OsString;
use std::path::Path;

use gix::bstr::{BString, ByteSlice};
use serde_json::{Value, json};

use crate::error::{Error, Kind, Result};
use crate::git::tracked::Tracked;
use crate::launch;
use crate::policy::provision::deps::{self, Action, Facts, Take, Tool, environment};
use crate::policy::provision::{Step, lock};
use crate::provision::copy::{self, Counter};
use crate::provision::record::Progress;
use crate::provision::scene::{Done, Said, Scene};
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
    let facts = Facts {
        mode: scene.config()?.deps()?,
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
        trusted: scene.trusted && scene.trusted_installs.contains(&tool.name),
    };
    let digest = Some(lock.digest.clone());
    let done = |how: &str, summary: String| Done {
        summary,
        inputs: digest.clone(),
        details: json!({ "how": how, "lockfile": lockfile, "folder": folder }),
        ..Done::default()
    };
    match deps::decide(tool, &facts) {
        Action::Present => Ok(done("present", String::new())),
        Action::Leave(why) => Ok(Done { inputs: None, ..done("left", format!("nothing: {why}")) }),
        Action::Take if there => install(scene, tool, &place, &facts, &done),
        Action::Take => {
            let counter = Counter::default();
            let tracked = Tracked::read(scene.repo, &scene.agent.tree.admin)?;
            let mut warnings = Vec::new();
            for path in &lock.installed {
                let brought = stage::bring(scene.main()?, scene.tree(), &tracked, path, &scene.staging, &counter)?;
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
        Action::Run(commands, without_scripts) => run(scene, commands, without_scripts, tool, &place, &done),
        Action::Missing(why, trust) => Err(missing(scene, tool, &place, why, trust)),
    }
}

/// The tool's first program.
fn program(tool: &Tool) -> &'static str {
    match tool.install {
        deps::Install::Commands { trusted, .. } => trusted[0][0],
        deps::Install::Nothing(_) => "",
    }
}

/// The installed folder is there, but not what the lockfile asks for: the tool mends that better than a copy.
fn install(
    scene: &Scene<'_>,
    tool: &'static Tool,
    place: &Path,
    facts: &Facts,
    done: &dyn Fn(&str, String) -> Done,
) -> Result<Done> {
    match deps::decide(tool, &Facts { mode: deps::Mode::Install, ..*facts }) {
        Action::Run(commands, without_scripts) => run(scene, commands, without_scripts, tool, place, done),
        Action::Missing(why, trust) => Err(missing(scene, tool, place, why, trust)),
        _ => Ok(done("present", String::new())),
    }
}

fn run(
    scene: &Scene<'_>,
    commands: &[&[&str]],
    without_scripts: bool,
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
    let mut done = done("installed", shown);
    done.details["scripts"] = json!(!without_scripts);
    if without_scripts {
        done.warnings.push(format!(
            "{} ran without the scripts of packages; to allow them: git agent trust && git agent provision {} --again",
            tool.name,
            scene.agent.shown_name()
        ));
    }
    Ok(done)
}

fn missing(scene: &Scene<'_>, tool: &Tool, place: &Path, why: &str, trust: bool) -> Error {
    let name = scene.agent.shown_name();
    let program = program(tool);
    let folder = place.strip_prefix(scene.tree()).unwrap_or(place).display().to_string();
    let place = if folder.is_empty() { String::new() } else { format!(" of {folder}") };
    let error = Error::new(Kind::NotFound, format!("the dependencies{place} ({}) are missing: {why}", tool.name));
    if trust {
        error.hint(format!("git agent trust && git agent provision {name}"))
    } else if program.is_empty() || why.starts_with("the main") {
        error.hint(format!("git config agent.deps auto && git agent provision {name}"))
    } else {
        error.hint(format!("command -v {program} && git agent provision {name}")).hint("git config agent.deps none")
    }
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

//! The clients of agents: where their settings are, and what they are to say about us. One file each; what they share is
//! here: a plan for a file, and the record by which it can be taken back to the byte.

mod claude;
mod codex;
mod commands;
mod copilot;
pub mod examine;
mod gemini;
mod record;

use std::path::{Path, PathBuf};

use crate::environment;
use crate::error::{Context, Error, Kind, Result};
use crate::policy::settings::{self, Broken, Dialect, Entries, Patch};
use crate::setup::change::Change;
use crate::store;
pub use commands::plan as plan_commands;
pub use record::Record;
use record::Written;

/// A client whose settings can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// Gemini CLI.
    Gemini,
    /// Copilot CLI.
    Copilot,
}

/// Whose settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's own, for all projects.
    User,
    /// Those that a project shares, below the top of this working tree.
    Project(PathBuf),
}

/// What is to be done about one file.
#[derive(Debug, Default)]
pub struct Plan {
    /// The change, unless all is as it shall be.
    pub change: Option<Change>,
    /// What is to be known of it: a sentence each.
    pub notes: Vec<String>,
    /// The file's place in the record, and what the record shall say.
    entry: Option<(PathBuf, Option<Written>)>,
}

/// All clients.
pub const ALL: [Client; 4] = [Client::Claude, Client::Codex, Client::Gemini, Client::Copilot];

impl Client {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Gemini => "gemini",
            Self::Copilot => "copilot",
        }
    }

    /// Its name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
            Self::Codex => "Codex",
            Self::Gemini => "Gemini CLI",
            Self::Copilot => "Copilot CLI",
        }
    }

    fn file(self, scope: &Scope) -> Result<PathBuf> {
        let (user, project) = match self {
            Self::Claude => (claude::folder()?.join("settings.json"), ".claude/settings.json"),
            Self::Codex => (codex::folder()?.join("hooks.json"), ".codex/hooks.json"),
            Self::Gemini => (gemini::folder()?.join("settings.json"), ".gemini/settings.json"),
            Self::Copilot => (copilot::folder()?.join("hooks/git-agent.json"), ".github/hooks/git-agent.json"),
        };
        Ok(if let Scope::Project(top) = scope { top.join(project) } else { user })
    }

    fn entries(self) -> Entries {
        match self {
            Self::Claude => claude::entries(),
            Self::Codex => codex::entries(),
            Self::Gemini => gemini::entries(),
            Self::Copilot => copilot::entries(),
        }
    }

    /// How strictly it reads, as tried: Claude Code takes a file with a comment for no file, Gemini CLI refuses to start at a byte
    /// order mark.
    fn dialect(self) -> Dialect {
        match self {
            Self::Gemini => Dialect { comments: true, mark: false },
            _ => Dialect { comments: false, mark: true },
        }
    }

    fn notes(self, scope: &Scope, text: &str) -> Vec<String> {
        match self {
            Self::Claude => claude::notes(&settings::value(text, self.dialect())),
            Self::Codex => codex::notes(scope),
            Self::Gemini => gemini::notes(&settings::value(text, self.dialect())),
            Self::Copilot => Vec::new(),
        }
    }
}

/// The folder of a client: where a variable says, else in the home.
fn folder(variable: Option<&str>, name: &str) -> Result<PathBuf> {
    if let Some(folder) = variable.and_then(environment::var) {
        return Ok(PathBuf::from(folder));
    }
    let home = dirs::home_dir().ok_or_else(|| {
        Error::new(Kind::Unsupported, "there is no home to look for the client's settings in: HOME is not set")
            .hint("env HOME=DIR git agent init CLIENT")
    })?;
    Ok(home.join(name))
}

/// Puts our entries into the client's settings.
///
/// # Errors
/// When the file is not what the client reads, or is no part of the project.
pub fn plan(client: Client, scope: &Scope, record: &Record) -> Result<Plan> {
    let path = real(client.file(scope)?, scope)?;
    let (entries, dialect) = (client.entries(), client.dialect());
    let text = read(&path)?;
    let broken = |broken: Broken| refusal(client, &path, &broken);
    let notes = client.notes(scope, text.as_deref().unwrap_or_default());
    if let Some(text) = &text
        && !text.trim().is_empty()
        && settings::has(text, &entries, dialect).map_err(broken)?
    {
        return Ok(Plan { notes, ..Plan::default() });
    }
    // What an older version wrote goes first, to the byte.
    let old = record.of(&path);
    let base = match &text {
        Some(text) => back(text, old, dialect).map_err(broken)?,
        None => None,
    };
    // Entries of ours that nobody remembers were there before the first edit, and come back with it.
    let found = match (old, &base, &text) {
        (Some(old), Some(_), _) => old.found,
        (None, _, Some(text)) if !text.trim().is_empty() => settings::has_any(text, dialect).map_err(broken)?,
        _ => false,
    };
    let base = base.or_else(|| text.clone());
    let new = settings::with(base.as_deref(), &entries, dialect).map_err(broken)?;
    let created = old.map_or(text.is_none(), |old| old.created);
    let folders = old.map_or_else(|| missing_folders(&path), |old| old.folders);
    let written = Written { created, folders, found, patch: Patch::between(base.as_deref().unwrap_or_default(), &new) };
    let change = writable(client, Change::file(&path, Some(new.as_bytes()))?)?;
    Ok(Plan { change, notes, entry: Some((path, Some(written))) })
}

/// Takes our entries out of the client's settings.
///
/// # Errors
/// As [`plan`].
pub fn plan_undo(client: Client, scope: &Scope, record: &Record) -> Result<Plan> {
    let path = real(client.file(scope)?, scope)?;
    let (entries, dialect) = (client.entries(), client.dialect());
    let old = record.of(&path);
    let entry = old.map(|_| (path.clone(), None));
    let Some(text) = read(&path)?.filter(|text| !text.trim().is_empty()) else {
        return Ok(Plan { entry, ..Plan::default() });
    };
    let broken = |broken: Broken| refusal(client, &path, &broken);
    if !settings::has_any(&text, dialect).map_err(broken)? {
        return Ok(Plan { entry, ..Plan::default() });
    }
    let new = match back(&text, old, dialect).map_err(broken)? {
        Some(new) => new,
        None => settings::without(&text, dialect).map_err(broken)?,
    };
    // The file of hooks that bears our name is ours whoever remembers it.
    let ours = old.map_or(client == Client::Copilot, |old| old.created);
    let gone = ours && (new.trim().is_empty() || settings::is_empty(&new, &entries, dialect).map_err(broken)?);
    let change = writable(client, Change::file(&path, (!gone).then_some(new.as_bytes()))?)?;
    Ok(Plan { change, entry, notes: Vec::new() })
}

/// Refuses a file that whoever made it did not mean to be written: a manager of dotfiles makes it anew from something else.
fn writable(client: Client, change: Option<Change>) -> Result<Option<Change>> {
    let path = change.as_ref().map(|change| change.path.as_path());
    let read_only = |path: &Path| path.metadata().is_ok_and(|metadata| metadata.permissions().readonly());
    match path.filter(|path| read_only(path)) {
        None => Ok(change),
        Some(path) => Err(Error::new(Kind::Refused, format!("{} is read-only", path.display()))
            .because("what made it so would not know of the change")
            .hint(format!("chmod u+w '{}', then: git agent init {}", path.display(), client.name()))),
    }
}

/// How many folders above a path are to be made for it.
fn missing_folders(path: &Path) -> usize {
    path.ancestors().skip(1).take_while(|folder| folder.symlink_metadata().is_err()).count()
}

/// Brings our entries in the user's settings of the client up to date. Returns what was done.
///
/// # Errors
/// As [`plan`].
pub fn mend(name: &str) -> Result<String> {
    let client = ALL.into_iter().find(|client| client.name() == name);
    let client = client.ok_or_else(|| Error::new(Kind::NotFound, format!("there is no client '{name}'")))?;
    let record = Record::open()?;
    let plan = plan(client, &Scope::User, &record)?;
    carry_out(&[plan], record)?;
    Ok(format!("brought our hooks in {} up to date", client.title()))
}

/// The text before our edit, if that can be told to the byte.
fn back(text: &str, old: Option<&Written>, dialect: Dialect) -> Result<Option<String>, Broken> {
    let Some(before) = old.and_then(|old| old.patch.taken_back(text)) else { return Ok(None) };
    let found = old.is_some_and(|old| old.found);
    let clean = found || before.trim().is_empty() || settings::has_any(&before, dialect).is_ok_and(|any| !any);
    Ok(clean.then_some(before))
}

fn read(path: &Path) -> Result<Option<String>> {
    let Some(bytes) = store::read(path)? else { return Ok(None) };
    let text = String::from_utf8(bytes).context(|| format!("{} is not UTF-8", path.display()));
    text.map(Some).map_err(|error| error.hint("save the file as UTF-8, then: git agent init"))
}

fn refusal(client: Client, path: &Path, broken: &Broken) -> Error {
    let message = format!("{} is left alone: {}", path.display(), broken.0);
    Error::new(Kind::Refused, message)
        .because(format!("{} reads it, and would not read it then", client.title()))
        .hint(format!("mend the file by hand, then: git agent init {}", client.name()))
}

/// The file behind symbolic links, which a manager of dotfiles makes of settings. A project's file must be within the project.
fn real(path: PathBuf, scope: &Scope) -> Result<PathBuf> {
    let mut missing = Vec::new();
    let mut there = path.as_path();
    while there.symlink_metadata().is_err() {
        let (Some(parent), Some(name)) = (there.parent(), there.file_name()) else { return Ok(path) };
        missing.push(name.to_owned());
        there = parent;
    }
    let mut real = there
        .canonicalize()
        .context(|| format!("{} leads nowhere", there.display()))
        .map_err(|error| error.hint(format!("ls -l {}", there.display())))?;
    real.extend(missing.iter().rev());
    if let Scope::Project(top) = scope {
        let top = top.canonicalize().context(|| format!("cannot read {}", top.display()))?;
        if !real.starts_with(&top) {
            let message = format!("{} is {}, which is not in the project", path.display(), real.display());
            return Err(Error::new(Kind::Refused, message).hint("git agent init CLIENT --user"));
        }
    }
    Ok(real)
}

/// Carries plans out and remembers how to take them back.
///
/// # Errors
/// When a file cannot be written.
pub fn carry_out(plans: &[Plan], mut record: Record) -> Result<()> {
    // The record first: it does no harm without the change, and the change could not be taken back without it.
    let mut after = record.clone();
    for plan in plans {
        if let Some((path, written)) = &plan.entry {
            if let Some(written) = written {
                record.set(path, Some(written.clone()));
            }
            after.set(path, written.clone());
        }
    }
    // Those that were made for a file which goes now, the innermost first: one that somebody else uses is not empty.
    let mut folders = Vec::new();
    for (path, _) in plans.iter().filter_map(|plan| plan.entry.as_ref()).filter(|(_, written)| written.is_none()) {
        let made = record.of(path).map_or(0, |old| old.folders);
        folders.extend(path.ancestors().skip(1).take(made).map(Path::to_owned));
    }
    folders.sort_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    record.save()?;
    plans.iter().filter_map(|plan| plan.change.as_ref()).try_for_each(Change::apply)?;
    folders.iter().try_for_each(|folder| store::remove_empty_folder(folder))?;
    record.replace_with(after)
}

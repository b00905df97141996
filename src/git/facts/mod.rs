//! What the guard has to know of a repository, read by hand.
//!
//! The hook decides within a millisecond or two, before every command that an agent runs. Opening a repository with gix
//! takes 0.4 ms and reads more than is asked for, so the few files that matter are read here: HEAD, the configuration
//! with its includes, and refs by name. Layouts are those of gitrepository-layout(5). A repository whose refs are in
//! another format is asked through the git program.

mod config;
mod place;
mod refs;

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::environment;
use crate::policy::guard::{Place, Session, Trouble, World};
use crate::policy::push::config::truth;
use crate::policy::push::{Config, Head, Protection, Repository, Setting, View, legacy};

pub use crate::policy::push::file::parse as parse_config;

/// The world as the hook finds it.
#[derive(Default)]
pub struct Disk {
    seen: RefCell<Vec<(Place, Found)>>,
}

type Found = Result<Rc<dyn Repository>, Trouble>;

/// A repository on disk.
struct OnDisk {
    at: place::Layout,
    config: Config,
    refs: refs::Refs,
    recorded: OnceCell<Vec<String>>,
    /// The settings of the session's own environment, where the command points git at other files.
    own: Option<Config>,
}

impl Disk {
    /// An empty cache in front of the disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Who runs a command in `cwd`. An agent stands in a linked worktree, was launched in one, or carries `GIT_AGENT`.
    pub fn session(&self, cwd: &str, powershell: bool) -> Session {
        let launched = environment::var("CLAUDE_PROJECT_DIR").map(PathBuf::from);
        let agent = environment::var("GIT_AGENT").is_some()
            || place::in_linked_worktree(Path::new(cwd))
            || launched.is_some_and(|dir| place::in_linked_worktree(&dir))
            || self.guards_all_agents(cwd);
        Session { cwd: cwd.to_owned(), agent, powershell }
    }

    /// The common directory of the repository that `cwd` is in; `None` outside of one.
    pub fn common_dir(&self, cwd: &str) -> Option<PathBuf> {
        self.repository(&self.place(cwd)).ok().map(|repo| PathBuf::from(repo.common_dir()))
    }

    /// The common directory of the repository whose linked worktree `cwd` is in; reads one file.
    pub fn linked_common(&self, cwd: &str) -> Option<PathBuf> {
        place::linked_common(Path::new(cwd))
    }

    /// Looks at what is protected for a push from `dir` to `remote` at `url`, and at the repository: for a hook of git's
    /// own, which knows both and is told by `GIT_DIR` where it is.
    ///
    /// # Errors
    /// When there is no repository, or it cannot be read.
    pub fn pushing<T>(
        &self,
        dir: &str,
        remote: &str,
        url: &str,
        look: impl FnOnce(&Protection, &View<'_>) -> T,
    ) -> Result<T, Trouble> {
        let place = Place { git_dir: self.env("GIT_DIR"), common_dir: self.env("GIT_COMMON_DIR"), ..self.place(dir) };
        let repo = self.repository(&place)?;
        let view = View { repo: &*repo, config: repo.config().clone(), head: repo.head(), refs: Vec::new() };
        let mut protection = Protection::of(&view, remote, &[url.to_owned()]);
        // GIT_CONFIG_GLOBAL may have come with the command, and then hides what the user's own file protects.
        if let (true, Ok(usual)) = (place.global.is_some(), self.repository(&Place { global: None, ..place })) {
            protection.add_all(usual.config());
        }
        Ok(look(&protection, &view))
    }

    /// What a process that runs in `dir` would find, without variables that point to another repository.
    fn place(&self, dir: &str) -> Place {
        self.usual(Place { dir: dir.to_owned(), ..Place::default() })
    }

    /// The same place with the configuration of the session's own environment.
    fn usual(&self, place: Place) -> Place {
        Place {
            home: self.env("HOME"),
            xdg: self.env("XDG_CONFIG_HOME"),
            global: self.env("GIT_CONFIG_GLOBAL"),
            system: self.env("GIT_CONFIG_SYSTEM"),
            no_system: self.env("GIT_CONFIG_NOSYSTEM").is_some_and(|text| truth(&text)),
            ..place
        }
    }

    /// What the guard itself is told comes from the files of the session's own environment, wherever the command sends git.
    fn open(&self, place: &Place) -> Found {
        let own = self.usual(place.clone());
        let at = place::find(place)?;
        let read = |place: &Place| config::load(place, &at).map_err(Trouble::Unreadable);
        let config = read(place)?;
        let own = if own == *place { None } else { Some(read(&own)?) };
        let refs = refs::Refs::new(&at, &config).map_err(Trouble::Unreadable)?;
        Ok(Rc::new(OnDisk { at, config, refs, recorded: OnceCell::new(), own }))
    }

    /// `agent.guard = agents`: agents in the main checkout are guarded too. A repository that is there but cannot be read
    /// may say so, and then it counts.
    fn guards_all_agents(&self, cwd: &str) -> bool {
        match self.repository(&self.place(cwd)) {
            Ok(repo) => repo.config().text("agent.guard").is_some_and(|value| value.eq_ignore_ascii_case("agents")),
            Err(Trouble::None) => false,
            Err(Trouble::Unreadable(_)) => true,
        }
    }
}

impl World for Disk {
    fn repository(&self, place: &Place) -> Found {
        if let Some((_, found)) = self.seen.borrow().iter().find(|(seen, _)| seen == place) {
            return found.clone();
        }
        let found = self.open(place);
        self.seen.borrow_mut().push((place.clone(), found.clone()));
        found
    }

    fn env(&self, name: &str) -> Option<String> {
        environment::var(name).and_then(|value| value.into_string().ok())
    }

    fn is_dir(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }
}

impl Repository for OnDisk {
    fn head(&self) -> Head {
        self.refs.head()
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn settings(&self) -> &Config {
        self.own.as_ref().unwrap_or(&self.config)
    }

    fn has_ref(&self, name: &str) -> bool {
        self.refs.has(name)
    }

    fn symbolic(&self, name: &str) -> Option<String> {
        self.refs.symbolic(name)
    }

    fn refs(&self, prefix: &str) -> Vec<String> {
        self.refs.below(prefix)
    }

    fn default_of(&self, url: &str) -> Option<String> {
        let path = url.strip_prefix("file://").unwrap_or(url);
        let dir = match &self.at.top {
            _ if path.starts_with('/') => PathBuf::from(path),
            Some(top) if path.starts_with("./") || path.starts_with("../") => Path::new(top).join(path),
            _ => return None,
        };
        // Only a bare repository: what another worktree has checked out is no default branch.
        let dir = if dir.is_dir() { dir } else { dir.with_extension("git") };
        if !dir.join("objects").is_dir() || !dir.join("refs").is_dir() {
            return None;
        }
        let head = std::fs::read_to_string(dir.join("HEAD")).ok()?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }

    fn legacy_push(&self, remote: &str) -> Vec<String> {
        let read = |folder: &str| {
            std::fs::read_to_string(Path::new(&self.at.common_dir).join(folder).join(remote)).unwrap_or_default()
        };
        let (url, specs) = legacy::remotes(&read("remotes"));
        if url.is_some() {
            return specs;
        }
        let default = self.config().text("init.defaultbranch").unwrap_or("master");
        legacy::branches(&read("branches"), default).map(|(_, spec)| spec).into_iter().collect()
    }

    fn git_dir(&self) -> &str {
        &self.at.git_dir
    }

    fn common_dir(&self) -> &str {
        &self.at.common_dir
    }

    fn top(&self) -> Option<&str> {
        self.at.top.as_deref()
    }

    fn linked(&self) -> bool {
        self.at.linked
    }

    fn recorded(&self) -> &[String] {
        self.recorded.get_or_init(|| recorded(&self.at))
    }

    fn has_submodules(&self) -> bool {
        self.at.top.as_ref().is_some_and(|top| Path::new(top).join(".gitmodules").exists())
    }
}

/// What was recorded when the agent was made, what was recorded for the repository, and what the team shares.
fn recorded(at: &place::Layout) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(text) = std::fs::read(Path::new(&at.git_dir).join("agent.json"))
        && let Ok(value) = serde_json::from_slice::<serde_json::Value>(&text)
    {
        let listed = value.get("protected").and_then(serde_json::Value::as_array);
        names.extend(listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)));
    }
    if let Ok(text) = std::fs::read_to_string(Path::new(&at.common_dir).join("agent/protected")) {
        names.extend(
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned),
        );
    }
    let main = at.common_dir.strip_suffix("/.git");
    // The worktree's own may differ from that of the main checkout, and can only add.
    let shared = [main, at.top.as_deref()].into_iter().flatten().map(|top| Path::new(top).join(".gitagent"));
    for text in shared.filter_map(|path| std::fs::read_to_string(path).ok()) {
        let mut shared = Config::default();
        if parse_config(&text, &mut |key, value| shared.push(key, value)).is_ok() {
            for value in shared.all("agent.protect") {
                if let Setting::Text(text) = value {
                    names.extend(text.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned));
                }
            }
        }
    }
    names
}

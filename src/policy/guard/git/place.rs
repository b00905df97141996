//! Which repository a git uses, and what is configured there by the time it runs.

use std::rc::Rc;

use super::planned::Planned;
use super::{Git, set};
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::state::{Change, State};
use crate::policy::guard::world::{Place, Trouble};
use crate::policy::push::{Config, Repository, Setting, View, config, file, legacy};

impl Walker<'_> {
    /// GIT_CONFIG_COUNT with its keys and values, then GIT_CONFIG_PARAMETERS, which stands over it.
    pub(crate) fn environment_config(&mut self, git: &mut Git, state: &State) {
        if let Some(count) = self.env("GIT_CONFIG_COUNT", &git.call, state) {
            match count.get().map(str::parse::<usize>) {
                Some(Ok(count)) => {
                    for index in 0..count.min(64) {
                        let key = self.env(&format!("GIT_CONFIG_KEY_{index}"), &git.call, state);
                        let value = self.env(&format!("GIT_CONFIG_VALUE_{index}"), &git.call, state);
                        let (Some(key), Some(value)) = (key, value) else { continue };
                        let mut text = key;
                        text.push_str("=");
                        text.push(&value);
                        set(&mut git.config, &text);
                    }
                }
                Some(Err(_)) => {}
                None => git.config.murky = true,
            }
        }
        if let Some(parameters) = self.env("GIT_CONFIG_PARAMETERS", &git.call, state) {
            for field in self.words_of(&parameters, state) {
                set(&mut git.config, &field.text);
            }
        }
    }

    /// The repository that this git would use.
    pub(crate) fn look(&self, git: &Git, state: &State) -> Result<Rc<dyn Repository>, Trouble> {
        let unknown = |what: &str| Trouble::Unreadable(format!("{what} cannot be known"));
        let mut dir = git.dir.clone().ok_or_else(|| unknown("the directory"))?;
        // A folder that the command makes is in the repository that its parent is in.
        let made = |dir: &str| {
            let below =
                |path: &String| path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            state.disk.changes.iter().any(|change| matches!(change, Change::Folder(path) if below(path)))
        };
        while made(&dir) && !self.world.is_dir(&dir) {
            let Some((parent, _)) = dir.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) else { break };
            dir = parent.to_owned();
        }
        let inside = |path: &String| {
            dir.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let planned = state.disk.changes.iter().rev().find_map(|change| match change {
            Change::Worktree(path, from, head) if git.git_dir.is_none() && inside(path) => Some((path, from, head)),
            _ => None,
        });
        if let Some((_, from, _)) = planned {
            dir.clone_from(from);
        }
        let variable = |name: &str| -> Result<Option<String>, Trouble> {
            match self.env(name, &git.call, state) {
                None => Ok(None),
                Some(text) => text.get().map(|text| Some(text.to_owned())).ok_or_else(|| unknown(name)),
            }
        };
        let git_dir = match &git.git_dir {
            None => None,
            Some(text) => Some(text.get().ok_or_else(|| unknown("the git directory"))?.to_owned()),
        };
        let place = Place {
            dir,
            git_dir,
            common_dir: variable("GIT_COMMON_DIR")?,
            home: variable("HOME")?,
            xdg: variable("XDG_CONFIG_HOME")?,
            global: variable("GIT_CONFIG_GLOBAL")?,
            system: variable("GIT_CONFIG_SYSTEM")?,
            no_system: variable("GIT_CONFIG_NOSYSTEM")?.is_some_and(|text| config::truth(&text)),
        };
        let found = self.world.repository(&place)?;
        Ok(match planned {
            Some((path, _, head)) => Planned::shared(found, path, head),
            None => found,
        })
    }

    /// Files of configuration that the command itself wrote, and that this git reads.
    fn written_config(&self, git: &Git, state: &State, config: &mut Config) {
        if state.disk.files.is_empty() {
            return;
        }
        let variable = |name: &str| self.env(name, &git.call, state).and_then(|text| text.get().map(str::to_owned));
        let home = variable("HOME").unwrap_or_default();
        let xdg = variable("XDG_CONFIG_HOME").unwrap_or_else(|| format!("{home}/.config"));
        let mut paths = variable("GIT_CONFIG_GLOBAL")
            .map_or_else(|| vec![format!("{xdg}/git/config"), format!("{home}/.gitconfig")], |path| vec![path]);
        for value in config.all("include.path") {
            if let Setting::Text(path) = value {
                paths.push(path.strip_prefix("~/").map_or_else(|| path.clone(), |rest| format!("{home}/{rest}")));
            }
        }
        for path in paths.iter().filter_map(|path| state.path(path)) {
            let Some(content) = state.disk.files.get(&path) else { continue };
            let read = content.get().map(|text| file::parse(text, &mut |key, value| config.push(key, value)));
            config.murky |= !matches!(read, Some(Ok(())));
        }
    }

    /// Files of remotes in the old formats that the command itself wrote. What cannot be known of them makes all murky.
    fn written_remotes(common: &str, state: &State, config: &mut Config) {
        for (path, content) in &state.disk.files {
            let below = |folder: &str| path.strip_prefix(common)?.strip_prefix('/')?.strip_prefix(folder);
            let Some((name, old)) =
                below("remotes/").map(|name| (name, true)).or_else(|| below("branches/").map(|name| (name, false)))
            else {
                continue;
            };
            if !config.all(&format!("remote.{name}.url")).is_empty() {
                continue;
            }
            let Some(text) = content.get() else {
                config.push(&format!("remote.{name}.push"), Setting::Unknown);
                continue;
            };
            let default = config.text("init.defaultbranch").unwrap_or("master").to_owned();
            let (url, specs) = if old {
                legacy::remotes(text)
            } else {
                legacy::branches(text, &default).map_or((None, Vec::new()), |(url, spec)| (Some(url), vec![spec]))
            };
            for (key, value) in
                url.map(|url| ("url", url)).into_iter().chain(specs.into_iter().map(|spec| ("push", spec)))
            {
                config.push(&format!("remote.{name}.{key}"), Setting::Text(value));
            }
        }
    }

    /// The repository as it is when this git runs.
    pub(crate) fn view<'r>(&self, repo: &'r Rc<dyn Repository>, git: &Git, state: &State) -> View<'r> {
        let mut config = repo.config().clone();
        state.disk.apply(repo.common_dir(), &mut config);
        config.extend(&git.config);
        self.written_config(git, state, &mut config);
        Self::written_remotes(repo.common_dir(), state, &mut config);
        let mut head = repo.head();
        let mut refs = Vec::new();
        for change in &state.disk.changes {
            match change {
                Change::Head(at, new) if at == repo.git_dir() => head = new.clone(),
                Change::Ref(at, name, there) if at == repo.common_dir() => refs.push((name.clone(), *there)),
                _ => {}
            }
        }
        View { repo: &**repo, config, head, refs }
    }

    /// Whether what happens in a repository is the guard's business.
    pub(crate) fn guards(&self, repo: &Result<Rc<dyn Repository>, Trouble>) -> bool {
        self.session.agent || repo.as_ref().is_ok_and(|repo| repo.linked())
    }
}

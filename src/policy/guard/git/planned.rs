//! A worktree that an earlier part of the same command makes: `git worktree add ../x -b x && cd ../x && git push`.

use std::rc::Rc;

use super::Git;
use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::shown;
use crate::policy::guard::walk::state::{Change, State, join};
use crate::policy::push::{Config, Head, Repository};

/// The repository as it will be seen from there.
pub(crate) struct Planned {
    inner: Rc<dyn Repository>,
    git_dir: String,
    top: String,
    head: Head,
}

impl Planned {
    /// A worktree at `top` of the repository `inner`.
    pub(crate) fn shared(inner: Rc<dyn Repository>, top: &str, head: &Head) -> Rc<dyn Repository> {
        // Git's own folder for it has another name where this one is taken; nothing here depends on that.
        let name = top.rsplit('/').next().unwrap_or(top);
        let git_dir = format!("{}/worktrees/{name}", inner.common_dir());
        Rc::new(Self { inner, git_dir, top: top.to_owned(), head: head.clone() })
    }
}

impl Repository for Planned {
    fn head(&self) -> Head {
        self.head.clone()
    }
    fn config(&self) -> &Config {
        self.inner.config()
    }
    fn settings(&self) -> &Config {
        self.inner.settings()
    }
    fn has_ref(&self, name: &str) -> bool {
        self.inner.has_ref(name)
    }
    fn symbolic(&self, name: &str) -> Option<String> {
        self.inner.symbolic(name)
    }
    fn refs(&self, prefix: &str) -> Vec<String> {
        self.inner.refs(prefix)
    }
    fn default_of(&self, url: &str) -> Option<String> {
        self.inner.default_of(url)
    }
    fn legacy_push(&self, remote: &str) -> Vec<String> {
        self.inner.legacy_push(remote)
    }
    fn git_dir(&self) -> &str {
        &self.git_dir
    }
    fn common_dir(&self) -> &str {
        self.inner.common_dir()
    }
    fn top(&self) -> Option<&str> {
        Some(&self.top)
    }
    fn linked(&self) -> bool {
        true
    }
    fn recorded(&self) -> &[String] {
        self.inner.recorded()
    }
    fn has_submodules(&self) -> bool {
        self.inner.has_submodules()
    }
}

impl Walker<'_> {
    /// `git worktree`
    pub(crate) fn worktree(&mut self, git: &Git, args: &[Field], state: &mut State) {
        if !args.first().is_some_and(|field| field.is("add")) {
            return;
        }
        let shape = Shape { short: "bB", long: &["reason"], words: 0, assigns: false };
        let (mut new, mut detached, mut track, mut reset) = (None, false, true, false);
        let mut rest: Vec<&Field> = Vec::new();
        let mut at = 1;
        while at < args.len() {
            let next = skip(args, at, &shape, |name, value| match name {
                "-b" | "-B" => {
                    new = value.map(|field| field.text.clone());
                    reset |= name == "-B";
                }
                "-d" | "--detach" => detached = true,
                "--no-track" => track = false,
                _ => {}
            });
            rest.extend(args.get(next));
            at = next + 1;
        }
        let name = new.as_ref().map(|text| text.get().map(str::to_owned));
        if let (true, Some(Some(name))) = (reset, &name) {
            self.ask_about_branch(git, state, name, &format!("git worktree {}", shown(args)));
        }
        let (Some(path), Some(dir), Ok(repo)) = (rest.first(), git.dir.clone(), self.look(git, state)) else { return };
        let Some(path) = path.get().map(|path| join(&dir, path)) else { return };
        let start = rest.get(1).map(|field| field.get().map(str::to_owned));
        let view = self.view(&repo, git, state);
        let branch = |name: &str| format!("refs/heads/{name}");
        let own = || path.rsplit('/').next().map(str::to_owned);
        let head = match (&name, &start) {
            _ if detached => Head::Detached,
            (Some(name), _) => name.as_deref().map_or(Head::Unknown, |name| Head::Branch(branch(name))),
            (None, Some(None)) => Head::Unknown,
            // A branch of that name, here or on one remote; anything else is a commit.
            (None, Some(Some(start))) => {
                let remotes = view.remotes();
                let there = |remote: &&str| view.has_ref(&format!("refs/remotes/{remote}/{start}"));
                if view.has_ref(&branch(start)) || remotes.iter().any(there) {
                    Head::Branch(branch(start))
                } else {
                    Head::Detached
                }
            }
            (None, None) => own().map_or(Head::Unknown, |name| Head::Branch(branch(&name))),
        };
        let common = repo.common_dir().to_owned();
        let tracked = start
            .flatten()
            .filter(|start| track && view.remotes().iter().any(|remote| start.starts_with(&format!("{remote}/"))));
        if let Head::Branch(full) = &head {
            state.disk.changes.push(Change::Ref(common, full.clone(), true));
            if let (Some(start), Some(_)) = (tracked, &name) {
                self.set_upstream(git, &start.as_str().into(), full.strip_prefix("refs/heads/"), state);
            }
        }
        state.disk.changes.push(Change::Worktree(path, dir, head));
    }
}

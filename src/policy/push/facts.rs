//! What must be known of a repository to tell where a push lands, and that view with the changes of a command applied.

use super::config::Config;

/// What HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// The full name of the ref that it points to; the branch may be unborn.
    Branch(String),
    /// A commit.
    Detached,
    /// Cannot be known.
    Unknown,
}

/// A repository, as far as the policy asks about it. Answers are of the moment before the command runs.
pub trait Repository {
    /// This worktree's HEAD.
    fn head(&self) -> Head;
    /// All of its configuration, includes resolved, without that of the command itself.
    fn config(&self) -> &Config;
    /// Where `agent.*` is read: the user's own files, wherever a command points git.
    fn settings(&self) -> &Config {
        self.config()
    }
    /// Whether a ref of this full name exists.
    fn has_ref(&self, name: &str) -> bool;
    /// What a symbolic ref other than HEAD points to.
    fn symbolic(&self, name: &str) -> Option<String>;
    /// The full names below a prefix.
    fn refs(&self, prefix: &str) -> Vec<String>;
    /// The default branch of a remote that can be looked at without the network.
    fn default_of(&self, url: &str) -> Option<String>;
    /// What a file in `remotes/` or `branches/` says a push moves (gitrepository-layout(5)).
    fn legacy_push(&self, remote: &str) -> Vec<String>;
    /// The git directory of this worktree.
    fn git_dir(&self) -> &str;
    /// The git directory that all worktrees share.
    fn common_dir(&self) -> &str;
    /// The top of this worktree, unless it is bare.
    fn top(&self) -> Option<&str>;
    /// Whether this is a linked worktree: an agent's.
    fn linked(&self) -> bool;
    /// Branch names and globs that were recorded or that the project shares: they can only add protection.
    fn recorded(&self) -> &[String];
    /// Whether it has submodules.
    fn has_submodules(&self) -> bool;
}

/// A repository as it is when one push runs: with the command's configuration and what ran before it.
pub struct View<'a> {
    /// The repository on disk.
    pub repo: &'a dyn Repository,
    /// Its configuration and that of the command.
    pub config: Config,
    /// HEAD at that moment.
    pub head: Head,
    /// Refs that came (true) or went (false) before the push.
    pub refs: Vec<(String, bool)>,
}

impl View<'_> {
    /// Whether a ref of this full name exists.
    pub fn has_ref(&self, name: &str) -> bool {
        match self.refs.iter().rev().find(|(found, _)| found == name) {
            Some((_, there)) => *there,
            None => self.repo.has_ref(name),
        }
    }

    /// The local branches, as full names.
    pub fn refs_below(&self, prefix: &str) -> Vec<String> {
        let mut names = self.repo.refs(prefix);
        for (name, there) in &self.refs {
            names.retain(|found| found != name);
            if *there && name.starts_with(prefix) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The branch that is checked out, without `refs/heads/`.
    pub fn branch(&self) -> Option<&str> {
        match &self.head {
            Head::Branch(name) => name.strip_prefix("refs/heads/"),
            _ => None,
        }
    }

    /// What a short name stands for, in git's order (gitrevisions(7)).
    pub fn dwim(&self, name: &str) -> Option<String> {
        if name.starts_with("refs/") {
            return self.has_ref(name).then(|| name.to_owned());
        }
        // Branches first, unlike git: with a tag of the same name git refuses, and the branch is what matters here.
        ["refs/heads/", "refs/tags/", "refs/", "refs/remotes/"]
            .iter()
            .map(|prefix| format!("{prefix}{name}"))
            .find(|full| self.has_ref(full))
    }

    /// The remote that a branch fetches from: its own, the only one, or origin (git-push(1), "remote").
    pub fn remote_of(&self, branch: Option<&str>) -> String {
        if let Some(remote) = branch.and_then(|branch| self.config.text(&format!("branch.{branch}.remote"))) {
            return remote.to_owned();
        }
        match self.remotes().as_slice() {
            [only] => (*only).to_owned(),
            _ => "origin".to_owned(),
        }
    }

    /// The remote that a plain push goes to.
    pub fn push_remote(&self) -> String {
        let branch = self.branch();
        branch
            .and_then(|branch| self.config.text(&format!("branch.{branch}.pushremote")))
            .or_else(|| self.config.text("remote.pushdefault"))
            .map_or_else(|| self.remote_of(branch), str::to_owned)
    }

    /// The names of the remotes. `remote.pushDefault` is a key without a subsection, so it is none.
    pub fn remotes(&self) -> Vec<&str> {
        self.config.subsections("remote")
    }

    /// Where a push to the remote goes: each `pushurl`, else each `url`, both rewritten by `url.<base>.*insteadOf`. Strict
    /// mode is looked through.
    pub fn push_urls(&self, remote: &str) -> Vec<String> {
        let texts = |key: &str| -> Vec<String> {
            self.config
                .all(&format!("remote.{remote}.{key}"))
                .into_iter()
                .filter_map(|value| if let super::Setting::Text(text) = value { Some(text.clone()) } else { None })
                .collect()
        };
        let explicit = texts("pushurl");
        if !explicit.is_empty() {
            return explicit
                .iter()
                .map(|url| self.config.rewritten(url, "insteadof").unwrap_or_else(|| url.clone()))
                .collect();
        }
        let urls = texts("url");
        let urls = if urls.is_empty() { vec![remote.to_owned()] } else { urls };
        urls.into_iter()
            .map(|url| {
                self.config
                    .rewritten(&url, "pushinsteadof")
                    .or_else(|| self.config.rewritten(&url, "insteadof"))
                    .unwrap_or(url)
            })
            .collect()
    }
}

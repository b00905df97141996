//! Git's other commands: those that move shared branches, run commands of their own, or change what a later push means.

use super::Git;
use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::state::{State, join};
use crate::policy::push::Protection;
use crate::policy::shell::Text;

const SIMPLE: Shape = Shape { short: "", long: &[], words: 0, assigns: false };

impl Walker<'_> {
    /// A command of git other than push; `words` begins with its name.
    pub(crate) fn other(&mut self, name: &str, git: Git, words: &[Field], mut state: State) -> Vec<State> {
        let args = &words[1..];
        if ["commit", "merge", "checkout", "switch", "rebase", "pull", "am", "cherry-pick", "worktree"].contains(&name)
        {
            state = self.written_hooks(&git, state);
        }
        state = self.started(name, &git, args, state);
        match name {
            "config" => self.git_config(&git, words, &mut state),
            "branch" => return self.branch(&git, args, state),
            "checkout" | "switch" => self.switch(name, &git, args, &mut state),
            "worktree" => self.worktree(&git, args, &mut state),
            "fast-import" => self.ask_if(&git, &state, "refs are moved by a stream that cannot be followed"),
            "remote" => self.remote(&git, args, &mut state),
            "update-ref" => self.update_ref(&git, args, &state),
            "symbolic-ref" => return self.symbolic_ref(&git, args, state),
            "rev-parse" => self.rev_parse(&git, args, &mut state),
            "fetch" | "pull" => self.fetch(&git, args, &state),
            "send-pack" | "http-push" => self.plumbing(name, &git, args, &state),
            "subtree" => self.subtree(&git, args, &state),
            // What `git push` itself starts for another host, and what answers it there.
            _ if name == "receive-pack" || name.starts_with("remote-") => {
                if !matches!(git.call.io.stdin, crate::policy::guard::walk::Stdin::Inherited) {
                    self.ask_if(&git, &state, "this speaks git's push protocol by hand");
                }
            }
            "svn" | "p4" => {
                if args.iter().any(|field| field.is("dcommit") || field.is("submit") || field.is("set-tree")) {
                    self.ask_if(&git, &state, "this writes to a repository that is not git's");
                }
            }
            "submodule" => {
                let each = args.iter().position(|field| field.is("foreach"));
                if let Some(at) = each {
                    let at = at + 1 + skip(&args[at + 1..], 0, &SIMPLE, |_, _| {});
                    let rest = args.get(at..).unwrap_or_default().to_vec();
                    // Each submodule is a repository of its own, which is not looked at.
                    let mut inner = state.clone();
                    inner.cwd = None;
                    let call = self.passed_on(&git);
                    return self.joined_or_words(&rest, &call, inner, &state);
                }
            }
            "rebase" => return self.exec_options(&git, args, &["--exec"], "x", state),
            "difftool" => return self.exec_options(&git, args, &["--extcmd"], "x", state),
            "filter-branch" => {
                let names =
                    ["--env-filter", "--tree-filter", "--index-filter", "--msg-filter", "--commit-filter", "--setup"];
                return self.exec_options(&git, args, &names, "", state);
            }
            "bisect" if args.first().is_some_and(|field| field.is("run")) => {
                let call = self.passed_on(&git);
                return self.keeping_cwd(&args[1..], call, state, git.dir);
            }
            "for-each-repo" => {
                let at = skip(args, 0, &Shape { short: "", long: &["config"], words: 0, assigns: false }, |_, _| {});
                let mut inner = git.clone();
                inner.dir = None;
                return self.git_words(inner, args.get(at..).unwrap_or_default(), state);
            }
            "init" | "clone" | "commit" | "add" | "merge" | "reset" | "stash" | "tag" => state.print(&Text::unknown()),
            _ => state.print(&Text::unknown()),
        }
        vec![state]
    }

    /// Hooks that the command itself wrote run with the next commit.
    fn written_hooks(&mut self, git: &Git, state: State) -> State {
        if state.disk.files.is_empty() {
            return state;
        }
        let Ok(repo) = self.look(git, &state) else { return state };
        let view = self.view(&repo, git, &state);
        // Ours run those in the common directory.
        let mut dirs = vec![format!("{}/hooks", repo.common_dir())];
        dirs.extend(
            view.config.text("core.hookspath").map(|path| repo.top().map_or(path.into(), |top| join(top, path))),
        );
        let inside = |path: &str| {
            dirs.iter().any(|dir| path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/')))
        };
        let written = state.disk.files.iter().filter(|(path, _)| inside(path)).map(|(_, text)| text.clone()).take(8);
        let call = self.passed_on(git);
        written.collect::<Vec<_>>().iter().fold(state, |state, hook| {
            let ends = self.child(hook, None, &[], &call, state.clone());
            ends.into_iter().next().unwrap_or(state)
        })
    }

    pub(crate) fn ask_if(&mut self, git: &Git, state: &State, what: &str) {
        if self.guards(&self.look(git, state)) {
            self.ask(what, "");
        }
    }

    fn keeping_cwd(
        &mut self,
        words: &[Field],
        call: crate::policy::guard::walk::run::Call,
        state: State,
        dir: Option<String>,
    ) -> Vec<State> {
        let before = state.cwd.clone();
        let inner = State { cwd: dir, ..state };
        let mut ends = self.run(words, call, inner);
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
        ends
    }

    /// `git submodule foreach`: one word is code, several are a command.
    fn joined_or_words(
        &mut self,
        words: &[Field],
        call: &crate::policy::guard::walk::run::Call,
        inner: State,
        before: &State,
    ) -> Vec<State> {
        let mut ends = match words {
            [only] => self.child(&only.text, None, &[], call, inner),
            many => self.run(many, call.clone(), inner),
        };
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before.cwd));
        ends
    }

    /// Options whose value is shell code.
    pub(super) fn exec_options(
        &mut self,
        git: &Git,
        args: &[Field],
        long: &[&str],
        short: &str,
        state: State,
    ) -> Vec<State> {
        let mut codes: Vec<Text> = Vec::new();
        let mut at = 0;
        while let Some(field) = args.get(at) {
            let prefix = field.text.prefix();
            let stuck = long.iter().find_map(|name| field.text.strip_prefix(&format!("{name}=")));
            // Long names may be cut short: `--exe`.
            let named = long.iter().any(|name| prefix.len() > 4 && name.starts_with(prefix)) && field.text.is_known();
            if let Some(code) = stuck {
                codes.push(code);
            } else if named || (!short.is_empty() && prefix == format!("-{short}")) {
                codes.extend(args.get(at + 1).map(|field| field.text.clone()));
                at += 1;
            } else if let Some(code) =
                field.text.strip_prefix(&format!("-{short}")).filter(|_| !short.is_empty() && !prefix.starts_with("--"))
            {
                codes.push(code);
            }
            at += 1;
        }
        let call = self.passed_on(git);
        let before = state.cwd.clone();
        let mut states = vec![State { cwd: git.dir.clone(), ..state }];
        for code in codes {
            let mut next = Vec::new();
            for state in states {
                let ends = self.child(&code, None, &[], &call, state);
                next = self.union(next, ends);
            }
            states = next;
        }
        states.iter_mut().for_each(|end| end.cwd.clone_from(&before));
        states
    }

    /// What is protected here, when a shared branch itself is moved.
    pub(crate) fn protection(&self, git: &Git, state: &State) -> Option<Protection> {
        let found = self.look(git, state);
        if !self.guards(&found) {
            return None;
        }
        let Ok(repo) = found else { return Some(Protection::bare_minimum()) };
        let view = self.view(&repo, git, state);
        let remote = view.push_remote();
        Some(Protection::of(&view, &remote, &view.push_urls(&remote))).filter(|protection| !protection.off)
    }

    /// What is protected where a program other than git runs.
    pub(crate) fn protection_at(&self, state: &State) -> Protection {
        let git = Git::in_dir(state.cwd.clone().unwrap_or_else(|| self.session.cwd.clone()));
        let Ok(repo) = self.look(&git, state) else { return Protection::bare_minimum() };
        let view = self.view(&repo, &git, state);
        let remote = view.push_remote();
        Protection::of(&view, &remote, &view.push_urls(&remote))
    }

    pub(crate) fn ask_about_branch(&mut self, git: &Git, state: &State, name: &str, words: &str) -> bool {
        let full = if name.starts_with("refs/") {
            name.to_owned()
        } else {
            format!("refs/heads/{}", name.trim_start_matches("heads/"))
        };
        let Some(protection) = self.protection(git, state) else { return false };
        if protection.rule(&full).is_none() {
            return false;
        }
        self.ask(format!("this moves '{name}', which all worktrees share: {words}"), "");
        true
    }
}

//! Git's other commands: those that move shared branches, run commands of their own, or change what a later push means.

use super::expand::Field;
use super::git::{Git, short_head};
use super::git_push::quoted;
use super::options::{Shape, skip};
use super::run::shown;
use super::state::{Change, State};
use super::walk::{Stdin, Walker};
use crate::policy::push::{Head, Protection, Setting, refspec::Refspec};
use crate::policy::shell::Text;

const SIMPLE: Shape = Shape { short: "", long: &[], words: 0, assigns: false };

impl Walker<'_> {
    /// A command of git other than push; `words` begins with its name.
    pub(super) fn other(&mut self, name: &str, git: Git, words: &[Field], mut state: State) -> Vec<State> {
        let args = &words[1..];
        match name {
            "config" => self.git_config(&git, words, &mut state),
            "branch" => return self.branch(&git, args, state),
            "checkout" | "switch" => self.switch(name, &git, args, &mut state),
            "worktree" => self.worktree(&git, args, &state),
            "remote" => self.remote(&git, args, &mut state),
            "update-ref" => self.update_ref(&git, args, &state),
            "symbolic-ref" => return self.symbolic_ref(&git, args, state),
            "rev-parse" => self.rev_parse(&git, args, &mut state),
            "fetch" | "pull" => self.fetch(&git, args, &state),
            "send-pack" | "http-push" => self.plumbing(name, &git, args, &state),
            "subtree" => self.subtree(&git, args, &state),
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

    fn ask_if(&mut self, git: &Git, state: &State, what: &str) {
        if self.guards(&self.look(git, state)) {
            self.ask(what, "");
        }
    }

    fn keeping_cwd(
        &mut self,
        words: &[Field],
        call: super::run::Call,
        state: State,
        dir: Option<String>,
    ) -> Vec<State> {
        let before = state.cwd.clone();
        let inner = State { cwd: dir, ..state };
        let mut ends = self.run(words.to_vec(), call, inner);
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
        ends
    }

    /// `git submodule foreach`: one word is code, several are a command.
    fn joined_or_words(
        &mut self,
        words: &[Field],
        call: &super::run::Call,
        inner: State,
        before: &State,
    ) -> Vec<State> {
        let mut ends = match words {
            [only] => self.child(&only.text, None, &[], call, inner),
            many => self.run(many.to_vec(), call.clone(), inner),
        };
        ends.iter_mut().for_each(|end| end.cwd.clone_from(&before.cwd));
        ends
    }

    /// Options whose value is shell code.
    fn exec_options(&mut self, git: &Git, args: &[Field], long: &[&str], short: &str, state: State) -> Vec<State> {
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
    fn protection(&self, git: &Git, state: &State) -> Option<Protection> {
        let found = self.look(git, state);
        if !self.guards(&found) {
            return None;
        }
        let Ok(repo) = found else { return Some(Protection::bare_minimum()) };
        let view = self.view(&repo, git, state);
        let remote = view.push_remote();
        Some(Protection::of(&view, &remote, &view.push_urls(&remote))).filter(|protection| !protection.off)
    }

    fn ask_about_branch(&mut self, git: &Git, state: &State, name: &str, words: &str) -> bool {
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

    fn branch(&mut self, git: &Git, args: &[Field], mut state: State) -> Vec<State> {
        let mut force = false;
        let mut listing = false;
        let mut moving = None;
        let mut upstream: Option<Text> = None;
        let shape =
            Shape { short: "u", long: &["set-upstream-to", "sort", "format", "points-at"], words: 0, assigns: false };
        let mut rest: Vec<&Field> = Vec::new();
        let mut at = 0;
        while at < args.len() {
            let next = skip(args, at, &shape, |name, value| match name {
                "-f" | "--force" => force = true,
                "-M" | "-C" => {
                    force = true;
                    moving = Some(name == "-M");
                }
                "-m" | "--move" => moving = Some(true),
                "-c" | "--copy" => moving = Some(false),
                "-D" | "-d" | "--delete" => {
                    force |= name == "-D";
                    listing = false;
                    moving = None;
                }
                "--show-current" => listing = true,
                "-u" | "--set-upstream-to" => upstream = value.map(|field| field.text.clone()),
                long => {
                    if let Some(value) = long.strip_prefix("--set-upstream-to=") {
                        upstream = Some(value.into());
                    }
                }
            });
            rest.extend(args.get(next));
            at = next + 1;
        }
        if listing {
            let head = self.look(git, &state).map(|repo| self.view(&repo, git, &state).head.clone());
            state.print(&head.map_or_else(|_| Text::unknown(), |head| short_head(&head)));
            return vec![state];
        }
        let words = format!("git branch {}", shown(args));
        let deletes =
            args.iter().filter_map(Field::get).any(|text| matches!(text, "-D" | "-d" | "--delete" | "-rd" | "-dr"));
        let remote_refs =
            args.iter().filter_map(Field::get).any(|text| matches!(text, "-r" | "--remotes" | "-rd" | "-dr"));
        if let Some(upstream) = upstream {
            self.set_upstream(git, &upstream, rest.first().and_then(|field| field.get()), &mut state);
        } else if deletes {
            for name in rest.iter().filter_map(|field| field.get()).filter(|_| !remote_refs) {
                self.ask_about_branch(git, &state, name, &words);
            }
        } else if moving.is_some() {
            for name in rest.iter().filter_map(|field| field.get()) {
                self.ask_about_branch(git, &state, name, &words);
            }
            let (from, to) = match rest.as_slice() {
                [to] => (None, to.get()),
                [from, to, ..] => (from.get(), to.get()),
                [] => (None, None),
            };
            if let (Ok(repo), Some(to)) = (self.look(git, &state), to) {
                let head = self.view(&repo, git, &state).head;
                let full = format!("refs/heads/{to}");
                let current = matches!(&head, Head::Branch(name) if from.is_none_or(|from| *name == format!("refs/heads/{from}")));
                let common = repo.common_dir().to_owned();
                if moving == Some(true) && current {
                    // The upstream moves along with the branch.
                    if let Head::Branch(old) = &head {
                        let old = old.trim_start_matches("refs/heads/").to_owned();
                        let config = self.view(&repo, git, &state).config;
                        for key in ["merge", "remote", "pushremote"] {
                            if let Some(value) = config.last(&format!("branch.{old}.{key}")) {
                                state.disk.changes.push(Change::Set(
                                    Some(common.clone()),
                                    format!("branch.{to}.{key}"),
                                    value.clone(),
                                    false,
                                ));
                            }
                        }
                        state.disk.changes.push(Change::Ref(common.clone(), format!("refs/heads/{old}"), false));
                    }
                    state.disk.changes.push(Change::Head(repo.git_dir().to_owned(), Head::Branch(full.clone())));
                }
                state.disk.changes.push(Change::Ref(common, full, true));
            }
        } else if let Some(name) = rest.first().and_then(|field| field.get()) {
            if force {
                self.ask_about_branch(git, &state, name, &words);
            }
            if let Ok(repo) = self.look(git, &state) {
                state.disk.changes.push(Change::Ref(repo.common_dir().to_owned(), format!("refs/heads/{name}"), true));
            }
        } else {
            state.print(&Text::unknown());
        }
        vec![state]
    }

    /// `git branch -u REMOTE/NAME [BRANCH]`
    fn set_upstream(&mut self, git: &Git, upstream: &Text, branch: Option<&str>, state: &mut State) {
        let Ok(repo) = self.look(git, state) else { return };
        let view = self.view(&repo, git, state);
        let Some(branch) = branch.map(str::to_owned).or_else(|| view.branch().map(str::to_owned)) else { return };
        let (remote, merge) = match upstream.get() {
            None => (Setting::Unknown, Setting::Unknown),
            Some(name) => {
                let found = view
                    .remotes()
                    .into_iter()
                    .find_map(|remote| Some((remote, name.strip_prefix(remote)?.strip_prefix('/')?)));
                match found {
                    Some((remote, name)) => {
                        (Setting::Text(remote.to_owned()), Setting::Text(format!("refs/heads/{name}")))
                    }
                    None => (Setting::Text(".".to_owned()), Setting::Text(format!("refs/heads/{name}"))),
                }
            }
        };
        let common = Some(repo.common_dir().to_owned());
        state.disk.changes.push(Change::Set(common.clone(), format!("branch.{branch}.remote"), remote, false));
        state.disk.changes.push(Change::Set(common, format!("branch.{branch}.merge"), merge, false));
    }

    fn switch(&mut self, name: &str, git: &Git, args: &[Field], state: &mut State) {
        let mut new = None;
        let mut reset = false;
        let mut detach = false;
        let create = if name == "checkout" { "bB" } else { "cC" };
        let shape = Shape {
            short: if name == "checkout" { "bB" } else { "cC" },
            long: &["create", "force-create", "orphan", "conflict", "pathspec-from-file"],
            words: 0,
            assigns: false,
        };
        let mut rest: Vec<&Field> = Vec::new();
        let mut at = 0;
        while at < args.len() {
            let next = skip(args, at, &shape, |option, value| {
                let letter = option.chars().nth(1).unwrap_or('-');
                if (!option.starts_with("--") && create.contains(letter))
                    || matches!(option, "--create" | "--force-create" | "--orphan")
                {
                    new = value.map(|field| field.text.clone()).or(Some(Text::unknown()));
                    reset |= letter.is_ascii_uppercase() || option == "--force-create";
                }
                detach |= matches!(option, "--detach" | "-d");
            });
            if args.get(next.wrapping_sub(1)).is_some_and(|field| field.is("--")) && next > at {
                if new.is_none() && !rest.is_empty() || name == "checkout" && new.is_none() {
                    return; // paths, not a branch
                }
                break;
            }
            rest.extend(args.get(next));
            at = next + 1;
        }
        if reset {
            if let Some(branch) = new.as_ref().and_then(Text::get) {
                self.ask_about_branch(git, state, branch, &format!("git {name} {}", shown(args)));
            }
        }
        let Ok(repo) = self.look(git, state) else { return };
        let view = self.view(&repo, git, state);
        let created = new.is_some();
        let head = match (&new, rest.first().map(|field| field.get())) {
            (Some(branch), _) => {
                branch.get().map_or(Head::Unknown, |branch| Head::Branch(format!("refs/heads/{branch}")))
            }
            (None, _) if detach => Head::Detached,
            (None, Some(None)) | (None, Some(Some("-"))) => Head::Unknown,
            (None, Some(Some(target))) => {
                let full = format!("refs/heads/{target}");
                // A name that only a remote has becomes a branch; anything else detaches or is a path.
                let guessed =
                    || view.remotes().iter().any(|remote| view.has_ref(&format!("refs/remotes/{remote}/{target}")));
                if view.has_ref(&full) || guessed() || (name == "switch" && !detach) {
                    Head::Branch(full)
                } else if view.dwim(target).is_some() || target.starts_with("HEAD") || target.starts_with('@') {
                    Head::Detached
                } else {
                    return;
                }
            }
            (None, None) => return,
        };
        if let (true, Head::Branch(full)) = (created, &head) {
            state.disk.changes.push(Change::Ref(repo.common_dir().to_owned(), full.clone(), true));
            // A branch made from a remote's inherits that as its upstream (git-config(1), branch.autoSetupMerge).
            let start = rest.first().and_then(|field| field.get());
            let track = !args.iter().any(|field| field.is("--no-track"));
            if let Some(start) = start
                .filter(|start| track && view.remotes().iter().any(|remote| start.starts_with(&format!("{remote}/"))))
            {
                let branch = full.trim_start_matches("refs/heads/").to_owned();
                self.set_upstream(git, &start.into(), Some(&branch), state);
            }
        }
        state.disk.changes.push(Change::Head(repo.git_dir().to_owned(), head));
    }

    fn worktree(&mut self, git: &Git, args: &[Field], state: &State) {
        let at = args.iter().position(|field| field.is("-B"));
        if let Some(name) = at.and_then(|at| args.get(at + 1)).and_then(Field::get) {
            self.ask_about_branch(git, state, name, &format!("git worktree {}", shown(args)));
        }
    }

    fn remote(&mut self, git: &Git, args: &[Field], state: &mut State) {
        let verb = args.iter().position(|field| !field.text.prefix().starts_with('-'));
        let Some(at) = verb else {
            state.print(&Text::unknown());
            return;
        };
        let shape = Shape { short: "tm", long: &["track", "master"], words: 0, assigns: false };
        let mut mirror = false;
        let mut push_url = false;
        let mut rest: Vec<&Field> = Vec::new();
        let mut next = at + 1;
        while next < args.len() {
            let stop = skip(args, next, &shape, |name, _| {
                mirror |= name.starts_with("--mirror") && name != "--mirror=fetch";
                push_url |= name == "--push";
            });
            rest.extend(args.get(stop));
            next = stop + 1;
        }
        let name = |index: usize| rest.get(index).and_then(|field| field.get());
        let found = self.look(git, state);
        let common = found.as_ref().ok().map(|repo| repo.common_dir().to_owned());
        let set = |key: String, value: &str| Change::Set(common.clone(), key, Setting::Text(value.to_owned()), false);
        match (args[at].get(), name(0), name(1)) {
            (Some("add"), Some(remote), Some(url)) => {
                state.disk.changes.push(set(format!("remote.{remote}.url"), url));
                if mirror {
                    state.disk.changes.push(set(format!("remote.{remote}.mirror"), "true"));
                }
            }
            (Some("set-url"), Some(remote), Some(url)) => {
                let key = if push_url { "pushurl" } else { "url" };
                state.disk.changes.push(set(format!("remote.{remote}.{key}"), url));
            }
            (Some("set-head"), Some(remote), Some(branch)) => {
                let head = format!("refs/remotes/{remote}/HEAD");
                let now = found.as_ref().ok().and_then(|repo| repo.symbolic(&head));
                let new = format!("refs/remotes/{remote}/{branch}");
                if self.guards(&found) && now.is_some_and(|now| now != new) {
                    self.ask(
                        format!("this changes what counts as the default branch of {remote}"),
                        "Use instead: git remote set-head origin --auto",
                    );
                }
            }
            (Some("show" | "get-url"), ..) => state.print(&Text::unknown()),
            _ => {}
        }
    }

    fn update_ref(&mut self, git: &Git, args: &[Field], state: &State) {
        let words = format!("git update-ref {}", shown(args));
        if args.iter().any(|field| field.is("--stdin")) {
            if let Stdin::Text(text, _) = &git.call.io.stdin {
                let text = text.shown();
                for word in text.split([' ', '\n', '\0', '\t']).filter(|word| word.starts_with("refs/")) {
                    if self.ask_about_branch(git, state, word, &words) {
                        return;
                    }
                }
            } else {
                self.ask_if(git, state, "refs are moved by a list that cannot be seen");
            }
            return;
        }
        let at = skip(args, 0, &Shape { short: "m", long: &[], words: 0, assigns: false }, |_, _| {});
        match args.get(at).map(|field| field.get()) {
            Some(Some(name)) => {
                self.ask_about_branch(git, state, name, &words);
            }
            Some(None) => self.ask_if(git, state, "a ref is moved whose name cannot be known"),
            None => {}
        }
    }

    fn symbolic_ref(&mut self, git: &Git, args: &[Field], mut state: State) -> Vec<State> {
        let short = args.iter().any(|field| field.is("--short"));
        let shape = Shape { short: "m", long: &[], words: 0, assigns: false };
        let at = skip(args, 0, &shape, |_, _| {});
        let found = self.look(git, &state);
        match (args.get(at).map(|field| field.get()), args.get(at + 1).map(|field| field.get())) {
            (Some(Some("HEAD")), None) => {
                let text = found.map_or_else(
                    |_| Text::unknown(),
                    |repo| match self.view(&repo, git, &state).head {
                        Head::Branch(full) if !short => Text::known(format!("{full}\n")),
                        head => short_head(&head),
                    },
                );
                state.print(&text);
            }
            (Some(Some("HEAD")), Some(target)) => {
                if let Ok(repo) = found {
                    let head = target.map_or(Head::Unknown, |target| Head::Branch(target.to_owned()));
                    state.disk.changes.push(Change::Head(repo.git_dir().to_owned(), head));
                }
            }
            (Some(Some(name)), Some(_)) => {
                let words = format!("git symbolic-ref {}", shown(args));
                if name.ends_with("/HEAD") && name.starts_with("refs/remotes/") {
                    if self.guards(&found) {
                        self.ask(
                            "this changes what counts as the default branch of a remote",
                            "Use instead: git remote set-head origin --auto",
                        );
                    }
                } else if !self.ask_about_branch(git, &state, name, &words) {
                    // A name for a protected branch: a push of it would follow the name.
                    let target = args.get(at + 1).map(|field| field.text.shown()).unwrap_or_default();
                    self.ask_about_branch(git, &state, &target, &words);
                }
            }
            _ => state.print(&Text::unknown()),
        }
        vec![state]
    }

    fn rev_parse(&mut self, git: &Git, args: &[Field], state: &mut State) {
        let words: Vec<&str> =
            args.iter().filter_map(Field::get).filter(|text| !text.starts_with("--path-format")).collect();
        let found = self.look(git, state);
        let line = |text: &str| Text::known(format!("{text}\n"));
        let text = match (words.as_slice(), &found) {
            (["--abbrev-ref", "HEAD" | "@"] | ["HEAD" | "@", "--abbrev-ref"], Ok(repo)) => {
                match self.view(repo, git, state).head {
                    Head::Detached => line("HEAD"),
                    head => short_head(&head),
                }
            }
            (["--symbolic-full-name", "HEAD"], Ok(repo)) => match self.view(repo, git, state).head {
                Head::Branch(full) => line(&full),
                _ => Text::unknown(),
            },
            (["--show-toplevel"], Ok(repo)) => repo.top().map_or_else(Text::unknown, line),
            (["--git-dir" | "--absolute-git-dir"], Ok(repo)) => line(repo.git_dir()),
            (["--git-common-dir"], Ok(repo)) => line(repo.common_dir()),
            (["--git-path", path], Ok(repo)) => line(&format!("{}/{path}", repo.common_dir())),
            _ => Text::unknown(),
        };
        state.print(&text);
    }

    /// A fetch whose refspec writes a shared branch. Bringing `main` up to the remote's `main` is everyday work.
    fn fetch(&mut self, git: &Git, args: &[Field], state: &State) {
        let shape = Shape {
            short: "jo",
            long: &[
                "depth",
                "deepen",
                "shallow-since",
                "shallow-exclude",
                "jobs",
                "upload-pack",
                "refmap",
                "server-option",
                "negotiation-tip",
                "strategy",
                "strategy-option",
            ],
            words: 0,
            assigns: false,
        };
        let mut force = false;
        let mut words: Vec<&Field> = Vec::new();
        let mut at = 0;
        while at < args.len() {
            let next = skip(args, at, &shape, |name, _| force |= matches!(name, "-f" | "--force"));
            words.extend(args.get(next));
            at = next + 1;
        }
        let remote = words.first().map(|field| field.text.shown()).unwrap_or_default();
        let named = !remote.contains(['/', '.', ':']) && !remote.is_empty();
        for field in words.iter().skip(1) {
            let forced = force || field.text.prefix().starts_with('+');
            let line = format!("git fetch {}", shown(args));
            match Refspec::parse(&field.text) {
                Refspec::Pair(src, dst) => {
                    let (Some(dst), src) = (dst.get(), src.get().unwrap_or("")) else { continue };
                    let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
                    if forced || !named || short(src) != short(dst) {
                        self.ask_about_branch(git, state, dst, &line);
                    }
                }
                Refspec::Pattern(_, to) if forced || !named => {
                    if crate::policy::push::refspec::star(&to, "refs/heads/main").is_some() {
                        self.ask_about_branch(git, state, "main", &line);
                    }
                }
                _ => {}
            }
        }
    }

    /// `git send-pack` and `git http-push`: no hook of this repository sees them.
    fn plumbing(&mut self, name: &str, git: &Git, args: &[Field], state: &State) {
        if args.iter().any(|field| field.is("--dry-run") || field.is("-h")) {
            return;
        }
        let Some(protection) = self.protection(git, state) else { return };
        let everything = args.iter().any(|field| field.is("--all") || field.is("--mirror"));
        let shape = Shape { short: "", long: &["receive-pack", "exec", "remote"], words: 0, assigns: false };
        let mut words: Vec<&Field> = Vec::new();
        let mut at = 0;
        while at < args.len() {
            let next = skip(args, at, &shape, |_, _| {});
            words.extend(args.get(next));
            at = next + 1;
        }
        let hit = words.iter().skip(1).any(|field| {
            let dst = match Refspec::parse(&field.text) {
                Refspec::Pair(_, dst) | Refspec::Delete(dst) => dst.shown(),
                Refspec::Name(name) => name,
                Refspec::Pattern(_, to) => return crate::policy::push::refspec::star(&to, "refs/heads/main").is_some(),
                _ => return false,
            };
            let full =
                if dst.starts_with("refs/") { dst } else { format!("refs/heads/{}", dst.trim_start_matches("heads/")) };
            protection.rule(&full).is_some()
        });
        let instead = "Use instead: git push -u origin HEAD:refs/heads/BRANCH";
        if hit || everything {
            self.deny(format!("git {name} would update a protected branch, and no hook sees it"), instead);
        } else {
            self.ask(format!("git {name} pushes without any hook"), instead);
        }
    }

    /// `git subtree push --prefix=DIR REPOSITORY [+][COMMIT:]REF` pushes to `refs/heads/REF`.
    fn subtree(&mut self, git: &Git, args: &[Field], state: &State) {
        if !args.iter().any(|field| field.is("push")) {
            return;
        }
        let shape = Shape {
            short: "Pbm",
            long: &["prefix", "branch", "message", "annotate", "onto"],
            words: 0,
            assigns: false,
        };
        let mut words: Vec<&Field> = Vec::new();
        let mut at = 0;
        while at < args.len() {
            let next = skip(args, at, &shape, |_, _| {});
            words.extend(args.get(next));
            at = next + 1;
        }
        let Some(target) = words.last().filter(|_| words.len() > 2) else { return };
        let Some(protection) = self.protection(git, state) else { return };
        let name = target.text.split_last(':').map_or_else(|| target.text.clone(), |(_, name)| name);
        match name.get() {
            Some(name)
                if protection
                    .rule(&format!("refs/heads/{}", name.trim_start_matches("refs/heads/").trim_start_matches('+')))
                    .is_none() => {}
            Some(name) => self.deny(
                format!("this would push to '{name}', which is protected"),
                format!("Use a branch of your own in the place of {}", quoted(name)),
            ),
            None => self.ask("where this push lands cannot be known", ""),
        }
    }
}

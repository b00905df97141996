//! Commands that change branches, upstreams and remotes: what a later push in the same command means.

use super::{Git, short_head};
use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::shown;
use crate::policy::guard::walk::state::{Change, State};
use crate::policy::push::{Head, Setting};
use crate::policy::shell::Text;

impl Walker<'_> {
    pub(crate) fn branch(&mut self, git: &Git, args: &[Field], mut state: State) -> Vec<State> {
        let mut force = false;
        let mut listing = false;
        let mut moving = None;
        let mut unset = false;
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
                "--unset-upstream" => unset = true,
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
        let lists = [
            "-l",
            "--list",
            "-a",
            "--all",
            "-v",
            "-vv",
            "--format",
            "--contains",
            "--no-contains",
            "--merged",
            "--no-merged",
            "--points-at",
            "--sort",
            "--column",
        ];
        if args.iter().any(|field| lists.contains(&field.text.prefix().split('=').next().unwrap_or_default())) {
            state.print(&Text::unknown());
            return vec![state];
        }
        let words = format!("git branch {}", shown(args));
        let deletes =
            args.iter().filter_map(Field::get).any(|text| matches!(text, "-D" | "-d" | "--delete" | "-rd" | "-dr"));
        let remote_refs =
            args.iter().filter_map(Field::get).any(|text| matches!(text, "-r" | "--remotes" | "-rd" | "-dr"));
        if unset {
            if let Ok(repo) = self.look(git, &state) {
                let named = rest.first().map(|field| field.get().map(str::to_owned));
                let branch = named.unwrap_or_else(|| self.view(&repo, git, &state).branch().map(str::to_owned));
                for key in ["merge", "remote"].iter().filter(|_| branch.is_some()) {
                    let key = format!("branch.{}.{key}", branch.as_deref().unwrap_or_default());
                    state.disk.changes.push(Change::Unset(Some(repo.common_dir().to_owned()), key));
                }
            }
        } else if let Some(upstream) = upstream {
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
    pub(crate) fn set_upstream(&mut self, git: &Git, upstream: &Text, branch: Option<&str>, state: &mut State) {
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

    pub(crate) fn switch(&mut self, name: &str, git: &Git, args: &[Field], state: &mut State) {
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
        if reset && let Some(branch) = new.as_ref().and_then(Text::get) {
            self.ask_about_branch(git, state, branch, &format!("git {name} {}", shown(args)));
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
        // Git refuses a branch that another worktree has, a new one of a name that is taken, a change of a file that is not
        // committed. A new branch at HEAD meets none of these.
        let sure = created && rest.is_empty() && matches!(&head, Head::Branch(full) if reset || !view.has_ref(full));
        if !sure {
            state.undone = Some((state.cwd.clone(), state.disk.clone()));
        }
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

    pub(crate) fn remote(&mut self, git: &Git, args: &[Field], state: &mut State) {
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
}

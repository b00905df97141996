//! Commands that move or print refs without a push: plumbing, fetches into branches, `subtree`.

use super::{Git, short_head};
use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::walk::expand::{Field, SOME};
use crate::policy::guard::walk::run::shown;
use crate::policy::guard::walk::state::{Change, State};
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::guard::words::quoted;
use crate::policy::push::{Head, refspec::Refspec};
use crate::policy::shell::Text;

impl Walker<'_> {
    pub(crate) fn update_ref(&mut self, git: &Git, args: &[Field], state: &State) {
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

    pub(crate) fn symbolic_ref(&mut self, git: &Git, args: &[Field], mut state: State) -> Vec<State> {
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

    pub(crate) fn rev_parse(&mut self, git: &Git, args: &[Field], state: &mut State) {
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
            // The name of a commit is letters and digits, whatever they are.
            (["HEAD" | "@" | "--short" | "--verify", ..], _)
                if words
                    .iter()
                    .all(|word| matches!(*word, "HEAD" | "@" | "--short" | "--verify" | "-q" | "--quiet")) =>
            {
                line(SOME.encode_utf8(&mut [0; 4]))
            }
            (["--git-path", path], Ok(repo)) => line(&format!("{}/{path}", repo.common_dir())),
            _ => Text::unknown(),
        };
        state.print(&text);
    }

    /// A fetch whose refspec writes a shared branch. Bringing `main` up to the remote's `main` is everyday work.
    pub(crate) fn fetch(&mut self, git: &Git, args: &[Field], state: &State) {
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
                Refspec::Pattern(_, to)
                    if (forced || !named) && crate::policy::push::refspec::star(&to, "refs/heads/main").is_some() =>
                {
                    self.ask_about_branch(git, state, "main", &line);
                }
                _ => {}
            }
        }
    }

    /// `git send-pack` and `git http-push`: no hook of this repository sees them.
    pub(crate) fn plumbing(&mut self, name: &str, git: &Git, args: &[Field], state: &State) {
        if args.iter().any(|field| ["--dry-run", "-h", "--help"].iter().any(|flag| field.is(flag))) {
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
    pub(crate) fn subtree(&mut self, git: &Git, args: &[Field], state: &State) {
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

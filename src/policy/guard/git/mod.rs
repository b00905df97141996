//! A git command line: its global options, which repository it runs in, aliases, and the subcommand.

mod alias;
mod branch;
mod config;
mod other;
mod place;
mod planned;
mod push;
mod refs;
mod started;

use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::smell;
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::{Call, shown};
use crate::policy::guard::walk::state::{State, join};
use crate::policy::push::{Config, Head, Setting, glob};
use crate::policy::shell::Text;

/// Git's own commands, which no alias can replace (`git --list-cmds=main`).
const COMMANDS: &str = " add am annotate apply archive bisect blame branch bugreport bundle cat-file check-attr check-ignore \
check-mailmap check-ref-format checkout checkout-index cherry cherry-pick clean clone column commit commit-graph commit-tree \
config count-objects credential credential-cache credential-store cvsexportcommit cvsimport cvsserver daemon describe diagnose \
diff diff-files diff-index diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch fmt-merge-msg for-each-ref \
for-each-repo format-patch fsck gc get-tar-commit-id grep hash-object help hook http-backend http-fetch http-push imap-send \
index-pack init init-db instaweb interpret-trailers log ls-files ls-remote ls-tree mailinfo mailsplit maintenance merge \
merge-base merge-file merge-index merge-tree mergetool mktag mktree multi-pack-index mv name-rev notes p4 pack-objects pack-refs \
patch-id prune prune-packed pull push quiltimport range-diff read-tree rebase receive-pack reflog refs remote repack replace \
replay request-pull rerere reset restore rev-list rev-parse revert rm send-email send-pack shell shortlog show show-branch \
show-index show-ref sparse-checkout stage stash status stripspace submodule subtree svn switch symbolic-ref tag unpack-file \
unpack-objects update-index update-ref update-server-info upload-archive upload-pack var verify-commit verify-pack verify-tag \
version whatchanged worktree write-tree ";

/// Programs that `git push` starts for other protocols, and that nobody calls by hand.
pub(crate) const REMOTE_HELPERS: [&str; 6] =
    ["remote-http", "remote-https", "remote-ftp", "remote-ftps", "remote-ext", "remote-fd"];

pub(crate) fn is_command(name: &str) -> bool {
    !name.is_empty() && COMMANDS.contains(&format!(" {name} "))
}

/// Global options whose value may be a word of its own (git(1), "OPTIONS").
const VALUED: [&str; 6] =
    ["--git-dir", "--work-tree", "--namespace", "--super-prefix", "--config-env", "--attr-source"];

/// A git process before its subcommand is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    /// Where it runs; `None` when that cannot be known.
    pub(crate) dir: Option<String>,
    pub(crate) git_dir: Option<Text>,
    /// What `-c`, `--config-env` and the variables set.
    pub(crate) config: Config,
    pub(crate) call: Call,
    aliases: u32,
}

impl Git {
    /// Git as it would run in a folder, without any options.
    pub(crate) fn in_dir(dir: String) -> Self {
        Self { dir: Some(dir), git_dir: None, config: Config::default(), call: Call::default(), aliases: 0 }
    }
}

impl Walker<'_> {
    pub(crate) fn git(&mut self, argv: &[Field], call: Call, state: State) -> Vec<State> {
        if crate::policy::guard::walk::run::base_of(argv[0].text.prefix()) == "git-agent" {
            return self.own_program(&argv[1..], &call, state);
        }
        // hub is git with a forge's client inside.
        if crate::policy::guard::walk::run::base_of(argv[0].text.prefix()) == "hub"
            && argv.get(1).is_some_and(|field| field.is("api"))
        {
            if self.session.agent {
                self.gh_api(&argv[1..], &call, &state);
            }
            return vec![state];
        }
        // Looking at a repository costs more than walking a word.
        if !self.burn(20) {
            return vec![state];
        }
        let dir = if call.elsewhere { None } else { state.cwd.clone() };
        let git_dir = self.env("GIT_DIR", &call, &state).filter(|text| !text.is_empty());
        let mut git = Git { dir, git_dir, config: Config::default(), call, aliases: 0 };
        self.environment_config(&mut git, &state);
        self.git_words(git, &argv[1..], state)
    }

    /// Global options, then the subcommand.
    pub(crate) fn git_words(&mut self, mut git: Git, words: &[Field], mut state: State) -> Vec<State> {
        let mut at = 0;
        while let Some(field) = words.get(at) {
            let prefix = field.text.prefix();
            if !prefix.starts_with('-') {
                break;
            }
            let next = words.get(at + 1).map(|field| field.text.clone());
            at += 1;
            if prefix == "-C" || prefix == "-c" {
                let Some(value) = next else { return vec![state] };
                at += 1;
                if prefix == "-c" {
                    set(&mut git.config, &value);
                } else if !value.is_empty() {
                    git.dir = value.get().and_then(|path| {
                        git.dir
                            .as_deref()
                            .map(|dir| join(dir, path))
                            .or_else(|| path.starts_with('/').then(|| join("/", path)))
                    });
                    if git.call.elsewhere {
                        git.dir = None;
                    }
                }
                continue;
            }
            let (name, stuck) = match field.text.split_first('=') {
                Some((name, value)) => (name, Some(value)),
                None => (prefix.to_owned(), None),
            };
            let value = match (stuck, VALUED.contains(&name.as_str())) {
                (Some(value), _) => Some(value),
                (None, true) => {
                    at += 1;
                    next
                }
                (None, false) => None,
            };
            match (name.as_str(), value) {
                ("--git-dir", Some(value)) => git.git_dir = Some(value),
                ("--config-env", Some(value)) => {
                    if let Some((key, variable)) = value.split_last('=') {
                        let found = variable.get().and_then(|name| self.env(name, &git.call, &state));
                        let mut text = key;
                        text.push_str("=");
                        text.push(&found.unwrap_or_else(Text::unknown));
                        set(&mut git.config, &text);
                    }
                }
                ("--bare", None) if git.git_dir.is_none() => git.git_dir = Some(".".into()),
                (
                    "--help" | "-h" | "--version" | "-v" | "--exec-path" | "--html-path" | "--man-path" | "--info-path",
                    None,
                ) => {
                    state.print(&Text::unknown());
                    return vec![state];
                }
                _ => {}
            }
        }
        let Some(sub) = words.get(at) else { return vec![state] };
        self.smelling_config(&git.config);
        let Some(name) = sub.get().map(str::to_owned) else {
            self.computed_subcommand(words.get(at..).unwrap_or_default(), &git, &state);
            state.print(&Text::unknown());
            return vec![state];
        };
        let may_be = ["push", "send-pack", "http-push"].iter().any(|push| glob::matches(&name, push));
        if sub.glob && may_be && self.session.agent {
            self.ask(format!("'git {name}' may be any command of git"), "");
        }
        self.subcommand(&name, git, &words[at..], state)
    }

    fn subcommand(&mut self, name: &str, git: Git, words: &[Field], mut state: State) -> Vec<State> {
        match name {
            "push" => self.push(&git, words, &state),
            "agent" => return self.own_program(&words[1..], &git.call, state),
            _ if is_command(name) || REMOTE_HELPERS.contains(&name) => return self.other(name, git, words, state),
            "lfs" => {}
            _ => return self.git_alias(name, git, words, state),
        }
        if name != "push" {
            state.print(&Text::unknown());
        }
        vec![state]
    }

    fn computed_subcommand(&mut self, words: &[Field], git: &Git, state: &State) {
        if !self.guards(&self.look(git, state)) {
            return;
        }
        let mentioned = |text: &str| {
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
                .any(|word| ["push", "send-pack", "origin", "main", "master"].contains(&word))
        };
        let args = words.iter().skip(1).any(|field| mentioned(&field.text.shown()));
        let says_push = self.source.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == "push");
        if args || says_push {
            self.ask(
                format!("which command of git runs cannot be known: git {}", shown(words)),
                "Write the command out.",
            );
        }
    }

    /// Keys whose value git runs as a command.
    fn smelling_config(&mut self, config: &Config) {
        let found = config.entries().iter().find(|(key, value)| {
            !key.starts_with("alias.") && matches!(value, Setting::Text(text) if smell::smells(text))
        });
        if let Some((key, _)) = found.filter(|_| self.session.agent) {
            let key = key.clone();
            self.ask(format!("{key} is set to a command that pushes"), "Run the push as a plain command of its own.");
        }
    }

    /// `git agent …`: its `run` starts a program; `init --undo` takes the guard away; `trust` lets the repository run what it
    /// names, which is not an agent's to say.
    fn own_program(&mut self, words: &[Field], call: &Call, mut state: State) -> Vec<State> {
        let dashes = words.iter().position(|field| field.is("--"));
        let shape = Shape { short: "C", long: &[], words: 0, assigns: false };
        let verb = skip(words, 0, &shape, |_, _| {});
        let has = |options: &[&str]| words.iter().any(|field| options.iter().any(|option| field.is(option)));
        match words.get(verb).and_then(Field::get) {
            Some("run" | "spawn") => {
                if let Some(at) = dashes {
                    let mut inner = state.clone();
                    inner.cwd = None;
                    let before = state.cwd.clone();
                    let mut ends = self.run(&words[at + 1..], call.as_program(), inner);
                    ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
                    return ends;
                }
            }
            Some("init") if has(&["--undo"]) && self.session.agent => {
                self.deny("this would take the guard away", "");
            }
            Some("trust") if self.session.agent && !has(&["--show", "--revoke", "--dry-run", "--help", "-h"]) => {
                self.deny(
                    "what the repository may run is the user's to say, not an agent's",
                    "Ask the user to run it. To see what it is about: git agent trust --show",
                );
            }
            _ => {}
        }
        state.print(&Text::unknown());
        vec![state]
    }
}

/// Adds `key=value`, or `key` alone, which means true.
fn set(config: &mut Config, text: &Text) {
    match text.split_first('=') {
        Some((key, value)) => {
            let value = value.get().map_or(Setting::Unknown, |value| Setting::Text(value.to_owned()));
            config.push(&key, value);
        }
        None => match text.get() {
            Some(key) => config.push(key, Setting::Implicit),
            None => config.murky = true,
        },
    }
}

/// What a command of git that prints a branch's name prints.
pub(crate) fn short_head(head: &Head) -> Text {
    match head {
        Head::Branch(full) => {
            let mut text = Text::known(full.strip_prefix("refs/heads/").unwrap_or(full));
            text.push_str("\n");
            text
        }
        Head::Detached => Text::known("\n"),
        Head::Unknown => Text::unknown(),
    }
}

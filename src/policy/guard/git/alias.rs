//! Aliases of git, and what git hands on to the commands of one that is a shell's.

use super::Git;
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::{Field, text_of};
use crate::policy::guard::walk::run::{Call, shown};
use crate::policy::guard::walk::state::{State, Value, join};
use crate::policy::push::{Config, Setting};
use crate::policy::shell::Text;

impl Walker<'_> {
    pub(crate) fn git_alias(&mut self, name: &str, mut git: Git, words: &[Field], mut state: State) -> Vec<State> {
        let repo = self.look(&git, &state);
        let mut config = git.config.clone();
        if let Ok(repo) = &repo {
            config = self.view(repo, &git, &state).config;
        } else {
            state.disk.apply("", &mut config);
        }
        let key = if name.contains('.') { format!("alias.{name}.command") } else { format!("alias.{name}") };
        let value = config.last(&key).or_else(|| config.last(&format!("alias.{name}.command"))).cloned();
        let text = match value {
            Some(Setting::Text(text)) => text,
            Some(_) => {
                if self.session.agent {
                    self.ask(format!("the alias '{name}' cannot be known"), "Write the command out.");
                }
                return vec![state];
            }
            None if config.murky && self.session.agent => {
                self.ask(
                    format!("the alias '{name}' may be in a file that this command wrote"),
                    "Write the command out.",
                );
                return vec![state];
            }
            None => {
                // A program of that name which the command wrote, in whatever folder of PATH.
                let end = format!("/git-{name}");
                let program = state.disk.files.iter().find(|(path, _)| path.ends_with(&end));
                if let Some(content) = program.map(|(_, content)| content.clone()) {
                    let call = self.passed_on(&git);
                    return self.script(&content, words, &call, state);
                }
                self.unknown_subcommand(name, &config, words);
                state.print(&Text::unknown());
                return vec![state];
            }
        };
        self.note("alias", format!("{name} = {text}"));
        if git.aliases > 10 {
            self.lost("aliases of aliases");
            return vec![state];
        }
        git.aliases += 1;
        if let Some(code) = text.strip_prefix('!') {
            let mut code = text_of(code);
            let args = &words[1..];
            if !args.is_empty() {
                code.push_str(" \"$@\"");
            }
            let mut inner = state.clone();
            // Shell aliases run at the top of the worktree (git-config(1), `alias.*`).
            inner.cwd = match &repo {
                Ok(repo) => repo.top().map(str::to_owned).or_else(|| git.dir.clone()),
                Err(_) => git.dir.clone(),
            };
            let call = self.passed_on(&git);
            let before = state.cwd.clone();
            let mut ends = self.child(&code, None, args, &call, inner);
            ends.iter_mut().for_each(|end| end.cwd.clone_from(&before));
            return ends;
        }
        let mut line = self.words_of(&text_of(&text), &state);
        for field in &mut line {
            field.span = None;
            field.content = None;
        }
        line.extend(words[1..].iter().cloned());
        self.git_words(git, &line, state)
    }

    /// How a program that git starts is called: git passes its configuration and GIT_DIR on.
    pub(crate) fn passed_on(&self, git: &Git) -> Call {
        let mut call = git.call.as_program();
        let mut parameters = String::new();
        for (key, value) in git.config.entries() {
            let value = match value {
                Setting::Text(text) => format!("={text}"),
                Setting::Implicit => String::new(),
                Setting::Unknown => format!("={}", crate::policy::guard::walk::expand::GAP),
            };
            parameters.push_str(&format!(" '{}'", format!("{key}{value}").replace('\'', "'\\''")));
        }
        if !parameters.is_empty() {
            call.env.push(("GIT_CONFIG_PARAMETERS".to_owned(), Value::One(text_of(parameters.trim()))));
        }
        if let Some(git_dir) = &git.git_dir {
            let absolute = match (git_dir.get(), &git.dir) {
                (Some(path), Some(dir)) => Text::known(join(dir, path)),
                _ => git_dir.clone(),
            };
            call.env.push(("GIT_DIR".to_owned(), Value::One(absolute)));
        }
        call
    }

    /// Neither a command nor an alias. With help.autocorrect git may take it for a push.
    pub(crate) fn unknown_subcommand(&mut self, name: &str, config: &Config, words: &[Field]) {
        let has = |verb: &str| words.iter().any(|field| field.is(verb));
        // Commands that others add to git, and that merge or delete on the server.
        let merges = match name {
            "town" => has("ship"),
            "machete" => has("merge") || has("traverse") || has("slide-out"),
            "delete-branch" | "release" | "branchless" => name != "branchless" || has("submit"),
            "spr" | "stack" => has("merge") || has("land"),
            _ => false,
        };
        if merges && self.session.agent {
            self.ask(format!("'git {name}' changes branches on the server by itself"), "");
        }
        let corrects = match config.text("help.autocorrect") {
            Some("never" | "show" | "prompt" | "0" | "false" | "off" | "no") | None => false,
            Some(_) => true,
        };
        let mut letters: Vec<char> = name.chars().collect();
        letters.sort_unstable();
        let near =
            (3..=6).contains(&name.len()) && "push".chars().filter(|letter| letters.contains(letter)).count() >= 3;
        if corrects && near && self.session.agent {
            self.ask(format!("help.autocorrect may turn this into a push: git {}", shown(words)), "");
        }
    }
}

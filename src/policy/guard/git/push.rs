//! The verdict on one `git push`.

use std::rc::Rc;

use super::Git;
use crate::policy::guard::rewrite::Edit;
use crate::policy::guard::smell;
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::{Field, SOME};
use crate::policy::guard::walk::run::shown;
use crate::policy::guard::walk::state::{Change, State};
use crate::policy::guard::words::{self, quoted};
use crate::policy::push::{Config, Dst, Head, Landing, Options, Refusal, Repository, Setting, View, resolve};
use crate::policy::shell::Text;

/// A repository of which nothing is known.
pub(crate) struct Nowhere(Config);

impl Nowhere {
    pub(crate) fn shared() -> Rc<dyn Repository> {
        Rc::new(Self(Config::default()))
    }
}

impl Repository for Nowhere {
    fn head(&self) -> Head {
        Head::Unknown
    }
    fn config(&self) -> &Config {
        &self.0
    }
    fn has_ref(&self, _: &str) -> bool {
        false
    }
    fn symbolic(&self, _: &str) -> Option<String> {
        None
    }
    fn refs(&self, _: &str) -> Vec<String> {
        vec!["refs/heads/main".to_owned(), "refs/heads/master".to_owned()]
    }
    fn default_of(&self, _: &str) -> Option<String> {
        None
    }
    fn legacy_push(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn git_dir(&self) -> &str {
        ""
    }
    fn common_dir(&self) -> &str {
        ""
    }
    fn top(&self) -> Option<&str> {
        None
    }
    fn linked(&self) -> bool {
        false
    }
    fn recorded(&self) -> &[String] {
        &[]
    }
    fn has_submodules(&self) -> bool {
        false
    }
}

impl Walker<'_> {
    /// `words` begins with `push`.
    pub(crate) fn push(&mut self, git: &Git, words: &[Field], state: &State) {
        if !self.burn(50) {
            return;
        }
        let args: Vec<Text> = words[1..].iter().map(argument).collect();
        let mut options = Options::parse(&args);
        options.murky |= words[1..].iter().any(|field| field.splits);
        let found = self.look(git, state);
        if options.help || !self.guards(&found) {
            self.note("push", if options.help { "help only" } else { "not an agent's" });
            return;
        }
        let trouble = found.as_ref().err().cloned();
        let repo = found.unwrap_or_else(|_| Nowhere::shared());
        let view = self.view(&repo, git, state);
        let landing = resolve(&view, &args, &options);
        self.trace(&landing, git);
        if landing.protection.off {
            self.note("push", "agent.allowPush lets it through");
            return;
        }
        if options.dry_run && !options.murky {
            self.note("push", "a dry run moves nothing");
            return;
        }
        let before = self.findings.len();
        let instead = advice(&view, &landing);
        self.judge_landing(&landing, &options, &view, &instead);
        self.judge_bypass(git, &options, &view, state, &instead);
        if self.findings.len() > before {
            return;
        }
        if let Some(trouble) = trouble {
            self.ask(
                format!("where this push lands cannot be seen: {}", reason(&trouble)),
                "Run it as a plain command in the worktree.",
            );
        } else if options.murky || view.config.murky {
            self.ask(format!("what this push is given cannot be known: git {}", shown(words)), instead);
        } else if let Some(unclear) = landing.unclear() {
            let because = unclear.because.clone();
            self.ask(format!("where this push lands cannot be known ({because}): git {}", shown(words)), instead);
        } else {
            self.propose(&view, &landing, &options, words);
        }
    }

    fn judge_landing(&mut self, landing: &Landing, options: &Options, view: &View<'_>, instead: &str) {
        let remote = landing.remote.clone().unwrap_or_else(|| "a remote".to_owned());
        if let Some((found, rule)) = landing.onto_protected() {
            let branch =
                if let Dst::Ref(name) = &found.dst { name.strip_prefix("refs/heads/").unwrap_or(name) } else { "" };
            let way = match (&found.src, &found.dst) {
                (Some(src), Dst::Ref(dst)) if found.because == "the refspec" => format!("{src} -> {dst}"),
                _ => found.because.clone(),
            };
            self.deny(words::landing(found.src.is_none(), branch, &remote, &way, rule), instead);
            return;
        }
        // `git push main`: git takes the word for a repository, and that of `git push HEAD:main` for a host; what was
        // meant is clear.
        let configured = view.remotes().contains(&remote.as_str());
        let meant =
            remote.split_once(':').filter(|(src, _)| matches!(*src, "" | "HEAD" | "@") || view.dwim(src).is_some());
        let meant = meant.map_or(remote.as_str(), |(_, dst)| dst);
        let meant = meant.strip_prefix("refs/heads/").unwrap_or(meant);
        if !configured && !meant.contains(':') && landing.protection.rule(&format!("refs/heads/{meant}")).is_some() {
            self.deny(
                format!("git takes '{remote}' for the name of a remote, and a protected branch is called so"),
                instead,
            );
        } else if landing.refusal == Some(Refusal::Detached) {
            self.deny("HEAD is detached, so this push has no branch to go to", instead);
        } else if landing.plain && landing.refusal.is_some() {
            // Git refuses, and its advice would be to push to the upstream by name.
            let own = view.branch().and_then(|branch| landing.protection.rule(&format!("refs/heads/{branch}")));
            if let (Some(rule), Some(branch)) = (own, view.branch()) {
                self.deny(format!("'{branch}' is checked out here, and it is protected: {}", rule.source), instead);
            }
        }
        // A file of the old format that the command writes at a place which cannot be followed.
        let file = ["remotes", "branches"].iter().any(|folder| self.source.contains(&format!("{folder}/{remote}")));
        if !configured && file && !remote.contains(['/', ':', '.']) {
            self.ask(format!("what '{remote}' is cannot be known: the command names a file for it"), instead);
        }
        let on_demand = |value: &str| !matches!(value, "no" | "check" | "false" | "off");
        let configured = || {
            let value = view.config.text("push.recursesubmodules").map(on_demand);
            value.or_else(|| view.config.flag("submodule.recurse", true)).unwrap_or(false) && view.repo.has_submodules()
        };
        if options.recurse.as_deref().map_or_else(configured, on_demand) {
            self.ask(
                "this push also pushes submodules, each to where its own configuration says",
                "Use: --recurse-submodules=check",
            );
        }
        if options.receive_pack.as_ref().is_some_and(|command| smell::smells(&command.shown())) {
            self.ask("the program on the other side is a push itself", "");
        }
    }

    /// What would keep the hooks of the repository from seeing the push.
    fn judge_bypass(&mut self, git: &Git, options: &Options, view: &View<'_>, state: &State, instead: &str) {
        if options.no_verify {
            self.deny("--no-verify switches the pre-push hook off, which guards protected branches", instead);
        }
        let own = |key: &str| git.config.entries().iter().any(|(found, _)| found == key);
        let changed = state.disk.changes.iter().any(|change| match change {
            Change::Set(_, key, ..) | Change::Unset(_, key) => key == "core.hookspath",
            _ => false,
        });
        if own("core.hookspath") || own("hook.enabled") || changed {
            self.deny("core.hooksPath is changed for this push, which switches the pre-push hook off", instead);
        }
        let redirects = git.config.entries().iter().find(|(key, _)| {
            (key.starts_with("url.") && key.ends_with("insteadof"))
                || (key.starts_with("remote.") && (key.ends_with(".url") || key.ends_with(".pushurl")))
        });
        if let Some((key, _)) = redirects {
            self.ask(format!("{key} is set for this push alone, and sends it to another repository"), instead);
        }
        let _ = view;
    }

    /// A safe push whose branch has no upstream of its own gets one.
    fn propose(&mut self, view: &View<'_>, landing: &Landing, options: &Options, words: &[Field]) {
        // `git push -u` without a refspec fails as well where the branch has no upstream.
        let asked = options.set_upstream == Some(true) && landing.plain && landing.refusal.is_some();
        if (options.set_upstream.is_some() && !asked)
            || options.exact_lease
            || options.refused
            || landing.sets_upstream
            || options.all
        {
            return;
        }
        let Some(mut remote) = landing.remote.clone() else { return };
        let remotes = view.remotes();
        if remote == "." && options.words.is_empty() {
            remote = if remotes.contains(&"origin") { "origin".to_owned() } else { return };
        }
        if !remotes.contains(&remote.as_str()) {
            return;
        }
        let lacks = |branch: &str| match view.config.all(&format!("branch.{branch}.merge")).as_slice() {
            [Setting::Text(merge)] => {
                landing.protection.rule(merge).is_some()
                    || view.config.last(&format!("branch.{branch}.remote")).is_none()
            }
            [] => true,
            _ => false,
        };
        let refused = matches!(landing.refusal, Some(Refusal::NoUpstream | Refusal::Triangular));
        if landing.plain {
            let single = landing.moves.len() == 1 && landing.moves[0].because.starts_with("push.default");
            let Some(branch) = view.branch().filter(|branch| refused || (single && lacks(branch))) else { return };
            let spec = format!("HEAD:refs/heads/{branch}");
            let named = if options.words.is_empty() { format!(" {remote}") } else { String::new() };
            self.edit(words, None, &format!("{named} {}", quoted(&spec)));
            return;
        }
        let [only] = landing.moves.as_slice() else { return };
        let (Some(src), Dst::Ref(dst), Some(at), None) = (&only.src, &only.dst, only.word, landing.refusal) else {
            return;
        };
        if !dst.starts_with("refs/heads/") || options.words.len() != 2 || words[at + 1].text.shown().contains('*') {
            return;
        }
        let branch = match src.as_str() {
            "HEAD" | "@" => view.branch().map(str::to_owned),
            name => view.dwim(name).and_then(|full| full.strip_prefix("refs/heads/").map(str::to_owned)),
        };
        // Somebody else's branch keeps its upstream: the main checkout's main is not this agent's to change.
        let foreign = |branch: &str| {
            Some(branch) != view.branch() && landing.protection.rule(&format!("refs/heads/{branch}")).is_some()
        };
        if !branch.is_some_and(|branch| lacks(&branch) && !foreign(&branch)) {
            return;
        }
        let written = words[at + 1].text.shown();
        // A bare name may be mapped elsewhere by configuration that changes before it runs; a full refspec may not.
        let full = if written.contains(':') {
            None
        } else {
            let plus = if written.starts_with('+') { "+" } else { "" };
            let name = if src == "@" || Some(src.as_str()) == view.branch() { "HEAD" } else { src.as_str() };
            Some(format!("{plus}{name}:{dst}"))
        };
        match full {
            Some(full) => self.edit(words, Some(at + 1), &quoted(&full)),
            None => self.edit(words, None, ""),
        }
    }

    /// Puts `-u` behind the word `push`, and either replaces a word or adds text behind the last one.
    fn edit(&mut self, words: &[Field], replace: Option<usize>, text: &str) {
        let Some((_, push_end)) = words[0].span else { return };
        let Some(last) = words.last().and_then(|field| field.span) else { return };
        if words.iter().any(|field| field.span.is_none()) || text.contains(SOME) {
            return;
        }
        match replace.and_then(|at| words.get(at)).and_then(|field| field.span) {
            Some((from, to)) => {
                self.edits.push(Edit { from: push_end, to: push_end, text: " -u".to_owned() });
                self.edits.push(Edit { from, to, text: text.to_owned() });
            }
            None if last.1 == push_end => {
                self.edits.push(Edit { from: push_end, to: push_end, text: format!(" -u{text}") });
            }
            None => {
                self.edits.push(Edit { from: push_end, to: push_end, text: " -u".to_owned() });
                if !text.is_empty() {
                    self.edits.push(Edit { from: last.1, to: last.1, text: text.to_owned() });
                }
            }
        }
    }

    fn trace(&mut self, landing: &Landing, git: &Git) {
        self.note("in", git.dir.clone().unwrap_or_else(|| "a directory that cannot be known".to_owned()));
        let remote = landing.remote.clone().unwrap_or_else(|| "cannot be known".to_owned());
        self.note(
            "remote",
            if landing.urls.is_empty() { remote } else { format!("{remote} ({})", landing.urls.join(", ")) },
        );
        for found in landing.moves.iter().take(20) {
            let unknown = if found.dst == Dst::Unknown { "something" } else { "(deleted)" };
            let src = found.src.as_deref().unwrap_or(unknown);
            let dst = match &found.dst {
                Dst::Ref(name) => name.clone(),
                Dst::Below(prefix) => format!("{prefix}…"),
                Dst::Unknown => "cannot be known".to_owned(),
            };
            self.note("moves", format!("{src} -> {dst} ({})", found.because));
        }
        if let Some(refusal) = landing.refusal {
            let why = match refusal {
                Refusal::NoUpstream => "the branch has no upstream of its own name, or push.default is nothing",
                Refusal::Triangular => "push.default is upstream, and the push goes to another remote",
                Refusal::Detached => "HEAD is detached, and no refspec says where to",
                Refusal::Usage => "the words contradict each other or name nothing",
            };
            self.note("git refuses", why);
        }
    }
}

/// A word of a push. A glob that cannot be a refspec is whatever files it matches.
fn argument(field: &Field) -> Text {
    if field.splits {
        // Whatever it splits into, its last word ends so: `$(git rev-parse HEAD):main`.
        if let Some((_, end)) = field.text.split_last(':').filter(|(src, end)| !src.is_known() && end.is_known()) {
            let mut text = Text::unknown();
            text.push_str(":");
            text.push(&end);
            return text;
        }
        return Text::unknown();
    }
    if field.glob && !field.text.shown().contains([':', '/']) {
        return Text::unknown();
    }
    field.text.clone()
}

/// The command to use instead.
fn advice(view: &View<'_>, landing: &Landing) -> String {
    words::instead(view, landing.remote.as_deref(), &landing.protection)
}

fn reason(trouble: &crate::policy::guard::world::Trouble) -> String {
    match trouble {
        crate::policy::guard::world::Trouble::None => "there is no repository".to_owned(),
        crate::policy::guard::world::Trouble::Unreadable(why) => why.clone(),
    }
}

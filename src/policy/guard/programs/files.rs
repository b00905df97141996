//! Files that the guard stands on: hooks, git's own configuration, the settings of the agent's client, and remotes that
//! are folders on this machine.

use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::{Call, base_of};
use crate::policy::guard::walk::state::{Change, State, normal};
use crate::policy::guard::walk::{Stdin, Walker};
use crate::policy::guard::world::Place;
use crate::policy::shell::Text;

/// What a path is to the guard.
enum Kind {
    /// The pre-push hook, the folder of hooks, our own state and include.
    Guard,
    /// A repository's configuration or its refs.
    Git,
    /// The client's settings, where our hook is registered.
    Client,
    /// A remote that is a folder.
    Remote,
}

impl Walker<'_> {
    /// A redirection writes a file.
    pub(crate) fn written(&mut self, target: &Text, state: &State) {
        self.touched(target, state, "writes to", "");
    }

    /// Something below a folder is removed or changed.
    pub(crate) fn removed(&mut self, target: &Text, state: &State) {
        self.touched(target, state, "changes what is in", "");
    }

    /// A file tool of the client writes a file.
    pub(crate) fn file_tool(&mut self, path: &str, content: &str) {
        let state = State::new(&self.session.cwd.clone());
        self.touched(&Text::known(path), &state, "writes to", content);
    }

    /// Programs that change files; `true` if their output was followed.
    pub(crate) fn files_program(&mut self, base: &str, argv: &[Field], call: &Call, state: &mut State) -> bool {
        let operands: Vec<&Field> = argv[1..].iter().filter(|field| !field.text.prefix().starts_with('-')).collect();
        match base {
            "cat" | "tac" => {
                let mut out = Text::default();
                if operands.is_empty() {
                    match &call.io.stdin {
                        Stdin::Text(text, _) => out.push(text),
                        Stdin::Inherited => {}
                        _ => out.push(&Text::unknown()),
                    }
                }
                for field in operands {
                    let known =
                        field.get().and_then(|path| state.path(path)).and_then(|path| state.disk.files.get(&path));
                    match (known, &call.io.stdin) {
                        (Some(text), _) => out.push(text),
                        (None, Stdin::Text(text, _)) if field.is("-") || field.is("/dev/stdin") => out.push(text),
                        _ => out.push(&Text::unknown()),
                    }
                }
                state.print(&out);
                return true;
            }
            "tee" => {
                let input = if let Stdin::Text(text, _) = &call.io.stdin { text.clone() } else { Text::unknown() };
                for field in operands {
                    self.touched(&field.text, state, "writes to", &input.shown());
                    if let Some(path) = field.get().and_then(|path| state.path(path)) {
                        state.disk.files.insert(path, input.clone());
                    }
                }
                state.print(&input);
                return true;
            }
            "rm" | "unlink" | "shred" | "truncate" | "rmdir" | "trash" => {
                self.each_touched(&operands, state, "removes");
            }
            "chmod" | "chown" | "chattr"
                // Making it executable is no harm.
                if argv.get(1).is_some_and(|field| field.text.prefix().starts_with('-') && !field.text.prefix().starts_with("--")
                    && field.text.prefix().contains(['x', 'r', 'w'])) => {
                    // `chmod -x file`: the mode looks like an option.
                    self.each_touched(&operands, state, "changes");
                }
            "chmod" | "chown" | "chattr"
                if !operands.first().is_some_and(|field| {
                    matches!(field.get(), Some("+x" | "a+x" | "u+x" | "755" | "0755" | "775" | "700" | "ug+x"))
                }) => {
                    self.each_touched(operands.get(1..).unwrap_or_default(), state, "changes");
                }
            "mv" => {
                self.each_touched(&operands, state, "moves");
                self.copied(&operands, call, state);
            }
            "cp" | "ln" | "install" | "rsync" | "scp" => {
                if let Some(target) = operands.last() {
                    let name = operands.first().map(|field| base_of(&field.text.shown())).unwrap_or_default();
                    self.touched(&target.text, state, "writes to", "");
                    // Git under another name is still git.
                    if matches!(name.as_str(), "git" | "hub")
                        && let Some(to) = target.get().and_then(|path| state.path(path))
                        && let Some(program) = operands.first()
                    {
                        let mut script = program.text.clone();
                        script.push_str(" \"$@\"");
                        state.disk.files.insert(format!("{to}/{name}"), script.clone());
                        state.disk.files.insert(to, script);
                    }
                    // Into a folder: the file keeps its name.
                    let mut inside = target.text.clone();
                    inside.push_str(&format!("/{name}"));
                    if name == "pre-push" || name == "config" {
                        self.touched(&inside, state, "writes to", "");
                    }
                    self.copied(&operands, call, state);
                }
            }
            "dd" => {
                for text in operands.iter().filter_map(|field| field.text.strip_prefix("of=")) {
                    self.touched(&text, state, "writes to", "");
                    if let (Stdin::Text(input, _), Some(path)) = (&call.io.stdin, text.get().and_then(|path| state.path(path))) {
                        state.disk.files.insert(path, input.clone());
                    }
                }
            }
            "sed" | "gsed" | "perl"
                if argv.iter().any(|field| {
                    field.text.prefix().starts_with("-i") || field.text.prefix().starts_with("--in-place")
                }) =>
            {
                self.each_touched(&operands, state, "changes");
                // What an edit makes of a file is not followed.
                let paths: Vec<String> = operands.iter().filter_map(|field| state.path(field.get()?)).collect();
                for path in paths {
                    if let Some(content) = state.disk.files.get_mut(&path) {
                        *content = Text::unknown();
                    }
                }
            }
            "tar" | "bsdtar" | "unzip" => {
                let into = argv.windows(2).find(|pair| matches!(pair[0].get(), Some("-C" | "-d" | "--directory")));
                let extracts = base == "unzip" || argv[1..].iter().filter_map(Field::get).any(|text| {
                    text == "--extract" || text.strip_prefix('-').unwrap_or(text).split('/').next().is_some_and(|letters| letters.len() < 8 && letters.contains('x') && !letters.starts_with('-'))
                });
                if let Some([_, dir]) = into.filter(|_| extracts) {
                    self.touched(&dir.text, state, "writes to", "");
                }
            }
            "which" => {
                state.print(&operands.last().map(|field| field.text.clone()).unwrap_or_default());
                return true;
            }
            "mkdir" => {
                for path in operands.iter().filter_map(|field| state.path(field.get()?)).collect::<Vec<_>>() {
                    state.disk.changes.push(Change::Folder(path));
                }
                return true;
            }
            "touch" | "sleep" => return true,
            _ => {}
        }
        false
    }

    /// A file that the command wrote goes on under another name.
    fn copied(&self, operands: &[&Field], call: &Call, state: &mut State) {
        let [from, .., to] = operands else { return };
        let (Some(from), Some(to)) = (from.get(), to.get().and_then(|path| state.path(path))) else { return };
        let text = match (&call.io.stdin, from) {
            (Stdin::Text(text, _), "/dev/stdin" | "/dev/fd/0") => Some(text.clone()),
            _ => state.path(from).and_then(|path| state.disk.files.get(&path).cloned()),
        };
        if let Some(text) = text {
            state.disk.files.insert(format!("{to}/{}", base_of(from)), text.clone());
            state.disk.files.insert(to, text);
        }
    }

    fn each_touched(&mut self, fields: &[&Field], state: &State, verb: &str) {
        for field in fields {
            self.touched(&field.text, state, verb, "");
        }
    }

    fn touched(&mut self, target: &Text, state: &State, verb: &str, content: &str) {
        if !self.session.agent {
            return;
        }
        // A path with an unknown beginning is judged by its known end.
        let shown = target.shown();
        let path = match target.get() {
            Some(path) => state.path(path).unwrap_or_else(|| path.to_owned()),
            None => shown.clone(),
        };
        match self.kind(&path) {
            Some(Kind::Guard) => {
                self.deny(format!("this {verb} {shown}, which the guard stands on"), "Ask the user to change it.");
            }
            Some(Kind::Git) => {
                self.ask(format!("this {verb} {shown}, which belongs to git"), "Use the command of git for it.");
            }
            Some(Kind::Client) => {
                let ours = content.contains("disableAllHooks")
                    || self.source.contains("disableAllHooks")
                    || verb == "removes"
                    || verb == "moves";
                if ours {
                    self.ask(format!("this {verb} {shown}, where the guard's hook is registered"), "");
                }
            }
            Some(Kind::Remote) => self.ask(format!("this {verb} {shown}, which is a remote of the repository"), ""),
            None => {}
        }
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let clean = if path.starts_with('/') { normal(path) } else { path.to_owned() };
        let tail = |end: &str| clean.ends_with(end);
        let client = [
            "/.claude/settings.json",
            "/.claude/settings.local.json",
            "/.codex/hooks.json",
            "/.codex/config.toml",
            "/.gemini/settings.json",
            "/.copilot/hooks",
        ];
        if client.iter().any(|end| tail(end)) {
            return Some(Kind::Client);
        }
        // Cheap words first: most paths have nothing to do with git, and then no repository is opened.
        if clean.starts_with("/dev/") {
            return None;
        }
        let may_be = [".git", "hooks", "config", "worktrees", "agent"].iter().any(|word| clean.contains(word));
        let place = Place { dir: self.session.cwd.clone(), home: self.world.env("HOME"), ..Place::default() };
        if !may_be && !clean.starts_with('/') {
            return None;
        }
        let unknown = !path.starts_with('/');
        if unknown {
            // `…/hooks/pre-push`: whatever it begins with.
            return (tail("hooks/pre-push") || tail(".git/hooks")).then_some(Kind::Guard);
        }
        let below = clean.strip_prefix(self.session.cwd.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if !may_be && below {
            return None;
        }
        if !may_be && !self.near_remote(&clean, &place) {
            return None;
        }
        let repo = self.world.repository(&place).ok()?;
        let mut roots = vec![repo.common_dir().to_owned(), repo.git_dir().to_owned()];
        if let Some(top) = repo.top() {
            roots.push(format!("{top}/.git"));
        }
        for root in roots {
            let Some(rest) = clean.strip_prefix(root.as_str()) else { continue };
            match rest.trim_start_matches('/') {
                "" if rest.is_empty() => return Some(Kind::Guard),
                "hooks" | "hooks/pre-push" | "agent" | "agent.json" => return Some(Kind::Guard),
                inner if inner.contains('*') && crate::policy::push::glob::matches(inner, "hooks/pre-push") => {
                    return Some(Kind::Guard);
                }
                inner if inner.starts_with("agent/") => return Some(Kind::Guard),
                inner if inner.starts_with("worktrees/") && inner.ends_with("/agent.json") => return Some(Kind::Guard),
                "config" | "config.worktree" | "HEAD" | "packed-refs" => return Some(Kind::Git),
                inner if inner.starts_with("refs/heads/") || inner.starts_with("refs/remotes/") => {
                    return Some(Kind::Git);
                }
                _ => {}
            }
        }
        self.near_remote(&clean, &place).then_some(Kind::Remote)
    }

    /// Whether the path is in a remote that is a folder.
    fn near_remote(&self, path: &str, place: &Place) -> bool {
        let Ok(repo) = self.world.repository(place) else { return false };
        repo.config().entries().iter().any(|(key, value)| {
            let crate::policy::push::Setting::Text(url) = value else { return false };
            let local = url.strip_prefix("file://").unwrap_or(url);
            key.starts_with("remote.")
                && key.ends_with("url")
                && local.starts_with('/')
                && path
                    .strip_prefix(normal(local).as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

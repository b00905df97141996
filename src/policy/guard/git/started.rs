//! Programs that git itself starts: the other side of a fetch, a transport, a pager for what grep found.

use super::Git;
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::state::State;
use crate::policy::shell::Text;

/// Options of a subcommand whose value is shell code: long ones, and a short letter.
fn options(name: &str) -> (&'static [&'static str], &'static str) {
    match name {
        "fetch" | "pull" | "fetch-pack" => (&["--upload-pack", "--exec"], ""),
        "ls-remote" | "archive" => (&["--upload-pack", "--exec"], ""),
        "clone" => (&["--upload-pack"], "u"),
        "submodule" => (&["--upload-pack"], ""),
        _ => (&[], ""),
    }
}

/// Commands that talk to another repository.
const TALKS: [&str; 8] = ["fetch", "pull", "fetch-pack", "ls-remote", "archive", "clone", "remote", "submodule"];

impl Walker<'_> {
    /// Walks the programs that such a command starts.
    pub(crate) fn started(&mut self, name: &str, git: &Git, args: &[Field], state: State) -> State {
        if !self.session.agent {
            return state;
        }
        let (long, short) = options(name);
        if !long.is_empty() {
            let _ = self.exec_options(git, args, long, short, state.clone());
        }
        let call = self.passed_on(git);
        let inner = State { cwd: git.dir.clone(), ..state.clone() };
        if name == "grep" {
            // Its value is never a word of its own.
            for field in args.iter().take_while(|field| !field.is("--")) {
                let code = field.text.strip_prefix("--open-files-in-pager=").or_else(|| field.text.strip_prefix("-O"));
                if let Some(code) = code.filter(|code| !code.is_empty()) {
                    let _ = self.child(&code, None, &[], &call, inner.clone());
                }
            }
        }
        if !TALKS.contains(&name) {
            return state;
        }
        for url in args.iter().filter_map(|field| field.get()?.strip_prefix("ext::")) {
            let words = transport(url);
            let _ = self.run(&words, call.as_program(), inner.clone());
        }
        if let Some(line) = self.env("GIT_SSH_COMMAND", &git.call, &state) {
            let _ = self.child(&line, None, &[], &call, inner.clone());
        }
        // A program that the command wrote; any other is opaque.
        let program = self.env("GIT_SSH", &git.call, &state);
        let path = program.as_ref().and_then(|path| inner.path(path.get()?));
        if let Some(content) = path.and_then(|path| state.disk.files.get(&path).cloned()) {
            let _ = self.child(&content, None, &[], &call, inner);
        }
        state
    }
}

/// The words of an address of git-remote-ext(1): blanks part them, and `%` and a blank is a blank.
fn transport(url: &str) -> Vec<Field> {
    let mut words = vec![String::new()];
    let mut letters = url.chars();
    while let Some(letter) = letters.next() {
        let last = words.len() - 1;
        match letter {
            ' ' => words.push(String::new()),
            '%' => match letters.next() {
                Some(kept @ (' ' | '%')) => words[last].push(kept),
                Some('s') => words[last].push_str("upload-pack"),
                Some('S') => words[last].push_str("git-upload-pack"),
                _ => {}
            },
            other => words[last].push(other),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).map(|word| Field::of(Text::known(word))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_transport() {
        let words: Vec<String> =
            transport("sh -c git% push% origin %S %% x").iter().map(|field| field.text.shown()).collect();
        assert_eq!(words, ["sh", "-c", "git push origin", "git-upload-pack", "%", "x"]);
    }
}

//! Other programs that move a branch on a server: forges' clients, other version control on top of git, raw requests.

use super::options::{Shape, skip};
use crate::policy::guard::smell;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::State;
use crate::policy::guard::walk::{Stdin, Walker};

/// A request that names more branches is not looked through.
const MOST_NAMES: usize = 64;

/// Longer than any file name, and so longer than a part of a branch's name can be.
const LONGEST_NAME: usize = 512;

const INSTEAD: &str = "Use instead: open a pull request, and let a person merge it.";

/// Clients whose words are not looked through for a wrapped command.
pub(crate) fn is_textual(base: &str) -> bool {
    matches!(base, "gh" | "glab" | "jj" | "curl" | "wget" | "sed" | "gsed" | "http" | "https" | "tea")
}

impl Walker<'_> {
    /// `true` if it is one of them.
    pub(crate) fn client(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) -> bool {
        if !self.session.agent {
            return is_textual(base) && !base.ends_with("sed");
        }
        match base {
            "gh" => self.gh(argv, call, state),
            "glab" => self.glab(argv, call, state),
            "jj" => self.jj(argv, state),
            "tea"
                if ["pr", "pull", "pulls"].iter().any(|noun| has(argv, noun))
                    && (has(argv, "merge") || has(argv, "m")) =>
            {
                self.ask("this merges a pull request on the server", INSTEAD);
            }
            "curl" | "wget" | "http" | "https" | "xh" => self.request(argv, call, state),
            "got" if has(argv, "send") => self.by_flag(argv, &["-b"], "got send", state),
            "sl" | "hg" if has(argv, "push") => self.by_flag(argv, &["--to", "-B", "--bookmark"], "this push", state),
            "git-town" | "gt" | "arc" | "spr" if ["ship", "land", "merge"].iter().any(|verb| has(argv, verb)) => {
                self.ask("this merges into the base branch on the server", INSTEAD);
            }
            _ => return false,
        }
        true
    }

    fn gh(&mut self, argv: &[Field], call: &Call, state: &State) {
        let shape = Shape { short: "R", long: &["repo", "hostname"], words: 0, assigns: false };
        let mut verbs: Vec<&str> = Vec::new();
        let mut at = 1;
        while verbs.len() < 3 && at < argv.len() {
            at = skip(argv, at, &shape, |_, _| {});
            verbs.extend(argv.get(at).and_then(Field::get));
            at += 1;
        }
        if has(argv, "--help") {
            return;
        }
        match verbs.as_slice() {
            ["pr", "merge", ..] if has(argv, "--disable-auto") => {}
            ["pr", "merge", ..] => self.ask("this merges a pull request on the server", INSTEAD),
            ["repo", "sync", ..] => self.ask("this updates a branch of a repository on the server", INSTEAD),
            ["repo", "delete" | "edit" | "archive" | "rename", ..] => {
                self.ask("this changes the repository on the server", "");
            }
            ["alias", "set" | "import", ..]
                if argv.iter().any(|field| ["merge", "api"].iter().any(|verb| field.text.shown().contains(verb))) =>
            {
                self.ask("this gives another name to a command that may merge", "");
            }
            ["alias", "set" | "import", ..] => {
                // Behind `!`, and with --shell, it is code.
                let shell = has(argv, "--shell") || has(argv, "-s");
                for field in argv.iter().skip(3) {
                    let code = field.text.strip_prefix("!").or_else(|| shell.then(|| field.text.clone()));
                    if let Some(code) = code.filter(|code| smell::smells(&code.shown())) {
                        let _ = self.child(&code, None, &[], &call.read(), state.clone());
                    }
                }
            }
            ["api", ..] => self.gh_api(argv, call, state),
            _ => {}
        }
    }

    pub(crate) fn gh_api(&mut self, argv: &[Field], call: &Call, state: &State) {
        let words: Vec<String> = argv[1..].iter().map(|field| field.text.shown()).collect();
        let all = format!("{}{}", words.join("\n"), bodies(argv, call, state));
        let method = words
            .iter()
            .enumerate()
            .find_map(|(at, word)| match word.as_str() {
                "-X" | "--method" => words.get(at + 1).cloned(),
                other => other.strip_prefix("--method=").or_else(|| other.strip_prefix("-X")).map(str::to_owned),
            })
            .map(|method| method.to_ascii_uppercase());
        let fields = words.iter().any(|word| {
            matches!(word.as_str(), "-f" | "-F" | "--field" | "--raw-field" | "--input")
                || word.starts_with("--field=")
                || word.starts_with("--input=")
                || word.starts_with("--raw-field=")
                || (word.starts_with("-f") && word.contains('='))
                || (word.starts_with("-F") && word.contains('='))
        });
        let writes = method.map_or(fields, |method| method != "GET" && method != "HEAD");
        if writes {
            self.api(&all, state);
        }
    }

    fn glab(&mut self, argv: &[Field], call: &Call, state: &State) {
        let verbs: Vec<&str> =
            argv[1..].iter().filter_map(Field::get).filter(|text| !text.starts_with('-')).take(3).collect();
        match verbs.as_slice() {
            ["mr", "merge" | "accept", ..] => self.ask("this merges a merge request on the server", INSTEAD),
            ["api", ..] => self.gh_api(argv, call, state),
            _ => {}
        }
    }

    /// A request that writes: by what its path and body name.
    fn api(&mut self, text: &str, state: &State) {
        match self.changed_branch(text, state) {
            Changed::Protected(name) => {
                self.deny(format!("this request changes '{name}' on the server, which is protected"), INSTEAD);
            }
            Changed::Unclear => self.ask("this request merges or changes branches on the server", INSTEAD),
            Changed::Nothing => {}
        }
    }

    /// What a request that writes would do to branches.
    fn changed_branch(&mut self, text: &str, state: &State) -> Changed {
        // A branch's name may be escaped in a path. The marks are ASCII, so offsets stay.
        let text = text.replace("%2F", "/").replace("%2f", "/");
        let lower = text.to_ascii_lowercase();
        let about = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
        let writes_ref = about(&[
            "git/refs",
            "createcommitonbranch",
            "updateref",
            "deleteref",
            "createref",
            "/contents/",
            "/merges",
            "merge-upstream",
            "protection",
            "/rename",
            "mergebranch",
            "repository/commits",
            "repository/branches",
            "repository/files",
            "protected_branches",
        ]);
        let marks = [
            "refs/heads/",
            "branches/",
            "branch=",
            "branchname:",
            "branchname\":",
            "branch\":",
            "branch:",
            "ref=",
            "base=",
            "base:",
            "base\":",
        ];
        let names: Vec<&str> = marks
            .iter()
            .flat_map(|mark| lower.match_indices(mark).map(|(at, _)| named(&text[at + mark.len()..])))
            .filter(|name| !name.is_empty())
            .take(MOST_NAMES + 1)
            .collect();
        if !self.burn(50) || names.len() > MOST_NAMES || names.iter().any(|name| name.len() > LONGEST_NAME) {
            return Changed::Unclear;
        }
        if writes_ref && !names.is_empty() {
            let protection = self.protection_at(state);
            // `branches/main/protection`: each part of a path may be where the name ends.
            let hit = names.iter().find_map(|name| {
                let cuts = name.match_indices('/').map(|(at, _)| &name[..at]).chain([*name]);
                cuts.into_iter().find(|cut| protection.rule(&format!("refs/heads/{cut}")).is_some())
            });
            if let Some(name) = hit {
                return Changed::Protected(name.to_owned());
            }
        }
        let merges = about(&[
            "updaterefs",
            "mergepullrequest",
            "enablepullrequestautomerge",
            "merge-upstream",
            "/rulesets",
            "protection",
            "protected_branches",
        ]) || (about(&["/pulls/", "merge_requests/"]) && about(&["/merge\n", "/merge ", "/merge?"]))
            || (about(&["/pulls/", "merge_requests/"]) && lower.ends_with("/merge"));
        let unnamed = names.is_empty()
            && about(&[
                "createcommitonbranch",
                "mergebranch",
                "updateref(",
                "deleteref(",
                "/contents/",
                "/merges",
                "repository/commits",
            ]);
        let unknown = writes_ref && (lower.contains('…') && about(&["git/refs/", "branch=…", "ref=…", "base=…"]));
        if merges || unnamed || unknown { Changed::Unclear } else { Changed::Nothing }
    }

    fn request(&mut self, argv: &[Field], call: &Call, state: &State) {
        let mut text = argv[1..].iter().map(|field| field.text.shown()).collect::<Vec<_>>().join("\n");
        text.push_str(&bodies(argv, call, state));
        let forge = ["api.github.com", "/api/v3/", "/api/v4/", "/api/v1/repos", "api.bitbucket.org"]
            .iter()
            .any(|host| text.contains(host));
        let writes = argv[1..].iter().filter_map(Field::get).any(|word| {
            [
                "-X",
                "--request",
                "-d",
                "--data",
                "--data-raw",
                "--json",
                "--data-binary",
                "-T",
                "--upload-file",
                "--post-data",
                "--method=",
                "PATCH",
                "PUT",
                "POST",
                "DELETE",
            ]
            .iter()
            .any(|flag| {
                word == *flag
                    || (word.starts_with(flag) && flag.len() > 2)
                    || (flag.len() == 2 && word.starts_with(flag) && word.len() > 2 && !word.starts_with("--"))
            })
        });
        let lower = text.to_ascii_lowercase();
        let about = [
            "git/refs",
            "/merge",
            "/contents/",
            "graphql",
            "protection",
            "branches/",
            "rulesets",
            "protected_branches",
            "repository/commits",
        ];
        // A branch that is named, and that nobody protects, may be changed.
        let own = lower.contains("git/refs/heads/") && matches!(self.changed_branch(&text, state), Changed::Nothing);
        if forge && writes && about.iter().any(|path| lower.contains(path)) && !own {
            self.ask("this request may change a branch on the server", INSTEAD);
        } else if text.contains("git-receive-pack") {
            self.ask("this speaks git's push protocol by hand", INSTEAD);
        }
    }

    /// `jj git push` runs git with --no-verify, so nothing behind the guard sees it.
    fn jj(&mut self, argv: &[Field], state: &State) {
        let Some(at) = argv.windows(2).position(|pair| pair[0].is("git") && pair[1].is("push")) else { return };
        let args = &argv[at + 2..];
        if args.iter().any(|field| field.is("--dry-run") || field.is("--help") || field.is("-h")) {
            return;
        }
        if args.iter().any(|field| ["--all", "--tracked", "--deleted"].iter().any(|flag| field.is(flag))) {
            self.deny(
                "this pushes every bookmark, protected ones too, and runs no hook",
                "Use instead: jj git push --bookmark NAME",
            );
        } else if args
            .iter()
            .any(|field| ["-b", "--bookmark", "--named"].iter().any(|flag| field.text.prefix().starts_with(flag)))
        {
            self.by_flag(args, &["-b", "--bookmark", "--named", "--branch"], "this push", state);
        } else if !args.iter().any(|field| ["-c", "--change"].iter().any(|flag| field.text.prefix().starts_with(flag)))
        {
            self.ask("which bookmarks this pushes cannot be seen", "Use instead: jj git push --change @");
        }
    }

    /// The branch is the value of a flag.
    fn by_flag(&mut self, argv: &[Field], flags: &[&str], what: &str, state: &State) {
        if !self.burn(50) {
            return;
        }
        let protection = self.protection_at(state);
        for (at, field) in argv.iter().enumerate() {
            let value = flags.iter().find_map(|flag| {
                if field.is(flag) {
                    return argv.get(at + 1).map(|field| field.text.clone());
                }
                field
                    .text
                    .strip_prefix(&format!("{flag}="))
                    .or_else(|| if flag.len() == 2 { field.text.strip_prefix(flag) } else { None })
            });
            let Some(value) = value else { continue };
            let shown = value.shown();
            let name = shown.split('=').next().unwrap_or("").trim_start_matches("exact:").trim_start_matches("remote/");
            if protection.rule(&format!("refs/heads/{name}")).is_some() {
                self.deny(format!("{what} would update '{name}', which is protected"), INSTEAD);
            } else if !value.is_known() || shown.contains(['*', '?']) {
                self.ask(format!("where {what} lands cannot be known"), INSTEAD);
            }
        }
    }
}

fn has(argv: &[Field], verb: &str) -> bool {
    argv.iter().skip(1).any(|field| field.is(verb))
}

/// Bodies of a request that are given as files: those that the command wrote, and standard input.
fn bodies(argv: &[Field], call: &Call, state: &State) -> String {
    let mut text = String::new();
    for word in argv[1..].iter().filter_map(Field::get) {
        let name = word.rsplit(['=', '@']).next().unwrap_or(word);
        let file = state.path(name).and_then(|path| state.disk.files.get(&path));
        let input = match &call.io.stdin {
            Stdin::Text(input, _) if name == "-" || name == "/dev/stdin" => Some(input),
            _ => None,
        };
        if let Some(found) = file.or(input) {
            text.push('\n');
            text.push_str(&found.shown());
        }
    }
    text
}

/// What a request would do.
enum Changed {
    Protected(String),
    Unclear,
    Nothing,
}

/// The name that text begins with, quotes and blanks in front of it aside.
fn named(text: &str) -> &str {
    let text = text.trim_start_matches(['"', '\'', ' ', '\\']);
    let text = text.strip_prefix("refs/heads/").unwrap_or(text);
    let end = text.find(|letter: char| !letter.is_alphanumeric() && !"-_/.".contains(letter));
    &text[..end.unwrap_or(text.len())]
}

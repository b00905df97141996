//! Other programs that move a branch on a server: forges' clients, other version control on top of git, raw requests.

use super::expand::Field;
use super::walk::Walker;
use crate::policy::push::Protection;

const INSTEAD: &str = "Use instead: open a pull request, and let a person merge it.";

/// Clients whose words are not looked through for a wrapped command.
pub(super) fn is_textual(base: &str) -> bool {
    matches!(base, "gh" | "glab" | "jj" | "curl" | "wget" | "sed" | "gsed" | "http" | "https" | "tea")
}

impl Walker<'_> {
    /// `true` if it is one of them.
    pub(super) fn client(&mut self, base: &str, argv: &[Field]) -> bool {
        if !self.session.agent {
            return is_textual(base) && !base.ends_with("sed");
        }
        match base {
            "gh" => self.gh(argv),
            "glab" => self.glab(argv),
            "jj" => self.jj(argv),
            "curl" | "wget" | "http" | "https" | "xh" => self.request(argv),
            "got" if has(argv, "send") => self.by_flag(argv, &["-b"], "got send"),
            "sl" | "hg" if has(argv, "push") => self.by_flag(argv, &["--to", "-B", "--bookmark"], "this push"),
            "git-town" | "gt" | "arc" | "spr" if ["ship", "land", "merge"].iter().any(|verb| has(argv, verb)) => {
                self.ask("this merges into the base branch on the server", INSTEAD);
            }
            _ => return false,
        }
        true
    }

    fn gh(&mut self, argv: &[Field]) {
        let verbs: Vec<&str> =
            argv[1..].iter().filter_map(Field::get).filter(|text| !text.starts_with('-')).take(3).collect();
        match verbs.as_slice() {
            ["pr", "merge", ..] => self.ask("this merges a pull request on the server", INSTEAD),
            ["repo", "sync", ..] => self.ask("this updates a branch of a repository on the server", INSTEAD),
            ["repo", "delete" | "edit" | "archive" | "rename", ..] => {
                self.ask("this changes the repository on the server", "");
            }
            ["ruleset" | "alias", ..] => {}
            ["api", ..] => self.gh_api(argv),
            _ => {}
        }
    }

    fn gh_api(&mut self, argv: &[Field]) {
        let words: Vec<String> = argv[1..].iter().map(|field| field.text.shown()).collect();
        let all = words.join("\n");
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
            self.api(&all);
        }
    }

    fn glab(&mut self, argv: &[Field]) {
        let verbs: Vec<&str> =
            argv[1..].iter().filter_map(Field::get).filter(|text| !text.starts_with('-')).take(3).collect();
        match verbs.as_slice() {
            ["mr", "merge" | "accept", ..] => self.ask("this merges a merge request on the server", INSTEAD),
            ["api", ..] => self.gh_api(argv),
            _ => {}
        }
    }

    /// A request that writes: by what its path and body name.
    fn api(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        let protection = Protection::bare_minimum();
        let names: Vec<String> = protection.rules().iter().map(|rule| rule.pattern.clone()).collect();
        let mentions = |before: &str| names.iter().any(|name| follows(&lower, before, name));
        let branch = mentions("refs/heads/")
            || mentions("branches/")
            || mentions("branch=")
            || mentions("branchname:")
            || mentions("branchname\":")
            || mentions("branch\":")
            || mentions("ref=")
            || mentions("base=")
            || mentions("heads%2f");
        let ref_write = lower.contains("git/refs")
            || lower.contains("createcommitonbranch")
            || lower.contains("updateref")
            || lower.contains("deleteref")
            || lower.contains("/contents/")
            || lower.contains("/merges")
            || lower.contains("protection")
            || lower.contains("mergebranch")
            || lower.contains("repository/commits")
            || lower.contains("protected_branches");
        if ref_write && branch {
            self.deny("this request changes a protected branch on the server", INSTEAD);
        } else if lower.contains("createcommitonbranch")
            || lower.contains("updaterefs")
            || lower.contains("mergepullrequest")
            || lower.contains("enablepullrequestautomerge")
            || lower.contains("mergebranch")
            || lower.contains("updateref(")
            || (lower.contains("/pulls/") && lower.contains("/merge"))
            || (lower.contains("merge_requests/") && lower.contains("/merge"))
            || lower.contains("/merges")
            || lower.contains("merge-upstream")
            || lower.contains("/rulesets")
            || lower.contains("protection")
        {
            self.ask("this request merges or changes branches on the server", INSTEAD);
        } else if lower.contains("git/refs/") && lower.contains('…') {
            self.ask("which branch this request changes cannot be known", INSTEAD);
        }
    }

    fn request(&mut self, argv: &[Field]) {
        let text = argv[1..].iter().map(|field| field.text.shown()).collect::<Vec<_>>().join("\n");
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
        if forge && writes && about.iter().any(|path| lower.contains(path)) {
            self.ask("this request may change a branch on the server", INSTEAD);
        } else if text.contains("git-receive-pack") {
            self.ask("this speaks git's push protocol by hand", INSTEAD);
        }
    }

    /// `jj git push` runs git with --no-verify, so nothing behind the guard sees it.
    fn jj(&mut self, argv: &[Field]) {
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
            self.by_flag(args, &["-b", "--bookmark", "--named", "--branch"], "this push");
        } else if !args.iter().any(|field| ["-c", "--change"].iter().any(|flag| field.text.prefix().starts_with(flag)))
        {
            self.ask("which bookmarks this pushes cannot be seen", "Use instead: jj git push --change @");
        }
    }

    /// The branch is the value of a flag.
    fn by_flag(&mut self, argv: &[Field], flags: &[&str], what: &str) {
        let protection = Protection::bare_minimum();
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

/// Whether `name` follows `before` as a whole word, quotes and blanks between them aside.
fn follows(text: &str, before: &str, name: &str) -> bool {
    text.match_indices(before).any(|(at, _)| {
        let rest = text[at + before.len()..].trim_start_matches(['"', '\'', ' ', '\\']);
        let rest = rest.strip_prefix("refs/heads/").unwrap_or(rest);
        rest.strip_prefix(name).is_some_and(|rest| {
            !rest.starts_with(|letter: char| letter.is_alphanumeric() || "-_/".contains(letter))
                || rest.starts_with("/protection")
                || rest.starts_with("/merge")
        })
    })
}

//! The options of `git push` (git-push(1)), read as git's parse-options does: long names may be cut short as long as they
//! stay unique, `--no-…` negates, the last of a pair wins, short letters may be bundled, and options may follow words.

use crate::policy::shell::Text;

/// What the options say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--all`, `--branches`
    pub all: bool,
    /// `--mirror`
    pub mirror: bool,
    /// `--delete`, `-d`
    pub delete: bool,
    /// `--tags`
    pub tags: bool,
    /// `--dry-run`, `-n`
    pub dry_run: bool,
    /// `--no-verify`
    pub no_verify: bool,
    /// `--set-upstream`, `-u`; `Some(false)` when it was said that it should not be.
    pub set_upstream: Option<bool>,
    /// `--prune`
    pub prune: bool,
    /// `--recurse-submodules`
    pub recurse: Option<String>,
    /// `--repo`
    pub repo: Option<Text>,
    /// `--receive-pack`, `--exec`
    pub receive_pack: Option<Text>,
    /// `--force-with-lease=<ref>:<expect>`: whoever writes that has looked at the remote.
    pub exact_lease: bool,
    /// `-h` or `--help`: nothing is pushed.
    pub help: bool,
    /// An option that this version does not know, an ambiguous one, or one without its value: git refuses it.
    pub refused: bool,
    /// A word may be an option or several words.
    pub murky: bool,
    /// Indices of the words that are no options: the repository and the refspecs.
    pub words: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    Optional,
}

const LONG: [(&str, Takes); 26] = [
    ("verbose", Takes::Nothing),
    ("quiet", Takes::Nothing),
    ("repo", Takes::Value),
    ("all", Takes::Nothing),
    ("branches", Takes::Nothing),
    ("mirror", Takes::Nothing),
    ("delete", Takes::Nothing),
    ("tags", Takes::Nothing),
    ("dry-run", Takes::Nothing),
    ("porcelain", Takes::Nothing),
    ("force", Takes::Nothing),
    ("force-with-lease", Takes::Optional),
    ("force-if-includes", Takes::Nothing),
    ("recurse-submodules", Takes::Value),
    ("thin", Takes::Nothing),
    ("receive-pack", Takes::Value),
    ("exec", Takes::Value),
    ("set-upstream", Takes::Nothing),
    ("progress", Takes::Nothing),
    ("prune", Takes::Nothing),
    ("verify", Takes::Nothing),
    ("follow-tags", Takes::Nothing),
    ("signed", Takes::Optional),
    ("atomic", Takes::Nothing),
    ("push-option", Takes::Value),
    ("ipv4", Takes::Nothing),
];

impl Options {
    /// Reads the words behind `push`.
    pub fn parse(args: &[Text]) -> Self {
        let mut options = Self::default();
        let mut at = 0;
        while at < args.len() {
            let arg = &args[at];
            at += 1;
            let prefix = arg.prefix();
            if prefix.is_empty() && !arg.is_known() {
                options.murky |= arg.chunks().len() == 1; // `$X`: anything, an option too
                options.words.push(at - 1);
            } else if prefix == "--" && arg.is_known() {
                options.words.extend(at..args.len());
                break;
            } else if prefix.starts_with("--") {
                at += usize::from(options.long(arg, args.get(at)));
            } else if prefix.starts_with('-') && (prefix.len() > 1 || !arg.is_known()) {
                at += usize::from(options.short(arg, args.get(at)));
            } else {
                options.words.push(at - 1);
            }
        }
        options
    }

    /// A long option; whether it took the next word.
    fn long(&mut self, arg: &Text, next: Option<&Text>) -> bool {
        let (name, value) = match arg.split_first('=') {
            Some((name, value)) => (name, Some(value)),
            None => match arg.get() {
                Some(name) => (name.to_owned(), None),
                None => {
                    self.murky = true;
                    return false;
                }
            },
        };
        let name = &name[2..];
        if name == "help" || name == "help-all" {
            self.help = true;
            return false;
        }
        let Some((found, takes, negated)) = lookup(name) else {
            self.refused = true;
            return false;
        };
        let needs = takes == Takes::Value && !negated && value.is_none();
        if needs && next.is_none() {
            self.refused = true;
        }
        let value = if needs { next.cloned() } else { value };
        self.set(found, negated, value);
        needs
    }

    fn short(&mut self, arg: &Text, next: Option<&Text>) -> bool {
        let letters = arg.prefix().to_owned();
        for (index, letter) in letters.char_indices().skip(1) {
            let name = match letter {
                'v' => "verbose",
                'q' => "quiet",
                'd' => "delete",
                'n' => "dry-run",
                'f' => "force",
                'u' => "set-upstream",
                '4' | '6' => "ipv4",
                'o' => {
                    // The value is what follows in the same word, else the next word.
                    let rest = arg.strip_prefix(&letters[..=index]).unwrap_or_default();
                    return rest.is_empty() && next.is_some();
                }
                'h' => {
                    self.help = true;
                    continue;
                }
                _ => {
                    self.refused = true;
                    continue;
                }
            };
            self.set(name, false, None);
        }
        self.murky |= !arg.is_known();
        false
    }

    fn set(&mut self, name: &str, negated: bool, value: Option<Text>) {
        let on = !negated;
        match name {
            "all" | "branches" => self.all = on,
            "mirror" => self.mirror = on,
            "delete" => self.delete = on,
            "tags" => self.tags = on,
            "dry-run" => self.dry_run = on,
            "prune" => self.prune = on,
            "verify" => self.no_verify = negated,
            "set-upstream" => self.set_upstream = Some(on),
            "repo" => self.repo = value.filter(|_| on),
            "receive-pack" | "exec" => self.receive_pack = value.filter(|_| on),
            "recurse-submodules" => {
                self.recurse =
                    Some(if negated { "no".to_owned() } else { value.map(|v| v.shown()).unwrap_or_default() });
            }
            "force-with-lease" => {
                self.exact_lease |= on && value.is_some_and(|value| !value.is_known() || value.shown().contains(':'));
            }
            _ => {}
        }
    }
}

/// The option that a name stands for, if it is the only one that begins so.
fn lookup(name: &str) -> Option<(&'static str, Takes, bool)> {
    let names = || std::iter::once(("ipv6", Takes::Nothing)).chain(LONG);
    let plain = name.strip_prefix("no-");
    for (long, takes) in names() {
        if long == name {
            return Some((long, takes, false));
        }
        if plain == Some(long) {
            return Some((long, Takes::Nothing, true));
        }
    }
    let mut found = None;
    for (long, takes) in names() {
        let negative = format!("no-{long}");
        for (candidate, takes, negated) in [(long, takes, false), (negative.as_str(), Takes::Nothing, true)] {
            if !name.is_empty() && candidate.starts_with(name) {
                if found.is_some() {
                    return None;
                }
                found = Some((long, takes, negated));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Options {
        Options::parse(&line.split(' ').map(Text::from).collect::<Vec<_>>())
    }

    #[test]
    fn short_names_and_last_wins() {
        assert!(parsed("--mirr origin").mirror);
        assert!(parsed("--al origin").all);
        assert!(parsed("origin --delet main").delete);
        assert!(parsed("--no-verif origin").no_verify);
        assert!(!parsed("--no-verify --verify origin").no_verify);
        assert!(!parsed("--mirror --no-mirror origin").mirror);
        assert!(parsed("-n origin").dry_run);
        assert!(!parsed("-n --no-dry-run").dry_run);
        assert!(parsed("--forc origin").refused);
        assert!(parsed("--bogus origin").refused);
        let bundle = parsed("-qfdu origin main");
        assert!(bundle.delete && bundle.set_upstream == Some(true) && bundle.words == [1, 2]);
    }

    #[test]
    fn values_are_no_words() {
        assert_eq!(parsed("-o ci.skip origin main").words, [2, 3]);
        assert_eq!(parsed("-oci.skip origin main").words, [1, 2]);
        assert_eq!(parsed("--push-option origin -u origin x").words, [3, 4]);
        assert_eq!(parsed("--receive-pack=x origin").words, [1]);
        assert_eq!(parsed("--force-with-lease origin x").words, [1, 2]);
        assert_eq!(parsed("origin main -- -x").words, [0, 1, 3]);
        assert_eq!(parsed("--repo=origin main").repo, Some("origin".into()));
    }
}

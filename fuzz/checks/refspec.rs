//! What holds for any words behind `push`, in any configuration.

use git_agent::policy::push::refspec::{Refspec, fill, star};
use git_agent::policy::push::{Config, Dst, Head, Options, Refusal, Repository, Setting, View, glob, resolve};
use git_agent::policy::shell::Text;

struct Bench(Config);

impl Repository for Bench {
    fn head(&self) -> Head {
        Head::Branch("refs/heads/x".to_owned())
    }
    fn config(&self) -> &Config {
        &self.0
    }
    fn has_ref(&self, name: &str) -> bool {
        self.refs("").iter().any(|found| found == name)
    }
    fn symbolic(&self, _: &str) -> Option<String> {
        None
    }
    fn refs(&self, prefix: &str) -> Vec<String> {
        let names = ["refs/heads/main", "refs/heads/x", "refs/tags/v1"];
        names.iter().filter(|name| name.starts_with(prefix)).map(|name| (*name).to_owned()).collect()
    }
    fn default_of(&self, _: &str) -> Option<String> {
        None
    }
    fn legacy_push(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn git_dir(&self) -> &str {
        "/r/.git/worktrees/x"
    }
    fn common_dir(&self) -> &str {
        "/r/.git"
    }
    fn top(&self) -> Option<&str> {
        Some("/w")
    }
    fn linked(&self) -> bool {
        true
    }
    fn recorded(&self) -> &[String] {
        &[]
    }
    fn has_submodules(&self) -> bool {
        false
    }
}

/// Checks one text: settings `key=value`, one a line, an empty line, and the words, with blanks between them. A `…` in a
/// word stands for something that cannot be known.
pub fn check(text: &str) {
    let (settings, line) = text.split_once("\n\n").unwrap_or(("", text));
    let mut config = Config::default();
    for (key, value) in settings.lines().filter_map(|line| line.split_once('=')) {
        // What the user has let through is not protected, so nothing could be said of it.
        if !key.trim().to_ascii_lowercase().starts_with("agent") {
            config.push(key, Setting::Text(value.to_owned()));
        }
    }
    let repo = Bench(config.clone());
    let view = View { repo: &repo, config, head: repo.head(), refs: Vec::new() };
    let mut words: Vec<Text> = line.split(' ').map(word).collect();
    let options = Options::parse(&words);
    assert!(options.words.iter().all(|at| *at < words.len()));
    assert!(options.words.windows(2).all(|pair| pair[0] < pair[1]), "each word once, and in order");
    let landing = resolve(&view, &words, &options);
    for found in &landing.moves {
        assert!(found.word.is_none_or(|at| at < words.len()));
        if let Dst::Ref(name) = &found.dst {
            let protected = landing.protection.rule(name).is_some();
            assert!(!protected || landing.onto_protected().is_some(), "{name}");
        }
    }
    for word in &words {
        if let Refspec::Pattern(from, to) = Refspec::parse(word) {
            if let Some(found) = star(&from, "refs/heads/main") {
                assert_eq!(fill(&from, found), "refs/heads/main");
                assert_eq!(star(&to, &fill(&to, found)), Some(found), "{to}");
            }
            let _ = glob::matches(&from, "refs/heads/main");
        }
        if !glob::is_glob(&word.shown()) {
            assert!(glob::matches(&word.shown(), &word.shown()));
        }
    }
    // Behind any words that name a remote, a full refspec onto main lands there, unless git takes no refspec then.
    let Some(last) = options.words.last() else { return };
    if words[*last].get() == Some("tag") {
        return;
    }
    words.push("HEAD:refs/heads/main".into());
    let more = Options::parse(&words);
    // `-o` takes the new word for its value.
    if more.words.len() != options.words.len() + 1 || more.help || more.refused || more.delete {
        return;
    }
    let landing = resolve(&view, &words, &more);
    assert!(
        landing.onto_protected().is_some() || landing.refusal == Some(Refusal::Usage),
        "main is not seen to move: {:?}",
        landing.moves
    );
}

fn word(text: &str) -> Text {
    let mut word = Text::default();
    for (index, piece) in text.split('…').enumerate() {
        if index > 0 {
            word.push(&Text::unknown());
        }
        word.push_str(piece);
    }
    word
}

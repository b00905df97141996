//! From options, words and facts to the refs that would move.

use super::args::Options;
use super::config::Setting;
use super::dst::{Dst, complete, dst_of};
use super::facts::{Head, View};
use super::glob;
use super::protect::Protection;
use super::refspec::{Refspec, fill, star};
use crate::policy::shell::Text;

/// A ref that would move, and why.
#[derive(Clone, Debug)]
pub struct Move {
    /// The local ref or revision, unless it deletes.
    pub src: Option<String>,
    /// Where it lands.
    pub dst: Dst,
    /// What in the words or in the configuration sends it there.
    pub because: String,
    /// The index of the word among the arguments that said so.
    pub word: Option<usize>,
}

/// Why git itself will not push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The branch has no upstream, or one of another name, or push.default is nothing: `-u` with a full refspec helps.
    NoUpstream,
    /// push.default is upstream, but the push goes to another remote.
    Triangular,
    /// HEAD is detached and no refspec says where to.
    Detached,
    /// The words contradict each other or name nothing.
    Usage,
}

/// What a push would do.
#[derive(Clone, Debug, Default)]
pub struct Landing {
    /// The remote, as it was named or chosen; `None` when it cannot be known.
    pub remote: Option<String>,
    /// Where it is.
    pub urls: Vec<String>,
    /// What would move.
    pub moves: Vec<Move>,
    /// Git would not do it.
    pub refusal: Option<Refusal>,
    /// No refspec was given.
    pub plain: bool,
    /// Git sets the upstream by itself.
    pub sets_upstream: bool,
    /// What is protected there.
    pub protection: Protection,
}

/// Resolves a push as git would.
pub fn resolve(view: &View<'_>, args: &[Text], options: &Options) -> Landing {
    let mut landing = Landing::default();
    let words: Vec<(usize, &Text)> = options.words.iter().filter_map(|at| Some((*at, args.get(*at)?))).collect();
    let named = words.first().map(|(_, word)| (*word).clone()).or_else(|| options.repo.clone());
    landing.remote = match &named {
        Some(word) => word.get().map(str::to_owned),
        None => Some(view.push_remote()),
    };
    let remote = landing.remote.clone().unwrap_or_default();
    if landing.remote.is_some() {
        landing.urls = view.push_urls(&remote);
    }
    landing.protection = Protection::of(view, &remote, &landing.urls);
    let mirrors = options.mirror || view.config.flag(&format!("remote.{remote}.mirror"), true) == Some(true);
    let given = words.get(1..).unwrap_or_default();
    let configured = configured(view, &remote);
    let mut specs: Vec<(Refspec, Option<usize>)> = Vec::new();
    if !explicit(view, given, options, &configured, &mut specs) {
        landing.refusal = Some(Refusal::Usage);
    }
    if options.tags {
        specs.push((Refspec::Pattern("refs/tags/*".into(), "refs/tags/*".into()), None));
    }
    landing.plain = given.is_empty() && !options.tags && !options.all && !mirrors;
    if mirrors {
        every(view, "refs/", "--mirror", &mut landing.moves);
        landing.moves.push(Move::new(None, Dst::Unknown, "a mirror push also deletes what is not here"));
        if !given.is_empty() {
            landing.refusal = Some(Refusal::Usage);
        }
        return landing;
    }
    if options.all {
        every(view, "refs/heads/", "--all", &mut landing.moves);
        if !given.is_empty() {
            landing.refusal = Some(Refusal::Usage);
        }
    } else if specs.is_empty() && options.delete {
        landing.refusal = Some(Refusal::Usage);
    } else if specs.is_empty() {
        if configured.is_empty() {
            plain(view, &remote, &mut landing, &mut specs);
        } else {
            specs = configured.iter().map(|text| (Refspec::parse(text), None)).collect();
        }
    }
    let by_config = given.is_empty() && !configured.is_empty() && !options.tags && !options.all;
    let because = if by_config { format!("remote.{remote}.push") } else { String::new() };
    land(view, &specs, &because, &mut landing);
    landing
}

impl Move {
    fn new(src: Option<String>, dst: Dst, because: impl Into<String>) -> Self {
        Self { src, dst, because: because.into(), word: None }
    }
}

/// `remote.<name>.push`, and the same in the old formats.
fn configured(view: &View<'_>, remote: &str) -> Vec<Text> {
    let values = view.config.all(&format!("remote.{remote}.push"));
    let mut specs: Vec<Text> = values
        .into_iter()
        .map(|value| if let Setting::Text(text) = value { Text::known(text.as_str()) } else { Text::unknown() })
        .collect();
    // Git looks for such a file only where configuration has no address.
    let addressed = ["url", "vcs"].iter().any(|key| !view.config.all(&format!("remote.{remote}.{key}")).is_empty());
    if specs.is_empty() && !addressed && !remote.contains(['/', ':']) {
        specs.extend(view.repo.legacy_push(remote).into_iter().map(Text::known));
    }
    specs
}

/// The refspecs of the command line, mapped as `builtin/push.c` does; `false` when git refuses them.
fn explicit(
    view: &View<'_>,
    given: &[(usize, &Text)],
    options: &Options,
    configured: &[Text],
    specs: &mut Vec<(Refspec, Option<usize>)>,
) -> bool {
    let mut fine = true;
    let mut words = given.iter();
    while let Some((at, word)) = words.next() {
        let spec = if word.get() == Some("tag") {
            let Some((_, name)) = words.next() else {
                return false;
            };
            let mut full = Text::known("refs/tags/");
            full.push(name);
            if options.delete { Refspec::Delete(full) } else { Refspec::Pair(full.clone(), full) }
        } else if options.delete {
            fine &= !word.is_empty() && word.split_last(':').is_none();
            Refspec::Delete((*word).clone())
        } else {
            match Refspec::parse(word) {
                // With `+` in front the name is no ref's, so it is not mapped.
                Refspec::Name(name) if !word.prefix().starts_with('+') => mapped(view, &name, configured),
                other => other,
            }
        };
        fine &= spec != Refspec::Invalid;
        specs.push((spec, Some(*at)));
    }
    fine
}

/// A branch's bare name goes through `remote.<name>.push`, or to its upstream under push.default=upstream.
fn mapped(view: &View<'_>, name: &str, configured: &[Text]) -> Refspec {
    let same = || Refspec::Name(name.to_owned());
    let Some(full) = view.dwim(name) else { return same() };
    for spec in configured {
        let dst = match Refspec::parse(spec) {
            Refspec::Unknown => return Refspec::Unknown,
            Refspec::Pattern(from, to) => star(&from, &full).map(|found| fill(&to, found)),
            Refspec::Pair(from, to) if from.get() == Some(full.as_str()) => to.get().map(str::to_owned),
            _ => None,
        };
        if let Some(dst) = dst {
            return Refspec::Pair(Text::known(full), Text::known(dst));
        }
    }
    if let (true, Some(branch)) = (default_is_upstream(view), full.strip_prefix("refs/heads/")) {
        match view.config.all(&format!("branch.{branch}.merge")).as_slice() {
            [Setting::Text(merge)] => return Refspec::Pair(name.into(), merge.as_str().into()),
            [Setting::Unknown] => return Refspec::Unknown,
            _ => {}
        }
    }
    same()
}

fn push_default(view: &View<'_>) -> Option<String> {
    match view.config.last("push.default") {
        None => Some("simple".to_owned()),
        Some(Setting::Text(text)) => Some(text.clone()),
        Some(_) => None,
    }
}

fn default_is_upstream(view: &View<'_>) -> bool {
    // A value that cannot be known counts as the worst one.
    push_default(view).is_none_or(|value| value == "upstream" || value == "tracking")
}

/// No refspec and no `remote.<name>.push`: push.default decides (git-config(1)).
fn plain(view: &View<'_>, remote: &str, landing: &mut Landing, specs: &mut Vec<(Refspec, Option<usize>)>) {
    let Some(default) = push_default(view) else {
        landing.moves.push(Move::new(None, Dst::Unknown, "push.default cannot be known"));
        return;
    };
    match default.as_str() {
        "matching" => {
            specs.push((Refspec::Matching, None));
            return;
        }
        "nothing" => {
            landing.refusal = Some(Refusal::NoUpstream);
            return;
        }
        _ => {}
    }
    let full = match &view.head {
        Head::Branch(full) => full.clone(),
        Head::Detached => {
            landing.refusal = Some(Refusal::Detached);
            return;
        }
        Head::Unknown => {
            landing.moves.push(Move::new(None, Dst::Unknown, "the branch that is checked out cannot be known"));
            return;
        }
    };
    let branch = full.strip_prefix("refs/heads/").unwrap_or(&full);
    let merges = view.config.all(&format!("branch.{branch}.merge"));
    let auto = view.config.flag("push.autosetupremote", false) == Some(true);
    let own_remote = view.remote_of(Some(branch));
    let upstream = match merges.as_slice() {
        [] if auto => Some(full.clone()),
        [Setting::Text(merge)] if view.config.last(&format!("branch.{branch}.remote")).is_some() => Some(merge.clone()),
        [Setting::Unknown] => {
            landing.moves.push(Move::new(Some(full), Dst::Unknown, "the upstream cannot be known"));
            return;
        }
        _ => None,
    };
    landing.sets_upstream = auto && merges.is_empty();
    let dst = match default.as_str() {
        "current" => full.clone(),
        "upstream" | "tracking" => {
            if remote != own_remote {
                landing.refusal = Some(Refusal::Triangular);
                if let Some(upstream) = upstream {
                    // Git refuses today; what the configuration asks for is kept for the verdict.
                    landing.moves.push(Move::new(Some(full), complete(&upstream), "push.default=upstream"));
                }
                return;
            }
            match upstream {
                Some(upstream) => upstream,
                None => {
                    landing.refusal = Some(Refusal::NoUpstream);
                    return;
                }
            }
        }
        // simple, and any value that git does not know, which it refuses
        _ => {
            if remote == own_remote && upstream.as_ref() != Some(&full) {
                landing.refusal = Some(Refusal::NoUpstream);
                return;
            }
            full.clone()
        }
    };
    landing.moves.push(Move::new(Some(full), complete(&dst), format!("push.default={default}")));
}

/// Turns refspecs into moves.
fn land(view: &View<'_>, specs: &[(Refspec, Option<usize>)], because: &str, landing: &mut Landing) {
    let negatives: Vec<&str> = specs
        .iter()
        .filter_map(|(spec, _)| if let Refspec::Negative(name) = spec { Some(name.as_str()) } else { None })
        .collect();
    let left_out = |name: &str| negatives.iter().any(|pattern| star(pattern, name).is_some());
    for (spec, word) in specs {
        let reason = |text: &str| if because.is_empty() { text.to_owned() } else { because.to_owned() };
        let first = landing.moves.len();
        match spec {
            Refspec::Negative(_) | Refspec::Invalid => {}
            Refspec::Unknown => {
                landing.moves.push(Move::new(None, Dst::Unknown, reason("a refspec that cannot be known")));
            }
            Refspec::Delete(dst) => landing.moves.push(Move::new(None, dst_of(dst), reason("a deletion"))),
            Refspec::Pair(src, dst) => {
                landing.moves.push(Move::new(Some(src.shown()), dst_of(dst), reason("the refspec")));
            }
            Refspec::Name(name) => match by_name(view, name) {
                Ok(dst) => landing.moves.push(Move::new(Some(name.clone()), dst, reason("the refspec"))),
                Err(refusal) => landing.refusal = Some(refusal),
            },
            Refspec::Matching => {
                for name in view.refs_below("refs/heads/").into_iter().filter(|name| !left_out(name)) {
                    let dst = Dst::Ref(name.clone());
                    landing.moves.push(Move::new(
                        Some(name),
                        dst,
                        reason("matching: each branch that both sides have"),
                    ));
                }
            }
            Refspec::Pattern(from, to) => {
                let text = reason(&format!("the pattern {from}:{to}"));
                for name in view.refs_below("refs/").into_iter().filter(|name| !left_out(name)) {
                    if let Some(found) = star(from, &name) {
                        let dst = Dst::Ref(fill(to, found));
                        landing.moves.push(Move::new(Some(name), dst, text.clone()));
                    }
                }
                // A branch that is not here yet may be by the time it runs: protected names always count.
                for rule in landing.protection.rules().iter().filter(|rule| !glob::is_glob(&rule.pattern)) {
                    let dst = format!("refs/heads/{}", rule.pattern);
                    if let Some(src) = star(to, &dst).map(|found| fill(from, found))
                        && !left_out(&src)
                    {
                        landing.moves.push(Move::new(Some(src), Dst::Ref(dst), text.clone()));
                    }
                }
            }
        }
        for found in &mut landing.moves[first..] {
            found.word = *word;
        }
    }
}

fn every(view: &View<'_>, prefix: &str, because: &str, moves: &mut Vec<Move>) {
    moves
        .extend(view.refs_below(prefix).into_iter().map(|name| Move::new(Some(name.clone()), Dst::Ref(name), because)));
}

/// `git push <remote> <name>` without a mapping: the ref goes to its own full name, symbolic refs are followed.
fn by_name(view: &View<'_>, name: &str) -> Result<Dst, Refusal> {
    if name == "HEAD" {
        return match &view.head {
            Head::Branch(full) => Ok(Dst::Ref(full.clone())),
            Head::Detached => Err(Refusal::Detached),
            Head::Unknown => Ok(Dst::Unknown),
        };
    }
    match view.dwim(name) {
        Some(full) => Ok(Dst::Ref(view.repo.symbolic(&full).unwrap_or(full))),
        // Not there now: git refuses, unless something before it makes a branch of that name.
        None => Ok(complete(name)),
    }
}

impl Landing {
    /// The first move onto something protected: which, and by what rule.
    pub fn onto_protected(&self) -> Option<(&Move, &super::protect::Rule)> {
        self.moves.iter().find_map(|found| match &found.dst {
            Dst::Ref(name) => self.protection.rule(name).map(|rule| (found, rule)),
            _ => None,
        })
    }

    /// The first move of which it cannot be said that it is harmless.
    pub fn unclear(&self) -> Option<&Move> {
        self.moves.iter().find(|found| match &found.dst {
            Dst::Ref(_) => false,
            Dst::Below(prefix) => self.protection.rule_below(prefix).is_some(),
            Dst::Unknown => !self.protection.off,
        })
    }
}

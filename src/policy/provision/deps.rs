//! Dependencies by lockfile: which tool they belong to ([`super::tools`]), and what is done about them.
//! `docs/environment.md` says the same in words, with the reasons.

use super::Kind;
use super::shape::Shape;

pub use super::tools::{Install, TOOLS, Take, Tool};

/// Folders in which a lockfile belongs to an example or to somebody else's code.
const FOREIGN: [&str; 14] = [
    "node_modules",
    "vendor",
    "third_party",
    "fixtures",
    "__fixtures__",
    "testdata",
    "test",
    "tests",
    "__tests__",
    "spec",
    "example",
    "examples",
    "templates",
    ".git",
];

/// How deep lockfiles are looked for.
const DEPTH: usize = 3;

/// How many lockfiles are heeded: whoever has more wants a setup command.
pub const MOST: usize = 20;

/// Whether a tracked path may be of interest here: the last part of a lockfile or of its companion, not too deep.
pub fn is_interesting(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let known = TOOLS.iter().any(|tool| tool.lockfiles.contains(&name) || tool.companion == Some(name));
    let parts = || folder.split('/').filter(|part| !part.is_empty());
    known && parts().count() <= DEPTH && !parts().any(|part| FOREIGN.contains(&part))
}

/// What a lockfile of yarn's second generation and later begins with, unlike the first one's.
pub fn is_berry(lock: &str) -> bool {
    lock.lines().any(|line| line == "__metadata:")
}

/// The dependencies to bring, from lockfiles given by folder and name: one step for each folder and family.
pub fn choose(lockfiles: &[(String, String)]) -> Vec<Kind> {
    let mut found = all(lockfiles);
    found.truncate(MOST);
    found
}

/// How many lockfiles [`choose`] does not heed.
pub fn beyond(lockfiles: &[(String, String)]) -> usize {
    all(lockfiles).len().saturating_sub(MOST)
}

fn all(lockfiles: &[(String, String)]) -> Vec<Kind> {
    let mut folders: Vec<&str> = lockfiles.iter().map(|(folder, _)| folder.as_str()).collect();
    folders.sort_by_key(|folder| (folder.split('/').filter(|part| !part.is_empty()).count(), *folder));
    folders.dedup();
    let mut found = Vec::new();
    for folder in folders {
        let here = |name: &str| lockfiles.iter().any(|(other, file)| other == folder && file == name);
        let mut families: Vec<&str> = Vec::new();
        for tool in &TOOLS {
            let lockfile = tool.lockfiles.iter().find(|name| here(name));
            let (Some(lockfile), false) = (lockfile, families.contains(&tool.family)) else { continue };
            if tool.companion.is_none_or(here) {
                families.push(tool.family);
                let (folder, lockfile) = (folder.to_owned(), (*lockfile).to_owned());
                found.push(Kind::Dependencies { tool, folder, lockfile });
            }
        }
    }
    found
}

impl Tool {
    /// Whether the tool's lockfile is in a folder; `here` says whether a file is.
    pub fn is_locked(&self, here: &dyn Fn(&str) -> bool) -> bool {
        self.lockfiles.iter().any(|name| here(name)) && self.companion.is_none_or(here)
    }

    /// The commands of its install; empty if nothing is installed in the worktree.
    pub fn commands(&self) -> &'static [&'static [&'static str]] {
        match self.install {
            Install::Nothing(_) => &[],
            Install::Commands { commands, .. } => commands,
        }
    }
}

/// Variables that a tool needs in order to install into the worktree and exactly what is locked.
pub fn environment(tool: &Tool) -> &'static [(&'static str, &'static str)] {
    match tool.name {
        "poetry" => &[("POETRY_VIRTUALENVS_IN_PROJECT", "true"), ("POETRY_VIRTUALENVS_CREATE", "true")],
        "bundler" => &[("BUNDLE_FROZEN", "true")],
        _ => &[],
    }
}

/// What `agent.deps` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Copy what may be copied, else install.
    #[default]
    Auto,
    /// Copy only.
    Reflink,
    /// Install only.
    Install,
    /// Neither.
    None,
}

impl Mode {
    /// The mode of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "auto" | "true" => Self::Auto,
            "reflink" | "copy" => Self::Reflink,
            "install" => Self::Install,
            "none" | "false" => Self::None,
            _ => return None,
        })
    }
}

/// What is known of one lockfile and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// What was wished.
    pub mode: Mode,
    /// The worktree has what the lockfile asks for already.
    pub installed: bool,
    /// The main checkout has an installed folder.
    pub main_installed: bool,
    /// Its lockfile is the same, and its folder holds what that asks for.
    pub same: bool,
    /// Files can be copied without their blocks between the two.
    pub can_share: bool,
    /// The lockfile is the repository's own, not one of a part of it.
    pub at_top: bool,
    /// The tool's program is there.
    pub on_path: bool,
    /// The repository's commands may run.
    pub trusted: bool,
}

/// What is done about one lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: all is there.
    Present,
    /// The main checkout's folders are copied.
    Take,
    /// These commands are run.
    Run(&'static [&'static [&'static str]]),
    /// Nothing, and nothing is amiss: the reason.
    Leave(&'static str),
    /// Nothing, and there is nothing to say.
    Quiet,
    /// It is missing, and the user should know: the install runs code of the repository, which is not trusted.
    Untrusted,
    /// It is missing, and the user should know: the tool's program is not there.
    NoProgram,
    /// It is missing, against what the user asked for: the reason.
    Missing(&'static str),
}

/// Decides what is done.
pub fn decide(tool: &Tool, shape: &Shape, facts: &Facts) -> Action {
    const NEITHER: Action = Action::Leave("the main checkout does not have it installed either");
    if facts.mode == Mode::None {
        return Action::Leave("agent.deps is none");
    }
    if facts.installed {
        return Action::Present;
    }
    let takes = match shape.take {
        Take::Yes => true,
        Take::Shared => facts.can_share,
        // Asked for by name, and in the user's own words.
        Take::No(_) => facts.mode == Mode::Reflink && tool.name == "pnpm",
    };
    if facts.mode != Mode::Install && takes && facts.main_installed && facts.same {
        return Action::Take;
    }
    let (commands, only_as_main) = match tool.install {
        Install::Nothing(why) => return Action::Leave(why),
        Install::Commands { commands, only_as_main } => (commands, only_as_main),
    };
    let is_wanted = facts.main_installed || facts.at_top && !only_as_main;
    // Where nothing of it is in the worktree, nothing can be seen of it in the main checkout either.
    let is_kept_nowhere = tool.installed.is_empty();
    match (facts.mode, shape.take) {
        (Mode::Reflink, _) if is_kept_nowhere => return Action::Quiet,
        (Mode::Reflink, Take::No(why)) if !takes => return Action::Leave(why),
        (Mode::Reflink, _) if !is_wanted => return NEITHER,
        (Mode::Reflink, _) => return Action::Missing("the main checkout has nothing that could be copied"),
        _ => {}
    }
    if !is_wanted && !is_kept_nowhere {
        return NEITHER;
    }
    match (facts.trusted, facts.on_path) {
        (true, true) => Action::Run(commands),
        // What is kept in one place for all may be there, and the tool loads the rest when it needs it.
        (false, _) if is_kept_nowhere => Action::Quiet,
        (_, false) => Action::NoProgram,
        (false, true) if shape.installed.is_empty() && facts.same => {
            Action::Leave("it is kept in one place for all, and the main checkout's lockfile is the same")
        }
        (false, true) => Action::Untrusted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> &'static Tool {
        TOOLS.iter().find(|tool| tool.name == name).unwrap()
    }

    fn decide(tool: &Tool, facts: &Facts) -> Action {
        super::decide(tool, &super::super::shape::plain(tool), facts)
    }

    #[test]
    fn one_tool_for_each_folder_and_family() {
        let chosen = |paths: &[&str]| {
            let split = |path: &&str| {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                (folder.to_owned(), name.to_owned())
            };
            let all: Vec<_> = paths.iter().filter(|path| is_interesting(path)).map(split).collect();
            choose(&all).iter().map(Kind::name).collect::<Vec<_>>()
        };
        for (paths, expected) in [
            (&["package-lock.json"][..], &["npm"][..]),
            (&["npm-shrinkwrap.json"], &["npm"]),
            (&["pnpm-lock.yaml", "package-lock.json"], &["pnpm"]),
            (&["yarn.lock"], &["yarn"]),
            (&["yarn.lock", ".yarnrc.yml"], &["yarn-berry"]),
            (&["bun.lockb"], &["bun"]),
            (&["bun.lock"], &["bun"]),
            (&["Cargo.lock", "uv.lock"], &["uv", "cargo"]),
            (&["uv.lock", "requirements.txt"], &["uv"]),
            (&["poetry.lock"], &["poetry"]),
            (&["requirements.txt"], &["pip"]),
            (&["Gemfile.lock"], &["bundler"]),
            (&["go.sum"], &["go"]),
            (&["pom.xml"], &["maven"]),
            (&["gradle.lockfile", "pom.xml"], &["gradle"]),
            (&["composer.lock"], &["composer"]),
            (&["mix.lock"], &["mix"]),
            (&["packages.lock.json"], &["dotnet"]),
            (&["Package.resolved"], &["swift"]),
            (&["web/package-lock.json", "uv.lock", "api/go.sum"], &["uv", "go:api", "npm:web"]),
            (&["a/b/c/d/yarn.lock", "tests/fixtures/yarn.lock", "vendor/x/go.sum"], &[]),
            (&["README.md", "src/lock"], &[]),
        ] {
            assert_eq!(chosen(paths), expected, "{paths:?}");
        }
        let many: Vec<String> = (0..50).map(|number| format!("p{number}/go.sum")).collect();
        assert_eq!(chosen(&many.iter().map(String::as_str).collect::<Vec<_>>()).len(), MOST);
    }

    #[test]
    fn what_is_done_about_a_lockfile() {
        let all = Facts {
            mode: Mode::Auto,
            installed: false,
            main_installed: true,
            same: true,
            can_share: true,
            at_top: true,
            on_path: true,
            trusted: true,
        };
        let npm: &[&[&str]] = &[&["npm", "ci", "--no-audit", "--no-fund"]];
        let missing = |action| matches!(action, Action::Missing(_));
        let leaves = |action| matches!(action, Action::Leave(_));
        assert_eq!(decide(tool("npm"), &all), Action::Take);
        assert_eq!(decide(tool("npm"), &Facts { installed: true, ..all }), Action::Present);
        assert!(leaves(decide(tool("npm"), &Facts { mode: Mode::None, ..all })));
        assert_eq!(decide(tool("npm"), &Facts { mode: Mode::Install, ..all }), Action::Run(npm));
        for differs in [Facts { same: false, ..all }, Facts { main_installed: false, ..all }] {
            assert_eq!(decide(tool("npm"), &differs), Action::Run(npm));
            assert_eq!(decide(tool("npm"), &Facts { trusted: false, ..differs }), Action::Untrusted);
            assert_eq!(decide(tool("npm"), &Facts { on_path: false, ..differs }), Action::NoProgram);
            assert!(missing(decide(tool("npm"), &Facts { mode: Mode::Reflink, ..differs })));
        }
        let part = Facts { main_installed: false, at_top: false, ..all };
        assert!(leaves(decide(tool("npm"), &part)), "a part that nobody installed");
        assert!(matches!(decide(tool("go"), &part), Action::Run(_)), "nothing can be seen of it");
        assert!(matches!(decide(tool("pnpm"), &all), Action::Run(_)));
        assert_eq!(decide(tool("pnpm"), &Facts { mode: Mode::Reflink, ..all }), Action::Take);
        assert!(leaves(decide(tool("uv"), &Facts { mode: Mode::Reflink, ..all })), "it never works elsewhere");
        assert!(leaves(decide(tool("npm"), &Facts { mode: Mode::Reflink, ..part })), "a part that nobody installed");
        assert_eq!(decide(tool("go"), &Facts { trusted: false, ..part }), Action::Quiet);
        // Gems may be with Ruby, for all projects.
        let gems = super::super::shape::bundler(tool("bundler"), "", false);
        let bundler = |facts: Facts| super::decide(tool("bundler"), &gems, &facts);
        let unseen = Facts { main_installed: false, ..all };
        assert!(matches!(bundler(unseen), Action::Run(_)));
        assert!(leaves(bundler(Facts { trusted: false, ..unseen })));
        assert_eq!(bundler(Facts { trusted: false, same: false, ..unseen }), Action::Untrusted);
        assert!(leaves(bundler(Facts { mode: Mode::Reflink, ..unseen })));
        assert!(matches!(decide(tool("uv"), &all), Action::Run(_)));
        assert_eq!(decide(tool("cargo"), &all), Action::Take);
        assert!(leaves(decide(tool("cargo"), &Facts { can_share: false, ..all })));
        assert!(leaves(decide(tool("pip"), &Facts { main_installed: false, ..all })));
    }

    #[test]
    fn nothing_is_started_without_trust() {
        for tool in &TOOLS {
            for bits in 0..64 {
                let bit = |at: u32| bits & 1 << at != 0;
                let (installed, main_installed, same) = (bit(0), bit(1), bit(2));
                let (can_share, at_top, on_path) = (bit(3), bit(4), bit(5));
                for mode in [Mode::Auto, Mode::Reflink, Mode::Install, Mode::None] {
                    let facts =
                        Facts { mode, installed, main_installed, same, can_share, at_top, on_path, trusted: false };
                    assert!(!matches!(decide(tool, &facts), Action::Run(_)), "{} {facts:?}", tool.name);
                }
            }
        }
    }

    #[test]
    fn modes() {
        for (text, expected) in [
            ("auto", Some(Mode::Auto)),
            ("reflink", Some(Mode::Reflink)),
            ("install", Some(Mode::Install)),
            ("none", Some(Mode::None)),
            ("soon", None),
        ] {
            assert_eq!(Mode::parse(text), expected, "{text}");
        }
    }
}

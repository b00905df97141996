//! The table of tools: `docs/environment.md` says the same in words, with the reasons.

/// A tool that installs dependencies.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// What people call it, and the name of its step.
    pub name: &'static str,
    /// Of the tools of one family only the first that is found in a folder is used.
    pub(super) family: &'static str,
    /// Its lockfiles, of which one is enough.
    pub(super) lockfiles: &'static [&'static str],
    /// A file that must lie beside the lockfile as well.
    pub(super) companion: Option<&'static str>,
    /// The folders that it fills, beside the lockfile.
    pub installed: &'static [&'static str],
    /// Whether it fills folders of that name in packages below, too.
    pub below: bool,
    /// Whether the folders may be copied to another place.
    pub take: Take,
    /// How it installs exactly what the lockfile says.
    pub install: Install,
}

/// Whether an installed folder works at another path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It does.
    Yes,
    /// It does, and is so big that only a copy that shares its blocks is worth it.
    Shared,
    /// It does not, for this reason.
    No(&'static str),
}

/// How a tool installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Install {
    /// Nothing is installed in the worktree, for this reason.
    Nothing(&'static str),
    /// These commands, one after the other, and only where commands of the repository may run. There is no way to call any of
    /// these tools so that nothing of the repository is started: settings of theirs that are files of the repository name
    /// programs (`yarn-path`, `.pnpmfile.cjs`, npm's `git`, uv's `.python-version`) and the places that secrets are sent to.
    Commands {
        /// The commands.
        commands: &'static [&'static [&'static str]],
        /// Only where the main checkout has it installed: the file says too little to install unasked.
        only_as_main: bool,
    },
}

const fn commands(commands: &'static [&'static [&'static str]]) -> Install {
    Install::Commands { commands, only_as_main: false }
}

const NODE: Tool = Tool {
    name: "",
    family: "node",
    lockfiles: &[],
    companion: None,
    installed: &["node_modules"],
    below: true,
    take: Take::Yes,
    install: Install::Nothing(""),
};

/// Every tool, the ones that are preferred within a family first.
pub const TOOLS: [Tool; 17] = [
    Tool {
        name: "pnpm",
        lockfiles: &["pnpm-lock.yaml"],
        take: Take::No("its links lead into a store of its own, which makes an install quick"),
        install: commands(&[&["pnpm", "install", "--frozen-lockfile", "--prefer-offline"]]),
        ..NODE
    },
    Tool {
        name: "bun",
        lockfiles: &["bun.lock", "bun.lockb"],
        install: commands(&[&["bun", "install", "--frozen-lockfile"]]),
        ..NODE
    },
    Tool {
        name: "yarn-berry",
        lockfiles: &["yarn.lock"],
        companion: Some(".yarnrc.yml"),
        install: commands(&[&["yarn", "install", "--immutable"]]),
        ..NODE
    },
    Tool {
        name: "yarn",
        lockfiles: &["yarn.lock"],
        install: commands(&[&["yarn", "install", "--frozen-lockfile", "--non-interactive"]]),
        ..NODE
    },
    Tool {
        name: "npm",
        lockfiles: &["package-lock.json", "npm-shrinkwrap.json"],
        install: commands(&[&["npm", "ci", "--no-audit", "--no-fund"]]),
        ..NODE
    },
    Tool {
        name: "uv",
        family: "python",
        lockfiles: &["uv.lock"],
        installed: &[".venv"],
        below: false,
        take: Take::No(VENV),
        install: commands(&[&["uv", "sync", "--frozen"]]),
        ..NODE
    },
    Tool {
        name: "poetry",
        family: "python",
        lockfiles: &["poetry.lock"],
        installed: &[".venv"],
        below: false,
        take: Take::No(VENV),
        install: commands(&[&["poetry", "install", "--no-interaction"]]),
        ..NODE
    },
    Tool {
        name: "pip",
        family: "python",
        lockfiles: &["requirements.txt"],
        installed: &[".venv"],
        below: false,
        take: Take::No(VENV),
        install: Install::Commands {
            commands: &[
                &["python3", "-m", "venv", ".venv"],
                &[".venv/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"],
            ],
            only_as_main: true,
        },
        ..NODE
    },
    Tool {
        name: "cargo",
        family: "rust",
        lockfiles: &["Cargo.lock"],
        installed: &["target"],
        below: false,
        take: Take::Shared,
        install: Install::Nothing(
            "cargo keeps its sources in one place for all, and builds into the worktree's own target",
        ),
        ..NODE
    },
    Tool {
        name: "bundler",
        family: "ruby",
        lockfiles: &["Gemfile.lock"],
        installed: &["vendor/bundle"],
        below: false,
        install: commands(&[&["bundle", "install"]]),
        ..NODE
    },
    Tool {
        name: "go",
        family: "go",
        lockfiles: &["go.sum"],
        installed: &[],
        below: false,
        install: commands(&[&["go", "mod", "download"]]),
        ..NODE
    },
    Tool {
        name: "gradle",
        family: "jvm",
        lockfiles: &["gradle.lockfile", "gradlew", "settings.gradle", "settings.gradle.kts"],
        installed: &[],
        below: false,
        install: Install::Nothing("gradle keeps dependencies in one place for all"),
        ..NODE
    },
    Tool {
        name: "maven",
        family: "jvm",
        lockfiles: &["pom.xml"],
        installed: &[],
        below: false,
        install: Install::Nothing("maven keeps dependencies in one place for all"),
        ..NODE
    },
    Tool {
        name: "composer",
        family: "php",
        lockfiles: &["composer.lock"],
        installed: &["vendor"],
        below: false,
        install: commands(&[&["composer", "install", "--no-interaction", "--no-progress"]]),
        ..NODE
    },
    Tool {
        name: "mix",
        family: "elixir",
        lockfiles: &["mix.lock"],
        installed: &["deps"],
        below: false,
        install: commands(&[&["mix", "deps.get", "--check-locked"]]),
        ..NODE
    },
    Tool {
        name: "dotnet",
        family: "dotnet",
        lockfiles: &["packages.lock.json"],
        installed: &["obj"],
        below: false,
        take: Take::No("what NuGet writes there holds absolute paths"),
        install: commands(&[&["dotnet", "restore", "--locked-mode"]]),
        ..NODE
    },
    Tool {
        name: "swift",
        family: "swift",
        lockfiles: &["Package.resolved"],
        installed: &[".build"],
        below: false,
        take: Take::No("its build plans hold absolute paths"),
        install: commands(&[&["swift", "package", "resolve"]]),
        ..NODE
    },
];

const VENV: &str = "a virtual environment holds absolute paths: its programs would start the main checkout's Python";

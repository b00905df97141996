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
    /// These commands, one after the other.
    Commands {
        /// Where commands of the repository or of a package may run.
        trusted: &'static [&'static [&'static str]],
        /// Where none may run; `None` if the tool cannot do without.
        untrusted: Option<&'static [&'static [&'static str]]>,
        /// Only where the main checkout has it installed: the file says too little to install unasked.
        only_as_main: bool,
    },
}

const fn commands(
    trusted: &'static [&'static [&'static str]],
    untrusted: Option<&'static [&'static [&'static str]]>,
) -> Install {
    Install::Commands { trusted, untrusted, only_as_main: false }
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
        take: Take::No("its programs hold absolute paths, and its store makes an install quick"),
        install: commands(
            &[&["pnpm", "install", "--frozen-lockfile", "--prefer-offline"]],
            Some(&[&["pnpm", "install", "--frozen-lockfile", "--prefer-offline", "--ignore-scripts"]]),
        ),
        ..NODE
    },
    Tool {
        name: "bun",
        lockfiles: &["bun.lock", "bun.lockb"],
        install: commands(
            &[&["bun", "install", "--frozen-lockfile"]],
            Some(&[&["bun", "install", "--frozen-lockfile", "--ignore-scripts"]]),
        ),
        ..NODE
    },
    Tool {
        name: "yarn-berry",
        lockfiles: &["yarn.lock"],
        companion: Some(".yarnrc.yml"),
        // `.yarnrc.yml` names the program that yarn is (`yarnPath`) and its plugins: files of the repository.
        install: commands(&[&["yarn", "install", "--immutable"]], None),
        ..NODE
    },
    Tool {
        name: "yarn",
        lockfiles: &["yarn.lock"],
        install: commands(
            &[&["yarn", "install", "--frozen-lockfile", "--non-interactive"]],
            Some(&[&["yarn", "install", "--frozen-lockfile", "--non-interactive", "--ignore-scripts"]]),
        ),
        ..NODE
    },
    Tool {
        name: "npm",
        lockfiles: &["package-lock.json", "npm-shrinkwrap.json"],
        install: commands(
            &[&["npm", "ci", "--no-audit", "--no-fund"]],
            Some(&[&["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]]),
        ),
        ..NODE
    },
    Tool {
        name: "uv",
        family: "python",
        lockfiles: &["uv.lock"],
        installed: &[".venv"],
        below: false,
        take: Take::No(VENV),
        install: commands(
            &[&["uv", "sync", "--frozen"]],
            // A source distribution and the project itself are built by code of their own.
            Some(&[&["uv", "sync", "--frozen", "--no-build", "--no-install-workspace"]]),
        ),
        ..NODE
    },
    Tool {
        name: "poetry",
        family: "python",
        lockfiles: &["poetry.lock"],
        installed: &[".venv"],
        below: false,
        take: Take::No(VENV),
        install: commands(&[&["poetry", "install", "--no-interaction"]], None),
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
            trusted: &[
                &["python3", "-m", "venv", ".venv"],
                &[".venv/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"],
            ],
            untrusted: None,
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
        installed: &["vendor/bundle", ".bundle"],
        below: false,
        // A Gemfile is a program.
        install: commands(&[&["bundle", "install"]], None),
        ..NODE
    },
    Tool {
        name: "go",
        family: "go",
        lockfiles: &["go.sum"],
        installed: &[],
        below: false,
        install: commands(&[&["go", "mod", "download"]], Some(&[&["go", "mod", "download"]])),
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
        install: commands(
            &[&["composer", "install", "--no-interaction", "--no-progress"]],
            Some(&[&["composer", "install", "--no-interaction", "--no-progress", "--no-scripts", "--no-plugins"]]),
        ),
        ..NODE
    },
    Tool {
        name: "mix",
        family: "elixir",
        lockfiles: &["mix.lock"],
        installed: &["deps"],
        below: false,
        // mix.exs is a program.
        install: commands(&[&["mix", "deps.get", "--check-locked"]], None),
        ..NODE
    },
    Tool {
        name: "dotnet",
        family: "dotnet",
        lockfiles: &["packages.lock.json"],
        installed: &["obj"],
        below: false,
        take: Take::No("what NuGet writes there holds absolute paths"),
        // A project file is a program of MSBuild.
        install: commands(&[&["dotnet", "restore", "--locked-mode"]], None),
        ..NODE
    },
    Tool {
        name: "swift",
        family: "swift",
        lockfiles: &["Package.resolved"],
        installed: &[".build"],
        below: false,
        take: Take::No("its build plans hold absolute paths"),
        // Package.swift is a program.
        install: commands(&[&["swift", "package", "resolve"]], None),
        ..NODE
    },
];

const VENV: &str = "a virtual environment holds absolute paths: its programs would start the main checkout's Python";

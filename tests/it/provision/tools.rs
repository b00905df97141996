//! The real tools, each with a package that lies in the repository and without a network: what is brought is loaded in the
//! worktree, from the worktree.
//!
//! They are looked for in `GIT_AGENT_TEST_TOOLS`, folders as in PATH, and on PATH. A test without its tool says so and passes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::listing::{assert_same, listing};
use crate::support::program::Run;
use crate::support::project::put;
use crate::support::skip::skipped;
use crate::support::{Scratch, hermetic};

/// A project of one tool.
struct Project {
    /// The name of its step.
    step: &'static str,
    /// Its program, and what its version begins with: there is more than one yarn.
    program: (&'static str, &'static str),
    /// What must be there besides.
    needs: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
    /// Makes the lockfile and installs, in the main checkout.
    prepare: &'static str,
    /// What it fills.
    installed: &'static str,
    /// What becomes of it where it may be copied.
    how: &'static str,
    /// Prints the path that the package is loaded from.
    load: &'static str,
}

fn folders() -> Vec<PathBuf> {
    let tools = std::env::var_os("GIT_AGENT_TEST_TOOLS").unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&tools).chain(std::env::split_paths(&path)).collect()
}

/// The folder of a program of that version.
fn find(program: &str, version: &str) -> Option<PathBuf> {
    folders().into_iter().find(|folder| {
        let path = folder.join(program);
        path.exists() && {
            let output = Command::new(path).arg("--version").stdin(std::process::Stdio::null()).output();
            output.is_ok_and(|output| {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                output.status.success() && text.split_whitespace().any(|word| word.starts_with(version.trim_start()))
            })
        }
    })
}

/// Gives the command the tools, a home, and nobody to ask.
fn offline<'c>(command: &'c mut Command, scratch: &Scratch, first: &Path) -> &'c mut Command {
    let path = std::env::join_paths([first.to_owned()].into_iter().chain(folders())).expect("folders of PATH");
    // Where CI is set, some write no lockfile.
    hermetic(command, scratch.home()).env("PATH", path).env_remove("CI").stdin(std::process::Stdio::null());
    for (name, value) in [
        ("npm_config_offline", "true"),
        ("npm_config_update_notifier", "false"),
        ("YARN_ENABLE_NETWORK", "false"),
        ("YARN_ENABLE_TELEMETRY", "false"),
        ("UV_OFFLINE", "1"),
        ("UV_PYTHON_DOWNLOADS", "never"),
        ("PIP_NO_INDEX", "1"),
        ("COMPOSER_DISABLE_NETWORK", "1"),
        ("COMPOSER_ALLOW_SUPERUSER", "1"),
        ("BUNDLE_SILENCE_ROOT_WARNING", "1"),
    ] {
        command.env(name, value);
    }
    command
}

fn how(run: &Run, step: &str) -> String {
    let json = run.json();
    let steps = json["agents"][0]["provision"]["steps"].as_array().or_else(|| json["steps"].as_array()).cloned();
    let found = steps.unwrap_or_default().into_iter().find(|one| one["step"] == step);
    found.map(|one| one["details"]["how"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

impl Project {
    /// Brings it in both ways.
    fn check(&self) {
        let (program, version) = self.program;
        let Some(folder) = find(program, version) else {
            skipped(&format!("there is no {program}{version}; name its folder in GIT_AGENT_TEST_TOOLS"));
            return;
        };
        if let Some(missing) = self.needs.iter().find(|name| !folders().iter().any(|folder| folder.join(name).exists()))
        {
            skipped(&format!("there is no {missing}"));
            return;
        }
        let scratch = Scratch::local();
        let shell = |dir: &Path, line: &str| {
            let mut command = Command::new("sh");
            command.args(["-ec", line]).current_dir(dir);
            scratch.run(offline(&mut command, &scratch, &folder))
        };
        let agent =
            |args: &[&str]| scratch.run(offline(&mut scratch.program(&scratch.root(), args), &scratch, &folder));
        scratch.config("agent.base", "head");
        scratch.write(".gitignore", "node_modules/\n.venv/\n/vendor/\n/gems/\n.bundle/\n.yarn/\n.pnp.*\n*.egg-info/\n");
        for (path, text) in self.files {
            put(&scratch.root().join(path), text);
        }
        shell(&scratch.root(), self.prepare).ok();
        scratch.commit("a project");
        let before = listing(&scratch.root().join(self.installed));
        agent(&["trust", "--yes"]).ok();
        for (mode, expected) in [("auto", self.how), ("install", "installed")] {
            scratch.config("agent.deps", mode);
            let run = agent(&["spawn", mode, "--json"]).ok();
            assert_eq!(how(&run, self.step), expected, "{mode}: {}\n{}", run.out, run.err);
            let place = scratch.tree(mode);
            let loaded = shell(&place, self.load).ok();
            assert!(loaded.out.contains("loaded"), "{mode}: {}", loaded.out);
            let from = loaded.out.lines().find(|line| line.starts_with('/')).map(Path::new);
            assert!(from.is_some_and(|from| from.starts_with(&place)), "{mode}: {}", loaded.out);
            assert_eq!(how(&agent(&["provision", mode, "--json"]).ok(), self.step), "present", "{mode}");
            assert_eq!(scratch.git_in(&place, &["status", "--porcelain"]), "", "{mode}");
        }
        assert_same(&before, &listing(&scratch.root().join(self.installed)), "the main checkout's");
    }
}

const NODE: Project = Project {
    step: "",
    program: ("", ""),
    needs: &["node", "tar"],
    files: &[
        ("package.json", r#"{"name":"app","version":"1.0.0","private":true,"dependencies":{"dep":"file:./dep.tgz"}}"#),
        ("package/package.json", r#"{"name":"dep","version":"1.0.0","main":"index.js"}"#),
        ("package/index.js", "console.log(require('fs').realpathSync(__dirname)); console.log('loaded')\n"),
    ],
    prepare: "",
    installed: "node_modules",
    how: "copied",
    load: "node -e 'require(\"dep\")'",
};

#[test]
fn npm() {
    let prepare = "tar czf dep.tgz package && npm install --no-audit --no-fund";
    Project { step: "npm", program: ("npm", ""), prepare, ..NODE }.check();
}

#[test]
fn pnpm() {
    let prepare = "tar czf dep.tgz package && pnpm install --offline";
    Project { step: "pnpm", program: ("pnpm", ""), prepare, how: "installed", ..NODE }.check();
}

#[test]
fn yarn() {
    let prepare = "tar czf dep.tgz package && yarn install --offline --non-interactive";
    Project { step: "yarn", program: ("yarn", " 1."), prepare, ..NODE }.check();
}

#[test]
fn yarn_berry() {
    let prepare =
        "tar czf dep.tgz package && echo 'nodeLinker: node-modules' >.yarnrc.yml && touch yarn.lock && yarn install";
    Project { step: "yarn-berry", program: ("yarn", " 4."), prepare, ..NODE }.check();
}

#[test]
fn yarn_berry_without_node_modules() {
    let prepare = "tar czf dep.tgz package && touch yarn.lock && yarn install";
    // The package is in an archive, which only yarn's own loader can read.
    let load = "node -r ./.pnp.cjs -e 'console.log(require(\"fs\").realpathSync(\".pnp.cjs\")); require.resolve(\"dep\"); console.log(\"loaded\")'";
    let project = Project { step: "yarn-berry", program: ("yarn", " 4."), prepare, load, ..NODE };
    Project { installed: ".yarn", how: "installed", ..project }.check();
}

#[test]
fn bun() {
    let prepare = "tar czf dep.tgz package && bun install";
    Project { step: "bun", program: ("bun", ""), prepare, ..NODE }.check();
}

const PYTHON: Project = Project {
    step: "",
    program: ("", ""),
    needs: &["python3"],
    files: &[],
    prepare: "",
    installed: ".venv",
    how: "installed",
    load: "cd .venv && bin/python -B -c 'import dep; print(dep.__file__)'",
};

#[test]
fn uv() {
    let files = &[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"1.0.0\"\nrequires-python = \">=3.8\"\ndependencies = [\"dep\"]\n[tool.uv]\npackage = false\n[tool.uv.sources]\ndep = { path = \"dep\" }\n",
        ),
        (
            "dep/pyproject.toml",
            "[project]\nname = \"dep\"\nversion = \"1.0.0\"\nrequires-python = \">=3.8\"\n[build-system]\nrequires = [\"uv_build\"]\nbuild-backend = \"uv_build\"\n",
        ),
        ("dep/src/dep/__init__.py", "print('loaded')\n"),
    ];
    Project { step: "uv", program: ("uv", ""), files, prepare: "uv lock && uv sync --frozen", ..PYTHON }.check();
}

#[test]
fn poetry() {
    // To build a package apart from the project's own poetry would want the network.
    let files = &[
        (
            "pyproject.toml",
            "[tool.poetry]\nname = \"app\"\nversion = \"1.0.0\"\ndescription = \"\"\nauthors = []\npackages = [{ include = \"dep\" }]\n[tool.poetry.dependencies]\npython = \">=3.9\"\n[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n",
        ),
        ("dep/__init__.py", "print('loaded')\n"),
    ];
    let prepare =
        "export POETRY_VIRTUALENVS_IN_PROJECT=true; poetry lock --no-interaction && poetry install --no-interaction";
    Project { step: "poetry", program: ("poetry", ""), files, prepare, ..PYTHON }.check();
}

#[test]
fn bundler() {
    let project = Project {
        step: "bundler",
        program: ("bundle", ""),
        needs: &["ruby", "gem"],
        files: &[
            ("Gemfile", "source \"file://#{File.expand_path(\"~/gems\")}\"\ngem \"dep\", \"1.0.0\"\n"),
            (
                "dep/dep.gemspec",
                "Gem::Specification.new { |s| s.name = \"dep\"; s.version = \"1.0.0\"; s.summary = \"x\"; s.authors = [\"x\"]; s.files = [\"lib/dep.rb\"] }\n",
            ),
            ("dep/lib/dep.rb", "puts File.realpath(__FILE__), \"loaded\"\n"),
        ],
        prepare: "mkdir -p ~/gems/gems && cd dep && gem build --output ~/gems/gems/dep-1.0.0.gem dep.gemspec && cd .. && gem generate_index --directory ~/gems && bundle config set --local path gems && bundle install",
        installed: "gems",
        how: "copied",
        load: "bundle exec ruby -e 'require \"dep\"'",
    };
    project.check();
}

#[test]
fn composer() {
    let project = Project {
        step: "composer",
        program: ("composer", ""),
        needs: &["php"],
        files: &[
            (
                "composer.json",
                r#"{"name":"acme/app","repositories":[{"type":"path","url":"./dep","options":{"symlink":false}},{"packagist.org":false}],"require":{"acme/dep":"1.0.0"}}"#,
            ),
            ("dep/composer.json", r#"{"name":"acme/dep","version":"1.0.0","autoload":{"files":["dep.php"]}}"#),
            ("dep/dep.php", "<?php echo realpath(__FILE__), \"\\nloaded\\n\";\n"),
        ],
        prepare: "composer install --no-interaction --no-progress",
        installed: "vendor",
        how: "copied",
        load: "php -r 'require \"vendor/autoload.php\";'",
    };
    project.check();
}

//! What a new worktree needs to be ready for work, as a plan of steps: decided from what the repository holds and what is
//! configured.

pub mod cargo;
pub mod deps;
pub mod lock;
pub mod patterns;
pub mod shape;
pub mod submodules;
pub mod tools;

use deps::Tool;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Initialises submodules.
    Submodules,
    /// Copies ignored files from the main checkout.
    Files,
    /// Makes symlinks to ignored paths of the main checkout.
    Links,
    /// Leases ports.
    Ports,
    /// Makes a database of its own.
    Database,
    /// Makes the data folder, looks at the variables, and writes their values into copied files.
    Environment,
    /// Brings the dependencies of one lockfile.
    Dependencies {
        /// The tool whose lockfile it is.
        tool: &'static Tool,
        /// The folder of the lockfile, from the top of the worktree; empty for the top.
        folder: String,
        /// The name of the lockfile.
        lockfile: String,
    },
    /// Runs the setup commands.
    Setup,
}

impl Kind {
    /// The step's name: unique in a plan, and the same in each plan of a repository.
    pub fn name(&self) -> String {
        match self {
            Self::Submodules => "submodules".to_owned(),
            Self::Files => "files".to_owned(),
            Self::Links => "links".to_owned(),
            Self::Ports => "ports".to_owned(),
            Self::Database => "database".to_owned(),
            Self::Environment => "environment".to_owned(),
            Self::Dependencies { tool, folder, .. } if folder.is_empty() => tool.name.to_owned(),
            Self::Dependencies { tool, folder, .. } => format!("{}:{folder}", tool.name),
            Self::Setup => "setup".to_owned(),
        }
    }

    /// Whether it may take minutes: such a step may run in the background.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::Dependencies { .. } | Self::Setup)
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub kind: Kind,
    /// The steps that must have ended before it begins, however they ended.
    pub after: Vec<String>,
    /// The steps without which it is of no use: if one fails, this one is left out.
    pub needs: Vec<String>,
}

/// What is known of a repository.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The branch has submodules that are initialised in the main checkout.
    pub submodules: bool,
    /// There are patterns of files to copy.
    pub files: bool,
    /// Paths to be linked are configured.
    pub links: bool,
    /// Services with ports are configured.
    pub ports: bool,
    /// A database is configured.
    pub database: bool,
    /// Variables or a data folder are configured, or values are to be written into copied files.
    pub environment: bool,
    /// Lockfiles: folder and name.
    pub lockfiles: Vec<(String, String)>,
    /// Dependencies are wanted.
    pub dependencies: bool,
    /// There are setup commands.
    pub setup: bool,
}

/// The steps, each behind those that it waits for.
pub fn plan(facts: &Facts) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut add = |wanted: bool, kind: Kind, after: &[&str], needs: &[&str]| {
        if wanted {
            let there = |names: &[&str]| {
                let known = names.iter().filter(|name| steps.iter().any(|step| step.kind.name() == **name));
                known.map(|name| (*name).to_owned()).collect::<Vec<_>>()
            };
            let (after, needs) = (there(after), there(needs));
            steps.push(Step { kind, after, needs });
        }
    };
    // Nothing may come into the folder of a submodule before the submodule does.
    add(facts.submodules, Kind::Submodules, &[], &[]);
    add(facts.files, Kind::Files, &["submodules"], &[]);
    add(facts.ports, Kind::Ports, &[], &[]);
    // What is copied is not linked.
    add(facts.links, Kind::Links, &["submodules", "files"], &[]);
    // A database may be described by a copied file, and its data may lie beside one.
    add(facts.database, Kind::Database, &["submodules", "files", "ports"], &[]);
    // Whatever became of those: a copy that is there names the main checkout's database until it is written.
    add(facts.environment, Kind::Environment, &["files", "ports", "database"], &[]);
    if facts.dependencies {
        for found in deps::choose(&facts.lockfiles) {
            // A registry's credentials may be in a copied file, and a copied folder needs no install.
            add(true, found, &["submodules", "files", "links", "environment"], &[]);
        }
    }
    if facts.setup {
        let all: Vec<String> = steps.iter().map(|step| step.kind.name()).collect();
        steps.push(Step { kind: Kind::Setup, after: all.clone(), needs: all });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(steps: &[Step]) -> Vec<(String, String, String)> {
        steps.iter().map(|step| (step.kind.name(), step.after.join(" "), step.needs.join(" "))).collect()
    }

    #[test]
    fn each_step_waits_for_what_it_uses() {
        assert_eq!(plan(&Facts::default()), []);
        let lockfiles = vec![(String::new(), "package-lock.json".to_owned()), ("api".to_owned(), "uv.lock".to_owned())];
        let all = Facts {
            submodules: true,
            files: true,
            links: true,
            ports: true,
            database: true,
            environment: true,
            dependencies: true,
            setup: true,
            lockfiles: lockfiles.clone(),
        };
        let row = |name: &str, after: &str, needs: &str| (name.to_owned(), after.to_owned(), needs.to_owned());
        let everything = "submodules files ports links database environment npm uv:api";
        assert_eq!(
            names(&plan(&all)),
            [
                row("submodules", "", ""),
                row("files", "submodules", ""),
                row("ports", "", ""),
                row("links", "submodules files", ""),
                row("database", "submodules files ports", ""),
                row("environment", "files ports database", ""),
                row("npm", "submodules files links environment", ""),
                row("uv:api", "submodules files links environment", ""),
                row("setup", everything, everything),
            ]
        );
        let few = Facts { dependencies: true, setup: true, lockfiles, ..Facts::default() };
        assert_eq!(
            names(&plan(&few)),
            [row("npm", "", ""), row("uv:api", "", ""), row("setup", "npm uv:api", "npm uv:api")]
        );
        assert_eq!(plan(&Facts { dependencies: false, setup: false, ..few }), []);
    }
}

//! What an agent has of the machine: `git agent port` and `git agent db`.

use clap::{Args, ValueEnum};

/// `git agent port`
#[derive(Debug, Args)]
pub struct Port {
    /// The agent
    pub name: String,
    /// Print the port of this service alone
    pub service: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent db`
#[derive(Debug, Args)]
pub struct Db {
    /// The agent
    pub name: String,
    /// What to do; without it the databases are listed
    #[arg(value_enum)]
    pub action: Option<DbAction>,
    /// The database, where [agent-db "DATABASE"] sections name several
    pub database: Option<String>,
    /// With drop: forget what cannot be dropped, and leave it where it is
    #[arg(long)]
    pub force: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// More arguments for the shell
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<String>,
}

/// What is done with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DbAction {
    /// Make what is missing
    Create,
    /// Print the connection string
    Url,
    /// Make it anew from its source
    Reset,
    /// Drop what 'create' made
    Drop,
    /// Open the database's own shell
    Shell,
}

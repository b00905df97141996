//! The command line: types and help text, nothing else.

mod doctor;
mod guard;
mod init;
mod place;
mod provision;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use doctor::Doctor;
pub use guard::{Guard, GuardCheck, GuardHost, GuardLog};
pub use init::{Client, Init};
pub use place::{Db, DbAction, Port};
pub use provision::{Provision, Trust};

/// Give every coding agent a git worktree of its own.
#[derive(Debug, Parser)]
#[command(
    name = "git-agent",
    bin_name = "git agent",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    after_help = "Run 'git agent VERB -h' for one verb, 'git agent --help' for the manual page.",
    after_long_help = manual()
)]
pub struct Cli {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,

    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What an agent is, in one paragraph.
pub const NAMES: &str = "\
An agent is a name with a worktree, a branch and a record. The worktree is .claude/worktrees/NAME in the main checkout \
('feat/one' becomes 'feat+one'); the branch is NAME.";

/// The settings of `git config`, each with what it does.
pub const SETTINGS: [(&str, &str); 28] = [
    ("agent.base", "What agents start from: 'fresh' (the remote's default branch, fetched), 'head', or a ref [fresh]"),
    ("agent.worktreeDir", "Where worktrees go; {repo} and {name} are filled in [.claude/worktrees]"),
    ("agent.branchPrefix", "What goes in front of NAME in the branch [nothing]"),
    ("agent.default", "The profile that 'spawn' starts when none is named [none: nothing is started]"),
    ("agent.PROFILE.command", "How a profile's program is started; split into words, never run by a shell"),
    ("agent.PROFILE.prompt", "The arguments that hand it a prompt, with {prompt} in the place of the text [{prompt}]"),
    ("agent.PROFILE.headless", "The same for 'spawn --detach' [{prompt}]"),
    ("agent.open", "The editor of 'spawn --open' [code, cursor, zed, subl or idea]"),
    ("agent.ignoreIn", "Where the worktree folder is ignored: 'gitignore', 'exclude' or 'none' [gitignore]"),
    ("agent.copy", "Patterns of ignored files to copy from the main checkout, beside those of .worktreeinclude"),
    ("agent.link", "Ignored paths of the main checkout that worktrees link to"),
    ("agent.deps", "How dependencies come: 'auto', 'reflink' (copies only), 'install' or 'none' [auto]"),
    ("agent.setup", "Commands that a shell runs in each new worktree, in their order"),
    ("agent.teardown", "Commands that a shell runs in a worktree before it is removed"),
    ("agent.setupWait", "Whether 'spawn' waits for dependencies and setup commands [true]"),
    ("agent.trashExpire", "How long removed agents can be restored [14d]"),
    ("agent.reproducible", "Globs of ignored paths that need no question on removal"),
    ("agent-port.SERVICE.base", "The first of the thousand ports of a service"),
    ("agent-port.SERVICE.env", "The variable that carries the service's port [SERVICE_PORT]"),
    ("agent-env.NAME", "A variable of every agent; {name}, {slug}, {port.SERVICE} and others are filled in"),
    ("agent.dataDir", "A folder of each worktree for the agent's data [none]"),
    ("agent.dataEnv", "The variable that names that folder [DATA_PATH]"),
    ("agent.rewriteEnv", "Variables that get the agent's values in copied .env files: names, or 'true' for all [none]"),
    ("agent.envFile", "Copied files to rewrite, beside .env and .env.* at the top"),
    ("agent-db.provider", "Where an agent's database comes from: 'sqlite', 'postgres', 'neon' or 'command' [none]"),
    ("agent-db.source", "The database that is copied"),
    ("agent-db.env", "The variable that carries the connection string [DATABASE_URL]"),
    ("agent-db.KEY", "More about it: path, connection, strategy, project, parent, create, url, drop, shell"),
];

/// The exit codes, each with what it means.
pub const EXIT_CODES: [(u8, &str); 8] = [
    (0, "Done"),
    (1, "git, the system or another program failed"),
    (2, "The command line or a setting cannot be understood"),
    (3, "Refused: work would be lost or endangered"),
    (4, "No such repository, agent, branch, commit or program"),
    (5, "The name, the branch or the place is taken"),
    (6, "The repository or the installed git cannot do this"),
    (7, "The worktree is made, but not ready: a step of its provisioning failed"),
];

/// What follows the table of exit codes.
pub const OTHER_CODES: &str = "'run', 'diff' and a program that 'spawn' starts in the foreground pass on the code of \
what they ran.";

/// The end of `git-agent --help`, for where there is no manual page.
fn manual() -> String {
    let mut text = format!("{NAMES}\n\nSettings (git config):\n");
    for (key, meaning) in SETTINGS {
        text.push_str(&format!("  {key:<24}{meaning}\n"));
    }
    text.push_str("\nExit codes:\n");
    for (code, meaning) in EXIT_CODES {
        text.push_str(&format!("  {code}  {meaning}\n"));
    }
    format!("{text}  {OTHER_CODES}")
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a worktree for an agent, with its branch, and start its program if asked
    ///
    /// The branch is created from the base: by default the remote's default branch, fetched first. If it cannot be
    /// fetched, that is said, and which commit is used instead. A local branch of the name is taken as it is; a
    /// branch of the name on the remote is tracked. Submodules are initialised, and git's post-checkout hook runs.
    ///
    /// A plain 'git push' in the worktree goes to the agent's own branch. The path of the worktree is printed on
    /// stdout.
    ///
    /// Nothing is started unless a profile is named, here or in agent.default. The profiles claude, codex, gemini,
    /// copilot, opencode, aider and shell are built in; any other is made with agent.PROFILE.command. Without --tmux
    /// and --detach the program runs on this terminal.
    ///
    /// If anything fails, or the command is killed, nothing is left behind.
    Spawn(Spawn),
    /// Show every agent and foreign worktree
    ///
    /// The columns: what its program does; its branch ('=': as the name); changed paths (! in conflict, + staged, ~
    /// changed, ? untracked); commits ahead of and behind its base and its upstream; the age of its last commit; its
    /// task; its path. 'merged' stands for a branch whose work is in the base. A worktree that git agent did not make
    /// is marked 'foreign'.
    #[command(visible_alias = "ls")]
    List(List),
    /// Make an agent's worktree ready for work, or go on with it
    ///
    /// The steps: ignored files that .worktreeinclude and agent.copy name are copied from the main checkout; agent.link
    /// makes symlinks; dependencies are copied or installed by their lockfiles; the commands of agent.setup run. 'spawn'
    /// does all that; here it is repaired and completed. What is there already is never overwritten.
    ///
    /// A step that fails takes back what it made outside of the worktree, and the exit code is 7. What the commands print
    /// is in 'git agent log NAME --provision'.
    Provision(Provision),
    /// Say whether the commands of this repository's .gitagent may run
    ///
    /// Shows them and asks. The answer holds for exactly these commands in exactly this repository; when one changes it is
    /// asked again. Installs that run code of packages or of the repository are part of the question.
    Trust(Trust),
    /// Run a command in an agent's worktree, with its environment
    ///
    /// The command is started without a shell. Its exit code becomes that of 'git agent run'.
    Run(Run),
    /// Print the path of an agent's worktree
    Path(Named),
    /// Print an agent's environment
    ///
    /// These variables are set for the agent's program and for 'git agent run': GIT_AGENT (its name), GIT_AGENT_PATH,
    /// GIT_AGENT_BRANCH, GIT_AGENT_BASE, COMPOSE_PROJECT_NAME, and what is configured: ports, a data folder, databases,
    /// and the variables of [agent-env]. Passwords in connection strings are printed as they are. GIT_CONFIG_PARAMETERS takes
    /// git's pre-push hook along into the main checkout.
    Env(Env),
    /// Print the ports that an agent has
    ///
    /// Each service of [agent-port "SERVICE"] has a port of its own for every agent, leased from a list of the whole
    /// machine. Ports are leased when they are first asked for.
    Port(Port),
    /// Make, show and drop an agent's databases
    ///
    /// The databases of [agent-db] are made with the agent, and dropped when it is deleted from the trash.
    ///
    /// 'create' makes what is missing, 'reset' makes it anew from the source, 'drop' drops what 'create' made and
    /// nothing else. 'url' prints the connection string, password and all; 'shell' opens the database's own shell.
    /// Without an action the databases are listed.
    Db(Db),
    /// Print the output of an agent's detached program, or of its provisioning
    Log(Log),
    /// Show what an agent changed since its base, uncommitted work included
    ///
    /// Untracked files are included; ignored ones are not. What the base has gained since is not shown. The output is
    /// that of 'git diff', with its pager and colours.
    Diff(Diff),
    /// Remove agents into the trash
    ///
    /// The worktree is moved, whole, into the trash, and its branch is deleted if it was created for the agent. 'git
    /// agent restore' brings both back, until agent.trashExpire has passed.
    ///
    /// An agent with uncommitted changes, with ignored files that no tool makes again, or with commits that are
    /// neither in the base nor pushed is asked about on a terminal and refused elsewhere. A locked worktree, and one
    /// that a program runs in, is refused.
    Rm(Rm),
    /// Put a removed agent back, or list the removed ones
    ///
    /// The worktree comes back as it was: files, modes, times, staged content, ignored files, an unfinished merge or
    /// rebase, and the branch on its commit.
    Restore(Restore),
    /// Remove what is proved to be merged, and empty the trash of what has expired
    ///
    /// An agent goes into the trash if its branch is merged and nothing would stand against 'git agent rm'. The proof
    /// is printed: its tip is an ancestor of the base, merging it would change nothing (a squash), or each of its
    /// commits has a twin in the base. What cannot be proved stays, and the reason is printed.
    Gc(Gc),
    /// Show what the guard says of a command, or what it stopped lately
    #[command(subcommand, arg_required_else_help = true)]
    Guard(Guard),
    /// Set the repository up for agents, or a client for the guard
    ///
    /// Without CLIENT: linked worktrees get push settings and hooks, the worktree folder is ignored, and the remote's
    /// default branch is recorded as protected; the remote is asked if it is not known here. 'git agent spawn' does the
    /// same for the first agent. Nothing that is set up already is changed.
    ///
    /// --undo takes away what is git agent's own. Agents, their worktrees and the trash stay. The next spawn sets the
    /// repository up again; 'git config agent.guard off' is what keeps the hooks away.
    ///
    /// With CLIENT: our hooks are put into the settings of the client, and the difference is printed. Nothing else in
    /// the file changes; a file that the client could not read is an error. --undo takes them out again.
    Init(Init),
    /// Say what is wrong in this repository, and mend it
    ///
    /// Each line of the result begins with 'ok', 'warn' or 'bad', and a hint is a command that helps. That the pre-push
    /// hook is alive is proved by a dry run of a push to a scratch repository; no remote of yours is contacted.
    ///
    /// --fix mends what can be mended without risk. The exit code is 1 if something is 'bad' in the end.
    Doctor(Doctor),
    /// Print a status line for an agent's client
    ///
    /// For Claude Code's statusLine: its JSON is read from stdin, and one line is printed: the agent, its branch, commits
    /// ahead of and behind its base, changed paths, its port. What cannot be found within a few milliseconds is left out.
    /// Outside of a repository nothing is printed.
    Statusline,
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page
    #[command(hide = true)]
    Man,
    /// Print the names of agents, a line each, for completion scripts
    #[command(hide = true)]
    Names(Names),
    /// Run an agent's program and write its end down
    #[command(hide = true)]
    Supervise(Supervise),
}

/// `git agent spawn`
#[derive(Debug, Default, Args)]
pub struct Spawn {
    /// The agent's name, and its branch; made of the task's words if missing
    pub name: Option<String>,
    /// Start from REF: 'fresh', 'head', or any commit [default: agent.base, or fresh]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// What the agent is to do; shown in 'list'
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    pub task: Option<String>,
    /// Start the program of this profile; given several times, one sibling for each
    #[arg(long, short, value_name = "PROFILE")]
    pub agent: Vec<String>,
    /// Hand the program this prompt
    #[arg(long, short, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// Make K siblings of one task
    #[arg(short = 'n', long = "count", value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub count: u32,
    /// Start the program in a tmux window
    #[arg(long, conflicts_with = "detach")]
    pub tmux: bool,
    /// Start the program in the background, its output in 'git agent log'
    #[arg(long)]
    pub detach: bool,
    /// Open the worktree in an editor
    #[arg(long)]
    pub open: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// More arguments for the program
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<String>,
}

/// `git agent list`
#[derive(Debug, Default, Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show the list again every two seconds
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// Leave out what needs a look at the files
    #[arg(long)]
    pub no_status: bool,
}

/// `git agent run`
#[derive(Debug, Args)]
pub struct Run {
    /// The agent
    pub name: String,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// A verb that takes an agent's name and nothing else.
#[derive(Debug, Args)]
pub struct Named {
    /// The agent
    pub name: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent env`
#[derive(Debug, Args)]
pub struct Env {
    /// The agent
    pub name: String,
    /// Print JSON
    #[arg(long, conflicts_with = "export")]
    pub json: bool,
    /// Print commands for a shell to evaluate
    #[arg(long, value_name = "SHELL", num_args = 0..=1, default_missing_value = "sh", require_equals = true)]
    pub export: Option<Shell>,
    /// Print the lines of a .env file
    #[arg(long, conflicts_with_all = ["json", "export"])]
    pub dotenv: bool,
}

/// A shell's syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// sh, bash, zsh and other POSIX shells
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// `git agent log`
#[derive(Debug, Args)]
pub struct Log {
    /// The agent
    pub name: String,
    /// Print what the commands of its provisioning printed; without a detached program that is what is printed anyway
    #[arg(long)]
    pub provision: bool,
    /// Go on printing until the program, or the provisioning, ends
    #[arg(long, short)]
    pub follow: bool,
}

/// `git agent diff`
#[derive(Debug, Args)]
pub struct Diff {
    /// The agent
    pub name: String,
    /// Print the changed files and how much of them
    #[arg(long)]
    pub stat: bool,
    /// More options and paths for 'git diff'
    #[arg(last = true, value_name = "GIT-DIFF-ARGS")]
    pub arguments: Vec<OsString>,
}

/// `git agent rm`
#[derive(Debug, Default, Args)]
pub struct Rm {
    /// The agents
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Remove in spite of changes and commits; twice: locked, running or standing in it, too
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub force: u8,
    /// Leave the branch
    #[arg(long)]
    pub keep_branch: bool,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent restore`
#[derive(Debug, Default, Args)]
pub struct Restore {
    /// The removed agent; without it the removed ones are listed
    pub name: Option<String>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent gc`
#[derive(Debug, Default, Args)]
pub struct Gc {
    /// Remove only agents whose last commit is older than AGE
    #[arg(long, value_name = "AGE")]
    pub older: Option<String>,
    /// Delete this removed agent now, for good
    #[arg(long, value_name = "NAME")]
    pub purge: Vec<String>,
    /// Print what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `git agent completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: CompletionShell,
}

/// A shell that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// bash, for `git agent` and `git-agent`
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// `git-agent names`
#[derive(Debug, Args)]
pub struct Names {
    /// Those in the trash
    #[arg(long)]
    pub removed: bool,
}

/// `git-agent supervise`
#[derive(Debug, Args)]
pub struct Supervise {
    /// The worktree's git directory
    pub admin: PathBuf,
}

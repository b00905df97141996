//! The command line: types and help text, nothing else.

mod agents;
mod doctor;
mod guard;
mod init;
mod place;
mod provision;
mod reference;
mod removal;
mod shells;
mod spawn;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use agents::{Diff, Env, List, Log, Named, Run, Shell};
pub use doctor::Doctor;
pub use guard::{Guard, GuardCheck, GuardHost, GuardLog};
pub use init::{Client, Init};
pub use place::{Db, DbAction, Port};
pub use provision::{Background, Provision, Trust};
pub use reference::{EXIT_CODES, NAMES, OTHER_CODES, SETTINGS};
pub use removal::{Gc, Restore, Rm};
pub use shells::{CompletionShell, Completions, Names, Supervise};
pub use spawn::Spawn;

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
    after_long_help = reference::manual()
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

//! The command line of `git agent spawn`.

use clap::Args;

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

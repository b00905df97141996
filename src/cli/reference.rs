//! What the help, the manual page and the documents say alike.

/// What an agent is, in one paragraph.
pub const NAMES: &str = "\
An agent is a name with a worktree, a branch and a record. The worktree is .claude/worktrees/NAME in the main checkout \
('feat/one' becomes 'feat+one'); the branch is NAME.";

/// The settings of `git config`, each with what it does.
pub const SETTINGS: [(&str, &str); 32] = [
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
    ("agent.protect", "Globs of branches that no agent may push to, beside main, master and the default branch"),
    ("agent.allowPush", "Globs of protected branches that may be pushed to after all, or 'true' for all of them"),
    ("agent.guard", "'off': no hooks of ours in worktrees; 'agents': agents in the main checkout are judged as well"),
    ("agent.strict", "Send pushes from worktrees through a remote helper that no option of git passes by [false]"),
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
pub(super) fn manual() -> String {
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

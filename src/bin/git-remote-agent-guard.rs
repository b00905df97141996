//! `git-remote-agent-guard <remote> <URL>`: the remote helper that git starts for each push in strict mode. Knows no
//! argument parser: git is the only one that calls it.

fn main() -> std::process::ExitCode {
    git_agent::remote_helper::main()
}

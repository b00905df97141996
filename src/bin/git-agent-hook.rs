//! `git-agent-hook <host>`: one event on stdin, one answer on stdout; `git-agent-hook git <event>` for git's own hooks. Starts in about a millisecond: no argument parser, no
//! repository opened unless a command asks for it.

fn main() -> std::process::ExitCode {
    git_agent::hook::main()
}

//! The programs of new agents: found before anything is changed, started when all is ready.

use std::path::PathBuf;

use crate::agent::Agent;
use crate::cli;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::launch::supervise::{self, Start};
use crate::launch::{self, tmux};
use crate::policy::profile::{self, Mode, Unfit};
use crate::provision::env;
use crate::report;

/// How a program is started, with all that it needs found before anything is changed.
pub(super) struct Launcher {
    profile: profile::Profile,
    mode: Mode,
    tmux: Option<PathBuf>,
}

/// The profiles to start: the flags, else `agent.default`. A script that reads JSON gets only what it asks for.
pub(super) fn profiles(args: &cli::Spawn, config: &Config) -> Vec<String> {
    if !args.agent.is_empty() {
        return args.agent.clone();
    }
    let detached = args.tmux || args.detach;
    config.default_profile().filter(|_| detached || !args.json).into_iter().collect()
}

pub(super) fn launchers(
    args: &cli::Spawn,
    config: &Config,
    repo: &Repo,
    profiles: &[String],
) -> Result<Vec<(String, Launcher)>> {
    let usage = |text: &str, hint: &str| Err(Error::new(Kind::Usage, text).hint(hint));
    if profiles.is_empty() {
        let asked = [
            (args.prompt.is_some(), "--prompt"),
            (!args.arguments.is_empty(), "arguments"),
            (args.tmux, "--tmux"),
            (args.detach, "--detach"),
        ];
        if let Some((_, what)) = asked.iter().find(|(asked, _)| *asked) {
            return usage(&format!("{what} needs a program to start"), "git agent spawn NAME --agent claude …");
        }
        return Ok(Vec::new());
    }
    let foreground = !args.tmux && !args.detach;
    let several = profiles.len() > 1 || args.count > 1;
    if foreground && several {
        return usage(
            "several programs cannot share this terminal: use --tmux or --detach",
            "git agent spawn NAME --agent PROFILE --agent PROFILE --tmux",
        );
    }
    if foreground && args.json {
        return usage("--json and a program in the foreground both want stdout", "git agent spawn … --json --detach");
    }
    let tmux = if args.tmux {
        Some(launch::find_program("tmux", repo.here(), "install tmux, or use --detach")?)
    } else {
        None
    };
    let mode = if args.detach { Mode::Headless } else { Mode::Interactive };
    let mut launchers = Vec::new();
    for name in profiles {
        let mut profile = config.profile(name)?;
        let remedy = format!("git config agent.{name}.command 'PROGRAM ARGUMENTS'");
        let program = launch::find_program(&profile.command[0], repo.here(), &remedy)?;
        profile.command[0] = program.to_string_lossy().into_owned();
        command_line(name, &profile, mode, args)?;
        launchers.push((name.clone(), Launcher { profile, mode, tmux: tmux.clone() }));
    }
    Ok(launchers)
}

fn command_line(name: &str, profile: &profile::Profile, mode: Mode, args: &cli::Spawn) -> Result<Vec<String>> {
    profile::command_line(profile, mode, args.prompt.as_deref(), &args.arguments).map_err(|unfit| match unfit {
        Unfit::NoPrompt => Error::new(Kind::Usage, format!("the profile '{name}' takes no prompt"))
            .hint(format!("git agent spawn … --agent {name} -- -c 'COMMAND'")),
        Unfit::NotHeadless => Error::new(Kind::Usage, format!("the profile '{name}' cannot run detached"))
            .hint(format!("git agent spawn … --agent {name} --tmux")),
    })
}

pub(super) fn start_all(
    args: &cli::Spawn,
    repo: &Repo,
    agents: &[Agent],
    launchers: &[(String, Launcher)],
    quiet: bool,
) -> Result<i32> {
    let mut code = 0;
    for agent in agents {
        let profile = agent.record.as_ref().and_then(|record| record.profile.clone());
        let Some((name, launcher)) = launchers.iter().find(|(name, _)| Some(name) == profile.as_ref()) else {
            continue;
        };
        let line = command_line(name, &launcher.profile, launcher.mode, args)?;
        let mut shown = launcher.profile.command.clone();
        shown.extend_from_slice(&args.arguments);
        let environment = env::environment(repo, agent)?;
        environment.warnings.iter().for_each(|warning| report::warn(warning));
        let start = Start { line, shown, folder: agent.tree.path.clone(), environment: environment.variables() };
        if let Some(program) = &launcher.tmux {
            let there = tmux::open(program, &repo.name(), &agent.name(), &agent.tree.admin, &start)?;
            report::note(quiet, &format!("'{}' runs in tmux: {there}", agent.name()));
        } else if args.detach {
            supervise::detach(&agent.tree.admin, &start)?;
            report::note(
                quiet,
                &format!("'{}' runs in the background: git agent log {} -f", agent.name(), agent.shown_name()),
            );
        } else {
            code = supervise::foreground(&agent.tree.admin, &start)?;
        }
    }
    Ok(code)
}

//! The setup step, and its undo: the commands of `agent.setup` and `agent.teardown`.

use serde_json::json;

use crate::config::{Command, Config};
use crate::error::{Error, Result};
use crate::launch::logged;
use crate::provision::command;
use crate::provision::scene::{Done, Scene};
use crate::provision::trust;

/// Runs the setup commands in their order, if that was not done yet.
///
/// # Errors
/// At the first that fails.
pub fn run(scene: &Scene<'_>, step: &str) -> Result<Done> {
    let config = scene.config()?;
    let commands = config.setup();
    let (allowed, warning) = allowed(scene, &config, &commands, "set up")?;
    let texts: Vec<&[u8]> = allowed.iter().map(|command| command.text.as_bytes()).collect();
    let digest = command::digest(&texts);
    let waits_for_trust = warning.is_some();
    let warnings: Vec<String> = warning.into_iter().collect();
    if scene.inputs(step) == Some(digest.as_str()) {
        return Ok(Done { inputs: Some(digest), warnings, waits_for_trust, ..Done::default() });
    }
    all(scene, &allowed)?;
    let many = if allowed.len() == 1 { "" } else { "s" };
    let summary = if allowed.is_empty() { String::new() } else { format!("{} command{many}", allowed.len()) };
    let details = json!({ "commands": allowed.len(), "skipped": commands.len() - allowed.len() });
    Ok(Done { summary, warnings, waits_for_trust, inputs: (!allowed.is_empty()).then_some(digest), details })
}

/// Runs the teardown commands in their order. `begin` is called before the first that may run. Returns what the user should
/// know.
///
/// # Errors
/// At the first that fails.
pub fn tear_down(scene: &Scene<'_>, begin: &dyn Fn(&Scene<'_>) -> Result<()>) -> Result<Vec<String>> {
    let config = scene.config()?;
    let commands = config.teardown();
    let (allowed, warning) = allowed(scene, &config, &commands, "tear down")?;
    if !allowed.is_empty() {
        begin(scene)?;
    }
    all(scene, &allowed)?;
    Ok(warning.into_iter().collect())
}

/// Whether there is anything to tear down with.
pub fn has_teardown(config: &Config) -> bool {
    !config.teardown().is_empty()
}

/// Those of `commands` that may run, and what is said about the others. It asks about the very settings that the commands
/// were read from: the file may have changed since the steps began.
fn allowed<'c>(
    scene: &Scene<'_>,
    config: &Config,
    commands: &'c [Command],
    what: &str,
) -> Result<(Vec<&'c Command>, Option<String>)> {
    let agent = scene.agent;
    let trusted = commands.iter().any(|command| !command.is_own) && trust::is_given(scene.repo, config)?;
    let (allowed, skipped): (Vec<_>, Vec<_>) = commands.iter().partition(|command| command.is_own || trusted);
    let warning = (!skipped.is_empty()).then(|| {
        let many =
            if skipped.len() == 1 { "command of .gitagent that would" } else { "commands of .gitagent that would" };
        format!(
            "{} {many} {what} '{}' did not run, for nobody has trusted them: git agent trust && git agent provision {}",
            skipped.len(),
            agent.name(),
            agent.shown_name()
        )
    });
    Ok((allowed, warning))
}

fn all(scene: &Scene<'_>, commands: &[&Command]) -> Result<()> {
    if commands.is_empty() {
        return Ok(());
    }
    let environment = scene.environment()?;
    for (at, one) in commands.iter().enumerate() {
        let line = logged::shell(&one.text, scene.tree())?;
        command::run(scene, &line, &one.text, scene.tree(), &environment).map_err(|error| {
            let place = if commands.len() > 1 { format!(" ({} of {})", at + 1, commands.len()) } else { String::new() };
            let mut error = Error { message: format!("the command {}{place}", error.message), ..error };
            error.hints.clear();
            error
        })?;
    }
    Ok(())
}

//! What the doctor is to know of clients: whether our hooks are in the settings of those that are used here.

use super::{ALL, Client, Scope, claude, codex, read, real};
use crate::error::Result;
use crate::policy::doctor::{Finding, Fix};
use crate::policy::settings;

/// A line for each client whose folder is there.
///
/// # Errors
/// When there is no home.
pub fn findings() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for client in ALL {
        findings.extend(finding(client)?);
    }
    Ok(findings)
}

fn finding(client: Client) -> Result<Option<Finding>> {
    let file = client.file(&Scope::User)?;
    let home = if client == Client::Copilot { file.parent().and_then(|hooks| hooks.parent()) } else { file.parent() };
    if !home.is_some_and(std::path::Path::is_dir) {
        return Ok(None);
    }
    let (title, init) = (client.title(), format!("git agent init {}", client.name()));
    let path = real(file, &Scope::User)?;
    let text = read(&path)?.unwrap_or_default();
    let shown = path.display();
    if client == Client::Claude && claude::has_plugin(&settings::value(&text, client.dialect())) {
        return Ok(Some(Finding::ok("client", format!("{title}: the plugin is enabled"))));
    }
    if text.trim().is_empty() {
        return Ok(Some(Finding::warn("client", format!("{title}: git-agent is not set up there")).hint(init)));
    }
    let finding = match settings::has_any(&text, client.dialect()) {
        Err(broken) => {
            let what = format!("{title}: {shown} cannot be used: {}", broken.0);
            Finding::bad("client", what).hint(format!("mend the file by hand, then: {init}"))
        }
        Ok(false) => Finding::warn("client", format!("{title}: git-agent is not set up there")).hint(init),
        Ok(true) => match client.notes(&Scope::User, &text).into_iter().find(|note| note.contains("switched off")) {
            Some(note) => Finding::bad("client", format!("{title}: {note}")).hint(format!("edit {shown}")),
            None if client == Client::Codex && !codex::is_trusted(&path)? => {
                Finding::bad("client", format!("{title}: our hooks are not trusted there, so they do not run"))
                    .hint("start codex and choose: Trust all")
            }
            None if settings::has(&text, &client.entries(), client.dialect()) == Ok(true) => {
                Finding::ok("client", format!("{title}: our hooks are in {shown}"))
            }
            None => Finding::warn("client", format!("{title}: our hooks in {shown} are those of another version"))
                .fix(Fix::Client(client.name())),
        },
    };
    Ok(Some(finding))
}

//! `git agent completions` and the manual page, both made from the clap definition.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::{Cli, CompletionShell};
use crate::error::{Context, Result};
use crate::report::Outcome;

/// git's own bash completion calls `_git_agent` for `git agent`: the words are handed on as if `git-agent` stood first.
const BASH_GIT: &str = r#"
_git_agent() {
    local at
    for ((at = 1; at < COMP_CWORD; at++)); do
        [[ ${COMP_WORDS[at]} == agent ]] && break
    done
    COMP_WORDS=(git-agent "${COMP_WORDS[@]:at+1}")
    COMP_CWORD=$((COMP_CWORD - at))
    _git-agent git-agent "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
}
"#;

pub(super) fn script(shell: CompletionShell) -> Result<Outcome> {
    let generator = match shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Fish => Shell::Fish,
        CompletionShell::Powershell => Shell::PowerShell,
    };
    let mut bytes = Vec::new();
    generate(generator, &mut command(), "git-agent", &mut bytes);
    let mut text = String::from_utf8(bytes).context(|| "the completion script is not UTF-8".to_owned())?;
    if shell == CompletionShell::Bash {
        text.push_str(BASH_GIT);
    }
    Ok(Outcome::text(text))
}

pub(super) fn manual() -> Result<Outcome> {
    let command = command();
    let mut bytes = Vec::new();
    let what = || "the manual page cannot be made".to_owned();
    clap_mangen::Man::new(command.clone()).title("GIT-AGENT").manual("Git Manual").render(&mut bytes).context(what)?;
    let mut page = String::from_utf8(bytes).context(what)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let mut bytes = Vec::new();
        let man = clap_mangen::Man::new(verb.clone().bin_name(format!("git agent {}", verb.get_name())));
        page.push_str(&format!(".SH \"GIT AGENT {}\"\n", verb.get_name().to_uppercase()));
        man.render_description_section(&mut bytes)
            .and_then(|()| man.render_options_section(&mut bytes))
            .context(what)?;
        let section = String::from_utf8(bytes).context(what)?;
        page.push_str(&section.replace(".SH DESCRIPTION\n", "").replace(".SH OPTIONS\n", ".PP\n"));
    }
    Ok(Outcome::text(page))
}

fn command() -> clap::Command {
    Cli::command().bin_name("git-agent")
}

//! Completion scripts: clap's, and after them what clap cannot know: `git agent` with a blank, and agents' names.

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::{Shell, generate};

use crate::cli::CompletionShell;
use crate::error::{Context, Result};
use crate::policy::profile;

/// The name of clap's bash function. Without a dash: clap would generate names that do not match one another.
const BASH_WORDS: &str = "git_agent_words";

/// git's own bash completion calls `_git_agent` for `git agent`; for `git-agent` bash does. Both lead to clap's function,
/// and a verb's NAME to the names that the program itself tells.
const BASH: &str = r#"
_git_agent() {
    local at
    for ((at = 1; at < COMP_CWORD; at++)); do
        [[ ${COMP_WORDS[at]} == agent ]] && break
    done
    local -a COMP_WORDS=(git-agent "${COMP_WORDS[@]:at+1}")
    local COMP_CWORD=$((COMP_CWORD - at))
    _git_agent_complete
    # git completes without a blank behind the word.
    COMPREPLY=("${COMPREPLY[@]/%/ }")
}

_git_agent_complete() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at verb="" names="" word
    # bash takes '--agent=x' for three words.
    [[ $cur == = ]] && cur=""
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    _git_agent_words "${COMP_WORDS[0]}" "$cur" "$prev"
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        [[ $word == -- ]] && { COMPREPLY=(); return; }
        if [[ $word == -C ]]; then ((at++)); elif [[ -z $verb && $word != -* ]]; then verb=$word; fi
    done
    [[ $cur == -* ]] && return
    case $verb,$prev in
        gc,--purge | restore,restore) names=$(git-agent names --removed 2>/dev/null) ;;
        rm,* | path,path | run,run | env,env | port,port | db,db | diff,diff | log,log) names=$(git-agent names 2>/dev/null) ;;
        *)
            for at in "${!COMPREPLY[@]}"; do
                [[ ${COMPREPLY[at]} == -* ]] && unset "COMPREPLY[at]"
            done
            return
            ;;
    esac
    COMPREPLY=()
    # Not 'compgen -W', which expands its words: an agent may be called '$(...)'.
    while IFS= read -r word; do
        [[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
    done <<<"$names"
}

complete -F _git_agent_complete -o bashdefault -o default git-agent
"#;

/// zsh's `_git` calls `_git-agent` for `git agent`, and shows the second line of its file as the description.
const ZSH: &str = r##"
_git_agent_names() {
    local -a names=(${(f)"$(git-agent names 2>/dev/null)"})
    compadd -a names
}

_git_agent_removed() {
    local -a names=(${(f)"$(git-agent names --removed 2>/dev/null)"})
    compadd -a names
}
"##;

const FISH: &str = r#"
complete -c git-agent -n "__fish_git_agent_using_subcommand path run env port db diff log rm" -f -a "(git-agent names 2>/dev/null)"
complete -c git-agent -n "__fish_git_agent_using_subcommand restore" -f -a "(git-agent names --removed 2>/dev/null)"
complete -c git-agent -n "__fish_git_agent_using_subcommand gc" -l purge -x -a "(git-agent names --removed 2>/dev/null)"
"#;

pub(super) fn script(shell: CompletionShell, command: Command) -> Result<String> {
    let mut command = command.mut_subcommand("spawn", |spawn| {
        spawn.mut_arg("agent", |profile| {
            profile.value_parser(PossibleValuesParser::new(profile::names())).hide_possible_values(true)
        })
    });
    match shell {
        CompletionShell::Bash => bash(&mut command),
        CompletionShell::Zsh => Ok(zsh(&generated(Shell::Zsh, &mut command, "git-agent")?)),
        CompletionShell::Fish => Ok(generated(Shell::Fish, &mut command, "git-agent")? + FISH),
        CompletionShell::Powershell => generated(Shell::PowerShell, &mut command, "git-agent"),
    }
}

fn generated(shell: Shell, command: &mut Command, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    generate(shell, command, name, &mut bytes);
    String::from_utf8(bytes).context(|| "the completion script is not UTF-8".to_owned())
}

fn bash(command: &mut Command) -> Result<String> {
    let text = generated(Shell::Bash, command, BASH_WORDS)?;
    // clap ends with a `complete` of its own, for a program of its function's name.
    let functions = text.find("\nif [[ \"${BASH_VERSINFO[0]}\"").map_or(text.as_str(), |end| &text[..end]);
    Ok(format!("{functions}{BASH}"))
}

fn zsh(text: &str) -> String {
    let named = text
        .replace(" -- The agent:_default'", " -- The agent:_git_agent_names'")
        // Without the second colon options are offered behind a name, too.
        .replace("'*::names -- The agents:_default'", "'*:names -- The agents:_git_agent_names'")
        .replace("the removed ones are listed:_default'", "the removed ones are listed:_git_agent_removed'")
        .replace("for good]:NAME:_default'", "for good]:NAME:_git_agent_removed'");
    let (first, rest) = named.split_once('\n').unwrap_or((&named, ""));
    // The file runs when it is first completed, from its last lines on: all functions stand before them.
    let (functions, call) = rest.rsplit_once("\nif [ \"$funcstack[1]\"").unwrap_or((rest, ""));
    format!(
        "{first}\n#description a git worktree of its own for every coding agent\n{functions}{ZSH}\nif [ \"$funcstack[1]\"{call}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scripts are changed by their text: a clap that writes it differently must not pass unseen.
    #[test]
    fn agents_names_are_offered() {
        let text = |shell| script(shell, super::super::visible()).unwrap();
        let bash = text(CompletionShell::Bash);
        assert_eq!(bash.matches("complete -F").count(), 1);
        assert!(bash.contains("\n_git_agent_words() {") || bash.starts_with("_git_agent_words() {"));
        assert!(bash.contains("git_agent_words__subcmd__spawn)"));
        let zsh = text(CompletionShell::Zsh);
        assert_eq!(zsh.matches(":_git_agent_names'").count(), 9);
        assert_eq!(zsh.matches(":_git_agent_removed'").count(), 2);
        assert!(zsh.starts_with("#compdef git-agent\n#description "));
        for shell in [CompletionShell::Bash, CompletionShell::Zsh, CompletionShell::Fish, CompletionShell::Powershell] {
            assert!(!text(shell).contains("supervise"), "{shell:?}");
            assert!(text(shell).contains("keep-branch"), "{shell:?}");
        }
    }
}

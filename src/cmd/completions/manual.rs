//! The manual page, in the form that git's own pages have.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::cli::{EXIT_CODES, NAMES, OTHER_CODES, SETTINGS};
/// When the text of the page last changed.
const CHANGED: &str = "2026-11-21";

/// Where things are; `docs/architecture.md` says more.
const FILES: [(&str, &str); 6] = [
    (".claude/worktrees/", "The worktrees, unless agent.worktreeDir says otherwise."),
    (".git/worktrees/ID/agent.json", "The record of one agent; agent-run.json and agent.log tell of its program."),
    (
        ".git/agent/",
        "The trash, the journal of operations under way, locks, hooks, names of protected branches, and the push settings of \
         all linked worktrees. 'git agent init --undo' takes the last three away.",
    ),
    (
        "~/.local/state/git-agent/",
        "The ports that are leased on this machine, and which commands are trusted; below XDG_STATE_HOME if that is set.",
    ),
    (".git/config", "Gets one section, which includes those settings."),
    (".gitagent", "Settings that a team commits, in the syntax of .git/config; see CONFIGURATION."),
];

const CONFIGURATION: &str = "\
Settings are read from git's configuration, at every level that git has. A file .gitagent in the main checkout, in the \
same syntax, may set agent.base, agent.branchPrefix, agent.ignoreIn, agent.protect, agent.reproducible and \
agent.worktreeDir; the user's own configuration wins. Defaults stand in brackets.";

const EXAMPLES: [(&str, &str); 4] = [
    (
        "A worktree for a task, and its agent in a tmux window",
        "git agent spawn fix-login --agent claude --tmux -p 'Fix the login form'",
    ),
    (
        "Three attempts at one task, in the background",
        "git agent spawn parser --agent codex -n 3 --detach -p 'Speed up the parser'",
    ),
    ("Into a worktree", "cd \"$(git agent path fix-login)\""),
    ("Away with it, and back", "git agent rm fix-login; git agent restore fix-login"),
];

pub(super) fn page(mut command: Command) -> String {
    command.build();
    let mut page = Roff::new();
    let version = format!("git-agent {}", command.get_version().unwrap_or_default());
    page.control("TH", ["GIT-AGENT", "1", CHANGED, &version, "Git Manual"]);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    page.control("SH", ["NAME"]).text([roman(format!("git-agent - {}", lower_first(&about)))]);

    page.control("SH", ["SYNOPSIS"]);
    for verb in command.get_subcommands() {
        page.control("SY", [format!("git agent {}", verb.get_name()).as_str()]);
        page.text([roman(synopsis(verb))]);
        page.control("YS", []);
    }

    page.control("SH", ["DESCRIPTION"]).text([roman(format!("{about}."))]);
    paragraph(&mut page, NAMES);
    paragraph(&mut page, "Every verb takes these options:");
    options(&mut page, command.get_arguments());

    page.control("SH", ["VERBS"]);
    for verb in command.get_subcommands() {
        let aliases: Vec<&str> = verb.get_visible_aliases().collect();
        let alias = if aliases.is_empty() { String::new() } else { format!(" (or {})", aliases.join(", ")) };
        page.control("SS", [format!("git agent {}{alias}", verb.get_name()).as_str()]);
        let about = verb.get_long_about().or(verb.get_about()).map(ToString::to_string).unwrap_or_default();
        let mut blocks = about.split("\n\n");
        page.text([roman(format!("{}.", blocks.next().unwrap_or_default()))]);
        blocks.for_each(|block| paragraph(&mut page, block));
        options(&mut page, verb.get_arguments().filter(|arg| !arg.is_global_set()));
    }

    page.control("SH", ["CONFIGURATION"]).text([roman(CONFIGURATION)]);
    for (key, meaning) in SETTINGS {
        item(&mut page, vec![bold(key)], meaning);
    }
    page.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        item(&mut page, vec![bold(code.to_string())], meaning);
    }
    paragraph(&mut page, OTHER_CODES);
    page.control("SH", ["FILES"]);
    for (path, meaning) in FILES {
        item(&mut page, vec![italic(path)], meaning);
    }
    page.control("SH", ["EXAMPLES"]);
    for (what, line) in EXAMPLES {
        item(&mut page, vec![roman(format!("{what}:"))], line);
    }
    page.control("SH", ["SEE ALSO"]);
    let pages = ["git(1)", "git-worktree(1)", "git-config(1)", "gitignore(5)"];
    page.text([roman(pages.join(", "))]);
    wrapped(&page.to_roff())
}

/// Lines of text broken where the linters of roff want it.
fn wrapped(page: &str) -> String {
    let mut out = String::new();
    for line in page.lines() {
        if line.starts_with('.') {
            out.push_str(line);
        } else {
            let mut width = 0;
            for word in line.split(' ') {
                let long = width + word.len() >= 78;
                if width > 0 {
                    out.push(if long { '\n' } else { ' ' });
                    width = if long { 0 } else { width + 1 };
                }
                // At the start of a line these two would be read as a request.
                out.push_str(if width == 0 && word.starts_with(['.', '\'']) { "\\&" } else { "" });
                out.push_str(word);
                width += word.len();
            }
        }
        out.push('\n');
    }
    out
}

fn paragraph(page: &mut Roff, text: &str) {
    page.control("PP", []).text([roman(text)]);
}

fn item(page: &mut Roff, tag: Vec<Inline>, text: &str) {
    page.control("TP", []).text(tag).text([roman(text)]);
}

fn options<'a>(page: &mut Roff, arguments: impl Iterator<Item = &'a Arg>) {
    // What stands in every verb is told once, and what it is is known.
    let told = |arg: &&Arg| {
        use ArgAction::{Help, HelpLong, HelpShort, Version};
        !matches!(arg.get_action(), Help | HelpLong | HelpShort | Version)
    };
    for arg in arguments.filter(told) {
        let mut tag = Vec::new();
        for flag in [arg.get_short().map(|c| format!("-{c}")), arg.get_long().map(|long| format!("--{long}"))] {
            let Some(flag) = flag else { continue };
            if !tag.is_empty() {
                tag.push(roman(", "));
            }
            tag.push(bold(flag));
        }
        if let Some(value) = value(arg) {
            let gap = if arg.is_positional() {
                ""
            } else if optional_value(arg) {
                "[="
            } else {
                " "
            };
            tag.extend([roman(gap), italic(value), roman(if optional_value(arg) { "]" } else { "" })]);
        }
        let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let words: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if value(arg).is_some() && !words.is_empty() {
            text.push_str(&format!(": {}", words.join(", ")));
        }
        let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if value(arg).is_some() && !default.is_empty() {
            text.push_str(&format!(" [default: {}]", default.join(" ")));
        }
        item(page, tag, &text);
    }
}

/// The verb's arguments in one line, positional ones in their order, what follows `--` last.
fn synopsis(verb: &Command) -> String {
    let own =
        || verb.get_arguments().filter(|arg| !arg.is_global_set() && !arg.is_hide_set() && arg.get_id() != "help");
    let flags = own().filter(|arg| !arg.is_positional()).map(|arg| {
        let name = arg.get_long().map(|long| format!("--{long}")).or(arg.get_short().map(|short| format!("-{short}")));
        let name = name.unwrap_or_default();
        let many = if matches!(arg.get_action(), ArgAction::Append | ArgAction::Count) { "..." } else { "" };
        match value(arg) {
            Some(value) if optional_value(arg) => format!("[{name}[={value}]]"),
            Some(value) => format!("[{name} {value}]{many}"),
            None => format!("[{name}]{many}"),
        }
    });
    let positional = own().filter(|arg| arg.is_positional()).map(|arg| {
        let many = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        let word = format!("{}{}", value(arg).unwrap_or_default(), if many { "..." } else { "" });
        match (arg.is_last_set(), arg.is_required_set()) {
            (true, true) => format!("-- {word}"),
            (true, false) => format!("[-- {word}]"),
            (false, true) => word,
            (false, false) => format!("[{word}]"),
        }
    });
    let (names, rest): (Vec<String>, Vec<String>) = positional.partition(|word| !word.contains("--"));
    names.into_iter().chain(flags).chain(rest).collect::<Vec<_>>().join(" ")
}

fn value(arg: &Arg) -> Option<String> {
    let takes = arg.is_positional() || arg.get_action().takes_values();
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    takes.then(|| name.unwrap_or_else(|| arg.get_id().as_str().to_uppercase()))
}

fn optional_value(arg: &Arg) -> bool {
    !arg.is_positional() && arg.get_num_args().is_some_and(|count| count.min_values() == 0) && value(arg).is_some()
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_sections_of_a_git_page() {
        let page = page(super::super::visible());
        let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let expected = "NAME SYNOPSIS DESCRIPTION VERBS CONFIGURATION \"EXIT STATUS\" FILES EXAMPLES \"SEE ALSO\"";
        assert_eq!(sections.join(" "), expected);
        assert!(page.contains("git agent rm"));
        assert!(!page.contains("supervise"));
    }

    #[test]
    fn synopses() {
        let command = super::super::visible();
        let line = |name: &str| synopsis(command.find_subcommand(name).unwrap());
        assert_eq!(line("run"), "NAME -- CMD...");
        assert_eq!(line("rm"), "NAME... [--force]... [--keep-branch] [--dry-run] [--json]");
        assert_eq!(line("env"), "NAME [--json] [--export[=SHELL]] [--dotenv]");
    }
}

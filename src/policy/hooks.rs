//! The hooks folder of linked worktrees: which events it answers, and the script that does.
//!
//! core.hooksPath hides every hook of the user, so each event that we answer chains to the hook that would have run
//! without us. The chain is in the script and not in a program: it has to work when the program is gone, and `git config`
//! answers better than any reader of ours which folder that is. One script serves all events, since its name tells it
//! which one it is.

/// The folder, relative to the common git directory.
pub const PATH: &str = "agent/hooks";

/// Events of githooks(5) that git treats alike whether there is a hook that does nothing or none.
pub const ALWAYS: [&str; 23] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "p4-changelist",
    "p4-prepare-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
];

/// Events that are answered only while the user has a hook of that name: the presence of the first two changes what
/// git does, and the others run several times in every command, `git status` included. The remaining event,
/// fsmonitor-watchman, is found by core.fsmonitor and never in the folder.
pub const ON_DEMAND: [&str; 4] = ["push-to-checkout", "proc-receive", "reference-transaction", "post-index-change"];

/// What the second line of the script begins with.
pub const MARK: &str = "# Written by git-agent ";

/// The script. `program` is the path of git-agent-hook as it was when the script was written.
pub fn script(program: &str) -> String {
    SCRIPT
        .replace("@TAB@", "\t")
        .replace("@EVENTS@", &ALWAYS.join(" "))
        .replace("@PROGRAM@", &format!("'{}'", program.replace('\'', "'\\''")))
}

/// POSIX sh and test's `-ef`, which every sh that git comes with knows. What it does without a hook to chain to costs one
/// `git config`. A pre-push is judged first: the program gives the refs back with a dot behind them, so a program that
/// judged nothing (one of another version, or killed) is not taken for one that agreed.
const SCRIPT: &str = r#"#!/bin/sh
# Written by git-agent for the linked worktrees of this repository; see docs/guard.md. Hooks of your own go where
# they always went: this runs them.
ours=${0%/*}
event=${0##*/}

if [ "$event" = pre-push ]; then
    # In strict mode: hooks of yours see the URL that they would see without us.
    case ${2-} in
    agent-guard::*) set -- "$1" "${2#agent-guard::}" ;;
    esac
    program=@PROGRAM@
    [ -x "$program" ] || program=$(command -v git-agent-hook) || {
        echo 'git-agent: this push is refused: git-agent-hook is missing, so nothing can tell whether it is to a protected branch' >&2
        echo 'Install git-agent-hook beside git-agent, or anywhere on PATH, and push again.' >&2
        exit 1
    }
    refs=$("$program" git pre-push "$@") || exit 1
    case $refs in
    *.) refs=${refs%.} ;;
    *)
        echo "git-agent: this push is refused: $program did not judge it" >&2
        echo 'Install git-agent and git-agent-hook of one version, and push again.' >&2
        exit 1
        ;;
    esac
fi

# The folder that git would have used: the last core.hooksPath that is not ours, as origin, tab, value. GIT_CONFIG is
# heeded by git config alone.
folder=${ours%/agent/hooks}/hooks
tab='@TAB@'
while IFS= read -r line; do
    case $line in
    *"$tab"*)
        value=${line#*"$tab"}
        [ "$value" -ef "$ours" ] || folder=$value
        ;;
    esac
done <<END
$(unset GIT_CONFIG; git config --show-origin --type=path --get-all core.hooksPath </dev/null)
END

# A tool that installs hooks from within a worktree (lefthook) writes into this folder. What it put in our places goes
# where it would have gone, and ours come back: the next commit or checkout is early enough for most pushes.
ours_is() {
    mark=
    [ -x "$1" ] && [ -r "$1" ] && { read -r mark && read -r mark; } <"$1"
    case $mark in
    '# Written by git-agent '*) return 0 ;;
    esac
    return 1
}
if [ "$event" != pre-push ] && ! ours_is "$ours/pre-push"; then
    for name in @EVENTS@; do
        ours_is "$ours/$name" && continue
        [ -x "$ours/$name" ] && [ -d "$folder" ] && [ ! -e "$folder/$name" ] && cp -p "$ours/$name" "$folder/$name"
        cp -p "$0" "$ours/.$name.$$" && mv -f "$ours/.$name.$$" "$ours/$name"
        ours_is "$ours/$name.old" && rm -f "$ours/$name.old"
    done
fi </dev/null >/dev/null 2>&1

hook=$folder/$event
if [ ! -x "$hook" ]; then
    if [ -e "$hook" ] && [ "$(git config --type=bool advice.ignoredHook </dev/null)" != false ]; then
        echo "hint: The '$hook' hook was ignored because it's not set as executable." >&2
        echo "hint: You can disable this warning with \`git config advice.ignoredHook false\`." >&2
    fi
    exit 0
fi
[ "$hook" -ef "$0" ] && exit 0
if [ "$event" = pre-push ]; then
    printf %s "$refs" 2>/dev/null | exec "$hook" "$@"
    exit
fi
exec "$hook" "$@"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_the_script() {
        assert!(script("/it's here/x").contains("program='/it'\\''s here/x'\n"));
    }

    #[test]
    fn it_knows_itself() {
        assert!(script("x").lines().nth(1).is_some_and(|line| line.starts_with(MARK)));
        assert!(SCRIPT.contains(&format!("'{MARK}'*) return 0")));
    }

    #[test]
    fn no_event_is_listed_twice() {
        let mut all = [&ALWAYS[..], &ON_DEMAND[..]].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ALWAYS.len() + ON_DEMAND.len());
    }
}

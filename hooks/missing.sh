#!/bin/sh
# What the plugin's hooks do where git-agent is not installed: they say so once per session, and leave everything else as it
# would be without the plugin. The client's own way to make worktrees is out of use while a plugin has a hook for it, so that is
# done here, plainly.
set -u

# The plugin is the whole repository, so what builds and installs the program is beside it.
how="install it with: sh '${CLAUDE_PLUGIN_ROOT:-.}/install.sh'"

case ${1-} in
session-start)
    # Not again when the conversation is cleared or shortened.
    grep -Eq '"source" *: *"(startup|resume)"' || exit 0
    printf '{"systemMessage":"git-agent is not installed, so pushes are not guarded; %s"}\n' "$(
        printf %s "$how" | sed 's/[\\"]/\\&/g'
    )"
    ;;
worktree-create)
    # The name is the only value that is read, and only if it is made of characters that mean nothing anywhere.
    name=$(sed -n 's/.*"name" *: *"\([A-Za-z0-9][A-Za-z0-9._+/-]*\)".*/\1/p' | head -n 1)
    top=$(git rev-parse --path-format=absolute --git-common-dir) || exit 1
    case $top in
    */.git) top=${top%/.git} ;;
    # A submodule's repository, or a bare one, has its files elsewhere.
    *) top=$(git rev-parse --show-toplevel) || exit 1 ;;
    esac
    folder=$(printf %s "$name" | tr / +)
    path=$top/.claude/worktrees/$folder
    case /$name/ in // | */../* | */./*)
        echo "this worktree cannot be made without git-agent: $how" >&2
        exit 1
        ;;
    esac
    if [ -e "$path/.git" ]; then
        :
    elif git -C "$top" show-ref --verify --quiet "refs/heads/worktree-$folder"; then
        # Its worktree was removed, and the branch stayed.
        git -C "$top" worktree add --quiet "$path" "worktree-$folder" >&2 || exit 1
    else
        base=$(git -C "$top" rev-parse --verify --quiet 'refs/remotes/origin/HEAD^{commit}') || base=HEAD
        git -C "$top" worktree add --quiet --no-track -b "worktree-$folder" "$path" "$base" >&2 || exit 1
    fi
    printf '%s\n' "$path"
    ;;
worktree-remove)
    echo "the worktree stays where it is: git-agent, which would remove it, is not installed" >&2
    ;;
esac

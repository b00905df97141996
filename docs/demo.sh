#!/bin/sh
# What './install.sh --demo' shows: the main commands of git agent, in a scratch repository with a remote beside it.
# 'docs/demo.sh FOLDER' works in FOLDER, which the caller removes; git-agent must be on PATH. Each command is printed,
# run and checked; the first one that does not do what it should ends the demo with an error.
set -eu

scratch=$(cd "$1" && pwd -P)
home=$scratch/home
mkdir "$home"

# A home and a git configuration of its own: nothing of the user's is read or written.
for name in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\|XDG_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export HOME="$home" SHELL=/bin/sh LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git config --global user.name Demo
git config --global user.email demo@example.com
git config --global init.defaultBranch main

git init --quiet --bare "$home/remote.git"
git init --quiet "$home/project"
cd "$home/project"
echo '# Project' >README.md
printf '/.claude/worktrees/\n*.log\n' >.gitignore
git add .
git commit --quiet --message 'Begin'
git remote add origin "$home/remote.git"
git push --quiet --set-upstream origin main

say() { printf '\n%s\n' "$*"; }

# step CODE COMMAND: prints and runs the command, with nobody to ask, and expects the exit code.
step() {
    printf '$ %s\n' "$2"
    code=0
    (eval "$2") </dev/null >"$scratch/out" 2>&1 || code=$?
    sed "s|$home|~|g" "$scratch/out"
    [ "$code" -eq "$1" ] || wrong "it exited with $code instead of $1"
}

wrong() {
    printf 'error: the demo went wrong: %s\n' "$1" >&2
    exit 1
}

# holds WHAT COMMAND...: the command must succeed, silently.
holds() {
    what=$1
    shift
    "$@" >/dev/null 2>&1 || wrong "$what"
}

same() { [ "$(git rev-parse "$1")" = "$(git --git-dir="$home/remote.git" rev-parse "$2")" ]; }
lacks() { ! git --git-dir="$home/remote.git" rev-parse --verify --quiet "$1"; }

say 'The demo: a project with a remote, in a scratch home (~) that is removed at the end.'

say 'Two agents, each with a worktree and a branch of its own. Their program is a shell with a small task.'
step 0 "git agent spawn docs --task 'Write the manual' --agent shell -- -c 'echo Read me >MANUAL && git add . && git commit -qm Manual'"
step 0 "git agent spawn fix --task 'Fix the parser' --agent shell -- -c 'echo fixed >parser && git add . && git commit -qm Fix && echo half >next'"
holds 'there is no commit of docs' git cat-file -e docs:MANUAL
holds 'main has moved' same main main

say 'What they are doing: fix has a commit and an untracked file.'
step 0 'git agent list'

say 'A plain git push in a worktree goes to the branch of the agent, never to main.'
main=$(git rev-parse main)
step 0 'git agent run docs -- git push --quiet'
step 0 "git ls-remote --heads origin"
holds 'docs was not pushed to its own branch' same docs docs
holds 'the push has moved main' same "$main" main

say 'A push to main from there is refused, whoever tries; clients that call git-agent-hook are told before it runs.'
step 1 'git agent run docs -- git push origin HEAD:main'
step 0 "git agent -C .claude/worktrees/docs guard check 'git push origin HEAD:main'"
holds 'the refused push has moved main' same "$main" main

say 'Removing an agent with unsaved work is refused.'
step 3 'git agent rm fix'
holds 'the refused removal has removed something' test -f .claude/worktrees/fix/next

say 'With --force it goes into the trash, and comes back whole.'
step 0 'git agent rm --force fix'
holds 'the worktree is still there' test ! -e .claude/worktrees/fix
holds 'the branch is still there' test -z "$(git branch --list fix)"
step 0 'git agent restore fix'
holds 'the untracked file did not come back' grep -q half .claude/worktrees/fix/next
holds 'the branch did not come back' git cat-file -e fix:parser

say 'Once docs is merged, gc removes it and says why; what is not merged stays.'
step 0 'git merge --quiet docs && git push --quiet'
step 0 'git agent gc'
holds 'the merged agent is still there' test ! -e .claude/worktrees/docs
holds 'the agent with work is gone' test -f .claude/worktrees/fix/next
holds 'main lacks the merged work' same main:MANUAL main:MANUAL
holds 'fix was pushed' lacks fix
holds 'the main checkout is not clean' test -z "$(git status --porcelain)"

say 'All of this did what it should. The scratch home is removed.'

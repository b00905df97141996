#!/bin/sh
# Builds one scene for the guard's tests: setup.sh SCENE DIR
#
# DIR/origin.git and DIR/fork.git are bare remotes, DIR/repo is the main checkout, and DIR/wt is the worktree of an agent on
# branch agent/x. Local main, master and release/1.0 are each one commit ahead of the remote, so that a push of any of
# them moves something. The scene then changes what its name says.
set -eu
scene=$1 dir=$2
rm -rf "$dir" && mkdir -p "$dir/home"
HOME=$dir/home GIT_CONFIG_NOSYSTEM=1
export HOME GIT_CONFIG_NOSYSTEM
git config --global user.name agent
git config --global user.email agent@example.com
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global protocol.file.allow always
git config --global agent.protect 'release/*'

commit() { # FILE TEXT MESSAGE
    echo "$2" >>"$1" && git add "$1" && git commit -qm "$3"
}

git init -q --bare "$dir/origin.git"
git init -q --bare "$dir/fork.git"
git init -q "$dir/repo"
cd "$dir/repo"
commit f one first
git remote add origin "$dir/origin.git"
git remote add fork "$dir/fork.git"
git branch master
git branch release/1.0
git push -q -u origin main
git push -q origin master release/1.0
git push -q fork main
git remote set-head origin main >/dev/null
git fetch -q --all
git tag v1
git worktree add -q --no-track -b agent/x "$dir/wt" main
commit f two second
git branch -f master main
git branch -f release/1.0 main
cd "$dir/wt"
commit w work 'the work of an agent'

track_main() { git branch -q --set-upstream-to=origin/main; }
take_main() { git -C "$dir/repo" checkout -q --detach && git checkout -q main; }

case $scene in
base) ;;
up-agent) git push -q -u origin agent/x && commit w more 'more work' ;;
track-main) track_main ;;
track-main-upstream) track_main && git config push.default upstream ;;
track-main-tracking) track_main && git config push.default tracking ;;
track-main-autosetup) track_main && git config push.autoSetupRemote true ;;
pd-matching) git config push.default matching ;;
pd-current) git config push.default current ;;
pd-nothing) git config push.default nothing ;;
autosetup) git config push.autoSetupRemote true ;;
pushdefault-fork) git config remote.pushDefault fork ;;
pushdefault-fork-track-main-upstream)
    track_main && git config push.default upstream && git config remote.pushDefault fork ;;
branch-pushremote) git config branch.agent/x.pushRemote fork ;;
remote-push-head-main) git config remote.origin.push HEAD:refs/heads/main ;;
remote-push-x-main) git config remote.origin.push refs/heads/agent/x:refs/heads/main ;;
remote-push-glob-release) git config remote.origin.push 'refs/heads/agent/*:refs/heads/release/*' ;;
remote-push-all) git config remote.origin.push 'refs/heads/*:refs/heads/*' ;;
remote-push-own) git config remote.origin.push 'refs/heads/agent/*:refs/heads/agent/*' ;;
remote-mirror) git config remote.origin.mirror true ;;
pushurl) git config remote.origin.pushurl "$dir/fork.git" ;;
pushinsteadof) git config "url.$dir/fork.git.pushInsteadOf" "$dir/origin.git" ;;
alias)
    git config alias.p push
    git config alias.p2 p
    git config alias.pm 'push origin HEAD:main'
    git config alias.shp '!git push origin HEAD:main'
    git config alias.fn '!f() { git push origin "$@"; }; f'
    git config alias.st status
    git config alias.save 'stash push'
    git config alias.Push status ;;
detached) git checkout -q --detach ;;
on-main) take_main && commit z z 'on main' ;;
on-main-up) take_main && track_main && commit z z 'on main' ;;
local-named-main2)
    git branch -q -m agent/x trunk
    git -C "$dir/origin.git" branch trunk main
    git -C "$dir/origin.git" symbolic-ref HEAD refs/heads/trunk ;;
tag-main) git tag main-tag && git tag main HEAD ;;
shallow-script)
    printf '#!/bin/sh\ngit push origin HEAD:main\n' >deploy.sh && chmod +x deploy.sh
    printf 'main\n' >refs.txt ;;
submodule)
    git init -q "$dir/sub"
    (cd "$dir/sub" && commit s s sub)
    git submodule --quiet add "$dir/sub" sub
    git commit -qm 'add sub'
    cd sub
    git remote set-url origin "$dir/fork.git"
    git fetch -q
    git checkout -q -B main origin/main
    commit s two 'in sub' ;;
subtree) mkdir lib && commit lib/l l lib ;;
*) echo "unknown scene: $scene" >&2 && exit 3 ;;
esac

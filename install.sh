#!/bin/sh
# Builds git-agent and installs it for one user. './install.sh --help' says how.
set -eu

usage() {
    cat <<'END'
usage: ./install.sh [--prefix DIR] [--demo | --uninstall]

Builds git-agent with cargo and installs the programs, the manual page and the
completions for bash, zsh, fish and PowerShell. Needs no root.

  --prefix DIR  where to install [default: ~/.local]
  --demo        install, then show the main commands in a scratch repository
  --uninstall   remove what was installed there, and nothing else
  -h, --help    print this
END
}

# Messages: what happened, then what helps.
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}
misuse() {
    printf 'error: %s\n\n' "$1" >&2
    usage >&2
    exit 2
}

prefix='' action=install
while [ $# -gt 0 ]; do
    case $1 in
    --prefix) [ $# -gt 1 ] || misuse '--prefix needs a folder'; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --demo | --uninstall)
        [ "$action" = install ] || misuse '--demo and --uninstall do not go together'
        action=${1#--} ;;
    -h | --help) usage; exit 0 ;;
    *) misuse "there is no option '$1'" ;;
    esac
    shift
done
[ -n "$prefix" ] || prefix=${HOME:?'HOME is not set: use --prefix DIR'}/.local
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
prefix=${prefix%/}
source=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# What is installed: files, and folders (with a slash) that had to be made for them, outer ones first.
manifest=$prefix/share/git-agent/installed

uninstall() {
    [ -f "$manifest" ] || fail "nothing of git-agent is installed in $prefix" './install.sh --uninstall --prefix DIR'
    sed '1!G;h;$!d' "$manifest" | while IFS= read -r item; do
        case $item in
        */) rmdir -- "$prefix/$item" 2>/dev/null || : ;; # somebody else uses it by now
        *) rm -f -- "$prefix/$item" ;;
        esac
    done
    echo "git-agent is removed from $prefix. Repositories keep their agents and worktrees."
}

build() {
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
    command -v cargo >/dev/null ||
        fail 'cargo is not on PATH: git-agent is built with Rust' 'install Rust from https://rustup.rs, then run this again'
    command -v git >/dev/null || fail 'git is not on PATH' 'install git 2.38 or newer'
    need=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$source/Cargo.toml")
    have=$(cd "$source" && "${RUSTC:-rustc}" --version | cut -d' ' -f2) || fail 'rustc does not start' 'rustup update stable'
    older=$(printf '%s\n%s\n' "$need" "${have%%-*}" | sort -t. -k1,1n -k2,2n | head -n1)
    case $have in "$need" | "$need".*) ;; *)
        [ "$older" = "$need" ] || fail "Rust $have is too old: git-agent needs $need" 'rustup update stable' ;;
    esac
    target=${CARGO_TARGET_DIR:-$source/target}
    case $target in /*) ;; *) target=$PWD/$target ;; esac
    (cd "$source" && cargo build --release --locked --bins --target-dir "$target") ||
        fail 'the build failed: cargo says why above'
    built=$target/release
    [ -x "$built/git-agent" ] || fail "cargo left no program in $built" 'unset CARGO_BUILD_TARGET, and build.target in cargo'\''s configuration'
}

# Makes a folder below the prefix, with those above it, and notes which ones are new.
folder() {
    [ ! -d "$prefix/$1" ] || return 0
    case $1 in */*) folder "${1%/*}" ;; esac
    mkdir -p -- "$prefix/$1"
    printf '%s/\n' "$1" >>"$scratch/installed"
}

# place FROM MODE TO: a program that runs keeps its old file, a reader never sees half of the new one.
place() {
    folder "${3%/*}"
    [ ! -d "$prefix/$3" ] || fail "$prefix/$3 is a folder" "mv '$prefix/$3' '$prefix/$3.old'"
    partial=$prefix/$3.new
    cp -- "$1" "$partial"
    chmod "$2" "$partial"
    mv -f -- "$partial" "$prefix/$3"
    printf '%s\n' "$3" >>"$scratch/installed"
}

install() {
    # All that can fail is done before the first file is placed.
    "$built/git-agent" man >"$scratch/man"
    for shell in bash zsh fish powershell; do
        "$built/git-agent" completions "$shell" >"$scratch/$shell"
    done
    [ -d "$prefix" ] || echo / >"$scratch/installed"
    { mkdir -p -- "$prefix" && [ -w "$prefix" ]; } || fail "cannot write to $prefix" './install.sh --prefix DIR'
    if [ -f "$manifest" ]; then cp -- "$manifest" "$scratch/installed"; fi
    folder share/git-agent
    printf 'share/git-agent/installed\n' >>"$scratch/installed"
    place "$built/git-agent" 755 bin/git-agent
    place "$built/git-agent-hook" 755 bin/git-agent-hook
    place "$built/git-remote-agent-guard" 755 bin/git-remote-agent-guard
    place "$scratch/man" 644 share/man/man1/git-agent.1
    place "$scratch/bash" 644 share/bash-completion/completions/git-agent
    place "$scratch/zsh" 644 share/zsh/site-functions/_git-agent
    place "$scratch/fish" 644 share/fish/vendor_completions.d/git-agent.fish
    place "$scratch/powershell" 644 share/git-agent/git-agent.ps1
    awk '!seen[$0]++' "$scratch/installed" >"$scratch/manifest"
    place "$scratch/manifest" 644 share/git-agent/installed
    echo "installed $("$prefix/bin/git-agent" --version) in $prefix"
}

# Says which search paths lack the prefix, with the line that adds it.
# shellcheck disable=SC2016 # the user's shell is to expand what is printed
advise() {
    case ${SHELL:-} in */fish) add="fish_add_path '$prefix/bin'" ;; *) add="export PATH=\"$prefix/bin:\$PATH\"" ;; esac
    case :$PATH: in *":$prefix/bin:"*) ;; *)
        printf "\ngit does not find git-agent yet: PATH lacks its folder. Add to your shell's startup file:\n    %s\n" "$add" ;;
    esac
    first=$(command -v git-agent) || first=''
    case $first in '' | "$prefix/bin/git-agent") ;; *) printf '\nAnother git-agent comes first on PATH: %s\n' "$first" ;; esac
    if ! command -v man >/dev/null; then
        printf "\n'git agent --help' needs the program man, which is not installed; 'git agent -h' does not.\n"
    elif ! PATH="$prefix/bin:$PATH" man -w git-agent >/dev/null 2>&1; then
        printf '\nman does not look there. Add to your shell'\''s startup file:\n    export MANPATH="%s/share/man:${MANPATH:-}"\n' "$prefix"
    fi
    case :${XDG_DATA_HOME:-${HOME:-}/.local/share}:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}: in *":$prefix/share:"*) ;; *)
        printf '\nbash and fish do not look there for completions. Add to your shell'\''s startup file:\n'
        printf '    export XDG_DATA_DIRS="%s/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"\n' "$prefix" ;;
    esac
    if command -v zsh >/dev/null && ! grep -qsF "$prefix/share/zsh/site-functions" "${ZDOTDIR:-${HOME:-}}/.zshrc"; then
        printf '\nFor completion in zsh, add to .zshrc, before compinit:\n    fpath=("%s/share/zsh/site-functions" $fpath)\n' "$prefix"
    fi
    if command -v pwsh >/dev/null; then
        printf '\nFor completion in PowerShell, add to your $PROFILE:\n    . "%s/share/git-agent/git-agent.ps1"\n' "$prefix"
    fi
}

if [ "$action" = uninstall ]; then uninstall; exit; fi
build
partial=''
scratch=$(mktemp -d "${TMPDIR:-/tmp}/git-agent.XXXXXX")
trap 'rm -rf -- "$scratch"; [ -z "$partial" ] || rm -f -- "$partial"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
install
if [ "$action" = demo ]; then
    PATH=$prefix/bin:$PATH sh "$source/docs/demo.sh" "$scratch"
fi
advise
printf '\nNext, in a repository of yours:\n    git agent spawn NAME      (git agent -h: all verbs; git agent --help: the manual)\n'

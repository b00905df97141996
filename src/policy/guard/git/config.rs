//! `git config` (git-config(1)) in its old and new spelling: reading is nobody's business, writing is followed.

use super::Git;
use crate::policy::guard::programs::options::{Shape, skip};
use crate::policy::guard::smell;
use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::state::{Change, State};
use crate::policy::push::{Setting, config, refspec::Refspec};
use crate::policy::shell::Text;

enum Act {
    Read,
    Set { append: bool },
    Unset,
    RemoveSection,
    Edit,
}

impl Walker<'_> {
    pub(crate) fn git_config(&mut self, git: &Git, words: &[Field], state: &mut State) {
        let mut act = None;
        let mut scope_all = false;
        let shape = Shape {
            short: "ft",
            long: &["file", "blob", "type", "default", "comment", "value", "url"],
            words: 0,
            assigns: false,
        };
        let mut at = 1;
        // Options may stand on both sides of the new-style verb.
        let mut rest: Vec<&Field> = Vec::new();
        while at < words.len() {
            let next = skip(words, at, &shape, |name, _| match name {
                "--global" | "--system" | "--file" | "-f" => scope_all = true,
                "--add" | "--append" => act = Some(Act::Set { append: true }),
                "--replace-all" => act = Some(Act::Set { append: false }),
                "--unset" | "--unset-all" => act = Some(Act::Unset),
                "--remove-section" | "--rename-section" => act = Some(Act::RemoveSection),
                "--edit" | "-e" => act = Some(Act::Edit),
                name if name.starts_with("--get") || name == "--list" || name == "-l" => act = Some(Act::Read),
                _ => {}
            });
            if let Some(field) = words.get(next) {
                rest.push(field);
            }
            at = next + 1;
        }
        if act.is_none() {
            act = match rest.first().and_then(|field| field.get()) {
                Some("get" | "list") => Some(Act::Read),
                Some("set") => Some(Act::Set { append: words.iter().any(|f| f.is("--append")) }),
                Some("unset") => Some(Act::Unset),
                Some("remove-section" | "rename-section") => Some(Act::RemoveSection),
                Some("edit") => Some(Act::Edit),
                _ => None,
            };
            if act.is_some() {
                rest.remove(0);
            }
        } else if matches!(rest.first().and_then(|field| field.get()), Some("set" | "unset")) {
            rest.remove(0);
        }
        let act = act.unwrap_or(if rest.len() > 1 { Act::Set { append: false } } else { Act::Read });
        let found = self.look(git, state);
        let at = if scope_all { None } else { found.as_ref().ok().map(|repo| repo.common_dir().to_owned()) };
        if matches!(act, Act::Read) {
            state.print(&Text::unknown());
            return;
        }
        let guards = self.guards(&found);
        let Some(key) = rest.first() else { return };
        let Some(key) = key.get().map(config::canonical) else {
            if guards && smell::smells(self.source) {
                self.ask("a setting of git is changed whose name cannot be known", "");
            }
            return;
        };
        let value = rest.get(1).map_or(Some(""), |field| field.get());
        if guards {
            self.judge_setting(&key, &act, value);
        }
        let setting = value.map_or(Setting::Unknown, |value| Setting::Text(value.to_owned()));
        state.disk.changes.push(match act {
            Act::Set { append } => Change::Set(at, key, setting, append),
            Act::Unset => Change::Unset(at, key),
            Act::RemoveSection => Change::RemoveSection(at, key),
            Act::Edit | Act::Read => return,
        });
    }

    fn judge_setting(&mut self, key: &str, act: &Act, value: Option<&str>) {
        let ours = key.starts_with("agent.") || key == "agent";
        let sets = matches!(act, Act::Set { .. });
        let text = value.unwrap_or("");
        if ours {
            self.deny(
                format!("{key} is a setting of the guard, which is not an agent's to change"),
                "Ask the user to change it.",
            );
        } else if key == "core.hookspath" || key == "core" && matches!(act, Act::RemoveSection) {
            let off = sets && (text.is_empty() || text.starts_with("/dev/"));
            let what = "core.hooksPath decides whether the pre-push hook runs";
            if off || matches!(act, Act::Unset) { self.deny(what, "") } else { self.ask(what, "") }
        } else if key.starts_with("includeif.") && !sets {
            self.deny("this would take the guard's include away", "");
        } else if sets && (key == "include.path" || key.starts_with("includeif.")) {
            self.ask("this includes a file of settings for every worktree", "");
        } else if sets
            && key == "push.default"
            && (value.is_none() || matches!(text, "upstream" | "tracking" | "matching"))
        {
            self.ask(
                format!("push.default={text} is shared by all worktrees, and sends plain pushes to protected branches"),
                "Use instead: git push -u origin HEAD:refs/heads/BRANCH",
            );
        } else if sets
            && key.starts_with("remote.")
            && key.ends_with(".mirror")
            && (value.is_none() || config::truth(text))
        {
            self.ask("a mirror remote receives every branch with each push", "");
        } else if sets && key.starts_with("remote.") && key.ends_with(".push") && risky_refspec(value) {
            self.ask("this refspec is shared by all worktrees, and sends plain pushes to a protected branch", "");
        } else if sets && key.ends_with(".pushinsteadof") {
            self.ask("this sends pushes to another repository", "");
        } else if sets && !key.starts_with("alias.") && smell::smells(text) && runs_command(key) {
            self.ask(format!("{key} is set to a command that pushes"), "");
        }
    }
}

/// Whether a refspec could move what is always protected.
fn risky_refspec(value: Option<&str>) -> bool {
    let Some(value) = value else { return true };
    let to_main = |dst: &str| ["main", "master", "refs/heads/main", "refs/heads/master"].contains(&dst);
    match Refspec::parse(&Text::known(value)) {
        Refspec::Matching | Refspec::Unknown => true,
        Refspec::Pair(_, dst) | Refspec::Delete(dst) => dst.get().is_none_or(to_main),
        Refspec::Name(name) => to_main(&name),
        Refspec::Pattern(_, to) => crate::policy::push::refspec::star(&to, "refs/heads/main").is_some(),
        Refspec::Negative(_) | Refspec::Invalid => false,
    }
}

/// Keys whose value git runs.
fn runs_command(key: &str) -> bool {
    let ends = [
        "editor",
        "pager",
        "command",
        "cmd",
        "helper",
        "program",
        "external",
        "textconv",
        "clean",
        "smudge",
        "process",
        "askpass",
        "fsmonitor",
        "driver",
        "hook",
        "sshcommand",
        "receivepack",
        "uploadpack",
        "proxy",
        "browser",
    ];
    ends.iter().any(|end| key.ends_with(end))
}

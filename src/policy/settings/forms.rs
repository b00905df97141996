//! The forms in which our program stands in settings, of this version and of earlier ones. Nothing else is ours: a person's own
//! line may call our program too, and stays.

use serde_json::Value;

/// The clients that `call` may name.
const HOSTS: [&str; 4] = ["claude", "codex", "gemini", "copilot"];

/// What follows where the program is missing and a worktree cannot be made without it.
pub const NO_WORKTREE: &str = "; echo 'git-agent-hook is not on PATH, and makes the worktrees' >&2; exit 1";

/// A command line of a shell that calls our program where it is installed and does nothing where it is not: a client that is told to
/// block when a hook fails would block every command after an uninstall, or on a colleague's machine.
pub fn shell(arguments: &str) -> String {
    format!("if command -v git-agent-hook >/dev/null; then exec git-agent-hook {arguments}; fi")
}

/// The same for PowerShell.
pub fn powershell(arguments: &str) -> String {
    format!(
        "if (Get-Command git-agent-hook -ErrorAction SilentlyContinue) {{ $input | git-agent-hook {arguments}; exit $LASTEXITCODE }}"
    )
}

/// Whether a hook is one that we wrote: each command line in it, in whatever field the client keeps it, is one of our forms.
pub(super) fn is_ours(hook: &Value) -> bool {
    let arguments = hook.get("args").map_or(String::new(), |args| {
        let words = args.as_array().into_iter().flatten().map(|word| word.as_str().unwrap_or("?"));
        words.fold(String::new(), |line, word| line + " " + word)
    });
    let fields = ["command", "bash", "powershell"];
    let mut lines = fields.iter().filter_map(|field| hook.get(*field)).peekable();
    lines.peek().is_some() && lines.all(|line| line.as_str().is_some_and(|line| is_form(&format!("{line}{arguments}"))))
}

fn is_form(line: &str) -> bool {
    let inside = |start: &str, end: &str| line.strip_prefix(start)?.strip_suffix(end);
    let split = |whole: String| whole.split_once('\0').map(|(start, end)| (start.to_owned(), end.to_owned()));
    // The first is what earlier versions wrote, as one line or as a program and its arguments.
    let forms = ["git-agent-hook \0".to_owned(), shell("\0"), shell("\0") + NO_WORKTREE, powershell("\0")];
    forms.into_iter().filter_map(split).any(|(start, end)| inside(&start, &end).is_some_and(is_call))
}

/// A client, and perhaps an event of its.
fn is_call(arguments: &str) -> bool {
    let (host, event) = arguments.split_once(' ').unwrap_or((arguments, "any"));
    HOSTS.contains(&host) && !event.is_empty() && event.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ours_and_others() {
        for (hook, expected) in [
            (json!({ "command": shell("claude") }), true),
            (json!({ "command": shell("claude") + NO_WORKTREE, "timeout": 5 }), true),
            (json!({ "bash": shell("copilot preToolUse"), "powershell": powershell("copilot preToolUse") }), true),
            (json!({ "command": "git-agent-hook codex" }), true),
            (json!({ "command": "git-agent-hook", "args": ["claude"] }), true),
            (json!({}), false),
            (json!({ "command": "git-agent-hook" }), false),
            (json!({ "command": "git-agent-hook", "args": ["claude", 1] }), false),
            (json!({ "command": "git-agent-hook other" }), false),
            (json!({ "command": "git-agent-hook claude | tee log" }), false),
            (json!({ "command": "git-agent-hook claude x;y" }), false),
            (json!({ "command": "tee -a ~/log | /opt/wrap/git-agent-hook-wrapper claude" }), false),
            (json!({ "command": "/opt/git-agent-hook claude" }), false),
            (json!({ "command": shell("claude") + "; mine" }), false),
            (json!({ "command": shell("claude; mine") }), false),
            (json!({ "bash": shell("copilot preToolUse"), "powershell": "mine" }), false),
        ] {
            assert_eq!(is_ours(&hook), expected, "{hook}");
        }
    }
}

//! The programs of agents: which command starts one, and where a prompt goes in it.
//!
//! A prompt is always an argument of its own and never part of a shell's text.

/// How the program will run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On a terminal, with a person before it.
    Interactive,
    /// Detached, with nobody to ask.
    Headless,
}

/// How one program is started. `{prompt}` stands for the prompt; without it the prompt goes last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The program and its first arguments.
    pub command: Vec<String>,
    /// What follows the command where a prompt is given to an interactive run; `None` if it takes no prompt.
    pub prompt: Option<Vec<String>>,
    /// The same for a detached run; `None` if the program cannot run without a terminal.
    pub headless: Option<Vec<String>>,
}

/// Name, command, and the arguments for a prompt with a person and without one. Sources: each program's own `--help`.
type BuiltIn = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const BUILT_IN: [BuiltIn; 6] = [
    ("claude", &["claude"], &["--", "{prompt}"], &["-p", "--", "{prompt}"]),
    ("codex", &["codex"], &["--", "{prompt}"], &["exec", "--", "{prompt}"]),
    ("gemini", &["gemini"], &["--prompt-interactive={prompt}"], &["--prompt={prompt}"]),
    ("copilot", &["copilot"], &["--interactive={prompt}"], &["--prompt={prompt}"]),
    ("opencode", &["opencode"], &["--prompt={prompt}"], &["run", "--", "{prompt}"]),
    ("aider", &["aider"], &["--message={prompt}"], &["--yes-always", "--message={prompt}"]),
];

/// The profile that comes with git-agent under `name`. `shell` is the user's own shell, which `shell` names.
pub fn built_in(name: &str, shell: &str) -> Option<Profile> {
    if name == "shell" {
        return Some(Profile { command: vec![shell.to_owned()], prompt: None, headless: Some(Vec::new()) });
    }
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    BUILT_IN.iter().find(|(built_in, ..)| *built_in == name).map(|(_, command, prompt, headless)| Profile {
        command: owned(command),
        prompt: Some(owned(prompt)),
        headless: Some(owned(headless)),
    })
}

/// The names of the profiles that come with git-agent.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, ..)| *name).chain(["shell"])
}

/// A profile from `agent.<name>.command`, split into words as a shell would and never run by one. `None` for text
/// that ends inside a quote or holds no word.
pub fn configured(command: &str, prompt: Option<&str>, headless: Option<&str>) -> Option<Profile> {
    let split = |text: &str| shlex::split(text).filter(|words| !words.is_empty());
    let command = split(command)?;
    let words = |text: Option<&str>| text.map_or_else(|| Some(vec!["{prompt}".to_owned()]), split);
    Some(Profile { command, prompt: Some(words(prompt)?), headless: Some(words(headless)?) })
}

/// Why a profile cannot be started as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It takes no prompt.
    NoPrompt,
    /// It cannot run detached.
    NotHeadless,
}

/// The whole command line: the program, what the profile puts around the prompt, and the user's `extra` arguments,
/// which come before the prompt so that they are read as options.
///
/// # Errors
/// When the profile cannot do what is asked.
pub fn command_line(
    profile: &Profile,
    mode: Mode,
    prompt: Option<&str>,
    extra: &[String],
) -> Result<Vec<String>, Unfit> {
    let mut line = profile.command.clone();
    let Some(prompt) = prompt else {
        line.extend_from_slice(extra);
        return Ok(line);
    };
    if profile.prompt.is_none() {
        return Err(Unfit::NoPrompt);
    }
    let words = if mode == Mode::Headless { &profile.headless } else { &profile.prompt };
    let words = words.as_ref().ok_or(Unfit::NotHeadless)?;
    let holds = |word: &String| word.contains("{prompt}");
    let place =
        words.iter().position(|word| word == "--").or_else(|| words.iter().position(holds)).unwrap_or(words.len());
    line.extend_from_slice(&words[..place]);
    line.extend_from_slice(extra);
    line.extend(words[place..].iter().map(|word| word.replace("{prompt}", prompt)));
    if !words.iter().any(holds) {
        line.push(prompt.to_owned());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, mode: Mode, prompt: Option<&str>, extra: &[&str]) -> Result<Vec<String>, Unfit> {
        let extra: Vec<String> = extra.iter().map(|&word| word.to_owned()).collect();
        command_line(&built_in(name, "/bin/sh").unwrap(), mode, prompt, &extra)
    }

    #[test]
    fn a_prompt_is_one_argument_whatever_it_holds() {
        use Mode::{Headless, Interactive};
        for (name, mode, prompt, extra, expected) in [
            ("claude", Interactive, None, vec![], vec!["claude"]),
            ("claude", Interactive, Some("do $(x); 'y'"), vec![], vec!["claude", "--", "do $(x); 'y'"]),
            ("claude", Headless, Some("go"), vec!["--model", "m"], vec!["claude", "-p", "--model", "m", "--", "go"]),
            ("codex", Headless, Some("-x"), vec![], vec!["codex", "exec", "--", "-x"]),
            ("gemini", Headless, Some("-x"), vec!["-y"], vec!["gemini", "-y", "--prompt=-x"]),
            ("shell", Headless, None, vec!["-c", "true"], vec!["/bin/sh", "-c", "true"]),
        ] {
            assert_eq!(line(name, mode, prompt, &extra).unwrap(), expected, "{name}");
        }
        assert_eq!(line("shell", Interactive, Some("x"), &[]), Err(Unfit::NoPrompt));
    }

    #[test]
    fn configured_profiles() {
        let profile = configured("my-agent --fast 'two words'", None, Some("batch {prompt} end")).unwrap();
        assert_eq!(
            command_line(&profile, Mode::Interactive, Some("a b"), &[]).unwrap(),
            ["my-agent", "--fast", "two words", "a b"]
        );
        assert_eq!(
            command_line(&profile, Mode::Headless, Some("a b"), &[]).unwrap(),
            ["my-agent", "--fast", "two words", "batch", "a b", "end"]
        );
        assert_eq!(configured("'open", None, None), None);
        assert_eq!(configured("  ", None, None), None);
    }
}

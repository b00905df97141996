//! Strict mode: the remote helper through which each push of a linked worktree goes (gitremote-helpers(7)).
//!
//! git says which refs it wants to move, by their full names; those that are protected are answered with an error, and the
//! others are pushed. Nothing here connects by way of `git push`, so that no variable and no setting is needed to keep the
//! helper from calling itself, and none that an agent could set.

mod far;
mod judge;
mod relay;
mod smart;

use std::io::{BufRead, StdinLock, Write};
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::policy::strict::command::{self, Command, Spec};
use crate::{environment, git};
use far::Far;

/// The whole program. Exits with 128 when git could not push either.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).map(std::ffi::OsString::into_string).collect();
    let said = match arguments.as_slice() {
        [Ok(remote)] => serve(remote, remote),
        [Ok(remote), Ok(url)] => serve(remote, url),
        _ => Err(Error::failed("git-remote-agent-guard is started by git: git-remote-agent-guard <remote> <URL>")),
    };
    match said {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One without a message was told of by the program that failed. Where nobody listens the exit code still says it.
            if !error.message.is_empty() {
                let _ = writeln!(std::io::stderr().lock(), "fatal: {error}");
            }
            ExitCode::from(128)
        }
    }
}

fn serve(remote: &str, address: &str) -> Result<()> {
    let here = environment::current_dir()?;
    let config = git::connect::settings(&here, environment::var("GIT_DIR"))?;
    let mut far = Far::reach(remote, address, config)?;
    let mut input = std::io::stdin().lock();
    while let Some(line) = next(&mut input)? {
        match command::parse(&line) {
            Command::Capabilities => answer(&far.capabilities()?)?,
            Command::Option(name, value) => answer(&far.option(&line, name, &value)?)?,
            Command::List { for_push: true } => answer(&far.list()?)?,
            // The refs have to be known one by one, so git must not talk to the server by itself.
            Command::Connect("git-receive-pack") => answer("fallback\n")?,
            Command::Push(first) => {
                let specs = batch(first, &mut input)?;
                answer(&push(&mut far, &specs)?)?;
            }
            Command::End => break,
            Command::Connect(_) | Command::List { for_push: false } | Command::Other(_) => {
                if far.fetch(&line, &mut input)? {
                    return Ok(());
                }
            }
        }
    }
    far.end();
    Ok(())
}

/// Pushes what may be pushed. Returns a line for each ref, and an empty one.
fn push(far: &mut Far, specs: &[Spec]) -> Result<String> {
    let refused = judge::refused(specs, &far.remote, &far.url);
    let any = refused.iter().any(Option::is_some);
    let mut said: Vec<&str> = Vec::new();
    for message in refused.iter().flatten() {
        if !said.contains(&message.as_str()) {
            let _ = writeln!(std::io::stderr().lock(), "{message}");
            said.push(message);
        }
    }
    let mut report = String::new();
    let mut allowed = Vec::new();
    for (spec, refused) in specs.iter().zip(&refused) {
        match refused {
            Some(_) => report.push_str(&format!("error {} protected branch, refused by git-agent\n", spec.dst)),
            None if any && far.atomic => report.push_str(&format!("error {} atomic push failure\n", spec.dst)),
            None => allowed.push(spec),
        }
    }
    if !allowed.is_empty() {
        report.push_str(&far.push(&allowed)?);
    }
    report.push('\n');
    Ok(report)
}

/// The refspecs up to the empty line.
fn batch(first: Spec, input: &mut StdinLock<'_>) -> Result<Vec<Spec>> {
    let mut specs = vec![first];
    while let Some(line) = next(input)? {
        match command::parse(&line) {
            Command::Push(spec) => specs.push(spec),
            Command::End => return Ok(specs),
            _ => return Err(Error::failed(format!("git says what is no refspec: {line}"))),
        }
    }
    Err(Error::failed("git has gone away in the middle of a push"))
}

fn next(input: &mut StdinLock<'_>) -> Result<Option<String>> {
    let mut line = Vec::new();
    match input.read_until(b'\n', &mut line) {
        Ok(0) => Ok(None),
        Ok(_) => {
            line.pop_if(|byte| *byte == b'\n');
            let text = String::from_utf8(line);
            text.map(Some).map_err(|_| Error::failed("the name of a ref is not Unicode, so it cannot be judged"))
        }
        Err(cause) => Err(Error::failed("git cannot be read").because(cause)),
    }
}

fn answer(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let said = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    said.map_err(|cause| Error::failed("git has gone away").because(cause))
}

//! `git agent env`

use serde_json::{Map, Value, json};

use crate::cli::{Env, Shell};
use crate::error::Result;
use crate::report::{Outcome, document};
use crate::{agent, launch};

pub(super) fn run(args: &Env, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let pairs = launch::environment(&agent);
    let lines = pairs.iter().map(|(key, value)| match args.export {
        None => format!("{key}={value}"),
        Some(shell) => exported(shell, key, value),
    });
    let outcome = Outcome::text(lines.collect::<Vec<_>>().join("\n"));
    Ok(outcome.or_json(args.json, || {
        let map: Map<String, Value> = pairs.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        document("env", json!({ "name": agent.name(), "env": map }))
    }))
}

/// A command that sets the variable, with the value quoted so that no byte of it means anything to the shell.
fn exported(shell: Shell, key: &str, value: &str) -> String {
    match shell {
        Shell::Sh => format!("export {key}='{}'", value.replace('\'', r"'\''")),
        Shell::Fish => format!("set -gx {key} '{}'", value.replace('\\', r"\\").replace('\'', r"\'")),
        Shell::Powershell => format!("$env:{key} = '{}'", value.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_each_shell() {
        let hostile = r"a'b\$(c)";
        assert_eq!(exported(Shell::Sh, "K", hostile), r"export K='a'\''b\$(c)'");
        assert_eq!(exported(Shell::Fish, "K", hostile), r"set -gx K 'a\'b\\$(c)'");
        assert_eq!(exported(Shell::Powershell, "K", hostile), r"$env:K = 'a''b\$(c)'");
    }
}

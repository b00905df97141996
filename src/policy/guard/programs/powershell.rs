//! What PowerShell names differently from a POSIX shell.

use crate::policy::guard::walk::Walker;
use crate::policy::guard::walk::expand::Field;
use crate::policy::guard::walk::run::Call;
use crate::policy::guard::walk::state::State;

impl Walker<'_> {
    /// Its own commands; `None` for any other.
    pub(crate) fn powershell(&mut self, base: &str, argv: &[Field], call: &Call, state: &State) -> Option<Vec<State>> {
        let name = match base.to_ascii_lowercase().as_str() {
            "set-location" | "sl" => "cd",
            "push-location" => "pushd",
            "pop-location" => "popd",
            "write-output" | "write-host" => "echo",
            _ => return None,
        };
        let mut words = argv.to_vec();
        words.retain(|field| !(field.is("-Path") || field.is("-LiteralPath")));
        Some(self.builtin(name, &words, call.clone(), state.clone()))
    }

    /// `& { … }` and `. { … }`: a block that runs at once.
    pub(crate) fn block<'f>(&self, argv: &'f [Field]) -> Option<&'f [Field]> {
        let (first, last) = (argv.get(1)?, argv.last()?);
        (self.session.powershell && first.is("{") && last.is("}")).then(|| &argv[2..argv.len() - 1])
    }
}

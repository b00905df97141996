//! `git agent log`

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use crate::agent;
use crate::agent::activity::{self, LOG_FILE};
use crate::cli::Log;
use crate::error::{Context, Error, Kind, Result};
use crate::report::Outcome;

pub(super) fn run(args: &Log, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let path = agent.tree.admin.join(LOG_FILE);
    let file = File::open(&path).map_err(|_| {
        Error::new(Kind::NotFound, format!("nothing was started in the background for '{}'", agent.name()))
            .hint("git agent spawn NAME --agent PROFILE --detach")
    })?;
    follow(file, args.follow, &agent.tree.admin)?;
    Ok(Outcome::default())
}

/// Prints what is there, and with `on` what comes, until the program has ended and all is printed.
fn follow(mut file: File, on: bool, admin: &Path) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut bytes = Vec::new();
    loop {
        // Asked before reading: what the program wrote last is in the file when it is seen to be gone.
        let alive = on && activity::run(admin).ok().flatten().is_some_and(|run| activity::is_alive(&run));
        bytes.clear();
        file.read_to_end(&mut bytes).context(|| "cannot read the log".to_owned())?;
        if out.write_all(&bytes).and_then(|()| out.flush()).is_err() || !alive {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

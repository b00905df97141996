//! `git agent log`

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use crate::agent;
use crate::agent::activity::{self, LOG_FILE};
use crate::cli::Log;
use crate::error::{Context, Error, Kind, Result};
use crate::provision::record::{self, Record, State};
use crate::report::Outcome;

pub(super) fn run(args: &Log, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    let agent = agent::find(&repo, &args.name)?;
    let admin = &agent.tree.admin;
    let (program, provision) = (admin.join(LOG_FILE), admin.join(record::LOG_FILE));
    let of_provision = args.provision || (!program.exists() && provision.exists());
    let file = File::open(if of_provision { &provision } else { &program }).map_err(|_| {
        let shown = agent.shown_name();
        if args.provision {
            Error::new(Kind::NotFound, format!("no command was run to make '{}' ready", agent.name()))
                .hint(format!("git agent provision {shown}"))
        } else {
            Error::new(Kind::NotFound, format!("nothing was started in the background for '{}'", agent.name()))
                .hint("git agent spawn NAME --agent PROFILE --detach")
        }
    })?;
    let is_alive: fn(&Path) -> bool = if of_provision { provisioning } else { running };
    follow(file, args.follow, &|| is_alive(admin))?;
    Ok(Outcome::default())
}

fn running(admin: &Path) -> bool {
    activity::run(admin).ok().flatten().is_some_and(|run| activity::is_alive(&run))
}

fn provisioning(admin: &Path) -> bool {
    Record::load(admin).ok().flatten().is_some_and(|record| record.now() == State::Running)
}

/// Prints what is there, and with `on` what comes, until whoever writes it has ended and all is printed.
fn follow(mut file: File, on: bool, is_alive: &dyn Fn() -> bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut bytes = Vec::new();
    loop {
        // Asked before reading: what was written last is in the file when its writer is seen to be gone.
        let alive = on && is_alive();
        bytes.clear();
        file.read_to_end(&mut bytes).context(|| "cannot read the log".to_owned())?;
        if out.write_all(&bytes).and_then(|()| out.flush()).is_err() || !alive {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

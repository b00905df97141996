//! Which refs of a push are refused: what pre-push decides, ref by ref.

use std::panic::catch_unwind;

use crate::environment;
use crate::git::facts::Disk;
use crate::policy::guard::{Trouble, refusal};
use crate::policy::strict::command::Spec;

/// What to say of each ref that is refused. What cannot be judged is.
pub fn refused(specs: &[Spec], remote: &str, url: &str) -> Vec<Option<String>> {
    // The default hook prints a backtrace into the agent's context.
    std::panic::set_hook(Box::new(|_| {}));
    let judged = catch_unwind(|| judge(specs, remote, url));
    let judged = judged.unwrap_or_else(|_| Err("the guard failed, please report that".to_owned()));
    judged.unwrap_or_else(|why| {
        let message = format!("git-agent: this push is refused: what is protected here cannot be read: {why}");
        specs.iter().map(|_| Some(message.clone())).collect()
    })
}

fn judge(specs: &[Spec], remote: &str, url: &str) -> Result<Vec<Option<String>>, String> {
    let dir = environment::current_dir().ok().and_then(|dir| dir.to_str().map(str::to_owned));
    let dir = dir.ok_or("the name of this directory is not Unicode")?;
    let judged = Disk::new().pushing(&dir, remote, url, |protection, view| {
        specs.iter().map(|spec| refusal(&spec.as_pre_push(), remote, protection, view)).collect()
    });
    judged.map_err(|trouble| match trouble {
        Trouble::None => "there is no repository".to_owned(),
        Trouble::Unreadable(why) => why,
    })
}

//! Taking back what was made outside of worktrees.

use crate::agent::shell_word;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::repo::Repo;
use crate::provision::db;
use crate::provision::made::{self, Book, List, Made, Owner};

/// Takes back one thing of a list. Once more does no harm.
fn undo(repo: &Repo, config: &Config, list: &List, made: &Made) -> Result<()> {
    match made {
        Made::Database(_) => db::remove_orphans(repo, config, &list.token, &list.name),
    }
}

/// One thing that nobody owns any more.
#[derive(Debug)]
pub struct Collected {
    /// The agent that it was made for.
    pub name: String,
    /// What it is.
    pub what: &'static str,
    /// Why it is still there.
    pub problem: Option<Error>,
}

/// Takes back what was made for worktrees that are gone for good. With `dry_run` it is only listed. Call it with the
/// repository's lock held.
///
/// # Errors
/// When the lists cannot be read or written.
pub fn collect(repo: &Repo, config: &Config, dry_run: bool) -> Result<Vec<Collected>> {
    let mut collected = Vec::new();
    for (list, owner) in made::all(repo)? {
        match owner {
            Owner::Worktree | Owner::Trash => continue,
            Owner::Unknown(why) => {
                let left = |(_, made): &(String, Made)| Collected {
                    name: list.name.clone(),
                    what: made.word(),
                    problem: Some(Error::failed(&why)),
                };
                collected.extend(list.made.iter().map(left));
                continue;
            }
            Owner::Nobody => {}
        }
        let book = Book::open(repo, &list.token, &list.name)?;
        for (step, made) in &list.made {
            let result =
                if dry_run { Ok(()) } else { undo(repo, config, &list, made).and_then(|()| book.strike(step)) };
            let forget = || {
                format!("to have it forgotten: rm {}", shell_word(&made::place(repo, &list.token).to_string_lossy()))
            };
            let problem = result.err().map(|error| error.hint(forget()));
            collected.push(Collected { name: list.name.clone(), what: made.word(), problem });
        }
    }
    if !dry_run {
        made::sweep_locks(repo)?;
    }
    Ok(collected)
}

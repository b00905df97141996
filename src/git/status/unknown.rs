//! Names that the index does not know: untracked, ignored, or neither; folders collapse as in `git status`.

use std::os::fd::{AsFd as _, BorrowedFd};

use gix::bstr::BString;
use gix::index::Entry;

use super::folder::{self, Kind, Listing, Standing};
use super::ignores::Origin;
use super::walk::Walk;
use super::{Beyond, nested};

/// What a name amounts to. The greatest of what is in a folder is what the folder amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    /// An empty folder, or something that git does not see.
    Nothing,
    Ignored,
    Untracked,
}

impl Walk<'_> {
    /// Counts the names in `listing` that the index does not track. `entries` are those of the index below this folder.
    pub(super) fn unknown(&mut self, at: BorrowedFd<'_>, listing: &Listing, entries: &[Entry]) -> Result<(), Beyond> {
        for item in 0..listing.len() {
            let standing = listing.standing(item);
            if standing == Standing::Tracked || listing.kind(item) == Kind::Other {
                continue;
            }
            if standing == Standing::Usurper {
                self.usurper(at, listing, item)?;
                continue;
            }
            self.require_one_spelling(listing.name(item), entries)?;
            let finding = self.name(at, listing, item)?;
            if finding == Finding::Untracked {
                self.status.counts.untracked += 1;
                if self.options.paths {
                    let path = self.path_of(listing, item);
                    self.status.untracked.push(path);
                }
            }
        }
        Ok(())
    }

    /// The folder at `item` has the name of a tracked file, so git does not report it, but what is ignored in it.
    fn usurper(&mut self, at: BorrowedFd<'_>, listing: &Listing, item: usize) -> Result<(), Beyond> {
        let collected = self.status.ignored.len();
        if self.options.ignored && self.name(at, listing, item)? == Finding::Ignored {
            self.status.ignored.truncate(collected);
        }
        Ok(())
    }

    /// What the name at `item` amounts to; ignored ones are collected. The folder that is listed has been entered.
    fn name(&mut self, at: BorrowedFd<'_>, listing: &Listing, item: usize) -> Result<Finding, Beyond> {
        let base = self.path.len();
        let is_folder = listing.kind(item) == Kind::Folder;
        self.path.extend_from_slice(listing.name(item));
        let ignored = self.ignores.is_ignored(&self.path, is_folder)?;
        let finding = match (is_folder, ignored) {
            (false, false) => Finding::Untracked,
            (false, true) => Finding::Ignored,
            // Nobody asks whether there is anything in it.
            (true, true) if !self.options.ignored => Finding::Ignored,
            (true, _) => {
                self.path.push(b'/');
                match folder::open(at, listing.c_name(item))? {
                    None => Finding::Nothing,
                    Some(inside) if ignored => self.anything(inside.as_fd())?,
                    Some(inside) => self.unknown_folder(inside.as_fd())?,
                }
            }
        };
        self.path.truncate(base);
        if finding == Finding::Ignored && self.options.ignored {
            let path = self.path_of(listing, item);
            self.status.ignored.push(path);
        }
        Ok(finding)
    }

    /// The folder `at` that no rule ignores and that holds no tracked file.
    fn unknown_folder(&mut self, at: BorrowedFd<'_>) -> Result<Finding, Beyond> {
        let listing = self.pool.list(at)?;
        if listing.has_git && self.is_nested() {
            return Ok(Finding::Untracked);
        }
        let has_rules = listing.find(b".gitignore").is_some();
        self.ignores.enter(self.path.len(), if has_rules { Origin::File } else { Origin::Nowhere });
        let collected = self.status.ignored.len();
        let mut finding = Finding::Nothing;
        for item in (0..listing.len()).filter(|item| listing.kind(*item) != Kind::Other) {
            finding = finding.max(self.name(at, &listing, item)?);
            if finding == Finding::Untracked && !self.options.ignored {
                break;
            }
        }
        if finding == Finding::Ignored {
            // The folder itself stands for them.
            self.status.ignored.truncate(collected);
        }
        self.ignores.leave();
        self.pool.give_back(listing);
        Ok(finding)
    }

    /// Whether there is anything in the ignored folder `at`.
    fn anything(&mut self, at: BorrowedFd<'_>) -> Result<Finding, Beyond> {
        let listing = self.pool.list(at)?;
        if listing.has_git && self.is_nested() {
            return Ok(Finding::Ignored);
        }
        let mut finding = Finding::Nothing;
        for item in 0..listing.len() {
            match listing.kind(item) {
                Kind::File | Kind::Link => finding = Finding::Ignored,
                Kind::Other => {}
                Kind::Folder => {
                    let base = self.path.len();
                    self.path.extend_from_slice(listing.name(item));
                    self.path.push(b'/');
                    if let Some(inside) = folder::open(at, listing.c_name(item))? {
                        finding = self.anything(inside.as_fd())?;
                    }
                    self.path.truncate(base);
                }
            }
            if finding == Finding::Ignored {
                break;
            }
        }
        self.pool.give_back(listing);
        Ok(finding)
    }

    /// Whether the folder at the current path, which has a `.git`, is a repository of its own.
    fn is_nested(&self) -> bool {
        let path = self.place.root.join(nested::to_path(&self.path));
        nested::is_repository(&path, self.place.git_dir)
    }

    fn path_of(&self, listing: &Listing, item: usize) -> BString {
        let slash: &[u8] = if listing.kind(item) == Kind::Folder { b"/" } else { b"" };
        [&self.path, listing.name(item), slash].concat().into()
    }

    /// Where the file system folds case or composes letters, `name` may be a tracked one in another spelling.
    fn require_one_spelling(&self, name: &[u8], entries: &[Entry]) -> Result<(), Beyond> {
        let base = self.path.len();
        let is_tracked = |entry: &Entry| {
            let tracked = entry.path(self.index)[base..].split(|byte| *byte == b'/').next();
            tracked.is_some_and(|tracked| tracked.eq_ignore_ascii_case(name))
        };
        let folds = self.settings.ignore_case && (entries.iter().any(is_tracked) || name.eq_ignore_ascii_case(b".git"));
        let composes = (self.settings.precompose || self.settings.ignore_case) && !name.is_ascii();
        if folds || composes { Err(Beyond("a file may have another spelling")) } else { Ok(()) }
    }
}

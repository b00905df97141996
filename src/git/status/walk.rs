//! One pass over the folders that hold tracked files, beside the sorted entries of the index.

use std::os::fd::{AsFd as _, BorrowedFd};

use gix::bstr::ByteSlice;
use gix::index::entry::{Flags, Mode};
use gix::index::{Entry, State};

use super::content::Contents;
use super::folder::{self, Kind, Listing, Pool, Standing};
use super::ignores::{Ignores, Origin};
use super::settings::Settings;
use super::stat::{self, Verdict, Written};
use super::{Beyond, Options, Place, Status};

const ATTRIBUTES: &[u8] = b".gitattributes";

/// The walk through one worktree.
pub(super) struct Walk<'a> {
    pub place: Place<'a>,
    pub index: &'a State,
    pub written: Written,
    pub settings: &'a Settings,
    pub options: Options,
    /// Whether to look for untracked files.
    pub look: bool,
    pub ignores: Ignores<'a>,
    pub contents: Contents<'a>,
    pub pool: &'a mut Pool,
    /// The path of the folder being read, with its slash.
    pub path: Vec<u8>,
    pub status: Status,
    pub trusts_nanoseconds: bool,
    pub attributes_differ: bool,
}

impl<'a> Walk<'a> {
    /// Compares the folder `at` with `entries`, which are all that the index has below it, and counts what differs.
    pub(super) fn folder(&mut self, at: BorrowedFd<'_>, entries: &'a [Entry]) -> Result<(), Beyond> {
        let mut listing = self.pool.list(at)?;
        let base = self.path.len();
        self.ignores.enter(base, self.rules_of(&listing, entries));
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let path: &'a [u8] = first.path(self.index);
            let len = match path[base..].find_byte(b'/') {
                Some(slash) => {
                    let folder = &path[..=base + slash];
                    let len = rest.partition_point(|entry| entry.path(self.index).starts_with(folder));
                    self.below(at, &mut listing, &path[base..base + slash], &rest[..len])?;
                    len
                }
                None => {
                    let len = rest.iter().take_while(|entry| *entry.path(self.index) == path).count();
                    self.file(at, &mut listing, &path[base..], &rest[..len])?;
                    len
                }
            };
            rest = &rest[len..];
        }
        self.attributes_differ |=
            listing.find(ATTRIBUTES).is_some_and(|found| listing.standing(found) == Standing::Unknown);
        if self.look {
            self.unknown(at, &listing, entries)?;
        }
        self.ignores.leave();
        self.pool.give_back(listing);
        Ok(())
    }

    fn rules_of(&self, listing: &Listing, entries: &[Entry]) -> Origin {
        const NAME: &[u8] = b".gitignore";
        if listing.find(NAME).is_some() {
            return Origin::File;
        }
        let name = |entry: &Entry| entry.path(self.index)[self.path.len()..].cmp(NAME.as_bstr());
        match entries.binary_search_by(name).map(|at| &entries[at]) {
            Ok(entry) if entry.flags.contains(Flags::SKIP_WORKTREE) => Origin::Blob(entry.id),
            _ => Origin::Nowhere,
        }
    }

    /// The folder `name` in `at`, with `entries` in it.
    fn below(
        &mut self,
        at: BorrowedFd<'_>,
        listing: &mut Listing,
        name: &'a [u8],
        entries: &'a [Entry],
    ) -> Result<(), Beyond> {
        let found = listing.find(name);
        match found.map(|found| listing.kind(found)) {
            Some(Kind::Folder) => {}
            Some(Kind::Link) if self.settings.sparse => {
                return Err(Beyond("a sparse checkout has a link where a folder was"));
            }
            Some(_) => return self.gone(entries),
            None => {
                self.require_absent(at, name)?;
                return self.gone(entries);
            }
        }
        let Some(found) = found else { return Ok(()) };
        listing.mark(found, Standing::Tracked);
        let Some(inside) = folder::open(at, listing.c_name(found))? else { return self.gone(entries) };
        let base = self.path.len();
        self.path.extend_from_slice(name);
        self.path.push(b'/');
        self.folder(inside.as_fd(), entries)?;
        self.path.truncate(base);
        Ok(())
    }

    /// On a file system that folds case or composes letters, a name that is not listed may still be there.
    fn require_absent(&self, at: BorrowedFd<'_>, name: &[u8]) -> Result<(), Beyond> {
        if !self.settings.ignore_case && (!self.settings.precompose || name.is_ascii()) {
            return Ok(());
        }
        let name = std::ffi::CString::new(name).map_err(|_| Beyond("a path has a NUL"))?;
        match folder::lstat(at, &name)? {
            None => Ok(()),
            Some(_) => Err(Beyond("a file has another spelling")),
        }
    }

    /// Counts `entries`, whose folder is not there.
    fn gone(&mut self, entries: &[Entry]) -> Result<(), Beyond> {
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let len = rest.iter().take_while(|entry| entry.path(self.index) == first.path(self.index)).count();
            self.missing(&rest[..len])?;
            rest = &rest[len..];
        }
        Ok(())
    }

    /// Counts one path, with all its stages, that has no file.
    fn missing(&mut self, stages: &[Entry]) -> Result<(), Beyond> {
        let Some(entry) = only_stage(stages) else {
            self.status.counts.conflicted += 1;
            return Ok(());
        };
        if entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID) {
            return Ok(());
        }
        if entry.mode == Mode::COMMIT {
            return Err(Beyond("a submodule is missing"));
        }
        let path = entry.path(self.index);
        self.changed(&path[path.rfind_byte(b'/').map_or(0, |slash| slash + 1)..]);
        Ok(())
    }

    /// The tracked file `name` in `at`, with all its stages.
    fn file(
        &mut self,
        at: BorrowedFd<'_>,
        listing: &mut Listing,
        name: &'a [u8],
        stages: &'a [Entry],
    ) -> Result<(), Beyond> {
        let Some(found) = listing.find(name) else {
            self.require_absent(at, name)?;
            return self.missing(stages);
        };
        let is_usurper = listing.kind(found) == Kind::Folder && stages[0].mode != Mode::COMMIT;
        listing.mark(found, if is_usurper { Standing::Usurper } else { Standing::Tracked });
        let Some(entry) = only_stage(stages) else {
            self.status.counts.conflicted += 1;
            return Ok(());
        };
        let skipped = entry.flags.contains(Flags::SKIP_WORKTREE) && !self.settings.sparse;
        if skipped || entry.flags.contains(Flags::ASSUME_VALID) {
            return Ok(());
        }
        if entry.mode == Mode::COMMIT {
            return self.submodule(at, listing, found);
        }
        if entry.flags.contains(Flags::INTENT_TO_ADD) || matches!(listing.kind(found), Kind::Folder | Kind::Other) {
            self.changed(name);
            return Ok(());
        }
        let Some(stat) = folder::lstat(at, listing.c_name(found))? else { return self.missing(stages) };
        let same = match stat::compare(entry, &stat, self.written, self.settings) {
            Verdict::Same => true,
            Verdict::SameByNanoseconds => {
                self.trusts_nanoseconds = true;
                true
            }
            Verdict::Changed => false,
            Verdict::Unsure => {
                let path = entry.path(self.index);
                self.contents.is_same(self.ignores.root, entry, path, &stat)?
            }
        };
        if !same {
            self.changed(name);
        }
        Ok(())
    }

    /// Counts the file `name` as changed; other attributes make another content of files that are the same.
    fn changed(&mut self, name: &[u8]) {
        self.status.counts.changed += 1;
        self.attributes_differ |= name == ATTRIBUTES;
    }

    /// Whether files were taken for unchanged that git would read again, with another outcome perhaps.
    pub(super) fn require_same_attributes(&self) -> Result<(), Beyond> {
        let doubtful = self.trusts_nanoseconds && self.attributes_differ;
        if doubtful { Err(Beyond("attributes changed right after a checkout")) } else { Ok(()) }
    }

    /// A submodule that was never checked out is clean; any other is git's to judge.
    fn submodule(&mut self, at: BorrowedFd<'_>, listing: &Listing, found: usize) -> Result<(), Beyond> {
        if listing.kind(found) == Kind::Folder
            && let Some(inside) = folder::open(at, listing.c_name(found))?
            && folder::lstat(inside.as_fd(), c".git")?.is_none()
        {
            return Ok(());
        }
        Err(Beyond("a submodule is checked out"))
    }
}

/// The entry of a path without a conflict.
fn only_stage(stages: &[Entry]) -> Option<&Entry> {
    match stages {
        [entry] if entry.stage_raw() == 0 => Some(entry),
        _ => None,
    }
}
